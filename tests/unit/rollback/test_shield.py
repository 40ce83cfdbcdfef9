"""Directories are tightened while files are restored, and what a service account planted there is cleared away."""

from pathlib import PurePosixPath

import pytest

from tests.support.apply_memory import apply, make_plan, picture, rollback, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from wizard.app import recover
from wizard.model.event import Result
from wizard.model.facts.files import FileKind

ETC = PurePosixPath("/etc/redis")
CONF, USERS, CERTS, KEY = ETC / "redis.conf", ETC / "users.acl", ETC / "certs", ETC / "certs" / "server.key"
SHADOW = PurePosixPath("/etc/shadow")
_EXCLUSIVE = 0o022


class Killed(BaseException):
    """The process is killed."""


def plant(host: MemoryHost, path: PurePosixPath, kind: str) -> None:
    """Be the service account in its loose directory."""
    for below in [each for each in host.nodes if each == path or each.is_relative_to(path)]:
        del host.nodes[below]
    if kind == "link":
        host.put_link(path, str(SHADOW), owner="redis")
    elif kind == "directory link":
        host.put_link(path, "/srv", owner="redis")
    elif kind == "directory":
        host.put_directory(path, owner="redis")
        host.put(path / "mine", b"mine", owner="redis")
    else:
        host.put(path, b"", owner="redis").kind = FileKind.OTHER


@pytest.fixture
def host() -> MemoryHost:
    found = tree("debian13-redis")
    found.put(SHADOW, b"root:secret\n", mode=0o640)
    found.put(PurePosixPath("/srv/server.key"), b"another's key", mode=0o600)
    return found


def writes(host: MemoryHost, seen: list[tuple[str, bool]]) -> None:
    """Note for every write, removal and rename below the directory whether another user could rename there."""

    def look(what: str, path: PurePosixPath) -> None:
        if path.is_relative_to(ETC) and path != ETC:
            here = host.nodes[ETC]
            seen.append((f"{what} {path}", here.owner != "root" or bool(here.mode & _EXCLUSIVE)))

    host.before_change = look


@pytest.mark.parametrize("loosened", [False, True])
def test_no_write_finds_the_directory_loose(host: MemoryHost, *, loosened: bool) -> None:
    first, seen = picture(host), list[tuple[str, bool]]()
    assert host.nodes[ETC].owner == "redis"
    writes(host, seen)
    snapshot = apply(host, make_plan(host)).snapshot
    if loosened:
        # As an upgrade of the package does.
        host.nodes[ETC].owner, host.nodes[ETC].mode = "redis", 0o2770
    outcome = rollback(host, snapshot)
    assert seen
    assert [what for what, loose in seen if loose] == []
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert picture(host) == first


@pytest.mark.parametrize(
    ("path", "kind"),
    [(path, kind) for path in (CONF, USERS, KEY) for kind in ("link", "pipe", "directory")]
    + [(CERTS, "directory link"), (CERTS, "pipe")],
)
def test_what_was_planted_keeps_no_rollback_open(host: MemoryHost, path: PurePosixPath, kind: str) -> None:
    first = picture(host)
    snapshot = apply(host, make_plan(host)).snapshot
    host.nodes[ETC].owner, host.nodes[ETC].mode = "redis", 0o2770
    plant(host, path, kind)
    outcome = rollback(host, snapshot)
    assert outcome.result in {Result.ROLLED_BACK, Result.INCOMPLETE}, outcome
    assert any(str(path) in said and "user redis" in said for said in outcome.checks), outcome
    after = {each: node for each, node in picture(host).items() if ".planted-" not in str(each)}
    if (path, kind) == (USERS, "directory") or (path, kind) == (KEY, "directory"):
        return
    assert after == first


@pytest.mark.parametrize("name", [".redis.conf.rw-{}", ".users.acl.rw-{}", ".redis.conf.rw-0123456789ab"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_planted_name_of_a_backup_is_removed(host: MemoryHost, name: str, kind: str) -> None:
    first = picture(host)
    snapshot = apply(host, make_plan(host)).snapshot
    plant(host, ETC / name.format(snapshot), kind)
    assert rollback(host, snapshot).result is Result.ROLLED_BACK
    assert picture(host) == first


@pytest.mark.parametrize("number", range(0, 120, 7))
def test_a_killed_rollback_gives_the_directory_its_first_rights_back(host: MemoryHost, number: int) -> None:
    first = picture(host)
    snapshot = apply(host, make_plan(host)).snapshot
    host.nodes[ETC].owner, host.nodes[ETC].mode = "redis", 0o2770
    stopped = stop_before(host, number, Killed())
    try:
        rollback(host, snapshot)
    except Killed:
        host.before_change = lambda _what, _path: None
        recover(host)
    host.before_change = lambda _what, _path: None
    after = picture(host)
    if stopped() and after != first:
        # It was killed before it had decided anything.
        rollback(host, snapshot)
        after = picture(host)
    assert after == first


def test_a_link_of_root_is_an_administrators_work_and_stays(host: MemoryHost) -> None:
    snapshot = apply(host, make_plan(host)).snapshot
    elsewhere = PurePosixPath("/etc/managed.acl")
    host.put(elsewhere, b"user default on nopass ~* +@all\n")
    plant(host, USERS, "pipe")
    del host.nodes[USERS]
    host.put_link(USERS, str(elsewhere), owner="root")
    outcome = rollback(host, snapshot)
    assert host.nodes[USERS].kind is FileKind.LINK
    assert outcome.result is Result.INCOMPLETE
    assert str(USERS) in outcome.summary
