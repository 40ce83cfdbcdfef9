"""The service manager of the in-memory host: units as values, every call recorded.

What may not live here: files; a test that wants unit files puts them into the host.
"""

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wizard.errors import BusyError, ProgramError
from wizard.host.services import ServiceState, TransientUnit

_TRANSIENT = "transient"
"""``UnitFileState`` of a unit without a file; it is gone when it ends."""


@dataclass(slots=True)
class MemoryUnit:
    """One unit."""

    active: str = "inactive"
    enabled: str = "disabled"
    main_pid: int = 0
    properties: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    """Starting it fails."""


class MemoryServices:
    """A service manager in memory; its `units` can be set and read."""

    def __init__(self, units: dict[str, MemoryUnit] | None = None) -> None:
        self.units = units or {}
        """All known units by full name."""
        self.calls: list[str] = []
        """What was asked for, in order, as ``restart redis-server.service``."""
        self.on_start: Callable[[str], None] = lambda _unit: None
        """Called when a unit starts, for tests whose server then changes."""
        self._next_pid = 1000

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """See the port."""
        known = self.units.get(unit)
        if known is None:
            return ServiceState(name=unit, known=False, active="inactive", enabled="", main_pid=0, properties={})
        wanted = {name: known.properties.get(name, "") for name in properties}
        builtin = {"ActiveState": known.active, "UnitFileState": known.enabled, "MainPID": str(known.main_pid)}
        return ServiceState(
            name=unit,
            known=True,
            active=known.active,
            enabled=known.enabled,
            main_pid=known.main_pid,
            properties=wanted | {name: text for name, text in builtin.items() if name in wanted},
        )

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """See the port."""
        return tuple(sorted(u for u in self.units if any(fnmatch.fnmatchcase(u, p) for p in patterns)))

    def reload_definitions(self) -> None:
        """See the port."""
        self.calls.append("daemon-reload")

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        del seconds
        known = self._unit("start", unit)
        if known.active != "active":
            self._bring_up(unit, known)

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        del seconds
        known = self._unit("stop", unit)
        ran = known.active != "inactive"
        known.active, known.main_pid = "inactive", 0
        if ran:
            self._collect(unit, known)

    def clear_start_limit(self, unit: str) -> None:
        """See the port: nothing here counts starts."""
        self.calls.append(f"reset-failed {unit}")

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        del seconds
        self._bring_up(unit, self._unit("restart", unit))

    def enable(self, unit: str) -> None:
        """See the port."""
        self._unit("enable", unit).enabled = "enabled"

    def disable(self, unit: str) -> None:
        """See the port."""
        self._unit("disable", unit).enabled = "disabled"

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """See the port; the unit is known from then on, its program never runs."""
        del seconds
        self.calls.append(f"start-transient {unit.name}")
        timer = f"{unit.name.removesuffix('.service')}.timer"
        names = (unit.name, timer) if unit.after_seconds else (unit.name,)
        if any(name in self.units for name in names):
            raise BusyError(f"unit {unit.name} already exists; wait until it finishes")
        for name in names:
            running = name == timer or not unit.after_seconds
            self.units[name] = MemoryUnit(active="active" if running else "inactive", enabled=_TRANSIENT)

    def kill(self, unit: str) -> None:
        """See the port."""
        self.calls.append(f"kill {unit}")
        known = self.units.get(unit)
        if known is not None and known.active in {"active", "activating"}:
            known.active, known.main_pid = "failed", 0
            self._collect(unit, known)

    def _collect(self, unit: str, known: MemoryUnit) -> None:
        """Forget a transient unit that ended, and with a timer what it would have started."""
        if known.enabled == _TRANSIENT:
            del self.units[unit]
            waiting = f"{unit.removesuffix('.timer')}.service"
            if unit.endswith(".timer") and waiting in self.units and self.units[waiting].active != "active":
                del self.units[waiting]

    def _unit(self, what: str, unit: str) -> MemoryUnit:
        self.calls.append(f"{what} {unit}")
        if unit not in self.units:
            raise ProgramError(f"systemctl {what} {unit}", 5, f"Unit {unit} not found.")
        return self.units[unit]

    def _bring_up(self, unit: str, known: MemoryUnit) -> None:
        if known.broken:
            known.active, known.main_pid = "failed", 0
            raise ProgramError(f"systemctl start {unit}", 1, f"Job for {unit} failed.")
        self._next_pid += 1
        known.active, known.main_pid = "active", self._next_pid
        self.on_start(unit)
