"""Units, processes and files that name one configuration file are one server."""

from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryUnit
from wizard.detect.collect import collect
from wizard.host.reader import ProcessFacts
from wizard.model.facts.instance import Instance
from wizard.model.value import replace
from wizard.planning.select_instance import choose

CONF = "/etc/redis/redis.conf"
STOCK = "redis-server.service"
OWN = "redis-main.service"


def stock(*, process: bool = True) -> MemoryHost:
    host = load("debian13-redis")
    if not process:
        host.process_list = tuple(each for each in host.process_list if each.pid != 58)
        host.services.units[STOCK].main_pid = 0
        host.services.units[STOCK].active = "inactive"
    return host


def add_unit(
    host: MemoryHost,
    name: str = OWN,
    config: str = CONF,
    *,
    active: str = "inactive",
    enabled: str = "disabled",
    pid: int = 0,
    **more: str,
) -> None:
    started = f"{{ path=/usr/bin/redis-server ; argv[]=/usr/bin/redis-server {config} ; ignore_errors=no }}"
    plain = {"Id": name, "Names": name, "User": "redis", "FragmentPath": f"/etc/systemd/system/{name}"}
    properties = {**plain, "ExecStart": started, **more}
    host.services.units[name] = MemoryUnit(active=active, enabled=enabled, main_pid=pid, properties=properties)


def the_only(host: MemoryHost, config: str = "") -> Instance:
    (instance,) = collect(host, config=PurePosixPath(config) if config else None).facts.instances
    return instance


def others(instance: Instance) -> list[str]:
    return [unit.name for unit in instance.other_units]


@pytest.mark.parametrize("enabled", ["disabled", "static", "linked", "enabled", "indirect"])
def test_a_second_unit_of_the_file_is_no_second_server(enabled: str) -> None:
    host = stock()
    add_unit(host, enabled=enabled)
    found = the_only(host)
    assert (found.name, others(found)) == ("redis-server", [OWN])
    assert [unit.name for unit in found.contenders] == [STOCK, *([OWN] if enabled == "enabled" else [])]


def test_the_unit_whose_process_runs_is_the_own_one() -> None:
    host = stock()
    unit = host.services.units[STOCK]
    unit.active, unit.enabled, unit.main_pid = "inactive", "enabled", 0
    add_unit(host, active="active", pid=58)
    assert (the_only(host).name, others(the_only(host))) == ("redis-main", [STOCK])


def test_without_a_process_the_enabled_unit_is_the_own_one() -> None:
    host = stock(process=False)
    host.services.units[STOCK].enabled = "disabled"
    add_unit(host, enabled="enabled")
    assert the_only(host).name == "redis-main"


def test_a_unit_that_another_one_starts_counts_as_started_at_boot() -> None:
    host = stock(process=False)
    host.services.units[STOCK].enabled = "disabled"
    add_unit(host, enabled="static", WantedBy="our-stack.target")
    assert the_only(host).name == "redis-main"


def test_between_equals_the_distributions_unit_is_the_own_one() -> None:
    host = stock(process=False)
    host.services.units[STOCK].enabled = "disabled"
    add_unit(host, "redis-a.service")
    assert (the_only(host).name, others(the_only(host))) == ("redis-server", ["redis-a.service"])


@pytest.mark.parametrize(
    ("config", "working"),
    [("/srv/link.conf", ""), ("redis.conf", "/etc/redis"), ("redis/../redis/redis.conf", "-/etc"), ("redis.conf", "~")],
)
def test_a_file_is_the_same_by_any_name(config: str, working: str) -> None:
    host = stock()
    host.put_link(PurePosixPath("/srv/link.conf"), CONF)
    host.put(PurePosixPath("/etc/passwd"), b"redis:x:101:101::/etc/redis:/usr/sbin/nologin\n")
    add_unit(host, config=config, WorkingDirectory=working)
    assert others(the_only(host)) == [OWN]


def test_a_directory_that_is_mounted_twice_holds_the_same_file() -> None:
    host = stock()
    host.put_directory(PurePosixPath("/srv/redis"))
    host.nodes[PurePosixPath("/srv/redis/redis.conf")] = host.nodes[PurePosixPath(CONF)]
    add_unit(host, config="/srv/redis/redis.conf")
    assert others(the_only(host)) == [OWN]


def test_a_hard_link_is_another_file_from_the_first_change_on() -> None:
    host = stock()
    node = host.nodes[PurePosixPath(CONF)]
    node.links = 2
    host.put_directory(PurePosixPath("/srv/redis"))
    host.nodes[PurePosixPath("/srv/redis/redis.conf")] = node
    add_unit(host, config="/srv/redis/redis.conf")
    assert len(collect(host).facts.instances) == 2


