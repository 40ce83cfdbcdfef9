"""A new volume mounted over the data directory of a running server, which goes on with the old one."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host

DATA = "/var/lib/redis"
KEYS = 300
MOUNT = f"mount -t tmpfs -o mode=750 none {DATA}; chown redis:redis {DATA}"


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("moved-data") as made:
        made.shell(f"for i in $(seq {KEYS}); do echo set key:$i x; done | redis-cli >/dev/null; redis-cli save")
        yield made


def keys(host: DebianHost) -> int:
    return int(host.shell("redis-cli dbsize").split()[-1])


@pytest.mark.parametrize("kept", ["the dump, and the append-only file is to come", "both", "both, and a copy of it"])
def test_an_apply_that_would_start_the_server_without_its_data_is_refused(host: DebianHost, kept: str) -> None:
    copy = ""
    if kept.startswith("both"):
        host.shell(
            "sed -i 's/^appendonly no/appendonly yes/' /etc/redis/redis.conf; redis-cli config set appendonly yes"
        )
        host.shell("until redis-cli info persistence | grep aof_rewrite_in_progress:0; do sleep 0.1; done")
    if "copy" in kept:
        copy = f"rm -rf /root/copy; cp -a {DATA} /root/copy; "
    host.shell(copy + MOUNT + (f"; cp -a /root/copy/. {DATA}" if copy else ""))
    try:
        before = host.shell("systemctl show -P InvocationID redis-server; sha256sum /etc/redis/*")
        done = host.wizard("apply", "--yes", "--secrets-to", "/root/secrets.toml", "--confirm-within", "0", check=False)
        said = " ".join((done.stdout + done.stderr).split())
        assert "Nothing was changed" in said, said
        assert f"{DATA}: a mount hides its directory" in said, said
        assert host.shell("systemctl show -P InvocationID redis-server; sha256sum /etc/redis/*") == before
        assert keys(host) == KEYS
    finally:
        host.shell(f"umount {DATA}")
