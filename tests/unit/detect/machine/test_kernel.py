from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.machine.kernel import KEYS, read_kernel
from wizard.detect.machine.scheduled import scheduled
from wizard.detect.reader import Reader
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.unreadable import Unreadable

SYSCTL = PurePosixPath("/etc/sysctl.d")


def settings(host: MemoryHost) -> dict[str, KernelSetting]:
    reader = Reader(host)
    return {setting.key: setting for setting in read_kernel(reader, read_boot_sources(reader))}


def test_reads_every_live_value() -> None:
    found = settings(load("debian13-redis"))
    assert [found[key].live for key in KEYS] == ["0", "60", "65530", "4096", "2048", "7200", "75", "9", "2466177"]
    assert all(found[key].next_boot is None and found[key].writable for key in KEYS)


def test_tells_what_the_next_boot_makes_of_it_and_what_loses() -> None:
    found = settings(load("by-hand"))
    overcommit = found["vm.overcommit_memory"]
    assert (overcommit.next_boot, overcommit.next_boot_source) == ("0", "/etc/sysctl.conf:1")
    assert overcommit.overridden == ("/etc/sysctl.d/10-redis.conf:1 = 1",)
    assert (found["vm.swappiness"].next_boot, found["vm.swappiness"].next_boot_source) == (
        "1",
        "/etc/sysctl.d/90-late.conf:1",
    )


def test_leaves_sysctl_conf_out_where_systemd_does_not_read_it() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/etc/sysctl.conf"), b"vm.overcommit_memory = 1\n")
    assert settings(host)["vm.overcommit_memory"].next_boot is None


def test_counts_sysctl_conf_where_no_systemd_is() -> None:
    host = load("no-systemd")
    host.put(PurePosixPath("/etc/sysctl.conf"), b"vm.overcommit_memory = 1\n")
    assert settings(host)["vm.overcommit_memory"].next_boot == "1"


def test_a_link_to_null_masks_a_file_of_the_distribution() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/usr/lib/sysctl.d/50-x.conf"), b"vm.swappiness = 5\n")
    assert settings(host)["vm.swappiness"].next_boot == "5"
    host.put_link(SYSCTL / "50-x.conf", "/dev/null")
    assert settings(host)["vm.swappiness"].next_boot is None


def test_tells_that_a_container_cannot_write_them() -> None:
    found = settings(load("container-v2"))
    assert not found["vm.overcommit_memory"].writable
    assert not found["thp.enabled"].writable


def test_says_that_a_tree_has_no_kernel_but_what_its_files_will_do() -> None:
    host = load("by-hand")
    host.tree = PurePosixPath("/image")
    overcommit = settings(host)["vm.overcommit_memory"]
    assert isinstance(overcommit.live, Unreadable)
    assert (overcommit.next_boot, overcommit.writable) == ("0", False)


def test_says_what_this_kernel_lacks() -> None:
    found = settings(MemoryHost())
    assert isinstance(found["net.core.somaxconn"].live, Unreadable)
    assert isinstance(found["thp.defrag"].live, Unreadable)
    assert not found["net.core.somaxconn"].writable


OVERCOMMIT = "vm.overcommit_memory"
UNITS = PurePosixPath("/etc/systemd/system")


def with_sysctl(name: str = "debian13-redis") -> MemoryHost:
    host = load(name)
    host.put(SYSCTL / "90-redis.conf", b"vm.overcommit_memory = 1\n")
    return host


def next_boot(host: MemoryHost) -> str | None:
    return settings(host)[OVERCOMMIT].next_boot


@pytest.mark.parametrize("place", ["/etc/systemd/system", "/run/systemd/system"])
def test_a_masked_service_reads_no_file(place: str) -> None:
    host = with_sysctl()
    assert next_boot(host) == "1"
    host.put_link(PurePosixPath(place, "systemd-sysctl.service"), "/dev/null")
    assert next_boot(host) is None


