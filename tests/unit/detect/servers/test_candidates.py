from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryUnit
from wizard.detect.reader import Reader
from wizard.detect.servers.candidates import Candidate, find_candidates
from wizard.detect.servers.sharing import join
from wizard.model.facts.service import Flavour
from wizard.model.value import replace


def found(host: MemoryHost, config: str = "") -> tuple[Candidate, ...]:
    path = PurePosixPath(config) if config else None
    reader = Reader(host)
    return tuple(join(reader, find_candidates(reader, path, host.process_list)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("debian13-redis", [("redis-server", 58, "/etc/redis/redis.conf", Flavour.REDIS)]),
        ("debian13-valkey", [("valkey-server", 61, "/etc/valkey/valkey.conf", Flavour.VALKEY)]),
        ("by-hand", [("/etc/redis.conf", 900, "/etc/redis.conf", Flavour.REDIS)]),
        ("container-v2", [("/etc/redis/redis.conf", 1, "/etc/redis/redis.conf", Flavour.REDIS)]),
        (
            "no-systemd",
            [
                ("/etc/redis.conf", 0, "/etc/redis.conf", Flavour.REDIS),
                ("process-300", 300, "None", Flavour.REDIS),
            ],
        ),
        (
            "two-instances",
            [
                ("redis-server@a", 401, "/etc/redis/redis-a.conf", Flavour.REDIS),
                ("redis-server@b", 402, "/etc/redis/redis-b.conf", Flavour.REDIS),
            ],
        ),
        ("bare", []),
    ],
)
def test_joins_unit_process_and_file_to_one_server(name: str, expected: list[tuple[str, int, str, Flavour]]) -> None:
    told = [(c.name, c.process.pid if c.process else 0, str(c.config), c.flavour) for c in found(load(name))]
    assert told == expected


def test_gives_no_process_a_file_because_its_port_fits() -> None:
    host = load("no-systemd")
    assert [(c.name, c.config is None) for c in found(host)] == [("/etc/redis.conf", False), ("process-300", True)]


def test_a_file_that_is_named_comes_first_also_where_it_does_not_exist() -> None:
    names = [candidate.name for candidate in found(load("debian13-redis"), "/srv/own.conf")]
    assert names == ["/srv/own.conf", "redis-server"]


def test_a_file_that_is_named_and_known_is_no_second_server() -> None:
    names = [candidate.name for candidate in found(load("two-instances"), "/etc/redis/redis-b.conf")]
    assert names == ["redis-server@b", "redis-server@a"]


def test_a_stopped_unit_is_found_with_its_file() -> None:
    host = load("debian13-redis")
    host.process_list = ()
    (candidate,) = found(host)
    assert (candidate.name, candidate.process) == ("redis-server", None)


def test_finds_a_process_by_its_control_group_where_the_main_process_is_not_told() -> None:
    host = load("debian13-redis")
    host.services.units["redis-server.service"].main_pid = 0
    (candidate,) = found(host)
    assert candidate.process is not None


def test_a_file_alone_takes_the_program_of_its_kind() -> None:
    host = load("bare")
    host.put(PurePosixPath("/etc/valkey/valkey.conf"), b"port 6379\n")
    host.put(PurePosixPath("/usr/bin/valkey-server"), b"")
    (candidate,) = found(host)
    assert (candidate.flavour, candidate.program) == (Flavour.VALKEY, PurePosixPath("/usr/bin/valkey-server"))


def test_finds_the_servers_of_a_tree_by_units_and_files() -> None:
    host = load("two-instances")
    host.tree, host.process_list, host.listener_list = PurePosixPath("/image"), (), ()
    host.put(PurePosixPath("/etc/redis/redis-c.conf"), b"port 1\n")
    assert [c.name for c in found(host)] == ["/etc/redis/redis-c.conf", "redis-server@a", "redis-server@b"]


SCRIPT, GROUP = "cache.service", "/system.slice/cache.service"


def run_by_script(
    *beside: tuple[int, int, str], group: str = GROUP, kill: str = "control-group", parent: int = 50
) -> MemoryHost:
    """Return a host whose server runs below a script of a unit, and other processes in that control group."""
    host = load("debian13-redis")
    (server,) = (each for each in host.process_list if each.pid == 58)
    host.services.units["redis-server.service"] = MemoryUnit()
    host.services.units[SCRIPT] = MemoryUnit(
        active="active",
        main_pid=50,
        properties={"ExecStart": "/usr/local/bin/start.sh", "ControlGroup": GROUP, "KillMode": kill, "User": "redis"},
    )
    script = replace(server, pid=50, parent=1, name="start.sh", arguments=("/bin/sh", "/usr/local/bin/start.sh"))
    others = (replace(server, pid=pid, parent=above, name=name, arguments=(name,)) for pid, above, name in beside)
    host.process_list = (replace(server, parent=parent), script, *others)
    for each in host.process_list:
        host.put(PurePosixPath(f"/proc/{each.pid}/cgroup"), f"0::{group}\n".encode())
    return host


@pytest.mark.parametrize("parent", [50, 1], ids=["child", "daemon"])
def test_a_unit_that_starts_the_server_by_a_script_is_its_own(parent: int) -> None:
    host = run_by_script((59, 58, "redis-server"), (60, 50, "systemd-cat"), parent=parent)
    (candidate,) = (each for each in found(host) if each.process)
    assert candidate.unit is not None
    assert (candidate.unit.name, candidate.process and candidate.process.pid) == (SCRIPT, 58)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (
            run_by_script((61, 50, "nginx")),
            "cache.service runs more than this server (nginx), and a restart stops it all",
        ),
        (run_by_script(kill="process"), "cache.service has started this server, and its restart does not restart the "),
        # Below a user's own service manager every name is that user's choice.
        (run_by_script(group=f"{GROUP}/app.slice/x.service"), ""),
    ],
    ids=["more", "kept", "below"],
)
def test_a_unit_whose_restart_does_more_or_less_is_not_the_servers(host: MemoryHost, why: str) -> None:
    candidates = [each for each in found(host) if each.process]
    assert [each.unit for each in candidates] == [None]
    assert candidates[0].shared_unit.startswith(why)
    assert bool(candidates[0].shared_unit) is bool(why)
