"""The commands that only look, over trees of many shapes: none raises, none changes anything."""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.host_trees import HOSTS, names
from tests.support.scenario import assert_refused, assert_silent, debian, owned, picture, rpm, run

LOOKING = {
    "detect": ("detect",),
    "check": ("check",),
    "plan": ("plan",),
    "answers": ("answers", "init"),
    "snapshots": ("snapshots", "list"),
    "status": ("status",),
    "detect as JSON": ("detect", "--json"),
    "check as JSON": ("check", "--format", "json"),
    "plan as JSON": ("plan", "--json"),
}


def valkey(place: Path) -> Path:
    """Debian's other server."""
    return debian(place, flavour="valkey")


PRISTINE: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "Debian with Redis": (debian, "redis 8.0.2: redis-server", "/etc/redis/redis.conf"),
    "Debian with Valkey": (valkey, "valkey", "/etc/valkey/valkey.conf"),
    "RPM with Redis": (rpm, "redis unknown version: redis", "/etc/redis.conf"),
}


@pytest.mark.parametrize("shape", PRISTINE)
@pytest.mark.parametrize("command", LOOKING)
def test_a_pristine_tree_is_looked_at_and_left_alone(command: str, shape: str, tmp_path: Path) -> None:
    root = PRISTINE[shape][0](tmp_path)
    before = picture(root)
    ran = run(*LOOKING[command], "--root", root)
    assert (ran.status, ran.err) == (0, "")
    assert_silent(ran.out)
    assert picture(root) == before


@pytest.mark.parametrize("shape", PRISTINE)
def test_the_server_and_its_file_are_found(shape: str, tmp_path: Path) -> None:
    make, server, config = PRISTINE[shape]
    root = make(tmp_path)
    found = run("detect", "--root", root).out
    assert server in found
    assert config in found
    assert f"+++ {config}\n" in run("plan", "--root", root).out


@pytest.mark.parametrize("shape", PRISTINE)
def test_the_unit_of_a_tree_is_planned_for(shape: str, tmp_path: Path) -> None:
    plan = run("plan", "--root", PRISTINE[shape][0](tmp_path)).out
    unit = {"Debian with Redis": "redis-server", "Debian with Valkey": "valkey-server", "RPM with Redis": "redis"}[
        shape
    ]
    assert f"{unit}.service" in plan
    assert "no systemd unit runs this server" not in plan


def test_the_exit_status_tells_of_pending_changes(tmp_path: Path) -> None:
    root = debian(tmp_path)
    assert run("plan", "--root", root, "--detailed-exitcode").status == 2
    assert run("check", "--root", root, "--fail-under", "100").status == 3
    assert run("check", "--root", root, "--fail-under", "0").status == 0


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("command", LOOKING)
def test_no_captured_host_makes_a_command_fail_badly(command: str, name: str, tmp_path: Path) -> None:
    root = Path(shutil.copytree(HOSTS / name / "root", tmp_path / "image"))
    before = picture(root)
    ran = run(*LOOKING[command], "--root", root)
    assert ran.status in {0, 1}
    assert_silent(ran.out, ran.err)
    assert (ran.status == 0) == (ran.err == "")
    assert picture(root) == before


def test_an_empty_tree_says_what_is_missing(tmp_path: Path) -> None:
    assert run("detect", "--root", tmp_path).status == 0
    assert run("answers", "init", "--root", tmp_path).status == 0
    assert run("snapshots", "list", "--root", tmp_path).out == "No snapshots yet; the first apply takes one.\n"
    for command in ("check", "plan", "apply"):
        assert_refused(run(command, "--root", tmp_path), f"the tree {tmp_path}", "Redis or Valkey", "--config")
    assert_refused(
        run("check", "--root", tmp_path, "--config", "/etc/none.conf", "--only", "99"), "--only 99", status=64
    )
    assert picture(tmp_path) == {}


def test_the_page_of_an_item_needs_no_host(tmp_path: Path) -> None:
    for words in (("--explain", "15", "X12"), ("15", "X12"), ("15", "--explain", "X12")):
        told = run("check", *words, "--root", tmp_path)
        assert (told.status, told.err) == (0, "")
        assert told.out.startswith("15  TLS is required\nNot judged: no Redis or Valkey server was found")
        assert "minimum TLS 1.2" in told.out
        assert "\nHow to fix it\n- " in told.out
        assert "Xdaemonize  The server stays in the foreground\n" in told.out
    assert_refused(run("check", "--explain", "26"), "--explain 26", "Xdaemonize", status=64)
    assert_refused(run("check", "26"), "check 26", "Xdaemonize", status=64)