def test_a_copy_of_the_file_is_another_servers() -> None:
    host = stock()
    host.put(PurePosixPath("/srv/redis.conf"), host.read(PurePosixPath(CONF)))
    add_unit(host, config="/srv/redis.conf")
    assert [each.name for each in collect(host).facts.instances] == ["redis-main", "redis-server"]


def test_every_name_of_the_server_chooses_it() -> None:
    host = stock()
    host.put_link(PurePosixPath("/srv/link.conf"), CONF)
    add_unit(host, config="/srv/link.conf")
    facts = collect(host).facts
    for name in ("redis-server", STOCK, "redis", "redis-main", OWN, CONF, "/srv/link.conf"):
        assert choose(facts, name).name == "redis-server"


def test_a_file_that_is_named_by_a_link_comes_first_and_is_no_second_server() -> None:
    host = load("two-instances")
    host.put_link(PurePosixPath("/srv/b.conf"), "/etc/redis/redis-b.conf")
    names = [each.name for each in collect(host, config=PurePosixPath("/srv/b.conf")).facts.instances]
    assert names == ["redis-server@b", "redis-server@a"]


def by_hand(host: MemoryHost, pid: int, user: str, *arguments: str) -> None:
    host.put_link(PurePosixPath(f"/proc/{pid}/cwd"), "/")
    started = ProcessFacts(
        pid=pid,
        parent=1,
        name="redis-server",
        arguments=("/usr/bin/redis-server", *arguments),
        user=user,
        resident=1 << 20,
        started=1.0,
    )
    host.process_list = (*host.process_list, started)


def test_a_process_beside_the_unit_is_named_and_no_second_server() -> None:
    host = stock()
    by_hand(host, 70, "redis", CONF, "--port", "6380")
    found = the_only(host)
    assert (found.name, found.process and found.process.pid, found.other_processes) == ("redis-server", 58, (70,))


def test_a_server_that_root_started_by_hand_is_the_one_of_a_stopped_unit() -> None:
    host = stock(process=False)
    by_hand(host, 70, "root", CONF)
    found = the_only(host)
    assert (found.process and found.process.pid, found.unit, others(found)) == (70, None, [STOCK])


def test_a_program_of_another_user_is_not_the_server_of_a_units_file() -> None:
    host = stock(process=False)
    host.nodes[PurePosixPath(CONF)].mode = 0o644
    by_hand(host, 70, "op", CONF)
    found = the_only(host)
    assert (found.process, found.unit and found.unit.name, found.other_processes) == (None, STOCK, (70,))


def test_a_program_is_not_believed_to_have_read_what_its_user_may_not() -> None:
    host = stock(process=False)
    by_hand(host, 70, "op", CONF)
    assert [each.name for each in collect(host).facts.instances] == ["process-70", "redis-server"]


def test_of_two_servers_in_one_unit_neither_is_given_its_file() -> None:
    host = load("debian13-redis")
    host.services.units[STOCK].main_pid = 0
    host.process_list = tuple(each for each in host.process_list if each.pid != 58)
    for pid in (70, 71):
        by_hand(host, pid, "redis", "--port", str(pid))
        host.put(PurePosixPath(f"/proc/{pid}/cgroup"), b"0::/system.slice/redis-server.service\n")
    found = {each.name: each for each in collect(host).facts.instances}
    assert set(found) == {"process-70", "process-71", "redis-server"}
    assert found["redis-server"].process is None


def test_the_units_of_a_tree_are_joined_by_what_is_enabled_in_it() -> None:
    host = load("two-instances")
    host.tree, host.process_list, host.listener_list = PurePosixPath("/image"), (), ()
    host.put(
        PurePosixPath("/etc/systemd/system/redis-own.service"),
        b"[Service]\nExecStart=/usr/bin/redis-server /etc/redis/redis-a.conf\n[Install]\nWantedBy=multi-user.target\n",
    )
    first = collect(host).facts.instances[0]
    assert (first.name, others(first)) == ("redis-server@a", ["redis-own.service"])
    assert first.other_units[0].enabled == "disabled"


@pytest.mark.parametrize(("user", "pid"), [("redis", 300), ("op", None)])
def test_a_file_that_the_operator_names_belongs_to_the_server_with_its_sockets(user: str, pid: int | None) -> None:
    host = load("no-systemd")
    host.process_list = tuple(replace(each, user=user) for each in host.process_list)
    first = collect(host, config=PurePosixPath("/etc/redis.conf")).facts.instances[0]
    assert (first.name, first.process and first.process.pid) == ("/etc/redis.conf", pid)


def test_without_the_operators_word_it_belongs_to_none() -> None:
    assert [each.process is None for each in collect(load("no-systemd")).facts.instances] == [True, False]
