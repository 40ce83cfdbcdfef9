"""The published schemas are those of what the commands really write."""

import json
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
    "snapshots": ("snapshots", "list", "--json"),
}


def validator(name: str) -> jsonschema.Draft202012Validator:
    ran = run("schema", name)
    assert (ran.status, ran.err) == (0, "")
    schema: dict[str, Any] = json.loads(ran.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_schema_has_its_writer() -> None:
    assert set(WRITERS) == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_a_command_writes_is_valid(name: str, applied: Path, tmp_path: Path) -> None:
    of = validator(name)
    (tmp_path / "rpm").mkdir()
    for root in (debian(tmp_path), rpm(tmp_path / "rpm"), applied):
        ran = run(*WRITERS[name], "--root", root)
        assert ran.status == 0, ran.err
        of.validate(json.loads(ran.out))


@pytest.mark.parametrize("name", SCHEMAS)
def test_another_document_is_not_valid(name: str, applied: Path) -> None:
    of, document = validator(name), json.loads(run(*WRITERS[name], "--root", applied).out)
    longest = max(sorted(document.keys() - {"schema", "version"}), key=lambda key: len(str(document[key])))
    for wrong in ({"version": 2}, {"schema": "redis-wizard/other"}, {longest: 3.5}):
        assert not of.is_valid({**document, **wrong}), wrong
    assert of.is_valid({**document, "added_later": 1})


def test_a_name_that_is_none_is_one_sentence() -> None:
    assert_refused(run("schema", "answers"), "invalid choice: 'answers'", status=64)
    assert run("schema").out.split() == list(SCHEMAS)
