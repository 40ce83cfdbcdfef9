from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryUnit
from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import read_unit as read_unit_file
from wizard.detect.systemd.units import read_units
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import MASK

EXEC = (
    "{{ path=/usr/bin/redis-server ; argv[]=/usr/bin/redis-server {arguments} ; ignore_errors=no ; start_time=[{at}] }}"
)


def units(host: MemoryHost) -> dict[str, Unit]:
    return {unit.name: unit for unit in read_units(Reader(host))}


def as_tree(name: str) -> MemoryHost:
    host = load(name)
    host.tree = PurePosixPath("/image")
    return host


def test_reads_a_unit_with_its_alias_once() -> None:
    host = load("debian13-redis")
    host.services.units["redis.service"] = host.services.units["redis-server.service"]
    found = units(host)
    assert list(found) == ["redis-server.service"]
    unit = found["redis-server.service"]
    assert (unit.active, unit.enabled, unit.main_pid, unit.aliases) == ("active", "enabled", 58, ("redis.service",))
    assert unit.fragment == PurePosixPath("/usr/lib/systemd/system/redis-server.service")
    assert unit.properties["ReadWritePaths"] == "-/var/lib/redis -/var/log/redis -/var/run/redis -/etc/redis"


def test_reads_drop_ins_in_their_order() -> None:
    unit = units(load("cgroup-v1"))["redis-server.service"]
    assert unit.drop_ins == (PurePosixPath("/etc/systemd/system/redis-server.service.d/limits.conf"),)


def test_reads_instances_of_a_template_and_not_the_template() -> None:
    assert list(units(load("two-instances"))) == ["redis-server@a.service", "redis-server@b.service"]


@pytest.mark.parametrize("name", ["redis-exporter.service", "redis-wizard-apply.service"])
def test_leaves_units_out_that_run_no_server(name: str) -> None:
    host = load("bare")
    host.services.units[name] = MemoryUnit(properties={"ExecStart": "{ path=/usr/bin/x ; argv[]=/usr/bin/x ; }"})
    assert units(host) == {}


def test_facts_of_a_unit_do_not_change_with_its_start() -> None:
    host = load("debian13-redis")
    properties = host.services.units["redis-server.service"].properties
    properties["ExecStart"] = EXEC.format(arguments="/etc/redis/redis.conf", at="Monday")
    first = units(host)
    properties["ExecStart"] = EXEC.format(arguments="/etc/redis/redis.conf", at="Tuesday")
    assert units(host) == first


def test_hides_a_password_of_the_command_line() -> None:
    host = load("debian13-redis")
    line = EXEC.format(arguments="/etc/redis/redis.conf --requirepass planted --port 1", at="Monday")
    host.services.units["redis-server.service"].properties["ExecStart"] = line
    shown = units(host)["redis-server.service"].properties["ExecStart"]
    assert "planted" not in shown
    assert f"--requirepass {MASK} --port 1" in shown


def test_finds_none_without_a_service_manager() -> None:
    assert units(load("no-systemd")) == {}


# --- in a tree, by files alone -------------------------------------------------------------------


def test_reads_the_unit_file_of_a_tree() -> None:
    unit = units(as_tree("debian13-redis"))["redis-server.service"]
    assert (unit.active, unit.enabled, unit.main_pid) == ("", "enabled", 0)
    assert unit.properties["User"] == "redis"
    assert unit.properties["ReadWritePaths"] == "-/var/lib/redis -/var/log/redis -/etc/redis"
    assert unit.properties["TimeoutStopUSec"] == "0"


def test_an_alias_in_a_tree_is_no_second_unit() -> None:
    host = as_tree("debian13-redis")
    host.put_link(PurePosixPath("/etc/systemd/system/redis.service"), "/usr/lib/systemd/system/redis-server.service")
    found = units(host)
    assert list(found) == ["redis-server.service"]
    assert found["redis-server.service"].aliases == ("redis.service",)


def test_reads_enabled_instances_of_a_template_with_their_specifiers_and_drop_ins() -> None:
    found = units(as_tree("two-instances"))
    assert list(found) == ["redis-server@a.service", "redis-server@b.service"]
    assert "/etc/redis/redis-a.conf" in found["redis-server@a.service"].properties["ExecStart"]
    assert found["redis-server@b.service"].properties["MemoryMax"] == "1G"
    assert "MemoryMax" not in found["redis-server@a.service"].properties


def test_a_drop_in_resets_and_the_directory_of_the_administrator_masks() -> None:
    host = as_tree("debian13-redis")
    drop_in = "redis-server.service.d/10-x.conf"
    host.put(PurePosixPath("/usr/lib/systemd/system") / drop_in, b"[Service]\nUser=masked\n")
    host.put(
        PurePosixPath("/etc/systemd/system") / drop_in, b"[Service]\nReadWritePaths=\nReadWritePaths=/srv\nUser=own\n"
    )
    unit = units(host)["redis-server.service"]
    assert unit.drop_ins == (PurePosixPath("/etc/systemd/system") / drop_in,)
    assert unit.properties["User"] == "own"
    assert unit.properties["ReadWritePaths"] == "/srv -/etc/redis"


def test_a_masked_unit_of_a_tree_is_none() -> None:
    host = as_tree("debian13-redis")
    host.put_link(PurePosixPath("/etc/systemd/system/redis-server.service"), "/dev/null")
    assert units(host) == {}


def test_a_unit_that_is_absent_from_a_tree_is_none() -> None:
    assert read_unit_file(Reader(as_tree("bare")), "redis-server.service") is None
