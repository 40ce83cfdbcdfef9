"""Back, forth and back again on a real host whose files are anything but plain: each state comes back in full.

One host a server; the tests of this file build on each other in order.
"""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients import cli_ping, python_client
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import picture

SECRETS = "/root/secrets.toml"
KEYS = 500

# A configuration behind a link with an ACL and an attribute, an include with a second name, rights of
# the operator's own, a live value that no file has, a unit that is not started at boot.
SET_UP = r"""
conf=/etc/%(name)s
printf 'tcp-keepalive 77\nmaxmemory-policy noeviction\n' >$conf/more.conf
chown root:%(name)s $conf/more.conf
chmod 640 $conf/more.conf
ln $conf/more.conf $conf/more.second
echo "include $conf/more.conf" >>$conf/%(name)s.conf
mv $conf/%(name)s.conf $conf/main.conf
ln -s main.conf $conf/%(name)s.conf
chown root:%(name)s $conf
chmod 2750 $conf
cat >/root/attributes.py <<'END'
import os, struct, sys
conf = sys.argv[1]
no = 0xFFFFFFFF
def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
access = acl((1, 6, no), (2, 4, 1000), (4, 4, no), (0x10, 4, no), (0x20, 0, no))
os.setxattr(f"{conf}/main.conf", "system.posix_acl_access", access)
os.setxattr(f"{conf}/main.conf", "user.note", b"by the operator")
os.setxattr(conf, "user.place", b"rack 7")
inherited = acl((1, 7, no), (2, 5, 33), (4, 5, no), (0x10, 5, no), (0x20, 0, no))
os.setxattr(conf, "system.posix_acl_default", inherited)
END
python3 /root/attributes.py $conf
systemctl restart %(unit)s
systemctl disable --quiet %(unit)s
%(cli)s config set timeout 33 slowlog-max-len 77 >/dev/null
echo 100 >/proc/sys/net/core/somaxconn
cat >/root/ask <<'END'
#!/bin/sh
REDISCLI_AUTH=$(sed -n 's/^"admin" = "\(.*\)"$/\1/p' %(secrets)s)
export REDISCLI_AUTH
exec %(cli)s --user admin --no-auth-warning -s /run/%(name)s/%(name)s.sock "$@"
END
chmod 755 /root/ask
for i in $(seq %(keys)s); do echo set key:$i value:$i; done | %(cli)s >/dev/null
%(cli)s save >/dev/null
"""

ATTRIBUTES = r"""
import os
for top in ("/etc/redis", "/etc/valkey", "/etc/sysctl.d", "/etc/systemd/system"):
    for place, directories, files in os.walk(top):
        for path in sorted({place, *(os.path.join(place, name) for name in files)}):
            for name in sorted(os.listxattr(path, follow_symlinks=False)):
                print(path, name, os.getxattr(path, name, follow_symlinks=False).hex())
            print(path, "links", os.lstat(path).st_nlink if os.path.isfile(path) else "")
"""


class Night:
    """A host with what the tests remember of it."""

    def __init__(self, host: DebianHost, package: str) -> None:
        self.host = host
        self.unit = package
        self.name = package.removesuffix("-server")
        self.cli = f"{self.name}-cli"
        self.first: list[str] = []
        self.applied: list[str] = []
        self.snapshot = ""

    def see(self, client: str = "") -> list[str]:
        """Everything that an apply may touch: files, attributes, links, kernel, units, live values, keys."""
        client = client or self.cli
        seen = picture(self.host, unit=self.unit, cli=client)
        more = self.host.run("python3", "-I", "-c", ATTRIBUTES).stdout + self.host.shell(f"{client} dbsize")
        return f"{seen.files}\n{seen.kernel}\n{seen.units}\n{seen.live}\n{more}".splitlines()

    def hardened(self) -> list[str]:
        """The same of the hardened server, as its administrator."""
        return self.see("/root/ask")

    def admin(self) -> list[str]:
        """The login to go back with."""
        return ["--user", "admin", "--password-file", SECRETS]

    def newest(self) -> str:
        """The newest snapshot of all."""
        listing = json.loads(self.host.wizard("snapshots", "list", "--json").stdout)
        return str(listing["snapshots"][0]["id"])

    def clients_come_in(self) -> None:
        """Users log in, by mutual TLS only."""
        for user in ("app", "admin"):
            assert python_client(self.host, user, SECRETS) == "True"
            assert python_client(self.host, user, SECRETS, certificate=False).startswith("refused")
            assert cli_ping(self.host, user, SECRETS, cli=self.cli) == "PONG"


def differing(one: list[str], other: list[str]) -> list[str]:
    """Lines that stand in one of the two alone."""
    return sorted([f"- {line}" for line in {*one} - {*other}] + [f"+ {line}" for line in {*other} - {*one}])


