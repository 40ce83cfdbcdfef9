"""A process's own view of a host: links end inside it, rights are judged by what will be there."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import HostError
from wizard.model.facts.files import FileKind
from wizard.rehearsal.process_view import (
    READ,
    SEARCH,
    WRITE,
    AccessCheck,
    Credentials,
    Permissions,
    ProcessView,
    identity_of,
)

PID = 77
TOP = PurePosixPath(f"/proc/{PID}/root")
REDIS = Credentials(user="redis", groups=frozenset({"redis"}))


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost()


def test_a_link_leads_to_the_processs_own_tree(host: MemoryHost) -> None:
    host.put(TOP / "run/redis/seen", b"")
    host.put(PurePosixPath("/run/redis/other"), b"")
    host.put_link(TOP / "var/run", "/run")
    host.put_link(TOP / "a/up", "../var/run/redis")
    view = ProcessView(host, PID)
    assert view.resolved(PurePosixPath("/a/up/seen")) == PurePosixPath("/run/redis/seen")
    assert view.status(PurePosixPath("/var/run/redis/seen")).kind is FileKind.FILE
    assert view.status(PurePosixPath("/var/run/redis/other")).kind is FileKind.ABSENT
    assert view.entries(PurePosixPath("/var/run/redis")) == {"seen"}


def test_links_in_a_circle_are_refused(host: MemoryHost) -> None:
    host.put_link(TOP / "a", "/b")
    host.put_link(TOP / "b", "a")
    with pytest.raises(HostError, match="form a loop"):
        ProcessView(host, PID).status(PurePosixPath("/a"))


def test_a_mount_is_read_only_for_the_process_alone(host: MemoryHost) -> None:
    host.put_directory(TOP / "srv")
    host.put_directory(PurePosixPath("/srv"))
    host.read_only.add(TOP / "srv")
    assert ProcessView(host, PID).space(PurePosixPath("/srv")).read_only
    assert not ProcessView(host).space(PurePosixPath("/srv")).read_only


@pytest.mark.parametrize(
    ("theirs", "status", "bits"),
    [
        (b"0 0 4294967295\n", b"Name:\tx\nCapEff:\t0000000000000400\n", 0x400),
        (b"999 999 1\n", b"Name:\tx\nCapEff:\t000001ffffffffff\n", 0),
        (b"0 0 4294967295\n", b"Name:\tx\n", None),
    ],
)
def test_capabilities_count_on_the_host_or_not_at_all(
    host: MemoryHost, theirs: bytes, status: bytes, bits: int | None
) -> None:
    host.put(PurePosixPath("/proc/self/uid_map"), b"0 0 4294967295\n")
    host.put(PurePosixPath(f"/proc/{PID}/uid_map"), theirs)
    host.put(PurePosixPath(f"/proc/{PID}/status"), status)
    assert ProcessView(host, PID).capabilities() == bits


@pytest.mark.parametrize(
    ("rights", "bits", "may"),
    [
        (Permissions(owner="redis", group="x", mode=0o400), READ, True),
        (Permissions(owner="redis", group="redis", mode=0o077), READ, False),
        (Permissions(owner="root", group="redis", mode=0o640), READ, True),
        (Permissions(owner="root", group="redis", mode=0o640), WRITE, False),
        (Permissions(owner="root", group="root", mode=0o644), READ, True),
        (Permissions(owner="root", group="root", mode=0o600), READ, False),
        (Permissions(owner="root", group="redis", mode=0o020), WRITE | SEARCH, False),
    ],
)
def test_a_mode_gives_owner_group_or_others_their_bits(rights: Permissions, bits: int, may: bool) -> None:  # noqa: FBT001 - a case of the table
    assert REDIS.may(rights, bits) is may


def test_root_needs_no_bits() -> None:
    assert Credentials(user="root", groups=frozenset()).may(Permissions(owner="redis", group="redis", mode=0), READ)


def test_a_directory_on_the_way_is_named(host: MemoryHost) -> None:
    host.put_directory(TOP / "etc/redis/keys", mode=0o700)
    host.put(TOP / "etc/redis/keys/server.key", b"", owner="redis", mode=0o400)
    said = AccessCheck(ProcessView(host, PID), REDIS, {}).denial(PurePosixPath("/etc/redis/keys/server.key"), READ)
    assert said == "redis may not enter /etc/redis/keys (root:root 0700)"


def test_what_will_be_counts_before_what_is(host: MemoryHost) -> None:
    key = PurePosixPath("/etc/redis/server.key")
    host.put(TOP / "etc/redis/server.key", b"", mode=0o644)
    later = AccessCheck(ProcessView(host, PID), REDIS, {key: Permissions(owner="root", group="root", mode=0o600)})
    assert "may not read" in later.denial(key, READ)
    assert later.denial(PurePosixPath("/etc/redis/absent"), READ) == ""


def test_a_path_with_an_access_control_list_is_not_judged(host: MemoryHost) -> None:
    host.put(TOP / "etc/key", b"", mode=0o600).attributes["system.posix_acl_access"] = b"x"
    assert AccessCheck(ProcessView(host, PID), REDIS, {}).denial(PurePosixPath("/etc/key"), READ) == ""


def test_an_account_has_the_groups_it_is_a_member_of(host: MemoryHost) -> None:
    host.put(PurePosixPath("/etc/group"), b"redis:x:5:\nssl-cert:x:6:postgres,redis\nadm:x:7:rediska\n")
    assert identity_of(host, "redis", "redis", ("more",)).groups == {"redis", "ssl-cert", "more"}
