"""The systemd units that run servers, as the service manager tells them."""

from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.systemd import unit_files
from wizard.detect.systemd.unit_properties import SHOWN, runs_a_server, visible_properties
from wizard.host.services import ServiceState
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import Unreadable

PATTERNS = ("redis*.service", "valkey*.service", "keydb*.service")

_OWN = "redis-wizard"
"""Our own units begin with this; they run no server."""

_STARTERS = ("WantedBy", "RequiredBy", "UpheldBy", "TriggeredBy")
"""Who starts a unit that is not enabled itself (systemd.unit(5), reverse dependencies)."""

_ASKED = (
    *SHOWN,
    "Id",
    "Names",
    "FragmentPath",
    "DropInPaths",
    "ActiveState",
    "UnitFileState",
    "MainPID",
    "NeedDaemonReload",
    *_STARTERS,
)


def read_units(reader: Reader) -> tuple[Unit, ...]:
    """List the units whose program is a server, each once, by their own names."""
    if reader.host.tree is not None:
        return unit_files.read_units(reader)
    names = reader.ask("systemd units", lambda: reader.host.services.list_units(PATTERNS))
    if isinstance(names, Unreadable):
        return ()
    units: dict[str, Unit] = {}
    for name in names:
        if name.endswith("@.service") or name.startswith(_OWN) or any(name in u.aliases for u in units.values()):
            continue
        unit = read_unit(reader, name)
        if unit is not None and runs_a_server(unit.properties):
            units.setdefault(unit.name, unit)
    return tuple(units[name] for name in sorted(units))


def read_unit(reader: Reader, name: str) -> Unit | None:
    """Read one unit, ``None`` when it is not known."""
    state = reader.ask(f"unit {name}", lambda: reader.host.services.show(name, _ASKED))
    if isinstance(state, Unreadable) or not state.known:
        return None
    own_name = state.properties.get("Id") or state.name
    fragment = state.properties.get("FragmentPath", "")
    return Unit(
        name=own_name,
        fragment=PurePosixPath(fragment) if fragment.startswith("/") else None,
        drop_ins=tuple(PurePosixPath(path) for path in state.properties.get("DropInPaths", "").split()),
        properties=visible_properties(state.properties),
        active=state.active,
        enabled=state.enabled,
        main_pid=state.main_pid,
        needs_reload=state.properties.get("NeedDaemonReload") == "yes",
        aliases=_aliases(state, own_name),
        wanted_by=tuple(sorted({each for name in _STARTERS for each in state.properties.get(name, "").split()})),
    )


def _aliases(state: ServiceState, own_name: str) -> tuple[str, ...]:
    names = {state.name, *state.properties.get("Names", "").split()}
    return tuple(sorted(names - {own_name, ""}))
