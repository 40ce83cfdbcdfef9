"""Reports that an earlier run wrote: written again in another form, and compared with the host of today."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.scenario import assert_refused, assert_silent, debian, run


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "report.json"
    assert run("check", "--root", debian(tmp_path), "--output", f"json={file}").status == 0
    return file


def rewrite(file: Path, **fields: Any) -> Path:
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, **fields}))
    return file


def change_state(file: Path, name: str, state: str) -> None:
    items = json.loads(file.read_text())["items"]
    rewrite(file, items=[{**each, "state": state} if each["id"] == name else each for each in items])


@pytest.mark.parametrize("form", ["table", "json", "sarif", "html", "junit", "prometheus"])
def test_a_saved_report_gives_the_text_that_the_host_gave(form: str, saved: Path, tmp_path: Path) -> None:
    again = run("check", "--from", saved, "--format", form)
    assert (again.status, again.err) == (0, "")
    if form == "json":
        assert again.out == saved.read_text()
    shutil.rmtree(tmp_path / "image")
    assert run("check", "--from", saved, "--format", form).out == again.out


def test_a_saved_report_can_fail_a_pipeline_and_explain_an_item(saved: Path) -> None:
    assert run("check", "--from", saved, "--fail-under", "100").status == 3
    assert "Why" in run("check", "21", "--from", saved).out


def test_since_names_what_broke_and_what_was_fixed(saved: Path, tmp_path: Path) -> None:
    now = {each["id"]: each["state"] for each in json.loads(saved.read_text())["items"]}
    failed = next(name for name, state in now.items() if state == "fail")
    passed = next(name for name, state in now.items() if state == "pass")
    unknown = next(name for name, state in now.items() if state == "unknown")
    for name, state in ((failed, "pass"), (passed, "fail"), (unknown, "fail")):
        change_state(saved, name, state)
    ran = run("check", "--root", tmp_path / "image", "--since", saved)
    assert ran.status == 0, ran.err
    first, broken, fixed, changed = ran.out.splitlines()[:4]
    assert ": 1 broken, 1 fixed, 1 changed, 41 items the same. Score " in first
    assert broken.split()[:2] == ["broken", failed]
    assert fixed.split()[:2] == ["fixed", passed]
    assert changed.split()[:2] == ["changed", unknown]


def test_fields_that_a_later_version_adds_are_left_out(saved: Path) -> None:
    before = run("check", "--from", saved).out
    document = json.loads(saved.read_text())
    items = [
        {**each, "later": {"x": 1}, "evidence": [{**one, "y": 2} for one in each["evidence"]]}
        for each in document["items"]
    ]
    rewrite(saved, items=items, later=[1], exposure={**document["exposure"], "later": "z"})
    assert run("check", "--from", saved).out == before
    assert "0 broken, 0 fixed, 0 changed" in run("check", "--from", saved, "--since", saved).out


def test_since_itself_nothing_changed(saved: Path) -> None:
    assert "0 broken, 0 fixed, 0 changed, 44 items the same" in run("check", "--from", saved, "--since", saved).out


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": 2}, "is a report of version 2, and this redis-wizard reads version 1; use the version that"),
        ({"schema": "redis-wizard/plan"}, "is no report; write one with redis-wizard check --format json"),
        ({"taken_at": "yesterday"}, "$.taken_at is no time with its zone"),
        ({"taken_at": "2026-05-04T10:11:12"}, "$.taken_at is no time with its zone"),
        ({"score": 101}, "$.score is not a number from 0 to 100"),
        ({"items": [{}]}, "`$.items[0]`"),
        ({"items": [{"\x1b[31m": 1}]}, "is not a report that this version can read"),
    ],
)
@pytest.mark.parametrize("option", ["--from", "--since"])
def test_what_is_no_report_of_ours_is_one_sentence(
    option: str, fields: dict[str, Any], words: str, saved: Path, tmp_path: Path
) -> None:
    host = ("--root", tmp_path / "image") if option == "--since" else ()
    ran = run("check", *host, option, rewrite(saved, **fields))
    assert_refused(ran, words)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "null", "\x00"])
def test_a_file_of_another_kind_is_one_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    assert_refused(run("check", "--from", file), str(file))


def test_reports_of_two_servers_are_not_compared(saved: Path, tmp_path: Path) -> None:
    ran = run("check", "--root", tmp_path / "image", "--since", rewrite(saved, host="\x1b[31mother"))
    assert_refused(ran, "this one of redis-server on db1; compare reports of one server")
    ran = run("check", "--root", tmp_path / "image", "--since", rewrite(saved, host=""))
    assert_refused(ran, "redis-server of a directory tree")


def test_options_that_do_not_go_together_are_refused(saved: Path) -> None:
    assert_refused(run("check", "--from", saved, "--answers", saved), "leave out --answers", status=64)
    assert_refused(run("check", "--from", saved, "--root", "/"), "leave out --root", status=64)
    assert_refused(run("check", "--from", saved, "--since", saved, "--format", "html"), "table", status=64)


def test_a_hostile_report_stays_data(saved: Path) -> None:
    items = json.loads(saved.read_text())["items"]
    items[0] |= {"summary": "\x1b[31m\u202e", "id": "\x1b]0;", "state": "fail"}
    rewrite(saved, items=items, looked="\x1b[2J", instance="\x1b[1m")
    for form in ("table", "concise", "markdown", "html", "sarif", "junit", "github", "prometheus"):
        assert_silent(run("check", "--from", saved, "--format", form).out)
