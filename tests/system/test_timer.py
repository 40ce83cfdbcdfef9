"""The regular check on a real host: its sandbox sees what a shell sees, and the journal and node_exporter get it."""

import json
from collections.abc import Iterator

import jsonschema
import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.repository import SOURCE, repository
from tests.support.waiting import poll

UNIT = "redis-wizard-check.service"
COLLECTOR = "/var/lib/prometheus/node-exporter"
TEXTFILE = f"{COLLECTOR}/redis-wizard.prom"
CONSUMERS = ("promtool", "prometheus-node-exporter")
SECOND = "redis-server@second"
LOGIN = ("--user", "admin", "--password-file", "/root/secrets.toml")


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    """A hardened host with the timer, whose collector's directory is another account's, as Debian's is."""
    offered = repository(*CONSUMERS, without="redis-server")
    with debian_host("timer", "--bind-ro", f"{offered}:/repository") as booted:
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


def test_each_server_has_an_entry_of_its_own_and_its_own_drift(host: DebianHost) -> None:
    config = "/etc/redis/redis-second.conf"
    host.shell(f"printf 'port 6390\\ndir /var/lib/redis\\nsupervised systemd\\ntimeout 0\\n' >{config}")
    host.shell(f"chown redis:redis {config}; systemctl start {SECOND}")
    host.wizard("apply", "--yes", "--quiet", "--instance", SECOND, "--secrets-to", "/root/second.toml")
    host.shell(f"sed -i 's/^timeout .*/timeout 1/' {config}")
    # A login goes to one server, which is to be named; without one, every server is judged.
    refused = host.wizard("timer", "install", *LOGIN, check=False)
    assert "choose one with --instance" in refused.stderr
    host.wizard("timer", "install")
    host.shell(f"systemctl reset-failed {UNIT} || :; systemctl start {UNIT}")
    newest = {each["REDIS_WIZARD_INSTANCE"]: each for each in entries(host)}
    assert set(newest) == {"redis-server", SECOND}
    assert {name: each["REDIS_WIZARD_DRIFT"] for name, each in newest.items()} == {"redis-server": "", SECOND: config}
    text = host.shell(f"cat {TEXTFILE}")
    for name, deviations in (("redis-server", 0), (SECOND, 1)):
        assert f'check_drift_deviations{{server="{name}"}} {deviations}' in text
        assert f'check_score_ratio{{server="{name}"}}' in text
    _logs_in_to_each_server(host)
    host.wizard("timer", "install", "--instance", "redis-server", *LOGIN)
    host.shell(f"systemctl stop {SECOND}; systemctl start {UNIT}")


def _logs_in_to_each_server(host: DebianHost) -> None:
    files = {"redis-server": "/root/secrets.toml", SECOND: "/root/second.toml"}
    logins = [word for name, file in files.items() for word in ("--login", name, "admin", file)]
    host.wizard("timer", "install", *logins)
    host.shell(f"systemctl reset-failed {UNIT} || :; systemctl start {UNIT}")
    newest = {each["REDIS_WIZARD_INSTANCE"]: each for each in entries(host)}
    for name, file in files.items():
        login = ("--instance", name, "--user", "admin", "--password-file", file)
        report = json.loads(host.wizard("check", "--format", "json", *login).stdout)
        assert newest[name]["REDIS_WIZARD_SCORE"] == str(report["score"])
        unknown = {each["id"] for each in (*report["items"], *report["extra"]) if each["state"] == "unknown"}
        assert set(newest[name]["REDIS_WIZARD_UNKNOWN"].split()) == unknown
    # One password that is wrong by now fails the unit; every server is judged all the same.
    host.shell("cp /root/second.toml /root/right.toml; sed -i '/admin/s/= .*/= \"wrong\"/' /root/second.toml")
    assert host.run("systemctl", "start", UNIT, check=False).returncode != 0
    last = entries(host)[-2:]
    assert {each["REDIS_WIZARD_INSTANCE"] for each in last} == set(files)
    host.shell(f"mv /root/right.toml /root/second.toml; systemctl reset-failed {UNIT}")
    host.wizard("timer", "install", "renew", *logins)
    host.shell("systemctl start redis-wizard-renew.service")
    host.wizard("timer", "remove", "renew")


def test_promtool_and_node_exporter_take_the_textfile(host: DebianHost) -> None:
    host.shell(f"echo '{SOURCE.strip()}' >/etc/apt/sources.list; apt-get -qq update")
    host.shell(f"DEBIAN_FRONTEND=noninteractive apt-get -qq -y install {' '.join(CONSUMERS)} >/dev/null 2>&1")
    assert host.shell(f"promtool check metrics <{TEXTFILE} 2>&1") == ""
    poll(lambda: "redis_wizard_check_score_ratio" in metrics(host))
    assert "node_textfile_scrape_error 0" in metrics(host)


def metrics(host: DebianHost) -> str:
    """Ask the exporter as Prometheus does; the host has Python and no other client of HTTP."""
    code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
    return host.run("python3", "-c", code, check=False).stdout


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
