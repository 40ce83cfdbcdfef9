from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.machine.huge_pages import chosen, read_huge_pages
from wizard.detect.reader import Reader
from wizard.model.facts.machine import KernelSetting

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
    reader = Reader(host)
    return {setting.key: setting for setting in read_huge_pages(reader, read_boot_sources(reader))}


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


def test_a_size_that_is_on_by_itself_is_seen() -> None:
    host = load("debian13-redis")
    for size, words in (
        ("2048kB", "always [inherit] madvise never"),
        ("64kB", "[always] inherit madvise never"),
        ("32kB", "always inherit [madvise] never"),
        ("16kB", "always inherit madvise [never]"),
    ):
        host.put(PurePosixPath(f"/sys/kernel/mm/transparent_hugepage/hugepages-{size}/enabled"), words.encode())
    assert knobs(host)["thp.sizes"].live == "32kB=madvise 64kB=always"
    host.tree = PurePosixPath("/image")
    assert "thp.sizes" not in knobs(host)


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


ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"
WANTED = UNITS / "multi-user.target.wants"


def with_unit(text: str, *, wanted: PurePosixPath = WANTED, name: str = "disable-thp.service") -> MemoryHost:
    host = load("debian13-redis")
    host.put(UNITS / name, text.encode())
    host.put_link(wanted / name, f"../{name}")
    return host


def after_boot(host: MemoryHost) -> str | None:
    return knobs(host)["thp.enabled"].next_boot


@pytest.mark.parametrize(
    "command",
    [
        f"/bin/true # echo never > {ENABLED}",
        f"/bin/echo never > {ENABLED}",
        f"/bin/sh -c 'true # echo never > {ENABLED}'",
        f"/bin/sh -c 'exit 0; echo never > {ENABLED}'",
        f"/bin/sh -c 'false && echo never > {ENABLED}'",
        f"/bin/sh -c 'true || echo never > {ENABLED}'",
        f"/bin/sh -c 'if false; then echo never > {ENABLED}; fi'",
        f"/bin/sh -c 'echo never > /tmp{ENABLED}'",
        f"/bin/sh -c 'echo never'  {ENABLED}",
        f"/bin/sh -c 'cat {ENABLED}; echo never > /dev/null'",
        "/usr/local/sbin/not-there.sh",
    ],
)
def test_a_command_that_writes_nothing_does_not_count(command: str) -> None:
    assert after_boot(with_unit(SERVICE.format(command=f"ExecStart={command}"))) is None


@pytest.mark.parametrize(
    "command",
    [
        f"/bin/sh -c 'test -f {ENABLED} && echo never > {ENABLED}'",
        f"/bin/sh -c 'if [ -w {ENABLED} ]; then echo never > {ENABLED}; fi'",
        f"-/usr/bin/env bash -ec \"echo 'never' >{ENABLED} || true\"",
        f"/bin/bash -c 'for f in {ENABLED} ; do echo never > $f; done'",
        "/bin/sh -c 'P=/sys/kernel/mm/transparent_hugepage; /bin/echo never > $$P/enabled'",
        f"/bin/sh -c '/usr/bin/printf never | /usr/bin/tee {ENABLED} >/dev/null'",
        f"/bin/sh -c 'echo always > {ENABLED}; (echo never > {ENABLED});'",
    ],
)
def test_a_command_that_writes_it_counts(command: str) -> None:
    assert after_boot(with_unit(SERVICE.format(command=f"ExecStart={command}"))) == "never"


@pytest.mark.parametrize("first", ["#!/bin/sh", "#!/usr/bin/env bash"])
def test_a_script_of_a_unit_is_read(first: str) -> None:
    host = with_unit(SERVICE.format(command="ExecStart=/usr/local/sbin/thp"))
    script = PurePosixPath("/usr/local/sbin/thp")
    loop = f"# never\nfor k in enabled defrag\ndo\n  echo never > {ENABLED.removesuffix('enabled')}$k\ndone\n"
    host.put(script, f"{first}\n{loop}".encode())
    assert after_boot(host) == "never"
    host.put(script, f"{first}\nexit 0\necho never > {ENABLED}\n".encode())
    assert after_boot(host) is None


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("ConditionPathExists=/nonexistent", None),
        ("AssertPathExists=/nonexistent", None),
        ("ConditionPathExists=!/nonexistent", "never"),
        (f"ConditionPathExists={ENABLED}", "never"),
        ("ConditionPathExists=!/etc", None),
        # Whether these hold is not known before the boot.
        ("ConditionVirtualization=no", None),
        ("ConditionPathExists=|/etc", None),
    ],
)
def test_a_unit_whose_condition_may_not_hold_does_not_count(line: str, value: str | None) -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    assert after_boot(with_unit(text.replace("[Service]", f"{line}\n[Service]", 1))) == value


def test_a_condition_that_is_not_known_excuses_no_unit_that_switches_them_on() -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo always > {ENABLED}'")
    host = with_unit(text.replace("[Service]", "ConditionVirtualization=no\n[Service]", 1))
    assert after_boot(host) == "always"


def test_a_unit_that_is_cleared_or_wanted_by_no_boot_does_not_count() -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    assert after_boot(with_unit(text, wanted=UNITS / "rescue.target.wants")) is None
    assert after_boot(with_unit(text.replace("ExecStart", "ExecStop"))) is None
    host = with_unit(text)
    host.put(UNITS / "disable-thp.service.d/override.conf", b"[Service]\nExecStart=\nExecStart=/bin/true\n")
    assert after_boot(host) is None


