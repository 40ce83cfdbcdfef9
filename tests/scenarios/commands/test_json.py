"""What other programs read: one document each, with its schema and version, and back to the same value."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.scenario import assert_silent, debian, rpm, run
from wizard.model.facts.host import HostFacts
from wizard.model.finding import Report
from wizard.model.plan import Plan
from wizard.model.value import Value, from_json, to_json

DOCUMENTS: dict[str, tuple[tuple[str, ...], str, type[Value]]] = {
    "detect": (("detect", "--json"), "redis-wizard/facts", HostFacts),
    "check": (("check", "--format", "json"), "redis-wizard/report", Report),
    "plan": (("plan", "--json"), "redis-wizard/plan", Plan),
}


def valkey(place: Path) -> Path:
    """Debian's other server."""
    return debian(place, flavour="valkey")


def odd(place: Path) -> Path:
    """A tree with texts that need care."""
    root = debian(place, folder="odd \x1b[31m\u202e \u009b \U000e0041")
    with (root / "etc/redis/redis.conf").open("ab") as file:
        file.write(b'logfile "/var/log/\xc3\xa9 \xe2\x80\xae\xc2\x9b\\x1b[31m\\n.log"\nsyslog-ident \xff\xfe\n')
    return root


@pytest.mark.parametrize("make", [debian, valkey, rpm, odd])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_says_what_it_is_and_comes_back(name: str, make: Callable[[Path], Path], tmp_path: Path) -> None:
    arguments, schema, kind = DOCUMENTS[name]
    ran = run(*arguments, "--root", make(tmp_path))
    assert (ran.status, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert (document["schema"], document["version"]) == (schema, 1)
    assert to_json(from_json(kind, ran.out)) + "\n" == ran.out
    assert_silent(ran.out)


def test_the_report_has_the_25_items_in_order(tmp_path: Path) -> None:
    document = json.loads(run("check", "--format", "json", "--root", debian(tmp_path)).out)
    assert [item["number"] for item in document["items"]] == list(range(1, 26))
    assert all({"state", "severity", "evidence", "fix"} <= set(item) for item in document["items"])
    assert {"what", "source", "value"} <= set(document["items"][0]["evidence"][0])
    assert document["extra"][0]["id"] == "Xwritable"
    assert isinstance(document["score"], int)


def test_the_saved_plan_is_the_one_that_is_shown(tmp_path: Path) -> None:
    root, saved = debian(tmp_path), tmp_path / "plan.json"
    assert run("plan", "--root", root, "--out", saved).status == 0
    shown = json.loads(run("plan", "--root", root, "--json").out)
    kept = json.loads(saved.read_text(encoding="utf-8"))
    times = ("id", "created_at")
    assert {key: value for key, value in kept.items() if key not in times} == {
        key: value for key, value in shown.items() if key not in times
    }
    assert saved.stat().st_mode & 0o777 == 0o600


def test_the_status_of_a_host_without_an_apply_is_a_document_too(tmp_path: Path) -> None:
    document = json.loads(run("status", "--json", "--root", debian(tmp_path)).out)
    assert document == {"schema": "redis-wizard/status", "version": 1, "stage": "none"}


def test_the_list_of_snapshots_is_a_document_too(tmp_path: Path) -> None:
    document = json.loads(run("snapshots", "list", "--json", "--root", debian(tmp_path)).out)
    assert document == {
        "schema": "redis-wizard/snapshots",
        "version": 1,
        "snapshots": [],
        "damaged": [],
        "in_force": [],
        "private_keys": {},
        "sizes": {},
    }
