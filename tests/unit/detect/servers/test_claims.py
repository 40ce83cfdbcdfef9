from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.claims import NO_FILE, believed, is_another, told_file
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable

CONF = PurePosixPath("/etc/redis/redis.conf")


def live(**info: str) -> LiveServer:
    return LiveServer(
        version="8.0.2",
        role=Role.STANDALONE,
        user="default",
        endpoint="",
        config={},
        acl=(),
        info=info,
        command_calls={},
        clients=(),
    )


def test_a_server_that_is_closed_or_hides_its_info_tells_no_file() -> None:
    assert told_file(Unreadable(what="x", why="y")) is None
    assert told_file(live()) is None


def test_a_server_tells_its_file_or_that_it_has_none() -> None:
    assert told_file(live(config_file="/etc/redis/redis.conf")) == CONF
    assert told_file(live(config_file="")) == NO_FILE


@pytest.mark.parametrize(
    ("mode", "user", "expected"),
    [
        (0o640, "root", True),
        (0o640, "redis", True),
        (0o640, "adm", True),
        (0o640, "app", True),
        (0o640, "op", False),
        (0o644, "op", True),
    ],
)
def test_believes_who_can_read_the_file(mode: int, user: str, *, expected: bool) -> None:
    host = MemoryHost({PurePosixPath("/etc/group"): b"adm:x:4:syslog,app\n"})
    host.put(CONF, b"", owner="redis", group="adm", mode=mode)
    host.put_link(PurePosixPath("/srv/link.conf"), str(CONF))
    for path in (CONF, PurePosixPath("/srv/link.conf")):
        assert believed(Reader(host), user, path) is expected


def test_compares_the_process_that_answered() -> None:
    host = MemoryHost({PurePosixPath("/proc/58/status"): b"Name:\tredis-server\nNSpid:\t58\t7\n"})
    answers = {told: is_another(Reader(host), live(process_id=told), 58) for told in ("58", "7", "59", "", "x")}
    assert answers == {"58": False, "7": False, "59": True, "": False, "x": False}
