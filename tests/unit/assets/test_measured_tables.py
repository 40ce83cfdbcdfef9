"""A new server version gets a column, and nothing else changes."""

from dataclasses import replace

import pytest

import assets
from tests.support.measure_server import committed_tables
from tests.support.measured_tables import NEW, Tables
from tests.support.measuring import UNASKED, Measured
from wizard.model.facts.service import Flavour
from wizard.model.versions import is_from, measured_servers, nearest_column, newer_than_tables

BEFORE = committed_tables()
MEASURED = Measured(
    flavour=Flavour.REDIS,
    version="8.2.1",
    categories={"get": "fast read string", "brandnew": "fast write"},
    key_places={"get": "r@1:0,1,0"},
    since={"get": "1.0.0", "brandnew": "8.2.0"},
    names=frozenset({"get", "brandnew"}),
    support={
        "timeout": "immutable",
        "tls-port": UNASKED,
        "include": "absent",
        "appendonly": "ignored",
        "brand-new": "hot",
    },
    values={"timeout": "0", "brand-new": "yes"},
    defaults={"timeout": "0", "brand-new": "yes", "bind": ""},
)
AFTER = BEFORE.with_server(MEASURED)


def rows(text: str) -> dict[str, dict[str, str]]:
    header, *lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {line[0]: dict(zip(header, line, strict=True)) for line in lines}


def test_the_column_stands_behind_the_older_ones_of_its_product() -> None:
    assert AFTER.columns() == ["r62", "r74", "r80", "r82", "v81", "v91"]
    assert list(rows(AFTER.acl_commands)["get"])[3:] == AFTER.columns()
    assert list(rows(AFTER.directives)["timeout"])[5:11] == AFTER.columns()
    assert list(rows(AFTER.acl_keys)["get"])[1:] == AFTER.columns()[1:]


def test_a_command_is_added_and_one_that_is_gone_has_no_cell() -> None:
    added = expanded(AFTER.acl_commands)["brandnew"]
    assert (added["redis since"], added["valkey since"], added["r80"], added["r82"]) == (
        "8.2.0",
        "-",
        "-",
        "fast write",
    )
    assert rows(AFTER.command_names)["brandnew"]["servers"] == "r82"
    assert rows(AFTER.command_names)["get"]["servers"] == "r62 r74 r80 r82 v81 v91"
    assert rows(AFTER.acl_commands)["set"]["r82"] == "-"


def test_a_default_is_added_and_a_directive_that_is_gone_has_none() -> None:
    added = rows(AFTER.defaults)
    assert [added[name]["r82"] for name in ("timeout", "brand-new", "bind", "maxclients")] == ["=", "yes", '""', "-"]
    assert expanded(AFTER.defaults)["timeout"]["v81"] == "0"


def test_what_a_server_cannot_be_asked_comes_from_the_column_to_the_left() -> None:
    found = {name: row["r82"] for name, row in rows(AFTER.directives).items()}
    assert found["tls-port"] == "hot"
    assert found["include"] == "special"
    assert (found["timeout"], found["appendonly"]) == ("immutable", "ignored")


def test_a_directive_that_was_unknown_is_to_be_described() -> None:
    added = rows(AFTER.directives)["brand-new"]
    assert (added["kind"], added["r80"], added["r82"], added["notes"]) == ("bool", "absent", "hot", NEW)
    described = rows(AFTER.directives)["maxmemory"]
    assert described | {"r82": ""} == rows(BEFORE.directives)["maxmemory"] | {"r82": ""}


def test_every_other_column_stays() -> None:
    without = replace(MEASURED, version="8.0.2")
    assert BEFORE.with_server(without).servers == BEFORE.servers
    for name in ("acl_commands", "acl_keys", "directives"):
        before, after = expanded(getattr(BEFORE, name)), expanded(getattr(AFTER, name))
        assert all(after[key] | {"r82": ""} == cells | {"r82": ""} for key, cells in before.items() if key in after)


def expanded(text: str) -> dict[str, dict[str, str]]:
    found = {}
    for key, cells in rows(text).items():
        left, whole = "", {}
        for column, cell in cells.items():
            left = left if cell == "=" else cell
            whole[column] = left
        found[key] = whole
    return found


def test_the_product_takes_the_new_column_for_its_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {f"redis/{file}": getattr(AFTER, name) for name, file in Tables.files().items()}
    monkeypatch.setattr(assets, "text", texts.__getitem__)
    measured_servers.cache_clear()
    try:
        assert [nearest_column(Flavour.REDIS, version) for version in ("8.0.9", "8.1", "8.4", "9.0")] == [
            "r80",
            "r82",
            "r82",
            "r82",
        ]
        assert not newer_than_tables(Flavour.REDIS, "8.2.9")
        assert (is_from("v91", Flavour.VALKEY, 9), is_from("r82", Flavour.VALKEY, 8)) == (True, False)
    finally:
        measured_servers.cache_clear()
