"""Which process of a unit is its server: the main process, or one that a script or another program started.

A process is in a unit's control group only if the service manager or a process of that group put it there, or root.
All is read from the kernel: a recovery has no library for it.

Source:
    cgroups(7), ``cgroup.procs``; systemd.service(5), ``MainPID``.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.errors import HostError
from wizard.host.reader import HostReader
from wizard.model.facts.service import DELETED, SERVERS

_CONTROL_GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")
_PROGRAMS = frozenset({*SERVERS, *(f"{name}-check-{kind}" for name in ("redis", "valkey") for kind in ("rdb", "aof"))})
"""Debian's server is a link to its checker."""


def server_process(host: HostReader, unit: str) -> int:
    """Return the process of a unit's server; where it is not clear, the unit's main process, 0 without one.

    Raises:
        ProgramError: the service manager does not answer.
    """
    state = host.services.show(unit, ("ControlGroup",))
    if state.main_pid and _is_server(host, state.main_pid):
        return state.main_pid
    group = _processes(host, state.properties.get("ControlGroup", ""))
    if not state.main_pid and len(group) == 1:
        # A script of System V has no main process that is known.
        return group[0]
    servers = [pid for pid in group if _is_server(host, pid)]
    # A server that saves has a child of the same program.
    found = [pid for pid in servers if _parent(host, pid) not in servers]
    return found[0] if len(found) == 1 else state.main_pid


def runs_server(host: HostReader, unit: str) -> bool:
    """Return whether a process of a unit runs a server's program; a script may go on without it.

    Raises:
        ProgramError: the service manager does not answer.
    """
    state = host.services.show(unit, ("ControlGroup",))
    group = (state.main_pid, *_processes(host, state.properties.get("ControlGroup", "")))
    return any(_is_server(host, pid) for pid in group if pid)


def _processes(host: HostReader, group: str) -> Sequence[int]:
    for base in _CONTROL_GROUPS if group.startswith("/") and group != "/" else ():
        try:
            return [int(pid) for pid in host.read(PurePosixPath(f"{base}{group}/cgroup.procs")).split()]
        except HostError:
            continue
    return ()


def _is_server(host: HostReader, pid: int) -> bool:
    """Return whether a process runs a server's program; by its name where the program may not be seen."""
    try:
        program = host.status(PurePosixPath(f"/proc/{pid}/exe")).target.removesuffix(DELETED)
        program = program or host.read(PurePosixPath(f"/proc/{pid}/comm")).decode(errors="replace").strip()
    except HostError:
        return False
    return PurePosixPath(program).name in _PROGRAMS


def _parent(host: HostReader, pid: int) -> int:
    found = host.life(pid)
    return found.parent if found is not None else 0
