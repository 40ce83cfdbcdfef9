"""Start the worker where no terminal, login or front end can take it down with it.

Source:
    systemd-run(1), systemd.service(5), systemd.kill(5); measured with killed sessions on systemd 252 and 257.
"""

import secrets
import sys
import time
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.errors import BusyError, HostError
from wizard.host.local import LocalHost
from wizard.host.port import Host, Running
from wizard.host.reader import HostReader
from wizard.host.services import TransientUnit
from wizard.jobs import boot_units, lock, requests, watchdog
from wizard.jobs.bundle import archive, proof
from wizard.jobs.state_directory import demand_own_way
from wizard.model.unit_state import ALIVE
from wizard.recovery.recover import Trigger

_NAME_SECONDS = 5.0
"""The unit of an apply that has just ended leaves its name behind for a moment."""
_STEP_SECONDS = 0.1
_LOG_SECONDS = 10.0
_children: list[Running] = []
"""Started by this process in sessions of their own, kept so that they are reaped when they end."""


def start(host: Host, identity: str) -> None:
    """Start the worker of an order: as a transient unit, or in a session of its own where there is no systemd.

    Raises:
        BusyError: another worker is there.
        HostError: it cannot be started; nothing has been changed.
    """
    _start(host, identity, "worker", "guard")


def recover(host: Host, identity: str) -> None:
    """Start a recovery of an order that was interrupted, in the same way.

    Raises:
        BusyError, HostError: as for `start`.
    """
    _start(host, identity, "recover", "recover", Trigger.OPERATOR)


def is_alive(host: HostReader) -> bool | None:
    """Return whether the unit, or the process that was started from here, is there; ``None`` where neither is known."""
    if watchdog.has_systemd(host):
        with suppress(HostError):
            return host.services.show(watchdog.WORKER).active in ALIVE
        return None
    return any(child.poll() is None for child in _children) if _children else None


def last_words(host: Host, identity: str) -> str:
    """Return the last line that a worker or recovery wrote to the system log, or to its file without systemd."""
    with suppress(HostError):
        if not watchdog.has_systemd(host):
            names = [name for name in host.entries(requests.directory_of(host, identity)) if name.startswith("output-")]
            texts = (host.read(requests.directory_of(host, identity) / name).decode(errors="replace") for name in names)
            return next(filter(None, map(proof.last_line, texts)), "")
        program = host.find_program("journalctl")
        if program is not None:
            options = ("--boot", "--quiet", "--no-pager", "--output=cat", "--lines=20")
            said = host.run((str(program), *options, f"_SYSTEMD_UNIT={watchdog.WORKER}"), seconds=_LOG_SECONDS)
            return proof.last_line(said.output)
    return ""


def _start(host: Host, identity: str, what: str, elsewhere: str, *more: str) -> None:
    # A front end may have run for long: what is there now is neither run nor written into.
    demand_own_way(host)
    command = archive.command(host)
    proof.demand(host, command)
    rest = (*more, identity, *(host.reopen_arguments or ()), "--packages", _packages())
    if watchdog.has_systemd(host):
        _start_unit(host, _unit(command, identity, (what, *rest)))
        return
    output = archive.path_on_host(host, requests.directory_of(host, identity) / f"output-{secrets.token_hex(4)}")
    # Nothing runs in a directory tree: it is worked on from this machine.
    runner = host if host.tree is None else LocalHost()
    _children[:] = [child for child in _children if child.poll() is None]
    _children.append(runner.launch((*command, elsewhere, *rest), directory=PurePosixPath("/"), output=output))


def _unit(command: tuple[str, ...], identity: str, arguments: tuple[str, ...]) -> TransientUnit:
    after = " ".join(boot_units.quote_word(word) for word in (*command, "recover", Trigger.STOPPED, identity))
    return TransientUnit(
        name=watchdog.WORKER,
        description=f"redis-wizard apply {identity}",
        arguments=(*command, *arguments),
        properties=(
            # The children of a worker that is ended must not go on without it.
            "KillMode=mixed",
            "OOMScoreAdjust=-900",
            "UMask=0077",
            "LimitCORE=0",
            "WorkingDirectory=/",
            # Bounds the rollback that follows when the host goes down: with much data it takes a while.
            "TimeoutStopSec=900",
            f"ExecStopPost={after}",
        ),
    )


def _start_unit(host: Host, unit: TransientUnit) -> None:
    deadline = time.monotonic() + _NAME_SECONDS
    while True:
        try:
            host.services.start_transient(unit)
        except BusyError:
            if lock.is_held(host) or time.monotonic() > deadline:
                raise
            time.sleep(_STEP_SECONDS)
        else:
            return


def _packages() -> str:
    """Where the libraries are that only the worker needs."""
    return ":".join(place for place in sys.path if place.startswith("/") and ":" not in place)
