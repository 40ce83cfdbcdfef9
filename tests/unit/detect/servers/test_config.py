import struct
from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.config import ResolvedConfig
from wizard.detect.reader import Reader
from wizard.detect.servers.config import read_acl, read_config
from wizard.detect.writers import writers_of
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import MASK, Unreadable

CONF = PurePosixPath("/etc/redis.conf")
CONF_OF_SERVICE = PurePosixPath("/etc/redis/redis.conf")
ACL = PurePosixPath("/etc/redis/users.acl")
COMMON = b"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"


def config(host: MemoryHost, version: str = "8.0.2") -> ConfigFacts:
    found = read_config(Reader(host), CONF, Flavour.REDIS, version)
    assert isinstance(found, ConfigFacts)
    return found


def test_reads_included_files_in_place_and_lists_them_in_their_order() -> None:
    found = config(load("by-hand"))
    files = [str(each.path) for each in found.files]
    assert files == ["/etc/redis.conf", "/etc/redis.d/10-limits.conf", "/etc/redis.d/20-more.conf"]
    assert all(each.digest for each in found.files)
    names = [line.name for line in found.lines]
    assert names[names.index("include") :][:4] == ["include", "timeout", "maxclients", "tcp-keepalive"]


def test_the_bytes_of_every_file_become_sources() -> None:
    reader = Reader(load("by-hand"))
    read_config(reader, CONF, Flavour.REDIS, "8.0.2")
    sources = reader.sources()
    assert [path.name for path in sources.paths()] == ["redis.conf", "10-limits.conf", "20-more.conf"]
    assert sources.get(PurePosixPath("/etc/redis.d/10-limits.conf")) == b"timeout 300\r\nmaxclients 5000\r\n"


def test_follows_includes_of_includes() -> None:
    files = {"/etc/redis.conf": b"include /a.conf\n", "/a.conf": b"include /b.conf\n", "/b.conf": b"timeout 1\n"}
    host = MemoryHost({PurePosixPath(path): data for path, data in files.items()})
    assert ResolvedConfig.from_facts(config(host)).next_start("timeout") == ("1",)


def test_says_what_the_server_would_refuse() -> None:
    problems = config(load("by-hand")).problems
    assert {(problem.line, problem.code) for problem in problems if problem.path == CONF} >= {
        (9, "trailing-comment"),
        (15, "unknown-directive"),
    }
    assert len({(p.path, p.line, p.code) for p in problems}) == len(problems)


def test_takes_a_pattern_for_a_name_on_servers_that_do() -> None:
    assert "missing-include" in [problem.code for problem in config(load("by-hand"), "6.2.5").problems]


def test_hides_secrets_of_every_line() -> None:
    found = config(load("by-hand"))
    assert ResolvedConfig.from_facts(found).next_start("requirepass") == (MASK,)
    assert "planted" not in repr(found)


def test_says_why_a_file_cannot_be_read() -> None:
    found = read_config(
        Reader(load("debian13-redis", user="op")), PurePosixPath("/etc/redis/redis.conf"), Flavour.REDIS, ""
    )
    assert isinstance(found, Unreadable)
    assert found.what == "/etc/redis/redis.conf"
    assert "root" in found.why


def test_reads_users_by_fingerprints_and_names_weak_passwords() -> None:
    host = MemoryHost({ACL: b"user default off\r\nuser app on #" + COMMON + b" ~app:* +@read\n\n"})
    found = read_acl(Reader(host), ACL, Flavour.REDIS, "8.0.2")
    assert isinstance(found, AclFacts)
    assert found.lines[0] == "user default off"
    assert found.lines[1].startswith("user app on #~")
    assert [(each.user, each.why) for each in found.weak_passwords] == [("app", "is a common one")]
    assert found.status.digest
    assert found.problems == ()


def test_says_what_is_wrong_with_an_acl_file() -> None:
    host = MemoryHost({ACL: b"# comment with planted-note\nuser a on >planted-clear +get\n"})
    found = read_acl(Reader(host), ACL, Flavour.REDIS, "8.0.2")
    assert isinstance(found, AclFacts)
    assert found.problems
    assert "planted" not in repr(found)


def test_says_that_the_acl_file_is_missing() -> None:
    found = read_acl(Reader(MemoryHost()), ACL, Flavour.REDIS, "8.0.2")
    assert isinstance(found, Unreadable)
    assert found.why == "it does not exist"


@pytest.mark.parametrize("sentinel", [True, None])
def test_lines_of_a_sentinel_are_no_mistake_in_its_own_file(*, sentinel: bool | None) -> None:
    host = MemoryHost({CONF: b"port 26379\nsentinel monitor m 127.0.0.1 6379 2\nsentinel auth-pass m planted\n"})
    codes = [problem.code for problem in config(host).problems]
    found = read_config(Reader(host), CONF, Flavour.REDIS, "8.0.2", sentinel=sentinel)
    assert codes == ["sentinel-directive"] * 2
    assert isinstance(found, ConfigFacts)
    assert found.problems == ()
    assert "planted" not in repr(found)


# --- whose hands write what --------------------------------------------------------------------------


