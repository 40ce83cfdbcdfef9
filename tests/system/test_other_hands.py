"""Others write on a real host while an apply runs: what they wrote is there afterwards and named, ours is gone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE

KEYS = 500
CONF = "/etc/redis/redis.conf"

# Somebody acts in the instant in which a certain line of the journal is written.
DRIVER = (
    PRELUDE
    + r"""
when, script, window, word = sys.argv[1:]


def is_instant(line):
    event = json.loads(line)
    return f"{event['kind']} {event['phase']} {event['text']}".startswith(when)


class Host(InHost):
    acted = False

    def append(self, path, data, *, durable=True):
        super().append(path, data, durable=durable)
        if not self.acted and path.name == "journal.jsonl" and any(map(is_instant, data.splitlines())):
            Host.acted = True
            environment = {**os.environ, "REDISCLI_AUTH": passwords["admin"].reveal()}
            subprocess.run(["sh", "-euc", script], check=True, env=environment, stdout=subprocess.DEVNULL)
            if word:
                threading.Thread(target=lambda: apply.confirm()).start()


host = Host()
wanted = recommended(host)
passwords = generate_passwords(wanted)
apply = begin(host, wanted, passwords, seconds=int(window))
outcome = apply.outcome()
assert host.acted, "the instant never came"
print(to_line(outcome))
"""
)

COMMIT = "begin commit Make the changes"
WRITE = f"begin commit Write {CONF}"
WRITTEN = f"done commit Write {CONF}"
VERIFY = "begin verify"
WINDOW = "begin confirm"


@dataclass(frozen=True)
class Said:
    """What an apply came to."""

    ending: str
    summary: str
    checks: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("other-hands") as made:
        made.shell(
            f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null; "
            f"redis-cli save >/dev/null; cp -a {CONF} /root/first.conf"
        )
        yield made


@pytest.fixture
def before(host: DebianHost) -> Iterator[HostState]:
    yield picture(host)
    host.shell(
        f"rm -f {CONF}; cp -a /root/first.conf {CONF}; chown redis:redis /etc/redis; chmod 2770 /etc/redis; "
        "sysctl -qw vm.overcommit_memory=0; systemctl reset-failed redis-server; systemctl restart redis-server"
    )


def drive(host: DebianHost, when: str, script: str, *, window: int = 0, word: str = "") -> Said:
    done = host.run("python3", "-I", "-c", DRIVER, when, script, str(window), word)
    outcome = json.loads(done.stdout)
    return Said(outcome["ending"], outcome["summary"], outcome.get("checks", []))


def expect_first_state(host: DebianHost, before: HostState, *but: str) -> None:
    """All is as at first, but for what others did, each by a word of the line that tells it."""
    left = [line for line in before.difference(picture(host)) if not any(word in line for word in but)]
    assert not left
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEYS)
    assert host.shell("systemctl is-active redis-server").strip() == "active"


EDITS = {
    "an editor": f"echo 'hz 17' >>{CONF}",
    "an editor that writes a new file": f"cp -a {CONF} {CONF}.new; echo 'hz 17' >>{CONF}.new; mv {CONF}.new {CONF}",
    "an editor opened before": f"cp -a /root/first.conf {CONF}.new; echo 'hz 17' >>{CONF}.new; mv {CONF}.new {CONF}",
}


@pytest.mark.parametrize(
    ("edit", "when"),
    [
        ("an editor", COMMIT),
        ("an editor", WRITTEN),
        ("an editor", VERIFY),
        ("an editor", WINDOW),
        ("an editor that writes a new file", WRITTEN),
        ("an editor opened before", COMMIT),
        ("an editor opened before", WINDOW),
    ],
)
def test_an_edit_of_the_configuration(host: DebianHost, before: HostState, edit: str, when: str) -> None:
    said = drive(host, when, EDITS[edit], window=1)
    assert said.ending == "rolled-back-in-part", said
    assert CONF in said.summary
    assert host.shell(f"cat {CONF}") == host.shell("cat /root/first.conf; echo 'hz 17'")
    expect_first_state(host, before, CONF, " hz", "17", "10")


def test_an_edit_in_the_window_stays_when_the_change_is_kept(host: DebianHost, before: HostState) -> None:
    said = drive(host, WINDOW, EDITS["an editor"], window=60, word="confirm")
    assert said.ending == "applied", said
    assert host.shell(f"tail -n1 {CONF}") == "hz 17\n"
    assert "tls-port" in host.shell(f"cat {CONF}")
    host.wizard("rollback", "--yes")
    # Asked for, a rollback puts the old text back whole; the edit lies in its own snapshot.
    expect_first_state(host, before)


def test_config_rewrite_by_a_client(host: DebianHost, before: HostState) -> None:
    """All is set live by then and in no file; its directory is closed to the server, so it can write none of it out."""
    script = "redis-cli --user admin config set hz 17; redis-cli --user admin config rewrite >/root/rewrite"
    said = drive(host, WRITE, script)
    assert said.ending == "rolled-back-in-part", said
    assert "hz is '17'" in said.summary
    assert "Permission denied" in host.shell("cat /root/rewrite")
    assert host.shell(f"cat {CONF}") == host.shell("cat /root/first.conf")
    expect_first_state(host, before, "hz", "17", "10")


def test_a_package_that_sets_rights_back(host: DebianHost, before: HostState) -> None:
    """What a maintainer script sets is what was there first, so nothing is left to be said."""
    script = f"chown redis:redis /etc/redis {CONF}; chmod 2770 /etc/redis; chmod 640 {CONF}"
    said = drive(host, VERIFY, script)
    assert said.ending == "rolled-back", said
    assert "not in force" in said.summary
    expect_first_state(host, before)


REPACK = r"""
cd "$(mktemp -d)"
mkdir -p new/DEBIAN
dpkg -L redis-server | while read -r path; do
  if [ -e "$path" ] && [ ! -d "$path" ]; then cp -a --parents "$path" new; fi
