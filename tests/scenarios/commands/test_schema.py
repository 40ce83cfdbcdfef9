"""The published schemas are those of what the commands really write."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.scenario import assert_refused, debian, rpm, run
from wizard.cli.command_arguments import SCHEMAS

WRITERS = {
    "report": ("check", "--format", "json"),
    "facts": ("detect", "--json"),
    "plan": ("plan", "--json"),
    "status": ("status", "--json"),
    "drift": ("status", "--drift", "--json"),
    "certificates": ("cert", "show", "--json"),
    "attestations": ("attest", "--json"),
    "timers": ("timer", "status", "--json"),
    "uninstall": ("uninstall", "--dry-run", "--json"),
    "snapshots": ("snapshots", "list", "--json"),
    "snapshot": ("snapshots", "show", "--json"),
    "snapshots-diff": ("snapshots", "diff", "--json"),
    "snapshots-verify": ("snapshots", "verify", "--json"),
    "snapshots-prune": ("snapshots", "prune", "--dry-run", "--json"),
}
OTHERS = {"snapshots keep"}
"""Commands that write a document of another command."""
OF_A_SNAPSHOT = ("snapshot", "snapshots-diff")
ON_A_TREE = tuple(name for name in SCHEMAS if name != "timers")
"""Systemd knows its timers on a running host alone: `tests/system/test_timer.py`."""


def document_of(name: str, root: Path) -> dict[str, Any]:
    words = list(WRITERS[name])
    if name in OF_A_SNAPSHOT:
        words.insert(2, next((root / "var/lib/redis-wizard/snapshots").iterdir()).name)
    ran = run(*words, "--root", root)
    assert ran.status == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def validator(name: str) -> jsonschema.Draft202012Validator:
    ran = run("schema", name)
    assert (ran.status, ran.err) == (0, "")
    schema: dict[str, Any] = json.loads(ran.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_schema_has_its_writer_and_every_writer_its_schema() -> None:
    assert set(WRITERS) == set(SCHEMAS)
    named = {" ".join(word for word in words if not word.startswith("-")) for words in WRITERS.values()}
    assert named - {"check json"} | OTHERS == set(with_json())


def with_json(*words: str) -> Iterator[str]:
    """Name the commands, and actions of commands, whose help has ``--json``."""
    shown = run(*words, "--help").out.partition("\nthe wizard:\n")[0]
    inner = re.findall(r"^    ([a-z]+)  ", shown, re.MULTILINE)
    for word in inner:
        yield from with_json(*words, word)
    if not inner and "--json" in shown:
        yield " ".join(words)


@pytest.mark.parametrize("name", ON_A_TREE)
def test_what_a_command_writes_is_valid(name: str, applied: Path, tmp_path: Path) -> None:
    of = validator(name)
    (tmp_path / "rpm").mkdir()
    trees = (applied,) if name in OF_A_SNAPSHOT else (debian(tmp_path), rpm(tmp_path / "rpm"), applied)
    for root in trees:
        of.validate(document_of(name, root))


@pytest.mark.parametrize("name", ON_A_TREE)
def test_another_document_is_not_valid(name: str, applied: Path) -> None:
    of, document = validator(name), document_of(name, applied)
    longest = max(sorted(document.keys() - {"schema", "version"}), key=lambda key: len(str(document[key])))
    for wrong in ({"version": 2}, {"schema": "redis-wizard/other"}, {longest: 3.5}):
        assert not of.is_valid({**document, **wrong}), wrong
    assert of.is_valid({**document, "added_later": 1})


def test_a_name_that_is_none_is_one_sentence() -> None:
    assert_refused(run("schema", "answers"), "invalid choice: 'answers'", status=64)
    assert run("schema").out.split() == list(SCHEMAS)


def test_the_report_of_files_in_git_and_a_kept_snapshot_are_valid_too(applied: Path, tmp_path: Path) -> None:
    (tmp_path / "redis.conf").write_text("port 6379\nbnd 1\n", encoding="ascii")
    ran = run("check", "--root", tmp_path, tmp_path / "redis.conf", "--format", "json")
    assert ran.status == 3, ran.err
    validator("report").validate(json.loads(ran.out))
    snapshot = document_of("snapshots", applied)["snapshots"][0]["id"]
    ran = run("snapshots", "keep", snapshot, "--dry-run", "--json", "--root", applied)
    validator("snapshot").validate(json.loads(ran.out))
