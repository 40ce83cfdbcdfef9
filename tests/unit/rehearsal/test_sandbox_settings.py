"""What a transient unit takes over: the sandbox in its order, and nothing that touches the real unit."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from wizard.errors import InvalidValueError
from wizard.formats.unitfile import UnitFile
from wizard.rehearsal.sandbox_settings import (
    SandboxSettings,
    account,
    extract,
    groups,
    hiding_setting,
    managed_directories,
)

NAME = "redis-server.service"
TEMPORARY = "/tmp"  # noqa: S108 - named only

DEBIAN = """
[Unit]
Description=Advanced key-value store

[Service]
Type=notify
ExecStart=/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd --daemonize no
ExecStopPost=/bin/true
PIDFile=/run/redis/redis-server.pid
TimeoutStopSec=0
Restart=always
RestartSec=1
User=redis
Group=redis
RuntimeDirectory=redis
RuntimeDirectoryMode=2755
UMask=007
PrivateTmp=true
LimitNOFILE=65535
ProtectHome=true
ProtectSystem=strict
ReadWritePaths=-/var/lib/redis
CapabilityBoundingSet=
SystemCallFilter=~ @privileged @resources
ReadWriteDirectories=-/etc/redis
NoExecPaths=/
ExecPaths=/usr/bin/redis-server /usr/lib /lib
StandardOutput=append:/var/log/redis.out
LogsDirectoryMode=0700

