"""A server version is complete: each table has its column, the tests run its build, no code is left behind."""

import re
from pathlib import Path

import pytest

from tests.support.measure_server import committed_tables
from tests.support.measured_tables import NEW
from tests.support.servers import SERVERS
from wizard.model.versions import MeasuredServer, measured_servers

PROJECT = Path(__file__).parents[2]
FIRST_WITH_KEY_PLACES = 7


@pytest.mark.parametrize("measured", measured_servers(), ids=lambda server: server.column)
def test_each_table_has_its_column(measured: MeasuredServer) -> None:
    tables = committed_tables()
    without_keys = measured.release[0] < FIRST_WITH_KEY_PLACES
    for name in ("acl-commands", "defaults", "directives"):
        text = getattr(tables, name.replace("-", "_"))
        assert measured.column in header(text), f"{name}.tsv has no column {measured.column}: run tools/measure-server"
    assert (measured.column in header(tables.acl_keys)) is not without_keys
    assert re.search(rf"\b{measured.column}\b", tables.command_names)


def header(text: str) -> list[str]:
    return next(line for line in text.splitlines() if not line.startswith("#")).split("\t")


@pytest.mark.parametrize("measured", measured_servers(), ids=lambda server: server.column)
def test_the_tests_run_its_build(measured: MeasuredServer) -> None:
    assert measured.column in SERVERS, f"add {measured.column} to tests/support/servers.py"
    build = SERVERS[measured.column]
    assert (build.flavour, build.version) == (measured.flavour, measured.version)


def test_no_build_is_tested_without_being_measured() -> None:
    assert set(SERVERS) == {server.column for server in measured_servers()}


def test_each_directive_is_described() -> None:
    rows = committed_tables().directives.splitlines()
    assert [row.split("\t")[0] for row in rows if row.endswith(NEW)] == []


def test_no_code_depends_on_a_server_being_the_newest() -> None:
    """A rule from a version on is asked with ``is_from``: the next column must not end it."""
    oldest = {"r62", "r74"}
    named = re.compile("|".join(f'"{server.column}"' for server in measured_servers() if server.column not in oldest))
    assert [path.name for path in (PROJECT / "wizard").rglob("*.py") if named.search(path.read_text())] == []
