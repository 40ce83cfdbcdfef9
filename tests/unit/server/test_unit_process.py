"""Which process of a unit is its server, also below a script."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from tests.support.memory_host.tree import Node
from wizard.host.reader import ProcessLife
from wizard.model.facts.files import FileKind
from wizard.server.unit_process import server_process

UNIT, SHELL, SERVER = "cache.service", 40, 41
GROUP = "/system.slice/cache.service"


def host_with(programs: dict[int, tuple[int, str]], main: int = SHELL) -> MemoryHost:
    """Return a host whose unit has these processes in its control group: parent and program by process id."""
    unit = MemoryUnit(active="active", main_pid=main, properties={"ControlGroup": GROUP})
    host = MemoryHost(
        {PurePosixPath(f"/sys/fs/cgroup{GROUP}/cgroup.procs"): "\n".join(map(str, programs)).encode()},
        services=MemoryServices({UNIT: unit}),
    )
    for pid, (parent, program) in programs.items():
        host.put(PurePosixPath(f"/proc/{pid}/comm"), b"sh\n")
        host.nodes[PurePosixPath(f"/proc/{pid}/exe")] = Node(FileKind.LINK, target=program)
        host.lives[pid] = ProcessLife(pid=pid, started=1, user_id=101, user="redis", parent=parent)
    return host


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ({SHELL: (1, "/usr/bin/dash"), SERVER: (SHELL, "/usr/bin/redis-check-rdb")}, SERVER),
        ({SHELL: (1, "/usr/bin/dash"), SERVER: (SHELL, "/opt/valkey-server (deleted)")}, SERVER),
        # It saves: its child runs the same program.
        ({SHELL: (1, "/bin/sh"), SERVER: (SHELL, "/bin/redis-server"), 42: (SERVER, "/bin/redis-server")}, SERVER),
        # Two servers: nothing tells which one is meant.
        ({SHELL: (1, "/bin/sh"), SERVER: (SHELL, "/bin/redis-server"), 42: (SHELL, "/bin/redis-server")}, SHELL),
        # A server under a name of its own is the main process.
        ({SHELL: (1, "/opt/cache-daemon"), 42: (SHELL, "/usr/bin/cat")}, SHELL),
    ],
)
def test_a_server_below_a_script_is_told_by_its_program(programs: dict[int, tuple[int, str]], expected: int) -> None:
    assert server_process(host_with(programs), UNIT) == expected


def test_the_main_process_is_the_server_where_it_runs_one() -> None:
    servers = {SERVER: (1, "/usr/bin/redis-server"), 42: (1, "/usr/bin/redis-server")}
    assert server_process(host_with(servers, main=SERVER), UNIT) == SERVER
