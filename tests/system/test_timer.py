"""The regular check on a real host: its sandbox sees what a shell sees, and the journal and node_exporter get it."""

import json
from collections.abc import Iterator

import jsonschema
import pytest

from tests.support.debian import DebianHost, debian_host

UNIT = "redis-wizard-check.service"
COLLECTOR = "/var/lib/prometheus/node-exporter"
TEXTFILE = f"{COLLECTOR}/redis-wizard.prom"
LOGIN = ("--user", "admin", "--password-file", "/root/secrets.toml")


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    """A hardened host with the timer, whose collector's directory is another account's, as Debian's is."""
    with debian_host("timer") as booted:
        booted.wizard("apply", "--yes", "--quiet", "--secrets-to", "/root/secrets.toml")
        booted.shell(f"mkdir -p {COLLECTOR}; chown nobody {COLLECTOR}")
        booted.wizard("timer", "install", *LOGIN)
        yield booted


def entries(host: DebianHost) -> list[dict[str, str]]:
    """Give what our own runs wrote, oldest first."""
    text = host.shell(f"journalctl --sync; journalctl --no-pager -o json _SYSTEMD_UNIT={UNIT} + UNIT={UNIT}")
    return [each for each in map(json.loads, text.splitlines()) if "REDIS_WIZARD_SCORE" in each]


def states(text: str) -> set[str]:
    return {line for line in text.splitlines() if "item_state" in line}


def test_the_timer_runs_and_starts_at_boot(host: DebianHost) -> None:
    assert host.shell("systemctl is-active redis-wizard-check.timer; systemctl is-enabled redis-wizard-check.timer")
    assert "runs every day" in " ".join(host.wizard("timer", "status").stdout.split())
    listed = json.loads(host.wizard("timer", "status", "--json").stdout)
    jsonschema.validate(listed, json.loads(host.wizard("schema", "timers").stdout))
    state, other = listed["timers"]
    assert (state["active"], other["active"]) == (True, False)


def test_the_sandboxed_run_finds_what_a_shell_finds(host: DebianHost) -> None:
    host.shell(f"systemctl start {UNIT}")
    seen = host.wizard("check", "--format", "prometheus", *LOGIN).stdout
    assert states(host.shell(f"cat {TEXTFILE}")) == states(seen)
    assert host.shell(f"stat -c '%U %a' {TEXTFILE}") == "root 644\n"


def test_the_result_is_in_the_journal_as_fields(host: DebianHost) -> None:
    report = json.loads(host.wizard("check", "--format", "json", *LOGIN).stdout)
    host.shell(f"systemctl start {UNIT}")
    entry = entries(host)[-1]
    assert entry["REDIS_WIZARD_INSTANCE"] == "redis-server"
    assert entry["REDIS_WIZARD_SCORE"] == str(report["score"])
    unknown = [each["id"] for each in (*report["items"], *report["extra"]) if each["state"] == "unknown"]
    assert entry["REDIS_WIZARD_UNKNOWN"].split() == unknown
    assert (entry["PRIORITY"], entry["REDIS_WIZARD_DRIFT"]) == ("6", "")
    assert 'check_drift_deviations{server="redis-server"} 0' in host.shell(f"cat {TEXTFILE}")


def test_drift_since_the_apply_is_named(host: DebianHost) -> None:
    host.shell("sed -i 's/^timeout .*/timeout 0/' /etc/redis/redis.conf")
    host.shell(f"systemctl start {UNIT}")
    entry = entries(host)[-1]
    assert entry["REDIS_WIZARD_DRIFT"] == "/etc/redis/redis.conf"
    assert "Changed since apply" in entry["MESSAGE"]
    assert "timeout 0" in entry["MESSAGE"]
    assert entry["PRIORITY"] == "4"
    host.shell("sed -i 's/^timeout .*/timeout 300/' /etc/redis/redis.conf")


def test_a_new_failure_is_named_and_weighs_more(host: DebianHost) -> None:
    host.shell("chmod 0666 /etc/redis/redis.conf; chmod o+x /etc/redis")
    host.shell(f"systemctl start {UNIT}")
    entry = entries(host)[-1]
    assert entry["REDIS_WIZARD_FAILED"]
    assert entry["PRIORITY"] == "4"
    host.shell("chmod 0640 /etc/redis/redis.conf; chmod o-x /etc/redis")


def test_a_file_of_another_account_is_not_replaced(host: DebianHost) -> None:
    host.shell(f"rm {TEXTFILE}; echo mine >{TEXTFILE}; chown nobody {TEXTFILE}; systemctl reset-failed {UNIT}")
    assert host.run("systemctl", "start", UNIT, check=False).returncode != 0
    assert host.shell(f"cat {TEXTFILE}") == "mine\n"
    # So many starts in so few seconds are more than systemd allows a unit.
    host.shell(f"rm {TEXTFILE}; systemctl reset-failed {UNIT}; systemctl start {UNIT}")


def test_no_password_is_in_what_systemd_shows(host: DebianHost) -> None:
    password = host.shell("grep admin /root/secrets.toml").split('"')[-2]
    shown = host.shell(f"systemctl show {UNIT}; systemctl cat {UNIT}; journalctl --no-pager -o export")
    assert password not in shown


def test_uninstall_leaves_nothing_of_it(host: DebianHost) -> None:
    host.wizard("uninstall", "--yes", "--remove-ca")
    assert host.shell("ls -R /etc/systemd/system | grep redis-wizard || :") == ""
    assert host.run("systemctl", "is-active", "redis-wizard-check.timer", check=False).stdout == "inactive\n"


RULES = """
table inet f {
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ip saddr 10.0.0.0/8 tcp dport 6379 accept
  }
}
"""


def test_the_sandboxed_run_reads_the_rules_of_now_and_of_the_next_boot() -> None:
    with debian_host("timer-rules", "--capability", "CAP_NET_ADMIN") as booted:
        booted.shell(f"printf '%s' '{RULES}' >/etc/nftables.conf; nft -f /etc/nftables.conf; systemctl enable nftables")
        booted.shell("sed -i 's/^bind .*/bind 0.0.0.0/' /etc/redis/redis.conf; systemctl restart redis-server")
        booted.shell(f"mkdir -p {COLLECTOR}")
        booted.wizard("timer", "install")
        booted.shell(f"systemctl start {UNIT}")
        found = states(booted.shell(f"cat {TEXTFILE}"))
        assert found == states(booted.wizard("check", "--format", "prometheus").stdout)
        assert [line for line in found if 'item="2"' in line and 'state="pass"' in line and line.endswith(" 1")]
