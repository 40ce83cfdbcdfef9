"""The unit whose process started a server, where it does not name the server's program: by a script, for example.

It is the server's own unit only if its restart restarts this server and stops nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.servers.processes import control_group, unit_of
from wizard.detect.systemd.units import read_unit
from wizard.host.reader import ProcessFacts
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value

_STOPS_ALL = frozenset({"control-group", "mixed"})
"""``KillMode=`` with which a stop of the unit ends the server too (systemd.kill(5))."""
_HELPER = re.compile(r"sh|bash|dash|ash|sleep|cat|tee|logger|systemd-cat|svlogd|multilog|cronolog|rotatelogs")
"""Programs that only serve the server beside them: they wait for it, or write its log."""


class UnitOwnership(Value, frozen=True, kw_only=True):
    """Which unit a server belongs to."""

    unit: Unit | None = None
    why_not: str = ""
    """A unit has started it, but is not its own; empty where there is none."""


def ownership(reader: Reader, process: ProcessFacts, processes: Sequence[ProcessFacts]) -> UnitOwnership:
    """Return the unit in whose control group a server runs, if it is the server's own.

    Args:
        reader: The host.
        process: The server.
        processes: All processes of the host.
    """
    group = control_group(reader, process.pid)
    name = unit_of(group)
    if not name or reader.host.tree is not None:
        return UnitOwnership()
    unit = read_unit(reader, name)
    if unit is None or unit.main_pid == process.pid:
        return UnitOwnership(unit=unit)
    asked = reader.ask(f"unit {name}", lambda: reader.host.services.show(name, ("ControlGroup", "KillMode")))
    # A user's own service manager has groups below its own.
    if isinstance(asked, Unreadable) or asked.properties.get("ControlGroup") != group:
        return UnitOwnership()
    if not unit.main_pid or asked.properties.get("KillMode") not in _STOPS_ALL:
        return UnitOwnership(why_not=f"{name} has started this server, and its restart does not restart the server")
    if others := sorted({each.name for each in _other_processes(reader, process, processes, group)}):
        return UnitOwnership(
            why_not=f"{name} runs more than this server ({', '.join(others)}), and a restart stops it all"
        )
    return UnitOwnership(unit=unit)


def _other_processes(
    reader: Reader, server: ProcessFacts, processes: Sequence[ProcessFacts], group: str
) -> Iterator[ProcessFacts]:
    """Find the processes of a control group that are neither the server, its parents and children, nor helpers."""
    by_pid = {each.pid: each for each in processes}
    above = set(_above(server, by_pid))
    for each in processes:
        related = each.pid == server.pid or each.pid in above or server.pid in _above(each, by_pid)
        if not related and not _is_helper(each) and control_group(reader, each.pid) == group:
            yield each


def _is_helper(process: ProcessFacts) -> bool:
    """Return whether a process runs one of these programs; a script has its own name, and its shell in front."""
    first = PurePosixPath(process.arguments[0]).name if process.arguments else ""
    return any(_HELPER.fullmatch(each) for each in (process.name, first))


def _above(process: ProcessFacts, by_pid: dict[int, ProcessFacts]) -> Iterator[int]:
    seen: set[int] = set()
    while process.parent in by_pid and process.parent not in seen:
        seen.add(process.parent)
        yield process.parent
        process = by_pid[process.parent]
