"""Files that are kept beside the ones an apply replaced: no reader of their directories takes them for its own."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.support.debian import DebianHost, debian_host
from wizard.snapshots.backups import backup_name

ID = "20261124-120000"

READERS = {
    "sysctl": (
        "/etc/sysctl.d/60-redis-wizard.conf",
        "net.core.somaxconn = 1234",
        """
        sysctl -qw net.core.somaxconn=4096
        { /usr/lib/systemd/systemd-sysctl; sysctl --system; } >/dev/null 2>&1 || :
        cat /proc/sys/net/core/somaxconn
        """,
    ),
    "drop-in": (
        "/etc/systemd/system/redis-server.service.d/limits.conf",
        "[Service]\nNice=7",
        "systemctl daemon-reload; systemctl show -P Nice redis-server; systemctl cat redis-server | grep Nice || :",
    ),
    "unit": (
        "/etc/systemd/system/disable-thp.service",
        "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target",
        "systemctl daemon-reload; systemctl list-unit-files; systemctl list-units --all",
    ),
    "tmpfiles": (
        "/etc/tmpfiles.d/thp.conf",
        "f /run/created - - - - -",
        "rm -f /run/created; systemd-tmpfiles --create; ls /run",
    ),
    "include": (
        "/etc/redis/conf.d/memory.conf",
        "maxmemory 77mb",
        """
        redis-server /root/including.conf >/dev/null
        until redis-cli -p 7777 ping >/dev/null 2>&1; do sleep 0.05; done
        redis-cli -p 7777 config get maxmemory
        redis-cli -p 7777 shutdown nosave
        """,
    ),
}


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("kept-names") as made:
        made.shell(
            "mkdir -p /etc/redis/conf.d /etc/systemd/system/redis-server.service.d /etc/tmpfiles.d; "
            'printf "port 7777\\ndaemonize yes\\ninclude /etc/redis/conf.d/*.conf\\n" >/root/including.conf'
        )
        yield made


@pytest.mark.parametrize("reader", READERS)
def test_is_not_read(host: DebianHost, reader: str) -> None:
    path, text, read = READERS[reader]
    where = PurePosixPath(path)

    def said(name: str) -> str:
        """What the reader tells with a file of this name there, the same file both times."""
        host.run("sh", "-euc", 'printf "%s\\n" "$2" >"$1"', "-", str(where.with_name(name)), text)
        try:
            return host.shell(read)
        finally:
            host.shell(f"rm '{where.with_name(name)}'")

    without = host.shell(read)
    assert said(backup_name(where, ID)) == without
    # It would be seen if it were read.
    assert said(where.name) != without
