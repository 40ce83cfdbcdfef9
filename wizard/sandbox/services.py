"""The service manager of a sandbox: one server, described as systemd would describe it."""

import fnmatch
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from wizard.errors import InvalidValueError, ProgramError, UnsupportedError
from wizard.host.accounts import LocalAccounts
from wizard.host.services import ServiceState, TransientUnit
from wizard.model.value import Value, from_json, replace, to_json
from wizard.sandbox import supervisor
from wizard.sandbox.files import UNIT, Layout
from wizard.sandbox.supervisor import Server

_TICKS_PER_SECOND = 100
"""``USER_HZ``, the same on all Linux architectures that Python runs on."""


class SandboxState(Value, frozen=True, kw_only=True):
    """What a sandbox remembers between two runs."""

    schema: str = "redis-wizard/sandbox"
    version: int = 1
    binary: PurePosixPath
    """The server's program."""
    enabled: bool = True
    server: Server | None = None
    """The server that was started last and not stopped."""
    owners: dict[str, tuple[str, str]]
    """User and group that a path has on record; in fact all files belong to this process's user."""


class SandboxServices:
    """Supervises the one unit ``redis-sandbox.service``.

    Args:
        layout: Where its files are; the record must exist.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def record(self) -> SandboxState:
        """Read what the sandbox remembers.

        Raises:
            InvalidValueError: its record is no such thing.
        """
        try:
            return from_json(SandboxState, Path(self._layout.record).read_bytes())
        except (OSError, InvalidValueError) as error:
            raise InvalidValueError(f"{self._layout.record} does not describe a sandbox: {error}") from None

    def remember(self, record: SandboxState) -> None:
        """Replace the record."""
        beside = Path(self._layout.record.with_suffix(".new"))
        beside.write_text(to_json(record), encoding="utf-8")
        beside.replace(self._layout.record)

    def running(self) -> Server | None:
        """Return the server while it runs."""
        server = self.record().server
        return server if server and supervisor.is_alive(server) else None

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """See the port; every other unit is unknown."""
        if _full(unit) != UNIT:
            return ServiceState(name=unit, known=False, active="inactive", enabled="", main_pid=0, properties={})
        record, running = self.record(), self.running()
        said = self._properties(record, running)
        return ServiceState(
            name=UNIT,
            known=True,
            active=said["ActiveState"],
            enabled=said["UnitFileState"],
            main_pid=running.pid if running else 0,
            properties={name: said.get(name, "") for name in properties},
        )

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """See the port."""
        return (UNIT,) if any(fnmatch.fnmatchcase(UNIT, pattern) for pattern in patterns) else ()

    def reload_definitions(self) -> None:
        """Nothing to do: the unit's definition is fixed."""

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        self._demand_ours("start", unit)
        if self.running():
            return
        layout, record = self._layout, self.record()
        server = supervisor.launch(record.binary, layout.config, directory=layout.data, output=layout.output)
        self.remember(replace(record, server=server))
        supervisor.wait_until_up(server, str(record.binary), logs=(layout.output, layout.log), seconds=seconds)

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """See the port; a server that does not end in time is left alone, with its data."""
        self._demand_ours("stop", unit)
        running = self.running()
        if running and not supervisor.stop(running, seconds=seconds):
            raise ProgramError(f"stop {unit}", None, supervisor.tail_logs((self._layout.log,)))
        self.remember(replace(self.record(), server=None))

    def clear_start_limit(self, unit: str) -> None:
        """See the port: nothing here counts starts."""

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        self.stop(unit, seconds=seconds)
        self.start(unit, seconds=seconds)

    def enable(self, unit: str) -> None:
        """Remember it; nothing starts a sandbox at boot."""
        self._demand_ours("enable", unit)
        self.remember(replace(self.record(), enabled=True))

    def disable(self, unit: str) -> None:
        """Remember it."""
        self._demand_ours("disable", unit)
        self.remember(replace(self.record(), enabled=False))

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """Refuse: a sandbox has no service manager of its own."""
        del seconds
        raise UnsupportedError(f"{unit.name} is not started: a sandbox runs one server and nothing else")

    def kill(self, unit: str) -> None:
        """See the port."""
        if _full(unit) == UNIT:
            self.end()

    def end(self) -> None:
        """End the server, whatever it takes."""
        running = self.running()
        if running and not supervisor.stop(running, seconds=5):
            supervisor.kill(running)
        self.remember(replace(self.record(), server=None))

    def _demand_ours(self, what: str, unit: str) -> None:
        if _full(unit) != UNIT:
            raise ProgramError(f"{what} {unit}", 5, f"a sandbox has one unit, {UNIT}")

    def _properties(self, record: SandboxState, running: Server | None) -> dict[str, str]:
        accounts = LocalAccounts()
        command = f"{record.binary} {self._layout.config}"
        soft, hard = _open_files(running)
        return {
            "Id": UNIT,
            "Names": UNIT,
            "LoadState": "loaded",
            "ActiveState": "active" if running else "failed" if record.server else "inactive",
            "SubState": "running" if running else "failed" if record.server else "dead",
            "Result": "success" if running or not record.server else "exit-code",
            "UnitFileState": "enabled" if record.enabled else "disabled",
            "MainPID": str(running.pid if running else 0),
            "InvocationID": _invocation(running) if running else "",
            "ActiveEnterTimestampMonotonic": str(running.started * 1_000_000 // _TICKS_PER_SECOND if running else 0),
            "NRestarts": "0",
            "NeedDaemonReload": "no",
            "Type": "simple",
            "User": accounts.user_name(os.geteuid()),
            "Group": accounts.group_name(os.getegid()),
            "UMask": "0077",
            "LimitNOFILE": hard,
            "LimitNOFILESoft": soft,
            "Restart": "no",
            "TimeoutStartUSec": "1min 30s",
            "TimeoutStopUSec": "1min 30s",
            "WorkingDirectory": str(self._layout.data),
            "ExecStart": f"{{ path={record.binary} ; argv[]={command} ; ignore_errors=no }}",
        }


def _full(unit: str) -> str:
    return unit if unit.endswith(".service") else f"{unit}.service"


def _invocation(server: Server) -> str:
    return hashlib.sha256(f"{server.pid} {server.started}".encode()).hexdigest()[:32]


def _open_files(running: Server | None) -> tuple[str, str]:
    """Soft and hard limit of open files in force, empty while nothing runs."""
    if running is None:
        return "", ""
    try:
        text = Path(f"/proc/{running.pid}/limits").read_text(encoding="ascii")
    except OSError:
        return "", ""
    row = next(line for line in text.splitlines() if line.startswith("Max open files")).split()
    return row[3], row[4]