@pytest.fixture(scope="module", params=["redis-server", "valkey-server"])
def night(request: pytest.FixtureRequest) -> Iterator[Night]:
    package = str(request.param)
    with debian_host(f"snapshots-{package.removesuffix('-server')}", "--pkg", package) as host:
        made = Night(host, package)
        names = {"name": made.name, "unit": package, "cli": made.cli, "keys": KEYS, "secrets": SECRETS}
        host.shell(SET_UP % names)
        yield made


def test_an_apply_is_compared_with_what_was_before(night: Night) -> None:
    night.first = night.see()
    night.host.wizard("apply", "--yes", "--verbose", "--secrets-to", SECRETS)
    night.snapshot = night.newest()
    night.applied = night.hardened()
    night.clients_come_in()
    said = night.host.wizard("snapshots", "diff", night.snapshot, *night.admin()).stdout
    assert f"/etc/{night.name}/main.conf: contents" in said
    assert "kernel vm.overcommit_memory: 1, was 0" in said
    assert "disable-thp.service: enabled, was absent" in said
    assert "Not compared" not in said
    assert night.host.wizard("snapshots", "verify").returncode == 0


def test_the_rollback_brings_the_first_state_back_in_full(night: Night) -> None:
    said = night.host.wizard("rollback", "--yes", "--verbose", *night.admin()).stdout
    assert differing(night.first, night.see()) == [], said
    assert night.host.wizard("snapshots", "diff", night.snapshot).stdout.startswith("No difference")


def test_the_rollback_of_the_rollback_brings_the_applied_state_back_in_full(night: Night) -> None:
    said = night.host.wizard("rollback", night.newest(), "--yes", "--verbose").stdout
    assert differing(night.applied, night.hardened()) == [], said
    night.clients_come_in()
    done = night.host.wizard("plan", "--detailed-exitcode", *night.admin(), check=False)
    assert done.returncode == 0, done.stdout


def test_and_back_again_without_a_login(night: Night) -> None:
    said = night.host.wizard("rollback", night.newest(), "--yes", "--verbose").stdout
    assert differing(night.first, night.see()) == [], said


def test_and_forth_again_though_nobody_could_look_inside_the_server_then(night: Night) -> None:
    said = night.host.wizard("rollback", night.newest(), "--yes", "--verbose").stdout
    assert differing(night.applied, night.hardened()) == [], said
    night.clients_come_in()


def test_pruned_to_one_the_way_back_and_the_way_back_from_that_are_still_there(night: Night) -> None:
    night.host.wizard("rollback", night.newest(), "--yes", *night.admin())
    night.host.shell(f"rm {SECRETS}")
    night.host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    night.applied = night.hardened()
    night.host.wizard("rollback", "--yes", *night.admin())
    pruned = json.loads(night.host.wizard("snapshots", "prune", "--keep", "1", "--json").stdout)
    assert len(pruned["kept"]) == 2
    assert len(pruned["removed"]) > 3
    assert pruned["freed"] > 0
    assert night.host.wizard("snapshots", "verify").returncode == 0
    said = night.host.wizard("rollback", night.newest(), "--yes", "--verbose").stdout
    assert differing(night.applied, night.hardened()) == [], said
    said = night.host.wizard("rollback", night.newest(), "--yes", "--verbose", *night.admin()).stdout
    assert differing(night.first, night.see()) == [], said


def test_nothing_is_pruned_under_an_apply_that_waits(night: Night) -> None:
    night.host.shell(
        f"rm {SECRETS}; redis-wizard apply --yes --confirm-within 300 --secrets-to {SECRETS} >/dev/null 2>&1 &"
    )
    night.host.wait_for_stage("waiting")
    done = night.host.wizard("snapshots", "prune", "--keep", "1", check=False)
    assert done.returncode == 5, done.stdout + done.stderr
    would = json.loads(night.host.wizard("snapshots", "prune", "--keep", "1", "--dry-run", "--json").stdout)
    open_one = json.loads(night.host.wizard("status", "--json").stdout)["id"]
    assert open_one in {each["id"] for each in would["kept"]}
    night.host.wizard("rollback", "--yes", *night.admin())
    assert differing(night.first, night.see()) == []


def test_damage_is_found_and_nothing_is_put_back_from_it(night: Night) -> None:
    night.host.shell("for blob in /var/lib/redis-wizard/blobs/*; do echo x >>$blob; done")
    done = night.host.wizard("snapshots", "verify", check=False)
    assert done.returncode == 1
    assert "damaged" in done.stdout
    before = night.see()
    done = night.host.wizard("rollback", night.newest(), "--yes", check=False)
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert night.see() == before
