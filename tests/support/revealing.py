"""Which commands of a real server reveal secrets: secrets are planted, every command is run, every reply searched."""

import hashlib
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.servers import Server, running
from wizard.acl.commands import table

PASSWORD = "planted-password-of-a-user"
REQUIREPASS, MASTERAUTH = "planted-requirepass", "planted-masterauth"
TLS_PASS = "planted-key-file-pass"
ARGUMENT, NAME_TYPED = "planted-argument", "planted-where-a-name-goes"
HASHES = tuple(hashlib.sha256(each.encode()).hexdigest() for each in (PASSWORD, REQUIREPASS))
PLANTED = (PASSWORD, REQUIREPASS, MASTERAUTH, TLS_PASS, ARGUMENT, NAME_TYPED, *HASHES)

_LOGIN_SECONDS = 10.0
_WAIT_SECONDS = 0.25
"""A command that gives no reply within this is left: it blocks, or turns the connection into a stream."""
_ENDING = frozenset({"shutdown", "quit", "reset", "failover", "replicaof", "slaveof", "flushall", "flushdb", "restore"})
_ALTERING = frozenset(
    {
        *("acl|setuser", "acl|deluser", "acl|load", "acl|save", "config|set", "config|rewrite", "client|kill"),
        *("client|pause", "client|reply", "module|load", "module|loadex", "module|unload", "cluster|reset"),
        *("slowlog|reset", "acl|log|reset", "commandlog|reset", "hello", "auth", "debug|segfault", "migrate"),
    }
)
"""Run by nobody here: they end the server or what is planted, and reply with OK or an error."""
_STREAMS = frozenset({"monitor", "sync", "psync"})
_ARGUMENTS: tuple[tuple[str, ...], ...] = (
    *((), ("*",), ("app:1",), ("planted",), ("default",), ("0",), ("10", "*"), ("LIST",), ("app:1", "0", "-1")),
    *(("app:1", "x"), ("app:1", "x", "y"), ("return redis.call('ping')", "0"), ("-1", "slow"), ("10", "slow")),
    *(("10", "large-request"), ("masterauth", "requirepass"), ("?", "-1")),
)
_WORDS = {
    "acl": ("LIST", "GETUSER planted", "GETUSER default", "LOG", "USERS", "WHOAMI", "CAT", "DRYRUN planted get a"),
    "config": ("GET *", "GET *auth", "GET requirepass", "GET masterauth", "HELP"),
    "client": ("LIST", "INFO", "GETNAME", "ID", "TRACKINGINFO", "GETREDIR"),
    "slowlog": ("GET", "GET -1", "LEN"),
    "latency": ("LATEST", "DOCTOR", "HISTORY command", "HISTOGRAM"),
    "memory": ("DOCTOR", "STATS", "MALLOC-STATS"),
    "debug": ("OBJECT app:1", "HELP"),
    "pubsub": ("CHANNELS", "NUMPAT"),
    "script": ("EXISTS a",),
    "module": ("LIST",),
    "object": ("ENCODING app:1",),
    "xinfo": ("STREAM app:1",),
}
"""Subcommands of 6.2, whose tables name containers alone."""


@dataclass(frozen=True)
class Rich:
    """A server full of secrets."""

    server: Server
    path: Path

    @contextmanager
    def enter(self, user: str) -> Iterator["Session"]:
        """Log in as a user whose password is :data:`PASSWORD`."""
        with Session(self.path, user) as session:
            yield session

    def set_user(self, name: str, rules: Sequence[str]) -> None:
        """Make a user with the planted password."""
        with self.enter("planted") as session:
            reply = session.ask("ACL", "SETUSER", name, "reset", "on", f">{PASSWORD}", *rules)
            assert reply == b"+OK\r\n", reply

    def plant(self) -> None:
        """Leave arguments in the slow log and a password in the log of refused logins."""
        with self.enter("planted") as session:
            session.ask("EVAL", "return 1", "0", ARGUMENT)
            session.ask("SET", "app:1", "value")
            session.ask("AUTH", NAME_TYPED, "x")