def served(line: str, *, owner: str = "redis", directory: str = "redis") -> MemoryHost:
    """A configuration with one line of its own, beside files of others."""
    host = MemoryHost(accounts={"root": 0, "redis": 101, "other": 102})
    host.put_directory(PurePosixPath("/etc/redis"), owner=directory, group=directory, mode=0o2770)
    host.put(CONF_OF_SERVICE, f"{line}\nport 6380\n".encode(), owner=owner, group="redis", mode=0o640)
    host.put(PurePosixPath("/etc/redis/more.conf"), b"hz 20\n", owner="root", group="root", mode=0o644)
    host.put(PurePosixPath("/etc/ssh/sshd_config"), b"UsePAM yes\n", owner="root", group="root", mode=0o644)
    host.put(PurePosixPath("/srv/other.conf"), b"hz 30\n", owner="other", group="other", mode=0o640)
    host.put(PurePosixPath("/srv/own.conf"), b"hz 40\n", owner="redis", group="other", mode=0o640)
    host.put_link(PurePosixPath("/etc/redis/link.conf"), "/etc/ssh/sshd_config", owner="redis")
    for each in ("/srv/data", "/var/lib/redis/6380"):
        host.put_directory(PurePosixPath(each))
    return host


@pytest.mark.parametrize(
    ("line", "belongs"),
    [
        ("include /etc/ssh/sshd_config", "root"),
        ("include /etc/redis/../ssh/sshd_config", "root"),
        ("include /etc/ssh/*", "root"),
        ("include /etc/redis/link.conf", "root"),
        ("include /srv/other.conf", "other"),
        ("aclfile /etc/shadow", "root"),
        ("aclfile etc/shadow", "root"),
        ("dir /srv/data", "root"),
        ("dir /var/lib/redis/../../../srv/data", "root"),
    ],
)
def test_a_line_of_the_service_opens_no_file_of_others(line: str, belongs: str) -> None:
    reader = Reader(served(line))
    found = read_config(reader, CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert [(problem.line, problem.code) for problem in found.problems] == [(1, "foreign-file")]
    assert f" belongs to {belongs}; " in found.problems[0].what
    assert [status.path for status in found.files] == list(reader.sources().paths()) == [CONF_OF_SERVICE]
    assert ResolvedConfig.from_facts(found).next_start("port") == ("6380",)


@pytest.mark.parametrize(
    "line",
    [
        *("include /etc/redis/more.conf", "include /srv/own.conf", "dir /etc/redis", "aclfile /etc/redis/users.acl"),
        "dir /var/lib/redis/6380",
    ],
)
def test_a_line_of_the_service_names_what_it_could_change_itself_or_is_made_for_it(line: str) -> None:
    found = read_config(Reader(served(line)), CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert not found.problems


@pytest.mark.parametrize(
    ("line", "trusted"),
    [
        ("include /etc/redis/more.conf", True),
        ("aclfile /etc/redis/users.acl", True),
        ("include /etc/redis/link.conf", False),
        ("dir /etc/redis", False),
    ],
)
def test_a_directory_of_roots_that_is_made_for_the_product_is_for_configuration_alone(
    line: str, *, trusted: bool
) -> None:
    host = served(line, directory="root")
    host.nodes[PurePosixPath("/etc/redis")].mode = 0o755
    found = read_config(Reader(host), CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert [each.code for each in found.problems] == ([] if trusted else ["foreign-file"])


@pytest.mark.parametrize(("above", "everybody"), [(0o755, True), (0o750, False)])
def test_nobody_writes_what_he_cannot_reach(above: int, *, everybody: bool) -> None:
    host = served("dir /srv/data", owner="root", directory="root")
    host.nodes[PurePosixPath("/etc/redis")].mode = above
    host.nodes[CONF_OF_SERVICE].mode = 0o666
    assert writers_of(Reader(host), CONF_OF_SERVICE).everybody is everybody


@pytest.mark.parametrize(("number", "mode", "trusted"), [(104, 0o660, False), (104, 0o640, True), (105, 0o660, True)])
def test_who_may_write_by_an_access_control_list_is_a_hand_too(number: int, mode: int, *, trusted: bool) -> None:
    host = served("include /srv/own.conf", owner="root", directory="root")
    host.put(PurePosixPath("/etc/passwd"), b"op:x:104:104::/:/bin/sh\nowner:x:105:105::/:/bin/sh\n")
    host.put(PurePosixPath("/srv/own.conf"), b"", owner="owner", group="owner")
    host.nodes[CONF_OF_SERVICE].mode = mode
    mask = mode >> 3 & 7
    entries = ((1, 6, -1), (2, 6, number), (4, 4, -1), (0x10, mask, -1), (0x20, 0, -1))
    listed = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    host.nodes[CONF_OF_SERVICE].attributes["system.posix_acl_access"] = listed
    found = read_config(Reader(host), CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert [each.code for each in found.problems] == ([] if trusted else ["foreign-file"])


def test_what_one_includes_is_judged_by_its_own_hands() -> None:
    host = served("include /srv/own.conf", owner="root", directory="root")
    host.nodes[PurePosixPath("/etc/redis")].mode = 0o755
    host.put(PurePosixPath("/srv/own.conf"), b"include /etc/ssh/sshd_config\n", owner="redis", group="redis")
    found = read_config(Reader(host), CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert [(str(each.path), each.code) for each in found.problems] == [("/srv/own.conf", "foreign-file")]


def test_root_names_what_it_likes() -> None:
    host = served("include /srv/other.conf", owner="root", directory="root")
    host.nodes[PurePosixPath("/etc/redis")].mode = 0o755
    found = read_config(Reader(host), CONF_OF_SERVICE, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert ResolvedConfig.from_facts(found).next_start("hz") == ("30",)
