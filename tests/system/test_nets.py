"""The nets below an open apply on a real host: each one alone brings it to its end, and none reaches beyond it."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.faults.inject import Fault
from tests.faults.kinds import UNSYNCED_SECONDS
from tests.faults.stage import STATE, Stage, stage
from tests.support.host_state import picture
from tests.support.small_answers import SMALL_ANSWERS
from tests.support.waiting import poll

SMALL = "/root/small.toml"
LONG = ("--confirm-within", "600")
FRONT_END = "^/usr/bin/python3 -I /usr/local/bin/redis-wizard apply"
WORKER = "redis-wizard-apply.service"
BOOT_UNIT = "/etc/systemd/system/redis-wizard-recover.service"


@pytest.fixture(scope="module")
def booted() -> Iterator[Stage]:
    with stage("nets") as made:
        made.shell(f"cat >{SMALL} <<'END'\n{SMALL_ANSWERS}END")
        yield made


@pytest.fixture
def host(booted: Stage) -> Iterator[Stage]:
    yield booted
    booted.settle()
    left = where(booted)
    if left not in {"ended", "none"}:
        booted.host.wizard("rollback", "--yes", check=False)
    booted.finish()
    booted.begun.clear()
    booted.shell("rm -f /root/secrets.toml")
    assert left in {"ended", "none"}
    assert not booted.first.difference(picture(booted.host))
    assert not booted.leftovers()
    assert booted.differing_keys(booted.shell("redis-cli dbsize")) == []


def where(host: Stage) -> str:
    return str(host.status().get("stage"))


def begin(host: Stage, *more: str) -> "subprocess.Popen[bytes]":
    """Begin a change without a restart, and without new passwords."""
    return host.begin("--answers", SMALL, *more)


def health(host: Stage) -> str:
    """Say how the service manager finds the host, once it has started."""
    return host.shell("systemctl is-system-running --wait || :; systemctl --failed --no-legend --plain")


def nobody_is_at_work(host: Stage) -> None:
    """Kill the front end, the worker, and what the service manager runs after it."""
    host.shell(
        f"pkill -KILL -f '{FRONT_END}'; "
        f"for i in $(seq 500); do systemctl kill -s KILL {WORKER} 2>/dev/null || exit 0; sleep 0.01; done; exit 1"
    )
    host.finish()


# --- at the next boot --------------------------------------------------------------------------


def test_the_boot_unit_is_there_while_it_is_open_and_comes_before_the_server(host: Stage) -> None:
    before = health(host)
    assert not host.shell(f"ls {BOOT_UNIT} 2>/dev/null || :")
    host.begin(*LONG)
    host.host.wait_for_stage("waiting")
    assert host.shell(f"ls {BOOT_UNIT}")
    host.write_more()
    # `appendfsync everysec` may lose as much.
    time.sleep(UNSYNCED_SECONDS)
    host.power_cut()
    host.finish()
    host.host.wait_for_stage("ended")
    assert "the host was restarted" in host.summary()
    lines = host.shell("journalctl --boot --no-pager --output=cat").splitlines()
    began = ("Finished redis-wizard-recover.", "Starting redis-server.", "Started redis-wizard-recover-data.")
    said = [line.partition(".service")[0].split()[1] for line in lines if line.startswith(began)]
    # The keys come last, and that is no failure of the first one.
    assert said[:3] == ["redis-wizard-recover", "redis-server", "redis-wizard-recover-data"]
    assert health(host) == before


def test_what_could_not_be_put_back_at_boot_is_put_back_when_it_can_be(host: Stage) -> None:
    before = health(host)
    host.begin(*LONG)
    host.host.wait_for_stage("waiting")
    host.shell("echo '/etc/redis /etc/redis none bind,ro 0 0' >>/etc/fstab")
    host.power_cut()
    host.finish()
    poll(lambda: where(host) == "undoing", "nobody tries again")
    host.shell("sed -i '\\|^/etc/redis |d' /etc/fstab; umount /etc/redis; systemctl daemon-reload")
    host.host.wait_for_stage("ended")
    assert "everything is as before" in host.summary()
    assert health(host) == before


# --- timers ------------------------------------------------------------------------------------


def test_a_timer_alone_takes_it_back(host: Stage) -> None:
    begin(host, "--confirm-within", "6")
    host.host.wait_for_stage("waiting")
    nobody_is_at_work(host)
    assert where(host) == "interrupted"
    host.settle()
    assert "the worker did not answer" in host.summary()


def test_the_timer_waits_as_long_as_it_was_extended_and_then_takes_it_back(host: Stage) -> None:
    """The front end is dead and the worker frozen, so the timer that was armed for the first deadline is alone."""
    # The deadline counts from the start of the wait, which no test sees: it is after this moment.
    first = time.monotonic() + 8
    begin(host, "--confirm-within", "8")
    host.host.wait_for_stage("waiting")
    host.shell(f"pkill -KILL -f '{FRONT_END}'; systemctl kill -s STOP {WORKER}")
    said = host.host.wizard("confirm", "--extend", "1").stdout
    assert "waits for a confirmation for 1 min" in said
    watching = f"systemctl is-active --quiet redis-wizard-deadline-{host.status()['id']}.service"
    assert host.wait(watching, seconds=30)
    assert time.monotonic() > first
    assert where(host) == "waiting"
    host.finish()
    host.host.wait_for_stage("ended")
    assert time.monotonic() > first + 60
    assert "the worker did not answer" in host.summary()


def test_a_timer_of_one_that_has_ended_leaves_the_next_one_alone(host: Stage) -> None:
    begin(host, "--confirm-within", "6")
    # By the journal: on a busy machine the product may not say it in time.
    newest = f"journal=$(ls -d {STATE}/applies/* | tail -n 1)/journal.jsonl"
    waits = """grep -qs '"deadline":[0-9]' $journal && ! grep -q '"outcome":{' $journal"""
    assert host.wait(f"{newest}; {waits}")
    host.shell(f"systemctl kill -s STOP {WORKER}")
    first = str(host.status()["id"])
    host.shell("redis-wizard rollback --yes --quiet >/dev/null 2>&1 </dev/null &")
    watching = f"systemctl is-active --quiet redis-wizard-deadline-{first}.service"
    assert host.wait(watching, seconds=60), "the timer did not come"
    host.shell(f"systemctl kill -s CONT {WORKER}")
    host.finish()
    begin(host, *LONG)
    host.host.wait_for_stage("waiting")
    assert host.wait(f"! {watching}", seconds=5), "it is still there"
    assert where(host) == "waiting"
    assert f"{host.status()['id']}\n" == host.shell(f"cat {STATE}/pending")
    host.host.wizard("rollback", "--yes")


# --- the front end -----------------------------------------------------------------------------


def changing(host: Stage) -> int:
    """Say after how many records of the newest journal a change was under way."""
    path = f"{STATE}/applies/{host.status()['id']}/journal.jsonl"
    events = [json.loads(line) for line in host.shell(f"cat {path}").splitlines()]
    return 1 + next(number for number, event in enumerate(events) if event["phase"] == "commit" and event["change"])


def test_a_signal_to_the_front_end_stops_no_change_that_is_being_made(host: Stage) -> None:
    begin(host, *LONG)
    host.host.wait_for_stage("waiting")
    record = changing(host)
    host.host.wizard("rollback", "--yes")
    host.finish()
    for signals in ("HUP", "TERM", "INT INT"):
        host.plant(Fault(record=record, signal="SIGSTOP"))
        front = begin(host, *LONG)
        host.expect_hit()
        for signal in signals.split():
            host.shell(f"pkill -{signal} -f '{FRONT_END}'; sleep 0.3")
        assert front.wait(timeout=120) == 6, signals
        assert where(host) == "working"
        host.go_on()
        host.host.wait_for_stage("waiting")
        host.shell("rm /run/fault-hit")
        host.host.wizard("rollback", "--yes")
    assert host.notes == []