@contextmanager
def rich_server(server: Server, directory: Path) -> Iterator[Rich]:
    """Start a server with a secret wherever one can be."""
    lines = [f"requirepass {REQUIREPASS}", f"masterauth {MASTERAUTH}", "slowlog-log-slower-than 0"]
    lines += [f"user planted on >{PASSWORD} ~* &* +@all", "latency-monitor-threshold 1"]
    lines += [f"tls-key-file-pass {TLS_PASS}"] if server.tls else []
    lines += ["enable-debug-command yes"] if server.key != "r62" else []
    with running(server, "\n".join(lines) + "\n", directory) as (path, _):
        rich = Rich(server, path)
        rich.plant()
        yield rich


class Session:
    """A connection that gives the bytes of replies."""

    def __init__(self, path: Path, user: str) -> None:
        self._path, self._user = path, user
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, *words: str) -> bytes:
        """Send a command and give its reply; what comes in time of one that streams."""
        self._send(*words)
        try:
            return self._reply()
        except (TimeoutError, OSError):
            self._socket.close()
            found = bytes(self._buffer)
            self._open()
            return found

    def listen(self, act: Callable[[], None], *words: str) -> bytes:
        """Send a command that turns the connection into a stream, and give all that comes while something is done."""
        self._send(*words)
        act()
        with suppress(OSError):
            while chunk := self._socket.recv(1 << 16):
                self._buffer += chunk
        found = bytes(self._buffer)
        self._socket.close()
        self._open()
        return found

    def _open(self) -> None:
        self._buffer = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(_LOGIN_SECONDS)
            self._socket.connect(str(self._path))
            self._send("AUTH", self._user, PASSWORD)
            assert self._reply() == b"+OK\r\n"
            self._socket.settimeout(_WAIT_SECONDS)
        except BaseException:
            self._socket.close()
            raise

    def _send(self, *words: str) -> None:
        self._buffer.clear()
        parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words)]
        self._socket.sendall(b"".join(parts))

    def _reply(self) -> bytes:
        end = 0
        todo = 1
        while todo:
            line_end = self._find(end)
            kind, number = bytes(self._buffer[end : end + 1]), bytes(self._buffer[end + 1 : line_end])
            end, todo = line_end + 2, todo - 1
            if kind in {b"*", b"~", b">"}:
                todo += max(int(number), 0)
            elif kind == b"%":
                todo += 2 * int(number)
            elif kind in {b"$", b"="} and int(number) >= 0:
                self._fill(end + int(number) + 2)
                end += int(number) + 2
        return bytes(self._buffer[:end])

    def _find(self, start: int) -> int:
        while (found := self._buffer.find(b"\r\n", start)) < 0:
            self._more()
        return found

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            self._more()

    def _more(self) -> None:
        chunk = self._socket.recv(1 << 16)
        if not chunk:
            raise ConnectionResetError
        self._buffer += chunk


def calls(server: Server, name: str) -> Iterator[tuple[str, ...]]:
    """Give ways to call one command of the tables."""
    words = name.upper().split("|")
    known = table(server.flavour, server.version)
    if not known.subcommands and name in _WORDS:
        yield from ((*words, *text.split(" ")) for text in _WORDS[name])
        return
    if words[0].lower() in _ENDING or name in _ALTERING:
        return
    arguments = ((), ("?", "-1")) if name in _STREAMS else _ARGUMENTS
    yield from ((*words, *more) for more in arguments)


def revealed(reply: bytes) -> tuple[str, ...]:
    """Name the planted secrets in a reply."""
    return tuple(each for each in PLANTED if each.encode() in reply)


def revealing(rich: Rich, user: str, names: Sequence[str]) -> Mapping[str, set[str]]:
    """Run commands as a user; give those that reveal secrets, with what."""
    found: dict[str, set[str]] = {}
    with rich.enter(user) as session:
        for name in names:
            rich.plant()
            for call in calls(rich.server, name):
                reply = session.listen(rich.plant, *call) if name in _STREAMS else session.ask(*call)
                # Its own arguments come back in errors, and are no discovery.
                shown = {each for each in revealed(reply) if each not in " ".join(call)}
                words = 2 if "|" in name or name in _WORDS else 1
                if shown:
                    found.setdefault(" ".join(call[:words]).lower(), set()).update(shown)
    return found