[Install]
WantedBy=multi-user.target
"""


def files(*texts: str) -> tuple[UnitFile, ...]:
    return tuple(UnitFile.parse(text.encode()) for text in texts)


def cloned(*lines: str, unit: str = NAME) -> SandboxSettings:
    return extract(files("[Service]\n" + "\n".join(lines) + "\n"), unit)


def test_takes_the_sandbox_over_in_its_order_and_leaves_what_is_the_real_units_own() -> None:
    taken = extract(files(DEBIAN), NAME)
    assert taken.lines == (
        "User=redis",
        "Group=redis",
        "ReadWritePaths=-/run/redis",
        "UMask=007",
        "PrivateTmp=true",
        "LimitNOFILE=65535",
        "ProtectHome=true",
        "ProtectSystem=strict",
        "ReadWritePaths=-/var/lib/redis",
        "CapabilityBoundingSet=",
        "SystemCallFilter=~ @privileged @resources",
        "ReadWriteDirectories=-/etc/redis",
        "NoExecPaths=/",
        "ExecPaths=/usr/bin/redis-server /usr/lib /lib",
    )
    assert taken.unsupported == ()
    assert taken.notifies


@pytest.mark.parametrize("key", ["RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory"])
def test_a_directory_that_comes_and_goes_with_the_unit_is_only_writable(key: str) -> None:
    (line,) = cloned(f"{key}=redis").lines
    assert line.startswith("ReadWritePaths=-/")
    assert line.endswith("/redis")


def test_a_directory_that_systemd_makes_for_the_real_unit_may_be_absent() -> None:
    lines = cloned("RuntimeDirectory=redis", "ReadWritePaths=/run/redis /var/lib/redis").lines
    assert lines[-1] == "ReadWritePaths=-/run/redis /var/lib/redis"


def test_drop_ins_count_in_the_order_given_and_resets_stay() -> None:
    taken = extract(files(DEBIAN, "[Service]\nReadWritePaths=\nReadWritePaths=/srv\nType=exec\n"), NAME)
    assert taken.lines[-2:] == ("ReadWritePaths=", "ReadWritePaths=/srv")
    assert not taken.notifies


def test_specifiers_are_filled_in_for_the_real_unit() -> None:
    lines = cloned("ReadWritePaths=/var/lib/%i %t/%p", "MemoryMax=50%", unit="redis@one.service").lines
    assert lines == ("ReadWritePaths=/var/lib/one /run/redis", "MemoryMax=50%")


@pytest.mark.parametrize(
    "line", ["DynamicUser=yes", "RootDirectory=/srv", "AppArmorProfile=redis", "SELinuxContext=a:b:c", "User=%m"]
)
def test_refuses_what_cannot_be_lent(line: str) -> None:
    with pytest.raises(InvalidValueError):
        cloned(line)


def test_what_is_switched_off_is_no_obstacle() -> None:
    assert cloned("DynamicUser=no", "PrivateNetwork=false").lines == ()


def test_what_would_cut_us_off_stays_behind_and_is_named() -> None:
    taken = cloned(
        "PrivateNetwork=yes", "IPAddressDeny=any", "IPAddressAllow=10.0.0.0/8", "IPAddressAllow=::1", "Nice=5"
    )
    assert taken.lines == ("Nice=5",)
    assert taken.unsupported == ("PrivateNetwork", "IPAddressDeny", "IPAddressAllow")


def test_variables_that_may_be_secret_stay_behind() -> None:
    taken = cloned(
        'Environment=REDIS_PW=hunter2 "LANG=C.UTF-8" URL=redis://:hunter2@h', "Environment=", "SetCredential=a:hunter2"
    )
    assert taken.lines == ('Environment="LANG=C.UTF-8"', "Environment=")


@pytest.mark.parametrize(
    ("kind", "families", "more"),
    [
        ("notify", "AF_INET", ()),
        ("exec", "AF_INET", ("RestrictAddressFamilies=AF_UNIX",)),
        ("exec", "~AF_PACKET", ()),
    ],
)
def test_a_service_that_does_not_notify_gets_the_socket_that_we_ask_over(
    kind: str, families: str, more: tuple[str, ...]
) -> None:
    taken = cloned(f"Type={kind}", f"RestrictAddressFamilies={families}")
    assert taken.lines == (f"RestrictAddressFamilies={families}", *more)


def test_lent_without_any_right_to_write() -> None:
    taken = cloned(
        "ProtectSystem=full", "ReadWritePaths=/srv", "ReadWriteDirectories=/a", "BindPaths=/b:/c"
    ).read_only()
    assert taken.lines == ("BindReadOnlyPaths=/b:/c", "ProtectSystem=strict")


def test_a_key_that_is_not_lent_leaves_with_all_its_lines() -> None:
    taken = cloned("Nice=1", "Odd=1", "Odd=2").drop("Odd")
    assert taken.lines == ("Nice=1",)
    assert taken.unsupported == ("Odd",)


@pytest.mark.parametrize(
    ("lines", "user"),
    [
        (("User=redis",), "redis"),
        (("User=a", "User=b"), "b"),
        ((), ""),
        (("User=x", "DynamicUser=yes"), ""),
        (("User=redis-%i",), "redis-one"),
    ],
)
def test_tells_the_account(lines: Sequence[str], user: str) -> None:
    assert account(files("\n".join(("[Service]", *lines, ""))), "redis@one.service") == user


def test_tells_groups_and_directories_of_the_unit() -> None:
    unit = files("[Service]\nSupplementaryGroups=ssl-cert adm\nRuntimeDirectory=redis a:b\nLogsDirectory=redis\n")
    assert groups(unit, NAME) == ("ssl-cert", "adm")
    assert managed_directories(unit, NAME) == tuple(map(PurePosixPath, ("/run/redis", "/run/a", "/var/log/redis")))


@pytest.mark.parametrize(
    ("line", "path", "said"),
    [
        ("ProtectHome=yes", "/home/op/key", "ProtectHome=yes"),
        ("ProtectHome=tmpfs", "/root/key", "ProtectHome=tmpfs"),
        ("ProtectHome=read-only", "/home/op/key", ""),
        ("PrivateTmp=true", f"{TEMPORARY}/key", "PrivateTmp=true"),
        ("PrivateTmp=true", f"{TEMPORARY}key", ""),
        ("PrivateTmp=no", f"{TEMPORARY}/key", ""),
    ],
)
def test_tells_what_hides_a_usual_place(line: str, path: str, said: str) -> None:
    assert hiding_setting(files(f"[Service]\n{line}\n"), PurePosixPath(path)) == said
