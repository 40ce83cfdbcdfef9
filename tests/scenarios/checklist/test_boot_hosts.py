"""Hosts that set the kernel by hand, each in another way: what the next boot makes of it."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.finding import Finding, State

TODAY = date(2026, 5, 4)
THP = "/sys/kernel/mm/transparent_hugepage/enabled"
NOW = {
    "/proc/sys/vm/overcommit_memory": "1\n",
    THP: "always madvise [never]\n",
    "/sys/kernel/mm/transparent_hugepage/defrag": "always defer defer+madvise madvise [never]\n",
}
FILE = {"/etc/sysctl.d/60-redis.conf": "vm.overcommit_memory = 1\n"}
WANTS = "/etc/systemd/system/multi-user.target.wants/{}"
UNIT = "/etc/systemd/system/thp.service"


def service(command: str) -> dict[str, str]:
    return {UNIT: f"[Service]\nType=oneshot\nExecStart={command}\n[Install]\nWantedBy=multi-user.target\n"}


OFF = service(f"/bin/sh -c 'echo never > {THP}'")
TUNED = "/usr/lib/systemd/system/tuned.service"
DROP_IN = "/etc/systemd/system/redis-server.service.d/thp.conf"
SYSFS = "/usr/lib/systemd/system/sysfsutils.service"


@dataclass(frozen=True, kw_only=True)
class Host:
    """Files of one host."""

    files: dict[str, str]
    links: dict[str, str] = field(default_factory=dict)
    fails: tuple[str, ...] = ()


def with_unit(files: dict[str, str], *fails: str) -> Host:
    return Host(files={**OFF, **files}, links={WANTS.format("thp.service"): UNIT}, fails=fails)


def with_tuned(profile: str, files: dict[str, str] | None = None, *fails: str) -> Host:
    made = {"/etc/tuned/active_profile": "redis\n", "/etc/tuned/redis/tuned.conf": profile, TUNED: "[Service]\n"}
    return Host(files={**made, **(files or {})}, links={WANTS.format("tuned.service"): TUNED}, fails=fails)


PROFILE = (
    "[main]\ninclude=throughput-performance\n[vm]\ntransparent_hugepages=never\n[sysctl]\nvm.overcommit_memory={}\n"
)
SCRIPT = "#!/bin/sh\nsysctl -w vm.overcommit_memory={}\necho never > " + THP + "\nexit 0\n"

HOSTS = {
    "sysctl.d and a unit": with_unit(FILE),
    "a unit with tee": Host(
        files={**FILE, **service(f"/bin/bash -c 'echo never | tee {THP} >/dev/null'")},
        links={WANTS.format("thp.service"): UNIT},
    ),
    "a script of a unit": Host(
        files={**FILE, **service("/usr/local/sbin/off"), "/usr/local/sbin/off": f"#!/bin/sh\necho never > {THP}\n"},
        links={WANTS.format("thp.service"): UNIT},
    ),
    "a drop-in of the server": Host(
        files={
            **FILE,
            DROP_IN: f"[Service]\nExecStartPre=+/bin/sh -c 'echo never > {THP}'\n",
        }
    ),
    "tmpfiles.d": Host(files={**FILE, "/etc/tmpfiles.d/thp.conf": f"w! {THP} - - - - never\n"}),
    "grub": Host(files={**FILE, "/boot/grub/grub.cfg": "\tlinux /vmlinuz ro transparent_hugepage=never\n"}),
    "the running command line": Host(files={**FILE, "/proc/cmdline": "ro transparent_hugepage=never\n"}),
    "sysctl on the command line": with_unit({"/proc/cmdline": "ro sysctl.vm.overcommit_memory=1\n"}),
    "sysctl.conf behind Debian's link": Host(
        files={**OFF, "/etc/sysctl.conf": "vm.overcommit_memory=1\n"},
        links={WANTS.format("thp.service"): UNIT, "/etc/sysctl.d/99-sysctl.conf": "../sysctl.conf"},
    ),
    "a line with slashes": with_unit({"/usr/lib/sysctl.d/redis.conf": "-vm/overcommit_memory = 1\n"}),
    "tuned": with_tuned(PROFILE.format(1)),
    "tuned behind a package's file": with_tuned(
        PROFILE.format(1), {"/usr/lib/sysctl.d/a.conf": "vm.overcommit_memory=0\n"}
    ),
    "tuned before the operator's file": with_tuned(PROFILE.format(0), FILE),
    "rc.local": Host(files={"/etc/rc.local": SCRIPT.format(1)}),
    "rc.local with a condition on the file": Host(
        files={**FILE, "/etc/rc.local": f"#!/bin/sh -e\nif test -f {THP}; then\n  echo never > {THP}\nfi\nexit 0\n"}
    ),
    "sysfsutils": Host(
        files={**FILE, SYSFS: "[Service]\n", "/etc/sysfs.conf": "kernel/mm/transparent_hugepage/enabled = never\n"},
        links={WANTS.format("sysfsutils.service"): SYSFS},
    ),
    "a unit that sets both": with_unit(service(f"/bin/sh -c 'sysctl -qw vm.overcommit_memory=1; echo never > {THP}'")),
    # What looks alike and is not enough.
    "tuned that is not enabled": Host(
        files={"/etc/tuned/active_profile": "redis\n", "/etc/tuned/redis/tuned.conf": PROFILE.format(1)},
        fails=("19", "20"),
    ),
    "tuned with another value": with_tuned(PROFILE.format(2), None, "20", "Xboot"),
    "rc.local that undoes the file": with_unit({**FILE, "/etc/rc.local": SCRIPT.format(0)}, "20", "Xboot"),
    "rc.local with a comment": with_unit({"/etc/rc.local": "#!/bin/sh\n# sysctl -w vm.overcommit_memory=1\n"}, "20"),
    "a command line that a file undoes": with_unit(
        {"/proc/cmdline": "sysctl.vm.overcommit_memory=1\n", "/etc/sysctl.d/a.conf": "vm.overcommit_memory=0\n"},
        *("20", "Xboot"),
    ),
    "sysfs.conf without its service": Host(
        files={**FILE, "/etc/sysfs.conf": "kernel/mm/transparent_hugepage/enabled = never\n"}, fails=("19",)
    ),
}


def judged(host: Host) -> dict[str, Finding]:
    memory = load("debian13-redis")
    for path, text in {**NOW, **host.files}.items():
        mode = 0o755 if text.startswith("#!") else 0o644
        memory.put(PurePosixPath(path), text.encode(), mode=mode)
    for path, target in host.links.items():
        memory.put_link(PurePosixPath(path), target)
    report = check(collect(memory).facts, today=TODAY)
    return {each.id: each for each in (*report.items, *report.extra)}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_what_the_next_boot_makes_of_it_is_told(host: Host) -> None:
    found = judged(host)
    told = {item: found[item].summary for item in ("19", "20", "Xboot") if found[item].state is not State.PASS}
    assert set(told) == set(host.fails), told
