"""One server process that outlives this one: started, recognised again, waited for, stopped."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wizard.errors import ProgramError
from wizard.host import network, programs
from wizard.model.network import Listener
from wizard.model.value import Value

_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 0.5
_WORDS = 4096
_LINES = 3
_OUTPUT = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC

_children: list[programs.Launched] = []
"""Servers started by this process, kept so that they can be reaped when they end."""


class Server(Value, frozen=True, kw_only=True):
    """A process, identified by its number and its start time."""

    pid: int
    started: int
    """Clock ticks after boot (proc(5), stat, field 22)."""


_GONE = -1
"""No process has started then."""


def launch(binary: PurePosixPath, config: PurePosixPath, *, directory: PurePosixPath, output: PurePosixPath) -> Server:
    """Start a server in a session of its own and return at once; what it says goes to `output`.

    Raises:
        ProgramError: it cannot be started.
    """
    descriptor = os.open(output, _OUTPUT, 0o600)
    try:
        child = programs.launch([str(binary), str(config)], directory=directory, output=descriptor)
    finally:
        os.close(descriptor)
    _children.append(child)
    ticks = _start_ticks(child.pid)
    # One that has exited already failed like one that exits a moment later.
    return Server(pid=child.pid, started=_GONE if ticks is None else ticks)


def is_alive(server: Server) -> bool:
    """Return whether this very process still runs."""
    alive = _start_ticks(server.pid) == server.started
    # Afterwards, so that a child that was just found dead is reaped before the result is given.
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)
    return alive


def wait_until_up(server: Server, program: str, *, logs: Sequence[PurePosixPath], seconds: float) -> None:
    """Return when the server answers and has loaded its data.

    Args:
        server: Which.
        program: What to call it.
        logs: Where it may have said why it ended, the first that is not empty counts.
        seconds: Of patience.

    Raises:
        ProgramError: it ended, or did not answer in time; with its own last words.
    """
    deadline = time.monotonic() + seconds
    while not _is_up(server):
        if not is_alive(server):
            raise ProgramError(program, 1, tail_logs(logs))
        if time.monotonic() > deadline:
            raise ProgramError(program, None, tail_logs(logs))
        time.sleep(_POLL_SECONDS)


def stop(server: Server, *, seconds: float) -> bool:
    """Ask a server to save and end; tell whether it did in time."""
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM)
    return _wait_until_gone(server, seconds)


def kill(server: Server, *, seconds: float = 5) -> None:
    """End a server without asking."""
    if is_alive(server):
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
        _wait_until_gone(server, seconds)


def send_inline(server: Server, *lines: str) -> None:
    """Send commands in the server's inline form over its unix socket and wait for the answers.

    Source:
        Redis protocol specification, inline commands.
    """
    path = next(listener.address for listener in network.listeners_of(server.pid) if listener.unix)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        connection.connect(path)
        with connection.makefile("rwb") as stream:
            for line in lines:
                stream.write(f"{line}\r\n".encode())
                stream.flush()
                stream.readline()


def tail_logs(logs: Sequence[PurePosixPath]) -> str:
    """Return the last lines of the first log that has any."""
    for log in logs:
        try:
            text = Path(log).read_bytes()[-_WORDS:].decode(errors="replace")
        except OSError:
            continue
        lines = [line.strip() for line in text.splitlines() if line.strip(" *#'")]
        if lines:
            return " ".join(lines[-_LINES:])
    return ""


def _wait_until_gone(server: Server, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(server):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _start_ticks(pid: int) -> int | None:
    """Return when a process started, ``None`` when there is none or it only waits to be reaped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name, in brackets, may hold anything; the fields follow its last bracket.
    fields = text.rpartition(")")[2].split()
    state, threads, started = fields[0], int(fields[17]), int(fields[19])
    # The first thread may be dead while another still holds the sockets.
    return None if state in {"Z", "X"} and threads <= 1 else started


def _is_up(server: Server) -> bool:
    listener = network.first_listener_of(server.pid)
    return listener is not None and _answers(listener)


def _answers(listener: Listener) -> bool:
    family = socket.AF_UNIX if listener.unix else socket.AF_INET6 if ":" in listener.address else socket.AF_INET
    where = listener.address if listener.unix else (listener.address, listener.port)
    with socket.socket(family) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(where)
            connection.sendall(b"PING\r\n")
            return not connection.recv(64).startswith(b"-LOADING")
        except TimeoutError:
            # A TLS port waits for more than that: it accepts, which is all that can be checked here.
            return True
        except OSError:
            return False
