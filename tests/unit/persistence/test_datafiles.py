"""Which data files a start reads, whether they were ever whole, and out of the way with stale ones."""

from pathlib import PurePosixPath as Path

import pytest

from tests.support import facts_builder as build
from tests.support.memory_host.host import MemoryHost
from wizard.config import ResolvedConfig
from wizard.model.facts.configuration import ConfigLine
from wizard.model.facts.files import FileKind
from wizard.persistence import eviction
from wizard.persistence.datafiles import (
    DataFiles,
    aof_exists,
    aof_was_archived,
    archive_aof,
    data_files,
    detect_rewrite,
    is_complete_aof,
)

DATA = Path("/var/lib/redis")
MANIFEST = b"file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"


def configuration(**values: str) -> ResolvedConfig:
    lines = (ConfigLine(name=name, arguments=(text,), path=build.CONF, line=1) for name, text in values.items())
    return ResolvedConfig(lines=tuple(lines))


def known(version: str = "8.0.2", **values: str) -> DataFiles:
    found = data_files(build.instance(version=version), configuration(**{"dir": str(DATA), **values}))
    assert found is not None
    return found


def test_from_7_on_there_is_a_directory_and_a_file_of_6_that_would_be_taken_up() -> None:
    new, old = known(), known("6.2.5")
    assert new.append_only == (DATA / "appendonlydir", DATA / "appendonly.aof")
    assert new.manifest == DATA / "appendonlydir/appendonly.aof.manifest"
    assert (old.append_only, old.manifest) == ((DATA / "appendonly.aof",), None)


def test_names_and_places_are_those_of_the_configuration() -> None:
    found = known(dbfilename="own.rdb", appendfilename="own.aof", appenddirname="own")
    assert (found.dump, found.manifest) == (DATA / "own.rdb", DATA / "own/own.aof.manifest")
    assert known(dbfilename="../../etc/shadow").dump == DATA / "dump.rdb"


def test_a_relative_directory_is_the_one_that_was_seen() -> None:
    assert known(dir="./").dump == DATA / "dump.rdb"
    nowhere = build.instance(dump=None, append_only=None)
    assert data_files(nowhere, configuration(dir="./")) is None


@pytest.mark.parametrize(
    ("files", "whole"),
    [
        ({}, False),
        ({"appendonlydir/temp-appendonly.aof.incr": b"x"}, False),
        ({"appendonlydir/appendonly.aof.manifest": MANIFEST}, False),
        (
            {
                "appendonlydir/appendonly.aof.manifest": MANIFEST,
                "appendonlydir/appendonly.aof.1.base.rdb": b"x",
                "appendonlydir/appendonly.aof.1.incr.aof": b"",
            },
            True,
        ),
        (
            {
                "appendonlydir/appendonly.aof.manifest": MANIFEST + b"file gone.aof seq 9 type h\n",
                "appendonlydir/appendonly.aof.1.base.rdb": b"x",
                "appendonlydir/appendonly.aof.1.incr.aof": b"",
            },
            True,
        ),
    ],
)
def test_append_only_files_hold_everything_once_their_manifest_is_there(
    files: dict[str, bytes], *, whole: bool
) -> None:
    host = MemoryHost({DATA / name: content for name, content in files.items()})
    assert is_complete_aof(host, known()) is whole


@pytest.mark.parametrize(("content", "whole"), [(b"", False), (b"REDIS", True)])
def test_the_file_of_6_is_empty_until_its_first_rewrite_has_ended(content: bytes, *, whole: bool) -> None:
    assert is_complete_aof(MemoryHost({DATA / "appendonly.aof": content}), known("6.2.5")) is whole


def test_stale_files_are_renamed_and_never_over_others() -> None:
    host = MemoryHost({DATA / "appendonly.aof": b"first"})
    files = known("6.2.5")
    assert aof_exists(host, files)
    assert not aof_was_archived(host, files, "one")
    assert archive_aof(host, files, "one") == (DATA / "appendonly.aof.rw-one",)
    assert aof_was_archived(host, files, "one")
    assert not aof_exists(host, files)
    host.write(DATA / "appendonly.aof", b"second", expected="", owner="root", group="root", mode=0o600)
    assert archive_aof(host, files, "one") == (DATA / "appendonly.aof.rw-one-2",)
    assert host.read(DATA / "appendonly.aof.rw-one") == b"first"


def test_a_dump_that_is_written_anew_is_told_from_the_old_one() -> None:
    host = MemoryHost({DATA / "dump.rdb": b"same"})
    dump = DATA / "dump.rdb"
    with detect_rewrite(host, dump) as anew:
        assert anew() is False
        # As a server does: a new file, renamed over the old one.
        host.write(dump, b"same", expected=None, owner="root", group="root", mode=0o600)
        assert anew() is True
    assert host.entries(DATA) == ("dump.rdb",)


def test_a_first_dump_is_new() -> None:
    host = MemoryHost()
    host.put_directory(DATA)
    with detect_rewrite(host, DATA / "dump.rdb") as anew:
        assert anew() is False
        host.write(DATA / "dump.rdb", b"x", expected="", owner="root", group="root", mode=0o600)
        assert anew() is True
    assert host.status(DATA / "dump.rdb").kind is FileKind.FILE


def test_a_mark_that_a_killed_program_left_is_no_obstacle() -> None:
    host = MemoryHost({DATA / "dump.rdb": b"x", DATA / ".dump.rdb.rw-mark": b"old"})
    with detect_rewrite(host, DATA / "dump.rdb") as anew:
        assert anew() is False
    assert host.entries(DATA) == ("dump.rdb",)


# --- the order of limit and policy -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "order"),
    [("noeviction", ["x", "maxmemory-policy", "maxmemory"]), ("allkeys-lru", ["x", "maxmemory", "maxmemory-policy"])],
)
def test_no_key_is_dropped_between_limit_and_policy(policy: str, order: list[str]) -> None:
    for first in ({"maxmemory": "1", "maxmemory-policy": policy}, {"maxmemory-policy": policy, "maxmemory": "1"}):
        assert list(eviction.order_memory_directives({**first, "x": "y"})) == order


def test_the_limit_alone_keeps_its_place() -> None:
    assert list(eviction.order_memory_directives({"b": "1", "maxmemory": "2", "a": "3"})) == ["b", "maxmemory", "a"]