def test_the_page_of_an_item_has_the_verdict_of_the_host(tmp_path: Path) -> None:
    root = debian(tmp_path)
    told = run("check", "21", "Xdatadir", "--root", root)
    assert told.out.startswith("21  The append-only file is on\n[FAIL] ")
    assert "  - appendonly: " in told.out
    assert "\nXdatadir  Other users cannot read the data directory\n[" in told.out
    only = json.loads(run("check", "21", "--format", "json", "--root", root).out)
    assert [each["id"] for each in (*only["items"], *only["extra"])] == ["21"]


def test_the_report_is_short_unless_all_of_it_is_asked_for(tmp_path: Path) -> None:
    root = debian(tmp_path)
    short = run("check", "--root", root).out
    assert len(short.splitlines()) < 24
    assert "\x1b" not in short
    for words in ("--all", "-v"):
        everything = run("check", words, "--root", root).out
        assert "\nBeyond the 25 items\n" in everything
        assert "[ ok ]" in everything


# --- garbage everywhere --------------------------------------------------------------------------

ODD = ("garbage", "empty", "directory", "pipe", "loop", "dangling", "huge line", "closed")


def spoil(path: Path, how: str, chance: random.Random) -> None:
    """Put something else in the place of a file."""
    if how == "closed":
        path.chmod(0)
        return
    path.unlink()
    match how:
        case "garbage":
            path.write_bytes(chance.randbytes(chance.randrange(1, 4096)))
        case "empty":
            path.write_bytes(b"")
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path.name)
        case "dangling":
            path.symlink_to("/nowhere/at all")
        case _:
            path.write_bytes(b"\xff:" * 100_000)


@pytest.mark.parametrize("seed", range(16))
def test_garbage_everywhere_is_survived(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - cases that come again, no secrets
    root = Path(shutil.copytree(HOSTS / chance.choice(names()) / "root", tmp_path / "image"))
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for path in chance.sample(files, chance.randrange(1, len(files) + 1)):
        spoil(path, chance.choice(ODD), chance)
    before = picture(root)
    for command in LOOKING.values():
        ran = run(*command, "--root", root)
        assert ran.status in {0, 1}, (command, ran.err)
        assert_silent(ran.out, ran.err)
        assert (ran.status == 0) == (ran.err == ""), (command, ran.err)
        assert ran.err.count("\n") <= 1
    assert picture(root) == before


@pytest.mark.parametrize("how", ODD)
@pytest.mark.parametrize("make", [debian, valkey, rpm])
def test_each_file_in_turn_may_be_anything(make: Callable[[Path], Path], how: str, tmp_path: Path) -> None:
    chance = random.Random(how)  # noqa: S311 - as above
    pristine = make(tmp_path)
    for number, path in enumerate(sorted(path for path in pristine.rglob("*") if path.is_file())):
        root = Path(shutil.copytree(pristine, tmp_path / str(number)))
        spoil(root / path.relative_to(pristine), how, chance)
        for command in ("check", "plan"):
            ran = run(command, "--root", root)
            assert ran.status in {0, 1}, (command, path, ran.err)
            assert_silent(ran.out, ran.err)
            assert ran.err.count("\n") == ran.status, (command, path, ran.err)


def test_a_relative_acl_file_is_read_in_the_data_directory_and_no_user_is_lost(tmp_path: Path) -> None:
    root = debian(tmp_path)
    config = root / "etc/redis/redis.conf"
    config.write_text(config.read_text() + "\naclfile users.acl\n")
    users = root / "var/lib/redis/users.acl"
    users.parent.mkdir(parents=True, exist_ok=True)
    users.write_text(
        f"user default off\nuser boss on #{'ab' * 32} ~* &* +@all\nuser shop on #{'cd' * 32} ~shop:* +@read\n"
    )
    out = run("plan", "--root", root).out
    assert "+++ /var/lib/redis/users.acl\n" in out
    assert "/etc/redis/users.acl" not in out
    assert "lose its users" not in out


def test_an_outcome_names_only_what_was_looked_at(tmp_path: Path) -> None:
    root = owned(debian(tmp_path))
    ran = run("apply", "--yes", "--root", root, "--secrets-to", tmp_path / "secrets.toml")
    said = " ".join(ran.out.split())
    assert ran.status == 0, ran.err
    assert "No running server was looked at, so logins, listeners and values were not verified." in said
    assert "verified from outside" not in said


@pytest.mark.parametrize("command", ["check", "plan"])
def test_another_servers_file_gets_one_sentence(command: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (root / "etc/redis/redis.conf").write_text("port 6666\nworkers 8\nrocksdb.block_size 16384\n")
    ran = run("--root", root, command)
    assert (ran.status, ran.out) == (1, "")
    assert ran.sentence.startswith("kvrocks is not supported (/etc/redis/redis.conf); nothing is ")


def test_a_server_without_certificates_has_none_to_renew(tmp_path: Path) -> None:
    ran = run("cert", "renew", "--yes", "--root", debian(tmp_path))
    assert (ran.status, ran.out) == (0, "No server has a certificate; redis-wizard plan switches TLS on.\n")
