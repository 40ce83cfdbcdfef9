from pathlib import PurePosixPath

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.machine.kernel import KEYS, read_kernel
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
