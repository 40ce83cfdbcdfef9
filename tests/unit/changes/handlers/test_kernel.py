"""Kernel values: read back as the kernel has them, and put back word for word."""

from pathlib import PurePosixPath

from tests.support.memory_host.host import MemoryHost
from wizard.changes.handlers.kernel import same, value


def test_reads_a_sysctl_and_the_chosen_word_of_a_choice() -> None:
    host = MemoryHost(
        {
            PurePosixPath("/proc/sys/vm/overcommit_memory"): b"1\n",
            PurePosixPath("/sys/kernel/mm/transparent_hugepage/enabled"): b"always madvise [never]\n",
        }
    )
    assert value(host, "vm.overcommit_memory") == "1"
    assert value(host, "thp.enabled") == "never"


def test_blanks_between_numbers_do_not_count() -> None:
    assert same("4096\t131072 6291456", "4096 131072 6291456")
    assert not same("1", "0")