def test_openrc_reads_the_files_where_its_service_is_on() -> None:
    host = with_sysctl("no-systemd")
    host.put_link(PurePosixPath("/etc/runlevels/boot/hostname"), "/etc/init.d/hostname")
    assert next_boot(host) is None
    host.put_link(PurePosixPath("/etc/runlevels/boot/sysctl"), "/etc/init.d/sysctl")
    assert next_boot(host) == "1"


def test_a_local_script_of_openrc_counts_where_it_is_run() -> None:
    host = load("no-systemd")
    script = PurePosixPath("/etc/local.d/redis.start")
    host.put(script, b"#!/bin/sh\nsysctl -w vm.overcommit_memory=1\n", mode=0o755)
    assert next_boot(host) is None
    host.put_link(PurePosixPath("/etc/runlevels/default/local"), "/etc/init.d/local")
    found = settings(host)[OVERCOMMIT]
    assert (found.next_boot, found.next_boot_source) == ("1", f"{script}:1")
    host.nodes[script].mode = 0o644
    assert next_boot(host) is None


@pytest.mark.parametrize(
    "rule",
    [
        'ACTION=="add", SUBSYSTEM=="net", SYSCTL{vm/overcommit_memory}="0"',
        'ACTION=="add", SUBSYSTEM=="block", SYSCTL{vm.overcommit_memory}="0"',
        'KERNEL=="sda", RUN+="/bin/sh -c \'echo 0 > /proc/sys/vm/overcommit_memory\'"',
        'KERNEL=="sda", RUN{program}+="/usr/sbin/sysctl -w vm.overcommit_memory=0"',
    ],
)
def test_a_rule_of_udev_competes_and_is_no_evidence(rule: str) -> None:
    host, path = with_sysctl(), PurePosixPath("/etc/udev/rules.d/60-disk.rules")
    host.put(path, f"# SYSCTL\n{rule}\n".encode())
    found = settings(host)[OVERCOMMIT]
    assert (found.next_boot, found.next_boot_source) == ("0", f"{path}:2")
    host.put(path, f"#{rule}\n".encode())
    assert next_boot(host) == "1"
    host = load("debian13-redis")
    host.put(path, f"{rule.replace('0', '1')}\n".encode())
    assert next_boot(host) is None


def test_a_rule_of_udev_is_masked_by_an_equal_name_in_etc() -> None:
    host, name = with_sysctl(), "60-disk.rules"
    host.put(PurePosixPath("/usr/lib/udev/rules.d", name), b'KERNEL=="sda", SYSCTL{vm/overcommit_memory}="0"\n')
    assert next_boot(host) == "0"
    host.put_link(PurePosixPath("/etc/udev/rules.d", name), "/dev/null")
    assert next_boot(host) == "1"


def test_cron_and_timers_compete_and_are_no_evidence() -> None:
    host = with_sysctl()
    host.put(PurePosixPath("/etc/cron.d/tune"), b"@reboot root sysctl -w vm.overcommit_memory=0\n")
    reader = Reader(host)
    found = {each.key: each for each in read_kernel(reader, read_boot_sources(reader, scheduled(reader)))}
    assert (found[OVERCOMMIT].next_boot, found[OVERCOMMIT].next_boot_source) == ("0", "/etc/cron.d/tune:1")


def test_a_unit_that_may_not_run_competes_with_one_that_does() -> None:
    host = load("debian13-redis")
    for name, value, condition in (("set", 1, ""), ("tune", 0, "ConditionVirtualization=no\n")):
        command = f"ExecStart=/usr/sbin/sysctl -w vm.overcommit_memory={value}\n"
        text = f"[Unit]\n{condition}[Service]\nExecStart=/bin/sh -c '{command[10:-1]}'\n"
        host.put(UNITS / f"{name}.service", text.encode())
        host.put_link(UNITS / f"multi-user.target.wants/{name}.service", f"../{name}.service")
    assert next_boot(host) == "0"
