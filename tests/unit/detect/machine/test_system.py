from pathlib import PurePosixPath

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.system import read_numa_nodes, read_system
from wizard.detect.reader import Reader
from wizard.host.reader import Completed
from wizard.model.facts.machine import Init


def test_reads_a_debian_with_systemd() -> None:
    system = read_system(Reader(load("debian13-redis")))
    assert (system.id, system.version, system.name) == ("debian", "13", "Debian GNU/Linux 13 (trixie)")
    assert (system.init, system.package_manager) == (Init.SYSTEMD, "apt")
    assert (system.virtualisation, system.container) == ("none", False)


def test_reads_quotes_of_os_release_and_the_security_module() -> None:
    system = read_system(Reader(load("by-hand")))
    assert (system.id, system.version, system.package_manager) == ("rocky", "9.4", "dnf")
    assert system.security_modules == ("selinux",)


def test_knows_a_container_by_the_file_its_manager_leaves() -> None:
    system = read_system(Reader(load("container-v2")))
    assert (system.virtualisation, system.container, system.init) == ("podman", True, Init.OTHER)


def test_knows_a_container_by_the_word_of_systemd() -> None:
    host = MemoryHost({PurePosixPath("/run/systemd/container"): b"systemd-nspawn\n"})
    assert read_system(Reader(host)).virtualisation == "systemd-nspawn"


def test_knows_a_container_by_the_kernel_threads_that_it_lacks() -> None:
    host = MemoryHost({PurePosixPath("/proc/1/comm"): b"sh\n", PurePosixPath("/proc/2/comm"): b"redis-server\n"})
    assert read_system(Reader(host)).container


def test_asks_systemd_for_a_virtual_machine() -> None:
    host = MemoryHost()
    host.programs["systemd-detect-virt"] = PurePosixPath("/usr/bin/systemd-detect-virt")
    host.results["/usr/bin/systemd-detect-virt",] = Completed(status=0, output="kvm\n", errors="")
    system = read_system(Reader(host))
    assert (system.virtualisation, system.container) == ("kvm", False)


def test_knows_a_virtual_machine_by_its_maker() -> None:
    host = MemoryHost({PurePosixPath("/sys/class/dmi/id/sys_vendor"): b"QEMU\n"})
    assert read_system(Reader(host)).virtualisation == "qemu"


def test_reads_the_packages_and_init_of_alpine() -> None:
    system = read_system(Reader(load("no-systemd")))
    assert (system.id, system.init, system.package_manager) == ("alpine", Init.OTHER, "apk")


def test_takes_the_init_of_a_tree_from_its_programs() -> None:
    host = load("two-instances")
    host.tree = PurePosixPath("/image")
    system = read_system(Reader(host))
    assert (system.init, system.virtualisation) == (Init.SYSTEMD, "none")


def test_says_little_of_a_host_that_shows_nothing() -> None:
    system = read_system(Reader(MemoryHost()))
    assert (system.id, system.version, system.package_manager, system.security_modules) == ("", "", "", ())


def test_counts_the_memory_nodes() -> None:
    nodes = PurePosixPath("/sys/devices/system/node")
    host = MemoryHost({nodes / "node0" / "meminfo": b"", nodes / "node1" / "meminfo": b"", nodes / "online": b"0-1\n"})
    assert read_numa_nodes(Reader(host)) == 2
    assert read_numa_nodes(Reader(MemoryHost())) == 1
