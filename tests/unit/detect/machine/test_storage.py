from collections.abc import Callable
from pathlib import PurePosixPath

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.storage import read_storage, resolved
from wizard.detect.reader import Reader
from wizard.host.files.paths import followed

CONF = PurePosixPath("/etc/redis/redis.conf")


def setting(**values: str) -> Callable[[str], str]:
    return lambda name: values.get(name.replace("-", "_"), "")


def test_lists_configuration_data_log_and_socket_directory_in_this_order() -> None:
    ask = setting(dir="/var/lib/redis", logfile="/var/log/redis/r.log", unixsocket="/run/redis/s")
    found = read_storage(Reader(load("debian13-redis")), ask, CONF, None)
    assert [str(each.path) for each in found.directories] == [
        "/etc/redis",
        "/var/lib/redis",
        "/var/log/redis",
        "/run/redis",
    ]
    assert [each.kind for each in found.directories][-1] == "absent"
    assert [str(each.path) for each in found.space] == ["/etc/redis", "/var/lib/redis", "/var/log/redis"]
    assert str(found.dump and found.dump.path) == "/var/lib/redis/dump.rdb"


def test_takes_the_working_directory_for_what_is_relative() -> None:
    found = read_storage(Reader(MemoryHost()), setting(dir="data", logfile="x.log"), None, PurePosixPath("/srv"))
    assert [str(each.path) for each in found.directories] == ["/srv/data"]


def test_guesses_no_directory() -> None:
    found = read_storage(Reader(MemoryHost()), setting(), None, None)
    assert (found.directories, found.space, found.dump, found.append_only) == ((), (), None, None)


def test_finds_the_append_only_file_of_an_old_server() -> None:
    host = MemoryHost({PurePosixPath("/d/appendonly.aof"): b"", PurePosixPath("/d/dump.rdb"): b"x"})
    found = read_storage(Reader(host), setting(dir="/d"), None, None)
    assert str(found.append_only and found.append_only.path) == "/d/appendonly.aof"
    assert found.dump is not None
    assert found.dump.size == 1


def test_names_the_append_only_directory_where_there_is_none_yet() -> None:
    found = read_storage(Reader(MemoryHost()), setting(dir="/d", appenddirname="own"), None, None)
    assert str(found.append_only and found.append_only.path) == "/d/own"


def test_a_file_name_that_leaves_the_directory_is_not_followed() -> None:
    found = read_storage(Reader(MemoryHost()), setting(dir="/d", dbfilename="../../etc/shadow"), None, None)
    assert found.dump is None


def test_resolves_against_a_known_place_only() -> None:
    assert resolved("", PurePosixPath("/a")) is None
    assert resolved("b", None) is None
    assert resolved("b", PurePosixPath("/a")) == PurePosixPath("/a/b")
    assert resolved("/c", PurePosixPath("/a")) == PurePosixPath("/c")


LINKS = {"/var/lib/redis": "/srv/redis", "/srv": "data/", "/data/redis": "../disk1/redis", "/loop": "/loop"}


def target(path: PurePosixPath) -> str:
    return LINKS.get(str(path), "")


def test_follows_every_link_on_the_way_as_the_kernel_does() -> None:
    found = {path: str(followed(PurePosixPath(path), target)) for path in ("/var/lib/redis/x", "/etc/../srv", "/a/b")}
    assert found == {"/var/lib/redis/x": "/disk1/redis/x", "/etc/../srv": "/data", "/a/b": "/a/b"}


def test_a_link_to_itself_ends() -> None:
    assert followed(PurePosixPath("/loop"), target) == PurePosixPath("/loop")


def test_tells_where_a_restart_would_look_for_the_data() -> None:
    host = MemoryHost()
    host.put_directory(PurePosixPath("/srv/redis"))
    host.link(PurePosixPath("/data"), target="/srv")
    in_force = setting(dir="/var/lib/redis")
    for filed, expected in (("/data/redis", "/srv/redis"), ("", "None"), ("./", "None")):
        found = read_storage(Reader(host), in_force, None, None, filed=filed)
        assert str(found.next_directory) == expected


def test_tells_when_the_data_files_were_written_last() -> None:
    append_only = PurePosixPath("/d/appendonlydir")
    files = [append_only / "appendonly.aof.1.base.rdb", append_only / "appendonly.aof.1.incr.aof"]
    host = MemoryHost({PurePosixPath("/d/dump.rdb"): b"x", **dict.fromkeys(files, b"x")})
    host.modified = {PurePosixPath("/d/dump.rdb"): 1000, append_only: 5000, files[0]: 2000, files[1]: 3000}
    found = read_storage(Reader(host), setting(dir="/d"), None, None)
    assert found.dump is not None
    assert found.dump.modified == 1000
    # A write to a file in it leaves the directory's own time, and a new name in it changes no key.
    assert found.append_only is not None
    assert found.append_only.modified == 3000
