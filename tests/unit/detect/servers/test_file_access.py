import struct
from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.config import read_config
from wizard.detect.servers.file_access import members_of, read_writers
from wizard.model.facts.files import PlaceWriters
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.service import Flavour
from wizard.snapshots.posixacl import ACCESS

CONF = PurePosixPath("/opt/redis/redis.conf")
GROUPS = b"redis:x:101:shop\nusers:x:100:\n"
ACCOUNTS = b"redis:x:101:101::/:/bin/false\nguest:x:1000:100::/:/bin/sh\n"


def host(*, owner: str = "root", group: str = "redis", mode: int = 0o640) -> MemoryHost:
    made = MemoryHost(accounts={"root": 0, "redis": 101, "users": 100, "nobody": 65534})
    made.put(PurePosixPath("/etc/group"), GROUPS)
    made.put(PurePosixPath("/etc/passwd"), ACCOUNTS)
    made.put_directory(PurePosixPath("/opt"), owner="root", group="root", mode=0o755)
    made.put_directory(CONF.parent, owner="root", group="root", mode=0o755)
    made.put(CONF, b"port 6379\nloadmodule /opt/redis/x.so\n", owner=owner, group=group, mode=mode)
    return made


def look(made: MemoryHost, path: PurePosixPath = CONF) -> dict[str, PlaceWriters]:
    reader = Reader(made)
    found = read_writers(reader, read_config(reader, path, Flavour.REDIS, "8.0.2"), None, TlsFacts())
    return {str(each.status.path): each for each in found}


def test_every_directory_up_to_the_root_is_looked_at() -> None:
    found = look(host())
    assert list(found) == ["/", "/opt", "/opt/redis", str(CONF)]
    assert not any(each.users or each.groups or each.everybody for each in found.values())
    assert found["/opt"].holds == (CONF, PurePosixPath("/opt/redis/x.so"))


@pytest.mark.parametrize(
    ("owner", "group", "mode", "users", "groups"),
    [
        ("nobody", "root", 0o600, ("nobody",), {}),
        ("root", "users", 0o660, (), {"users": ("guest",)}),
        ("root", "redis", 0o660, (), {"redis": ("redis", "shop")}),
    ],
)
def test_owner_and_group_of_a_file_can_write_it(
    owner: str, group: str, mode: int, users: tuple[str, ...], groups: dict[str, tuple[str, ...]]
) -> None:
    found = look(host(owner=owner, group=group, mode=mode))[str(CONF)]
    assert (found.users, found.groups, found.everybody) == (users, groups, False)


def test_an_open_directory_far_above_lets_every_user_replace_the_file() -> None:
    made = host()
    made.nodes[PurePosixPath("/opt")].mode = 0o777
    assert look(made)["/opt"].everybody


def test_a_link_in_a_directory_of_others_counts_as_much_as_the_file_behind_it() -> None:
    made = host()
    made.put_directory(PurePosixPath("/srv/links"), owner="nobody", group="root", mode=0o755)
    link = PurePosixPath("/srv/links/redis.conf")
    made.put_link(link, str(CONF), owner="root")
    found = look(made, link)
    assert found["/srv/links"].users == ("nobody",)
    assert str(CONF) in found


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("include /srv/more/*.conf", "/srv/more"),
        ("include /srv/more/[a-z]*/redis.conf", "/srv/more"),
        ("dir /srv\ninclude more/?.conf", "/srv/more"),
    ],
)
def test_where_a_pattern_is_included_a_new_file_is_read(text: str, directory: str) -> None:
    made = host()
    made.put(CONF, f"{text}\n".encode(), owner="root", group="redis", mode=0o640)
    made.put_directory(PurePosixPath(directory), owner="root", group="root", mode=0o1777)
    (there,) = [each for path, each in look(made).items() if path == directory]
    assert (there.everybody, there.holds) == (True, (PurePosixPath(directory),))


def test_members_are_those_of_both_databases() -> None:
    reader = Reader(host())
    assert (members_of(reader, "redis"), members_of(reader, "users")) == (("redis", "shop"), ("guest",))
    assert members_of(reader, "ldap") == ()


def listed(*named: tuple[int, int, int]) -> bytes:
    """Return an access control list of 0750 with these entries: tag, rights and number."""
    entries = ((1, 7, -1), *named, (4, 5, -1), (0x10, 5, -1), (0x20, 0, -1))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)


@pytest.mark.parametrize(
    ("above", "entered", "readers"),
    [
        (0o755, False, ("group users", "user guest")),
        (0o750, False, ()),
        # The directory lets this user in by a list of its own.
        (0o750, True, ("user guest",)),
    ],
)
def test_whom_a_list_lets_read_is_seen_as_far_as_the_directories_let_in(
    above: int, *, entered: bool, readers: tuple[str, ...]
) -> None:
    made = host()
    made.nodes[CONF].attributes[ACCESS] = listed((2, 4, 1000), (8, 4, 100), (2, 2, 101))
    made.nodes[CONF.parent].mode = above
    if entered:
        made.nodes[CONF.parent].attributes[ACCESS] = listed((2, 1, 1000), (8, 4, 100))
    found = look(made)
    assert found[str(CONF)].readers == readers
    # Of a directory they are those whom its list lets in.
    assert found[str(CONF.parent)].readers == (("user guest",) if entered else ())