@pytest.mark.parametrize(
    "line",
    [
        *("User=redis", "DynamicUser=yes", "ProtectKernelTunables=yes", "ExecCondition=/bin/false"),
        *("ReadOnlyPaths=/sys", "InaccessiblePaths=-/sys/", "ReadOnlyPaths=/", "RootDirectory=/srv/jail"),
        *("ExecStartPre=/bin/false", "ExecStartPre=/usr/bin/check-something", "ExecStartPre=/bin/sh -c 'exit 1'"),
    ],
)
def test_a_unit_that_may_fail_to_write_counts_only_where_it_switches_pages_on(line: str) -> None:
    text = SERVICE.format(command=f"{line}\nExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    assert after_boot(with_unit(text)) is None
    assert after_boot(with_unit(text.replace("never", "always"))) == "always"


@pytest.mark.parametrize(
    "line",
    [
        *("User=root", "ProtectKernelTunables=no", "ReadOnlyPaths=/usr", "ProtectSystem=strict"),
        *("ExecStartPre=/bin/sleep 1", "ExecStartPre=-/bin/false", "ExecStartPre=/bin/sh -c 'exit 0'"),
    ],
)
def test_a_unit_that_can_write_counts(line: str) -> None:
    assert after_boot(with_unit(SERVICE.format(command=f"{line}\nExecStart=/bin/sh -c 'echo never > {ENABLED}'"))) == (
        "never"
    )


def test_a_command_with_every_privilege_writes_whatever_its_unit_forbids() -> None:
    text = SERVICE.format(command=f"User=redis\nExecStart=+/bin/sh -c 'echo never > {ENABLED}'")
    assert after_boot(with_unit(text)) == "never"


def test_a_unit_that_needs_an_absent_one_is_not_started() -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    text = text.replace("[Service]", "Requires=other.service\n[Service]", 1)
    assert after_boot(with_unit(text)) is None
    host = with_unit(text)
    host.put(UNITS / "other.service", b"[Service]\nExecStart=/bin/true\n")
    assert after_boot(host) == "never"


@pytest.mark.parametrize(
    ("wanting", "value"),
    [
        *(("mine.target", None), ("docker.service", None), ("graphical.target", "never")),
        *(("sysinit.target", "never"), ("redis-server.service", "never"), ("ssh.service", "never")),
    ],
)
def test_a_unit_counts_where_every_boot_starts_what_wants_it(wanting: str, value: str | None) -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    host = with_unit(text, wanted=UNITS / f"{wanting}.wants")
    host.put_link(WANTED / "ssh.service", "/usr/lib/systemd/system/ssh.service")
    assert after_boot(host) == value
    if wanting == "graphical.target":
        host.put_link(UNITS / "default.target", "/usr/lib/systemd/system/multi-user.target")
        assert after_boot(host) is None


def test_instances_and_drop_ins_of_packages_count() -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo %i > {ENABLED}'")
    host = load("debian13-redis")
    host.put(UNITS / "thp@.service", text.encode())
    host.put_link(WANTED / "thp@always.service", "../thp@.service")
    assert after_boot(host) == "always"
    host = with_unit(text.replace("%i", "never"))
    drop_in = PurePosixPath("/usr/lib/systemd/system/disable-thp.service.d/off.conf")
    host.put(drop_in, b"[Service]\nExecStart=\nExecStart=/bin/true\n")
    assert after_boot(host) is None


def tuned(host: MemoryHost, *, enabled: bool = True) -> MemoryHost:
    host.put(PurePosixPath("/etc/tuned/active_profile"), b"redis\n")
    host.put(PurePosixPath("/etc/tuned/redis/tuned.conf"), b"[main]\ninclude=throughput-performance\n")
    profile = b"[vm]\ntransparent_hugepages=always\n"
    host.put(PurePosixPath("/usr/lib/tuned/throughput-performance/tuned.conf"), profile)
    if enabled:
        host.put_link(WANTED / "tuned.service", "/usr/lib/systemd/system/tuned.service")
    return host


def test_an_active_tuned_profile_competes_with_a_unit() -> None:
    text = SERVICE.format(command=f"ExecStart=/bin/sh -c 'echo never > {ENABLED}'")
    found = knobs(tuned(with_unit(text)))["thp.enabled"]
    assert (found.next_boot, found.next_boot_source) == (
        "always",
        "/usr/lib/tuned/throughput-performance/tuned.conf:2",
    )
    assert after_boot(tuned(with_unit(text), enabled=False)) == "never"
    host = tuned(with_unit(text))
    host.put(PurePosixPath("/etc/tuned/redis/tuned.conf"), b"[main]\ninclude=x\n[vm]\ntransparent_hugepages=never\n")
    assert after_boot(host) == "never"


def test_the_boot_loader_says_what_the_next_kernel_gets() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/proc/cmdline"), b"ro transparent_hugepage=never quiet\n")
    grub = PurePosixPath("/boot/grub/grub.cfg")
    host.put(grub, b"menuentry 'Debian' {\n\tlinux\t/vmlinuz root=/dev/sda1 ro quiet\n}\n")
    assert after_boot(host) is None
    host.put(grub, b"menuentry 'Debian' {\n\tlinux /vmlinuz ro transparent_hugepage=never\n}\n")
    assert knobs(host)["thp.enabled"].next_boot_source == "/boot/grub/grub.cfg:2"


@pytest.mark.parametrize("name", ["grub", "grub.d/thp.cfg"])
def test_a_tree_has_the_command_line_that_grub_will_write(name: str) -> None:
    host = load("debian13-redis")
    host.tree = PurePosixPath("/image")
    host.put(
        PurePosixPath("/etc/default") / name,
        b'# transparent_hugepage=always\nGRUB_CMDLINE_LINUX_DEFAULT="quiet transparent_hugepage=never"\n',
    )
    found = knobs(host)["thp.enabled"]
    assert (found.next_boot, found.next_boot_source) == ("never", f"/etc/default/{name}:2")
