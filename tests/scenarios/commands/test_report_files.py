"""Where reports go: several in one run, to files of the operator that are never another's."""

import json
from pathlib import Path

import pytest

from tests.support.scenario import assert_refused, debian, run


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_one_run_writes_several_reports(tmp_path: Path) -> None:
    root = debian(tmp_path)
    files = {name: tmp_path / f"report.{name}" for name in ("json", "html", "sarif", "junit", "markdown")}
    outputs = [word for name, file in files.items() for word in ("--output", f"{name}={file}")]
    ran = run("check", "--root", root, *outputs, "--output", "concise=-")
    assert (ran.status, ran.err) == (0, "")
    assert "/etc/redis/redis.conf:" in ran.out
    assert {mode(file) for file in files.values()} == {0o600}
    assert json.loads(files["json"].read_text())["schema"] == "redis-wizard/report"
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"


def test_a_path_is_relative_below_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = debian(tmp_path)
    monkeypatch.chdir(root)
    assert "\netc/redis/redis.conf:" in run("check", "--root", ".", "--format", "concise").out
    monkeypatch.chdir(tmp_path)
    assert f"\n{root.name}/etc/redis/redis.conf:" in run("check", "--root", root, "--format", "concise").out


def test_a_prometheus_file_is_replaced_at_once_and_can_be_read_by_its_collector(tmp_path: Path) -> None:
    root, file = debian(tmp_path), tmp_path / "redis.prom"
    command = ("check", "--root", root, "--output", f"prometheus={file}")
    assert run(*command).status == 0
    first = file.stat().st_ino
    assert run(*command).status == 0
    assert (mode(file), file.stat().st_ino != first) == (0o644, True)
    assert [each.name for each in tmp_path.glob("*prom*")] == [file.name]


@pytest.mark.parametrize("kind", ["text", "link", "directory"])
def test_a_prometheus_file_replaces_nothing_foreign(kind: str, tmp_path: Path) -> None:
    root, file, other = debian(tmp_path), tmp_path / "redis.prom", tmp_path / "other"
    other.write_text("# HELP redis_wizard_check_score_ratio\n")
    if kind == "link":
        file.symlink_to(other)
    elif kind == "directory":
        file.mkdir()
    else:
        file.write_text("mine")
    ran = run("check", "--root", root, "--output", f"prometheus={file}")
    assert_refused(ran, f"{file} already exists and is no earlier report of this user; name a new file")
    assert (file.is_symlink(), file.is_dir()) == (kind == "link", kind == "directory")
    assert other.read_text() == "# HELP redis_wizard_check_score_ratio\n"


@pytest.mark.parametrize("format_name", ["json", "html", "sarif"])
def test_other_reports_replace_nothing_at_all(format_name: str, tmp_path: Path) -> None:
    root, file = debian(tmp_path), tmp_path / "there"
    file.symlink_to(tmp_path / "nowhere")
    refused = run("check", "--root", root, "--output", f"{format_name}={file}")
    assert_refused(refused, f"{file} already exists; name a new file")
    assert not (tmp_path / "nowhere").exists()


def test_one_refused_output_writes_none_of_them(tmp_path: Path) -> None:
    root, new, there = debian(tmp_path), tmp_path / "new", tmp_path / "there"
    there.write_text("mine")
    assert_refused(run("check", "--root", root, "--output", f"json={new}", "--output", f"html={there}"), "exists")
    assert not new.exists()


def test_where_no_file_can_be_made_the_sentence_names_the_file(tmp_path: Path) -> None:
    root = debian(tmp_path)
    assert_refused(run("check", "--root", root, "--output", "json=/proc/report"), "/proc/report")
    assert_refused(run("check", "--root", root, "--output", "json=/absent/report"), "/absent does not exist")


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (["xml=report.xml"], "there is no format xml; name one of table, concise"),
        (["json=r", "html=r"], "twice; give each report its own file"),
        (["json=-", "html=-"], "--output names standard output twice"),
        (["json="], "the file name is empty; name a file"),
    ],
)
def test_a_wrong_output_is_one_sentence(outputs: list[str], words: str, tmp_path: Path) -> None:
    arguments = [word for text in outputs for word in ("--output", text)]
    assert_refused(run("check", "--root", debian(tmp_path), *arguments), words, status=64)
