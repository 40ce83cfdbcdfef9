from pathlib import PurePosixPath

from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import NEEDS_ROOT, Reader
from wizard.errors import UnsupportedError
from wizard.model.facts.files import FileKind
from wizard.model.facts.unreadable import Unreadable

SECRET = PurePosixPath("/etc/redis/redis.conf")


def closed() -> MemoryHost:
    host = MemoryHost({SECRET: b"port 1\n"}, user="op")
    host.nodes[SECRET].mode = 0o600
    return host


def test_an_absent_file_is_unreadable_but_no_refusal() -> None:
    reader = Reader(MemoryHost())
    assert reader.read(SECRET) == Unreadable(what=str(SECRET), why="it does not exist")
    assert reader.unreadable() == ()
    assert (reader.text(SECRET), reader.lines(SECRET), reader.entries(SECRET.parent)) == ("", (), ())


def test_a_refusal_is_noted_once_with_what_would_help() -> None:
    reader = Reader(closed())
    assert reader.read(SECRET) == Unreadable(what=str(SECRET), why=NEEDS_ROOT)
    reader.text(SECRET)
    assert reader.unreadable() == (Unreadable(what=str(SECRET), why=NEEDS_ROOT),)


def test_a_file_is_read_once() -> None:
    host = MemoryHost({SECRET: b"first"})
    reader = Reader(host)
    reader.read(SECRET)
    host.put(SECRET, b"second")
    assert reader.read(SECRET) == b"first"


def test_only_kept_files_become_sources() -> None:
    other = PurePosixPath("/etc/other")
    reader = Reader(MemoryHost({SECRET: b"x", other: b"y"}))
    reader.read_source(SECRET)
    reader.read(other)
    reader.read_source(PurePosixPath("/absent"))
    assert reader.sources().mapping() == {SECRET: b"x"}


def test_a_directory_or_link_is_told_and_never_raised() -> None:
    host = MemoryHost()
    host.put_link(PurePosixPath("/a"), "/b")
    reader = Reader(host)
    assert reader.kind(PurePosixPath("/a")) is FileKind.LINK
    assert reader.target(PurePosixPath("/a")) == "/b"
    assert not reader.exists(PurePosixPath("/b"))
    assert isinstance(reader.read(PurePosixPath("/etc")), Unreadable)


def test_what_a_host_lacks_is_told() -> None:
    def missing() -> str:
        raise UnsupportedError("no systemd here")

    reader = Reader(MemoryHost())
    assert reader.ask("units", missing) == Unreadable(what="units", why="no systemd here")
    assert reader.unreadable() == (Unreadable(what="units", why="no systemd here"),)
