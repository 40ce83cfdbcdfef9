from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.huge_pages import chosen, read_huge_pages
from wizard.detect.reader import Reader
from wizard.model.facts import KernelSetting

UNITS = PurePosixPath("/etc/systemd/system")
SERVICE = """[Unit]
Description=Disable transparent huge pages
# always is only a word in a comment

[Service]
Type=oneshot
{command}

[Install]
WantedBy=basic.target
"""


def knobs(host: MemoryHost) -> dict[str, KernelSetting]:
    return {setting.key: setting for setting in read_huge_pages(Reader(host))}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("always madvise [never]\n", "never"),
        ("always defer [defer+madvise] madvise never\n", "defer+madvise"),
        ("never\n", "never"),
        ("", ""),
    ],
)
def test_reads_the_word_in_force(text: str, word: str) -> None:
    assert chosen(text) == word


def test_nothing_sets_it_on_a_pristine_host() -> None:
    found = knobs(load("debian13-redis"))
    assert [(each.live, each.next_boot, each.next_boot_source) for each in found.values()] == [
        ("madvise", None, "")
    ] * 2


def test_the_script_at_the_end_of_the_boot_wins_over_tmpfiles() -> None:
    found = knobs(load("by-hand"))
    enabled, defrag = found["thp.enabled"], found["thp.defrag"]
    assert (enabled.next_boot, enabled.next_boot_source) == ("never", "/etc/rc.local:3")
    assert enabled.overridden == ("/etc/tmpfiles.d/thp.conf:1 = madvise",)
    assert (defrag.next_boot, defrag.next_boot_source) == ("never", "/etc/tmpfiles.d/thp.conf:2")


def test_a_script_that_may_not_be_executed_does_nothing() -> None:
    host = load("by-hand")
    host.nodes[PurePosixPath("/etc/rc.local")].mode = 0o644
    assert knobs(host)["thp.enabled"].next_boot == "madvise"


def test_the_kernel_command_line_sets_enabled_alone() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/proc/cmdline"), b"ro transparent_hugepage=never quiet\n")
    found = knobs(host)
    assert (found["thp.enabled"].next_boot, found["thp.enabled"].next_boot_source) == ("never", "/proc/cmdline:1")
    assert found["thp.defrag"].next_boot is None


@pytest.mark.parametrize(
    "command",
    [
        (
            "ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/enabled; "
            "echo never > /sys/kernel/mm/transparent_hugepage/defrag'"
        ),
        "ExecStart=/bin/sh -c 'for k in enabled defrag ; do echo never > /sys/kernel/mm/transparent_hugepage/$k; done'",
        (
            "ExecStart=/bin/sh -c 'echo never | tee /sys/kernel/mm/transparent_hugepage/enabled "
            "/sys/kernel/mm/transparent_hugepage/defrag'"
        ),
        (
            "ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/enabled'\n"
            "ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/defrag'"
        ),
    ],
)
def test_an_enabled_unit_counts_and_one_that_lies_about_does_not(command: str) -> None:
    host = load("debian13-redis")
    host.put(UNITS / "disable-thp.service", SERVICE.format(command=command).encode())
    assert [each.next_boot for each in knobs(host).values()] == [None, None]
    host.put_link(UNITS / "basic.target.wants/disable-thp.service", "../disable-thp.service")
    found = knobs(host)
    assert [each.next_boot for each in found.values()] == ["never", "never"]
    assert found["thp.enabled"].next_boot_source == "/etc/systemd/system/disable-thp.service:7"


def test_of_equal_lines_in_tmpfiles_the_first_file_wins() -> None:
    host = load("debian13-redis")
    line = "w /sys/kernel/mm/transparent_hugepage/enabled - - - - {}\n"
    host.put(PurePosixPath("/usr/lib/tmpfiles.d/a.conf"), line.format("always").encode())
    host.put(PurePosixPath("/etc/tmpfiles.d/b.conf"), line.format("never").encode())
    assert knobs(host)["thp.enabled"].next_boot == "always"