done
cp -a /root/first.conf new/etc/redis/redis.conf
for part in preinst postinst prerm postrm conffiles; do
  if [ -e /var/lib/dpkg/info/redis-server.$part ]; then cp /var/lib/dpkg/info/redis-server.$part new/DEBIAN/$part; fi
done
dpkg-query --status redis-server | sed '/^Status:/d; /^Conffiles:/,/^[A-Z]/{/^Conffiles:/d; /^ /d}
s/^Version: .*/&+test1/' >new/DEBIAN/control
dpkg-deb --root-owner-group -b new /root/newer.deb >/dev/null
"""
"""The server's package once more, as its next version."""


@pytest.mark.parametrize("when", [WRITTEN, VERIFY], ids=["written", "verify"])
def test_a_package_upgrade_in_the_middle(host: DebianHost, before: HostState, when: str) -> None:
    """It sets rights, reads unit files anew and restarts the server, all by itself."""
    version = "dpkg-query -W -f '${Version}' redis-server"
    first = host.shell(f"test -e /root/newer.deb || {{ {REPACK} }}; {version}").removesuffix("+test1")
    said = drive(host, when, "DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i /root/newer.deb >/dev/null 2>&1")
    assert host.shell(version) == f"{first}+test1"
    assert said.ending.startswith("rolled-back"), said
    expect_first_state(host, before)


def test_rights_that_somebody_else_wants(host: DebianHost, before: HostState) -> None:
    said = drive(host, VERIFY, "chmod 2775 /etc/redis")
    assert said.ending == "rolled-back-in-part", said
    assert "/etc/redis is 2775" in said.summary
    expect_first_state(host, before, "/etc/redis|d|")
    assert host.shell("stat -c %a /etc/redis").strip() == "2775"


ACL = r"""
import os, struct, sys
mode = int(sys.argv[2], 8) & 0o60 | 0o600
entries = ((1, 6, -1), (2, mode >> 3 & 7, 34), (4, 4, -1), (16, mode >> 3 & 7, -1), (32, 0, -1))
data = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr(sys.argv[1], "system.posix_acl_access", data)
"""
"""As ``setfacl -m u:34:rw`` does it, which is not installed everywhere."""


@pytest.mark.parametrize("mode", ["640", "660"], ids=["within the mode", "beyond the mode"])
def test_an_acl_of_another_admin(host: DebianHost, before: HostState, mode: str) -> None:
    """It is one with the mode, which it may leave as it is; owner and text are as before."""
    look = f"python3 -c \"import os; print(os.getxattr('{CONF}', 'system.posix_acl_access').hex())\""
    host.shell(f"cp -a {CONF} /root/listed.conf; python3 -c '{ACL}' /root/listed.conf {mode}")
    said = drive(host, WINDOW, f"python3 -c '{ACL}' {CONF} {mode}", window=1)
    assert said.ending == "rolled-back-in-part", said
    assert f"{CONF} is 0{mode} redis:redis with the ACL user::rw-,user:34:" in said.summary
    assert host.shell(look) == host.shell(look.replace(CONF, "/root/listed.conf"))
    expect_first_state(host, before, f"{CONF}|f|", f"{CONF} system.posix_acl_access")


@pytest.mark.parametrize("when", [VERIFY, WINDOW], ids=["verify", "window"])
def test_a_kernel_value_of_another_admin(host: DebianHost, before: HostState, when: str) -> None:
    said = drive(host, when, "sysctl -qw vm.overcommit_memory=2", window=1)
    assert said.ending == "rolled-back-in-part", said
    assert "vm.overcommit_memory is 2" in said.summary
    expect_first_state(host, before, "overcommit_memory")
    assert host.shell("cat /proc/sys/vm/overcommit_memory").strip() == "2"


def test_a_unit_that_another_admin_disables_and_a_live_value_that_he_sets(host: DebianHost, before: HostState) -> None:
    script = "systemctl disable -q redis-server; redis-cli -s /run/redis/redis.sock --user admin config set hz 17"
    said = drive(host, WINDOW, script, window=1)
    try:
        assert said.ending == "rolled-back-in-part", said
        assert "redis-server.service is disabled, was enabled: set by another administrator since" in said.summary
        assert "hz is '17' in the running server: set by another administrator since" in said.summary
        expect_first_state(host, before, "redis-server", "redis.service", "UnitFileState", "hz", "17", "10")
        assert host.run("systemctl", "is-enabled", "redis-server", check=False).stdout.strip() == "disabled"
        assert host.shell("redis-cli config get hz").split() == ["hz", "17"]
    finally:
        host.shell("systemctl enable -q redis-server")


def test_an_edit_that_no_server_starts_with_gives_way(host: DebianHost, before: HostState) -> None:
    said = drive(host, WINDOW, f"echo 'no-such-directive 1' >>{CONF}", window=1)
    assert said.ending == "rolled-back-in-part", said
    aside = next(word for word in said.summary.replace(";", " ").split() if "/theirs-" in word).rstrip(".")
    assert host.shell(f"tail -n1 {aside}; stat -c %a {aside}") == "no-such-directive 1\n600\n"
    expect_first_state(host, before)
