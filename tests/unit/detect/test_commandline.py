import pytest

from wizard.config import exec_start_arguments, server_arguments
from wizard.detect.commandline import (
    config_of,
    flavour_of,
    is_sentinel,
    masked_arguments,
    plain,
    program_of,
    sockets_of,
)
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import MASK


@pytest.mark.parametrize(
    ("argument", "flavour"),
    [
        ("/usr/bin/redis-server *:6379", Flavour.REDIS),
        ("valkey-server", Flavour.VALKEY),
        ("/opt/keydb/bin/keydb-server", Flavour.KEYDB),
        ("/usr/bin/redis-check-rdb", None),
        ("redis-rdb-bgsave 0.0.0.0:7379", None),
        ("/usr/bin/redis_exporter", None),
    ],
)
def test_knows_a_server_by_its_program(argument: str, flavour: Flavour | None) -> None:
    assert flavour_of(argument) is flavour


def test_takes_the_program_off_a_title() -> None:
    assert program_of("/usr/bin/redis-server 127.0.0.1:6379") == "/usr/bin/redis-server"


@pytest.mark.parametrize(
    ("arguments", "config"),
    [
        (["/etc/redis.conf", "--port", "1"], "/etc/redis.conf"),
        (["redis.conf"], "redis.conf"),
        (["--port", "1"], ""),
        (["127.0.0.1:6379"], ""),
        (["*:6379", "[cluster]"], ""),
        (["unixsocket:/run/s"], ""),
        (["[::1]:6379"], ""),
        ([], ""),
    ],
)
def test_reads_the_configuration_and_never_takes_a_title_for_it(arguments: list[str], config: str) -> None:
    assert config_of(arguments) == config


@pytest.mark.parametrize(
    ("arguments", "socket"),
    [
        (["/usr/bin/redis-server 127.0.0.1:6379", "", ""], ("127.0.0.1", 6379)),
        (["redis-server", "*:6380", "[cluster]"], ("*", 6380)),
        (["redis-server unixsocket:/run/s"], ("/run/s", 0)),
        (["redis-server", "/etc/redis.conf"], ("", 0)),
        ([], ("", 0)),
    ],
)
def test_reads_the_socket_of_a_title(arguments: list[str], socket: tuple[str, int]) -> None:
    assert sockets_of(arguments) == socket


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--requirepass", "pw", "--port", "1"], ("--requirepass", MASK, "--port", "1")),
        (["--requirepass pw"], (f"--requirepass {MASK}",)),
        (["--requirepass=pw"], (f"--requirepass {MASK}",)),
        (["--user", "app", "on", ">pw"], ("--user", MASK, MASK, MASK)),
        (["--MASTERAUTH", "pw"], ("--MASTERAUTH", MASK)),
        (["/etc/redis.conf", "--requirepass", ""], ("/etc/redis.conf", "--requirepass")),
    ],
)
def test_hides_the_values_of_secret_options(given: list[str], shown: tuple[str, ...]) -> None:
    assert masked_arguments(given) == shown


def test_writes_bytes_that_are_no_text_as_escapes_and_drops_the_empty_end() -> None:
    assert plain(["a\udcff", "", ""]) == ("a\\xff",)


def test_reads_exec_start_as_systemctl_and_as_a_file_writes_it() -> None:
    said = "{ path=/usr/bin/redis-server ; argv[]=/usr/bin/redis-server /etc/r.conf --x ; ignore_errors=no ; pid=1 }"
    assert exec_start_arguments(said) == ("/usr/bin/redis-server", "/etc/r.conf", "--x")
    assert exec_start_arguments('-/usr/bin/redis-server "/etc/r.conf"') == ("/usr/bin/redis-server", "/etc/r.conf")
    assert exec_start_arguments("") == ()


@pytest.mark.parametrize(
    ("arguments", "sentinel"),
    [
        (["/usr/bin/redis-sentinel", "/etc/redis/sentinel.conf"], True),
        (["/usr/bin/redis-server", "/etc/s.conf", "--sentinel"], True),
        (["/usr/bin/redis-server *:26379 [sentinel]"], True),
        (["/usr/bin/redis-server", "/etc/redis/sentinel.conf"], False),
        ([], False),
    ],
)
def test_knows_a_sentinel(arguments: list[str], sentinel: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_sentinel(arguments) is sentinel


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/usr/bin/redis-server /etc/r.conf", "/usr/bin/redis-server /etc/r.conf"),
        ("/usr/bin/numactl --interleave=all /usr/bin/redis-server /etc/r.conf", "/usr/bin/redis-server /etc/r.conf"),
        ("/usr/bin/setpriv --reuid=redis -- redis-server /r.conf --port 7", "redis-server /r.conf --port 7"),
        ('/bin/sh -c "redis-server /r.conf --port 7 | systemd-cat -t x"', "redis-server /r.conf --port 7"),
        ("/bin/sh -c 'exec redis-server /r.conf >>/log 2>&1; sleep 1'", "redis-server /r.conf"),
        ("/bin/sh -c 'redis-server /r.conf; sleep 1'", "redis-server /r.conf"),
        # A container has files of its own, and a script says nothing.
        ("/usr/bin/docker run redis:7 redis-server /r.conf", ""),
        ("/usr/local/bin/start-redis.sh", ""),
        ("/bin/sh -c /usr/local/bin/start.sh", ""),
        ("", ""),
    ],
)
def test_finds_the_server_behind_what_prepares_its_process(line: str, words: str) -> None:
    assert server_arguments(line) == tuple(words.split())
