"""What an outcome says on real hosts: what is still open, and what stands in the way."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host, why_not

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not())]

SECRETS = "/root/secrets.toml"
APPLY = ("apply", "--yes", "--secrets-to", SECRETS, "--confirm-within", "0")
FIREWALL = """table inet t {
 chain i {
  type filter hook input priority 0; policy drop;
  ct state established accept
  iif lo tcp dport 6379 accept
 }
}
"""


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("outcomes") as made:
        yield made


def said(text: str) -> str:
    return " ".join(text.split())


def test_what_a_client_keeps_open_is_said_first_and_closed_by_the_next_apply(host: DebianHost) -> None:
    host.run("systemd-run", "--quiet", "sh", "-c", "sleep 600 | redis-cli -p 6379")
    host.shell("until redis-cli client list | grep -q 'cmd=NULL\\|cmd=command'; do sleep 0.2; done", seconds=20)
    assert said(host.wizard("plan").stdout).startswith("Still open: 127.0.0.1:6379, [::1]:6379")
    outcome = said(host.wizard(*APPLY).stdout)
    assert outcome.startswith("Still open: 127.0.0.1:6379, [::1]:6379")
    assert "Used by 127.0.0.1 (1 connection" in outcome
    assert "everything else is verified from outside" in outcome
    assert host.shell("redis-cli ping").strip() == "PONG"
    assert "open Still open: 127.0.0.1:6379" in said(host.wizard("status").stdout)
    host.shell("pkill -x redis-cli; pkill -x sleep || :")
    login = ("--user", "admin", "--password-file", SECRETS)
    again = ("apply", "--yes", "--secrets-to", "/root/more.toml", "--confirm-within", "0", *login)
    assert said(host.wizard(*again).stdout).startswith("Applied ")
    assert "PONG" not in host.shell("redis-cli ping || :")


def test_a_wrong_password_plans_nothing(host: DebianHost) -> None:
    host.shell(
        "printf 'requirepass right\\n' >>/etc/redis/redis.conf; systemctl restart redis-server; echo no >/root/p"
    )
    for command in ("check", "plan", "detect"):
        ran = host.wizard(command, "--user", "default", "--password-file", "/root/p", check=False)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert 'user "default" cannot log in to redis-server' in ran.stderr


def test_a_host_without_ipv4_is_hardened(host: DebianHost) -> None:
    host.shell("sed -i 's/^bind .*/bind ::1/' /etc/redis/redis.conf; systemctl restart redis-server")
    host.shell("for i in $(ls /sys/class/net); do ip -4 addr flush dev $i 2>/dev/null || :; done")
    assert "verified from outside" in said(host.wizard(*APPLY).stdout)
    told = said(host.wizard("rollback", "--yes").stdout)
    assert told.partition(" The passwords")[0].endswith("the host is as it was")


def test_a_firewall_on_loopback_is_named_or_worked_around(host: DebianHost) -> None:
    host.shell(f"printf '%s' '{FIREWALL}' >/root/f.nft; nft -f /root/f.nft")
    refused = host.wizard(*APPLY, check=False)
    assert refused.returncode == 1
    assert "a firewall on this host drops connections to 127.0.0.1 port 6380" in refused.stderr
    host.shell("nft add rule inet t i iif lo tcp dport 6380 accept")
    assert "verified from outside" in said(host.wizard(*APPLY).stdout)
