from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.server_binary import parse_version, read_tls_build, read_version
from wizard.host.reader import Completed
from wizard.model.facts.host import Package
from wizard.model.facts.unreadable import Unreadable

REDIS = PurePosixPath("/usr/bin/redis-server")
SAID = Completed(status=0, output="Redis server v=8.0.2 sha=0:0 malloc=libc bits=64 build=1\n", errors="")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Redis server v=8.0.2 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=d2d63c6a2be76c2f", "8.0.2"),
        ("Valkey server v=8.1.1 sha=00000000:0", "8.1.1"),
        ("KeyDB server v=6.3.4 sha=0", "6.3.4"),
        ("Redis server version 2.2.12 (00000000:0)", "2.2.12"),
        ("", ""),
        ("usage: thing", ""),
    ],
)
def test_reads_the_version_line(text: str, version: str) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(("user", "runs_as"), [("root", "nobody"), ("op", "")])
def test_runs_the_program_without_privileges(user: str, runs_as: str) -> None:
    host = load("debian13-redis", user=user)
    users: list[str] = []
    host.results.clear()

    def answer(_line: tuple[str, ...], _input: bytes, who: str) -> Completed:
        users.append(who)
        return SAID

    host.answer = answer
    assert read_version(Reader(host), REDIS, ()) == "8.0.2"
    assert users == [runs_as]


def test_runs_nothing_of_a_tree_and_takes_the_package() -> None:
    host = load("debian13-redis")
    host.tree = PurePosixPath("/image")
    package = Package(name="redis-server", installed=True, version="5:8.0.2-3")
    assert read_version(Reader(host), REDIS, (package,)) == "8.0.2"
    assert isinstance(read_version(Reader(host), REDIS, ()), Unreadable)
    assert host.runs == []


def test_says_that_a_program_is_missing_or_says_no_version() -> None:
    assert isinstance(read_version(Reader(MemoryHost()), REDIS, ()), Unreadable)
    host = MemoryHost({REDIS: b""})
    host.nodes[REDIS].mode = 0o755
    host.results[str(REDIS), "--version"] = Completed(status=0, output="hello", errors="")
    assert isinstance(read_version(Reader(host), REDIS, ()), Unreadable)


def test_knows_a_build_with_tls_by_its_library() -> None:
    assert read_tls_build(Reader(load("debian13-redis")), REDIS) is True
    assert read_tls_build(Reader(load("by-hand")), PurePosixPath("/usr/local/bin/redis-server")) is False
    assert isinstance(read_tls_build(Reader(MemoryHost()), REDIS), Unreadable)


@pytest.mark.parametrize(("owner", "mode"), [("app", 0o755), ("root", 0o777), ("root", 0o775)])
def test_root_runs_no_program_that_somebody_else_could_have_written(owner: str, mode: int) -> None:
    host = load("debian13-redis")
    node = host.nodes[PurePosixPath("/usr/bin/redis-check-rdb")]
    node.owner, node.mode = owner, mode
    found = read_version(Reader(host), REDIS, ())
    assert isinstance(found, Unreadable)
    assert "a user other than root" in found.why
    assert host.runs == []


def test_links_in_a_circle_are_no_program() -> None:
    host = MemoryHost()
    host.put_link(REDIS, "redis-server")
    assert isinstance(read_version(Reader(host), REDIS, ()), Unreadable)
