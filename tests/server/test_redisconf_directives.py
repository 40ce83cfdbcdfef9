"""Values and aliases of directives are what the real servers take them for."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import STARTED_WITHIN, Server, running, server
from wizard.formats.redisconf.directives import equivalent, find

pytestmark = pytest.mark.server

__all__ = ["server"]

Answer = str | int | None | list["Answer"]


class Connection:
    """Just enough of the protocol to read whole answers."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    def ask(self, *words: str) -> Answer:
        parts = [b"*%d\r\n" % len(words)]
        parts += [b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words]
        self._connection.sendall(b"".join(parts))
        return self._answer()

    def _answer(self) -> Answer:
        line = self._file.readline().strip().decode()
        kind, rest = line[:1], line[1:]
        if kind == "*":
            return [self._answer() for _ in range(int(rest))]
        if kind == "$":
            return None if int(rest) < 0 else self._file.read(int(rest) + 2)[:-2].decode(errors="replace")
        return int(rest) if kind == ":" else line


@contextmanager
def connected(server: Server, directory: Path) -> Iterator[Connection]:
    with running(server, "", directory) as (path, _), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(STARTED_WITHIN)
        connection.connect(str(path))
        yield Connection(connection)


def settings_of(connection: Connection) -> dict[str, str]:
    answer = connection.ask("CONFIG", "GET", "*")
    assert isinstance(answer, list)
    texts = [str(item) for item in answer]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def test_a_value_that_was_set_reads_back_as_the_same(server: Server, tmp_path: Path) -> None:
    wanted = {"maxmemory": "1536mb", "notify-keyspace-events": "KEA", "maxmemory-policy": "ALLKEYS-LRU", "timeout": "7"}
    wanted |= {"save": "3600 1 300 100", "client-output-buffer-limit": "slave 256mb 64mb 60", "appendfsync": "ALWAYS"}
    with connected(server, tmp_path) as connection:
        for name, value in wanted.items():
            assert connection.ask("CONFIG", "SET", name, value) == "+OK"
        settings = settings_of(connection)
    limits = settings.pop("client-output-buffer-limit").split()
    assert equivalent("client-output-buffer-limit", limits[4:8], wanted.pop("client-output-buffer-limit"))
    assert [name for name, value in wanted.items() if not equivalent(name, value, settings[name])] == []


def test_aliases_read_the_same_setting(server: Server, tmp_path: Path) -> None:
    with connected(server, tmp_path) as connection:
        settings = settings_of(connection)
    for name, value in settings.items():
        directive = find(name)
        assert directive is not None
        assert [other for other in directive.aliases if settings.get(other, value) != value] == []
