"""Paths with blanks, brackets, quotes, line ends, escape sequences and bytes that are no text."""

import json
import os
from pathlib import Path

import pytest

from tests.support.scenario import Ran, assert_refused, assert_silent, debian, picture, run, spawn

CONF = "etc/redis/redis.conf"

PLAIN = ["with a blank", "br[ack]ets*?", "quo'te\"s", "-dash", "#hash", "%s{0}", "back\\slash", "[bold]x", "ünï"]
STEERING = ["line\nend", "esc\x1b[31mred", "rtl\u202eabc", "tab\tstop", "bell\x07", "no text \udcff\udcfe"]


def looks(root: str | Path, *more: str) -> list[Ran]:
    """Everything that only looks."""
    commands = (
        ("detect",),
        ("check",),
        ("plan",),
        ("detect", "--json"),
        ("check", "--format", "json"),
        ("plan", "--json"),
    )
    return [run(*command, "--root", root, *more) for command in commands]


@pytest.mark.parametrize("name", PLAIN + STEERING)
def test_a_tree_of_any_name_can_be_looked_at(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path, folder=name)
    before = picture(root)
    for ran in looks(root):
        assert (ran.status, ran.err) == (0, "")
        assert_silent(ran.out)
    assert picture(root) == before


def test_names_survive_the_way_into_a_process(tmp_path: Path) -> None:
    for name in STEERING:
        ran = spawn("detect", "--root", debian(tmp_path, folder=name))
        assert (ran.status, ran.err) == (0, "")
        assert_silent(ran.out)
        assert_refused(spawn("plan", "--answers", tmp_path / f"{name}.toml"), "does not exist")


@pytest.mark.parametrize("name", PLAIN)
def test_a_configuration_of_any_plain_name_is_planned(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    config = f"/etc/redis/{name}.conf"
    (root / config.lstrip("/")).write_bytes((root / CONF).read_bytes())
    for ran in looks(root, "--config", config):
        assert (ran.status, ran.err) == (0, "")
        assert_silent(ran.out)
    assert json.loads(run("plan", "--root", root, "--config", config, "--json").out)["config"] == config


@pytest.mark.parametrize("name", STEERING)
def test_a_configuration_whose_name_cannot_be_shown_is_refused_at_the_door(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (root / f"etc/redis/{name}.conf").write_bytes((root / CONF).read_bytes())
    for command in ("detect", "check", "plan", "apply"):
        ran = run(command, "--root", root, "--config", f"/etc/redis/{name}.conf")
        assert_refused(ran, "--config", "cannot be shown", "rename", status=64)


def _quoted(data: bytes) -> bytes:
    return b'"' + b"".join(b"\\x%02x" % byte for byte in data) + b'"'


def own_paths(root: Path, name: str) -> None:
    """Let the configuration name paths of its own in a directory with this name."""
    inside = f"/etc/redis/{name}"
    place = root / inside.lstrip("/")
    place.mkdir()
    (place / "users.acl").write_text("user default off\nuser admin on nopass ~* &* +@all\n", encoding="ascii")
    (place / "more.conf").write_text("maxclients 5000\n", encoding="ascii")
    lines = {"aclfile": "/users.acl", "include": "/more.conf", "logfile": "/log", "unixsocket": "/s", "dir": ""}
    with (root / CONF).open("ab") as file:
        for directive, end in lines.items():
            file.write(directive.encode() + b" " + _quoted(os.fsencode(inside + end)) + b"\n")


@pytest.mark.parametrize("name", PLAIN + STEERING[:-1])
def test_paths_in_the_configuration_are_followed_and_shown_cleaned(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    own_paths(root, name)
    for ran in looks(root):
        assert (ran.status, ran.err) == (0, "")
        assert_silent(ran.out)
    (instance,) = json.loads(run("detect", "--root", root, "--json").out)["instances"]
    assert instance["acl"]["path"] == f"/etc/redis/{name}/users.acl"
    # A server of this version reads brackets and stars of an include as a pattern.
    read = any(line["name"] == "maxclients" for line in instance["config"]["lines"])
    assert read or set("[*?") & set(name)


@pytest.mark.parametrize("name", STEERING[:-1])
def test_no_name_of_a_file_can_pose_as_a_line_of_a_diff(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    own_paths(root, name)
    diffs = run("plan", "--root", root).out
    assert sum(line.startswith("--- /etc/redis/") for line in diffs.split("\n")) == 2


def test_a_path_in_the_configuration_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    root = debian(tmp_path)
    own_paths(root, STEERING[-1])
    assert_refused(run("plan", "--root", root), "/etc/redis/redis.conf line 35", "aclfile", "not UTF-8", "Rename")
    told = run("detect", "--root", root)
    assert told.status == 0
    assert_silent(told.out)
    assert json.loads(run("detect", "--root", root, "--json").out)["instances"]


def test_no_comment_can_pose_as_a_line_of_a_diff(tmp_path: Path) -> None:
    root = debian(tmp_path)
    config = root / CONF
    text = config.read_text(encoding="ascii").replace(
        "timeout 0\n", "# a\x0b+requirepass x\x0c+port 1\x85+b\u2028+c\ntimeout 0\n"
    )
    config.write_text(text, encoding="utf-8")
    diff = run("plan", "--root", root).out
    assert not [line for line in diff.split("\n") if line in {"+requirepass x", "+port 1", "+b", "+c"}]
    assert_silent(diff)


@pytest.mark.parametrize("name", PLAIN + STEERING)
def test_what_is_not_there_is_named_cleaned(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    missing = tmp_path / name
    assert_refused(run("detect", "--root", missing), "is not a directory", status=64)
    assert_refused(run("plan", "--root", root, "--answers", missing), "does not exist")
    assert_refused(run("apply", missing, "--root", root), "does not exist")
    assert_refused(run("detect", "--root", root, "--user", "x", "--password-file", missing), "does not exist")
    assert_refused(run("plan", "--root", root, f"--instance={name}"), "has no instance", "redis-server")
    assert_refused(run("snapshots", "show", "--root", root, "--", name), "is not the id of a snapshot")


@pytest.mark.parametrize("name", PLAIN + STEERING)
def test_files_of_the_operator_may_have_any_name(name: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    answers, report, plan = (tmp_path / f"{name}.{kind}" for kind in ("toml", "txt", "json"))
    assert run("answers", "init", answers, "--root", root).status == 0
    assert run("plan", "--root", root, "--answers", answers, "--out", plan).status == 0
    assert run("check", "--root", root, "--output", report).status == 0
    assert_silent(report.read_text(encoding="utf-8"))
    assert json.loads(plan.read_text(encoding="utf-8"))["schema"] == "redis-wizard/plan"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a file", "spaces"),
        ("file", "it is not a directory"),
        ("full", "nor an empty directory"),
        ("none/deeper", "none does not exist"),
        ("x" * 100, "unix socket below it"),
        ("esc\x1b[31m", "control characters"),
        ("no text \udcff", "control characters"),
    ],
)
def test_a_sandbox_in_an_unfit_place_is_refused(name: str, words: str, public: Path) -> None:
    (public / "file").touch()
    (public / "full").mkdir()
    (public / "full/of it").touch()
    before = picture(public)
    assert_refused(run("detect", "--sandbox-dir", public / name), words)
    assert picture(public) == before
