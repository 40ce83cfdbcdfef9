"""Check, plan and the wizard with many users, whose cost must grow with their number alone."""

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.bench.measure import Row, milliseconds, peak_memory, program, seconds_of
from tests.bench.programs import MEMORY_WANTED, WIZARD
from tests.support.server_process import as_written
from tests.support.servers import SERVERS, Server
from tests.support.terminal import KEYS, Terminal
from wizard.acl.password import hash_password
from wizard.model.login import Endpoint
from wizard.sandbox.ports import free_port

_FEW, _MANY = 10, 10_000
_WANTED = {_FEW: "under 500 ms", _MANY: "under 2000 ms"}
_PASSWORD = "k3V9" * 8
_EXTRA = ("", "+info", "-scan", "+cluster|slots", "-lpush", "+xadd")
_SELECTOR = "(%R~shared:* +get)"
"""Where the server has selectors, some users have one."""
_KEY_WANTED = 0.05
_WAIT_WANTED = 0.1
_PRESSED = 20
_LOOKS = 120
_STARTS = 3
_STEPS_TO_USERS = 3


def rows() -> Iterator[Row]:
    """Measure both commands with few and with many users, against the few; then the wizard, and Redis 6."""
    taken: dict[tuple[str, int], float] = {}
    peaks: dict[int, int] = {}
    for users in (_FEW, _MANY):
        with server_of(users) as arguments:
            for command in ("check", "plan"):
                taken[command, users] = seconds_of(program([*WIZARD, *arguments, command]), times=3)
            peaks[users] = peak_memory([*WIZARD, *arguments, "check"])
    for (command, users), seconds in taken.items():
        base = taken[command, _FEW]
        yield Row(
            f"{command}, {users:,} users", milliseconds(seconds), milliseconds(base), seconds / base, _WANTED[users]
        )
    for users, peak in peaks.items():
        yield Row(
            f"peak memory of check, {users:,} users", f"{peak >> 20} MiB", "60 MiB", peak / MEMORY_WANTED, "as few"
        )
    few, many = (_seconds_until_usable(users) for users in (_FEW, _MANY))
    yield Row(
        f"wizard until it has a plan, {_MANY:,} users",
        milliseconds(many),
        milliseconds(few),
        many / few,
        "ratio at most 3",
    )
    for key, seconds in _seconds_of_a_key().items():
        yield Row(
            f"processor time of {key}, {_MANY:,} users",
            milliseconds(seconds),
            milliseconds(_KEY_WANTED),
            seconds / _KEY_WANTED,
            "ratio at most 1",
        )
    waited = _longest_wait()
    yield Row(
        f"longest PING in check, {_MANY:,} users, Redis 6.2",
        milliseconds(waited),
        milliseconds(_WAIT_WANTED),
        waited / _WAIT_WANTED,
        "ratio at most 1",
    )


def _seconds_until_usable(users: int) -> float:
    """Return how long the wizard takes from its start to the score and a plan, at its quickest."""

    def once(arguments: list[str]) -> float:
        begin = time.perf_counter()
        with Terminal([*WIZARD, *arguments, "--dry-run"], environment=dict(os.environ)) as terminal:
            _choose(terminal, 0.05)
            terminal.wait_for("Score", " changes")
            return time.perf_counter() - begin

    with server_of(users) as arguments:
        return min(once(arguments) for _ in range(_STARTS))


def _choose(terminal: Terminal, quiet: float) -> None:
    """On a host with other servers the wizard asks for one; ours comes first."""
    for _ in range(round(_LOOKS / quiet)):
        text = terminal.settle(quiet)
        if "Choose one" in text:
            terminal.press(KEYS["Enter"])
        elif "Score" in text:
            break


def _seconds_of_a_key() -> dict[str, float]:
    """Return what keys in the list of users cost, in seconds of the processor: the mean of several."""
    found = {}
    with (
        server_of(_MANY) as arguments,
        Terminal([*WIZARD, *arguments, "--dry-run"], environment=dict(os.environ)) as terminal,
    ):
        _choose(terminal, 1)
        process = psutil.Process(terminal.child.pid)
        for _ in range(_STEPS_TO_USERS):
            terminal.press(KEYS["F8"])
            terminal.settle(1)
        terminal.wait_for("manage users")
        for key in ("Down", "Up", "Tab"):
            before = process.cpu_times()
            for _ in range(_PRESSED):
                terminal.press(KEYS[key])
                terminal.settle(0.2)
            after = process.cpu_times()
            found[key] = (after.user + after.system - before.user - before.system) / _PRESSED
    return found


def _longest_wait() -> float:
    """Return how long a client of Redis 6 waits at most while many users are checked."""
    waits, ended = [0.0], threading.Event()

    def ping(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            while not ended.wait(0.002):
                begin = time.perf_counter()
                client.sendall(b"PING\r\n")
                client.recv(64)
                waits.append(time.perf_counter() - begin)

    with server_of(_MANY, SERVERS["r62"]) as arguments:
        port = int(arguments[arguments.index("--port") + 1])
        client = threading.Thread(target=ping, args=(port,))
        client.start()
        program([*WIZARD, *arguments, "check"])()
        ended.set()
        client.join()
    return max(waits)


@contextmanager
def server_of(users: int, server: Server = SERVERS["r74"]) -> Iterator[list[str]]:
    """Run a server with so many users; give the arguments that log in to it."""
    place = Path(tempfile.mkdtemp(prefix="rw-"))
    hashed = f"#{hash_password(_PASSWORD)}"
    extra = _EXTRA if server.version.startswith("6") else (*_EXTRA, _SELECTOR)
    lines = ["user default off ~* &* +@all", f"user admin on {hashed} ~* &* +@all"]
    lines += [
        f"user app{number} on #{hash_password(f'{number} of many')} resetchannels ~app{number}:* -@all +@read +@write"
        f" -@dangerous {extra[number % len(extra)]}"
        for number in range(users)
    ]
    (place / "users.acl").write_text("\n".join(lines) + "\n")
    config, port = place / "redis.conf", free_port()
    config.write_text(f"bind 127.0.0.1\nport {port}\ndir {place}\naclfile {place}/users.acl\nmaxmemory 1gb\n")
    password = place / "password"
    password.write_text(_PASSWORD)
    password.chmod(0o600)
    try:
        with as_written(server, config, Endpoint(port=port)):
            yield ["--config", str(config), "--port", str(port), "--user", "admin", "--password-file", str(password)]
    finally:
        shutil.rmtree(place, ignore_errors=True)
