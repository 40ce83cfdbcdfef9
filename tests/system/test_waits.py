"""Nothing waits for ever or stays half changed on a real host: each fault ends in its time, with a sentence."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from zlib import crc32

import pytest

from tests.faults.inject import Fault
from tests.faults.kinds import HALF_CHANGED_SECONDS
from tests.faults.stage import SECRETS, STATE, Stage, stage
from tests.support.debian import TESTHOST
from tests.support.waiting import poll

WORKER = "redis-wizard-apply.service"
UNIT = "redis-server.service"
GIVE_UP_SECONDS = 150.0
"""A recovery that fails at once is followed for a minute after that; the rest is what a busy machine takes."""
LONG = ("--confirm-within", "600")


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(f"waits-{crc32(request.node.name.encode()) % 10000}") as made:
        yield made


def newest(host: Stage) -> str:
    return str(host.status()["id"])


def ended(host: Stage, seconds: float) -> float:
    """Wait for the end of what is open; give how long it took."""
    begun = time.monotonic()
    host.outcome(seconds=seconds)
    return time.monotonic() - begun


def rollback(host: Stage) -> "subprocess.CompletedProcess[str]":
    return host.host.wizard("rollback", "--yes", "--quiet", check=False, seconds=GIVE_UP_SECONDS)


# --- all of ours is killed -----------------------------------------------------------------------

CGROUP = f"echo 1 >/sys/fs/cgroup/$(systemctl show -P ControlGroup {WORKER})/cgroup.kill"
KILLS = {"systemctl": f"systemctl kill -s KILL {WORKER}", "cgroup": CGROUP}


@pytest.mark.parametrize("how", sorted(KILLS))
@pytest.mark.parametrize("where", ["commit", "window"])
def test_a_unit_that_is_killed_as_a_whole_leaves_nothing_half_changed(host: Stage, how: str, where: str) -> None:
    if where == "window":
        host.begin(*LONG)
        host.wait_for_window()
    else:
        host.held(80, *LONG)
    host.signal_front_end("KILL")
    host.shell(KILLS[how])
    assert ended(host, HALF_CHANGED_SECONDS) < HALF_CHANGED_SECONDS
    assert "the worker was killed" in host.summary()
    host.expect_first()


def test_a_look_of_the_guard_that_is_killed_is_followed_by_the_next(host: Stage) -> None:
    host.held(80, *LONG)
    host.signal_front_end("KILL")
    guard = f"redis-wizard-guard-{newest(host)}.service"
    host.shell(
        f"{KILLS['systemctl']}; systemctl start --no-block {guard}; sleep 0.2; systemctl kill -s KILL {guard} || :"
    )
    ended(host, HALF_CHANGED_SECONDS)
    host.expect_first()


def test_the_guard_leaves_a_worker_alone_that_waits(host: Stage) -> None:
    host.plant(Fault(settings={"GUARD_SECONDS": 2.0}))
    host.begin(*LONG)
    host.wait_for_window()
    guard = f"redis-wizard-guard-{newest(host)}"
    last = f"systemctl show -P LastTriggerUSecMonotonic {guard}.timer"
    for _ in range(3):
        before = host.shell(last)
        poll(lambda: host.shell(last) != before, "the guard does not look")  # noqa: B023 - it has ended by then
    assert host.wait(f"! systemctl is-active --quiet {guard}.service")
    assert host.status()["stage"] == "waiting"
    host.host.wizard("confirm")
    host.finish()
    assert host.status()["outcome"]["ending"] == "applied"  # type: ignore[index]
    # What it found to do leaves lines in the system log; what it did not, leaves none.
    assert not host.shell("journalctl --no-pager --quiet -u 'redis-wizard-guard-*.service' 2>/dev/null || :")


# --- a worker that does not start ------------------------------------------------------------------


def test_on_a_noexec_state_directory_it_is_applied_rolled_back_and_killed_all_the_same(host: Stage) -> None:
    host.shell(f"mkdir -p -m 700 {STATE}; mount -t tmpfs -o noexec,mode=700 tmpfs {STATE}")
    host.take_first_again()
    host.held(80, *LONG)
    host.signal_front_end("KILL")
    host.shell(KILLS["systemctl"])
    ended(host, HALF_CHANGED_SECONDS)
    assert "everything is as before" in host.summary()
    assert host.shell("ls /usr/lib/redis-wizard")


def test_where_no_place_runs_it_the_apply_is_refused_before_its_first_change(host: Stage) -> None:
    host.shell(
        f"mkdir -p -m 700 {STATE} /usr/lib/redis-wizard /usr/local/lib/redis-wizard; "
        f"for d in {STATE} /usr/lib/redis-wizard /usr/local/lib/redis-wizard; do "
        "mount -t tmpfs -o noexec,mode=700 tmpfs $d; done"
    )
    done = host.apply()
    assert done.returncode == 1
    assert f"{STATE} is mounted noexec; remount it (mount -o remount,exec {STATE})" in done.stderr
    assert not host.shell(f"ls {SECRETS} 2>/dev/null || :")


@pytest.mark.parametrize("damage", ["truncate -s 1000 $K/redis-wizard.pyz", "rm $K/msgspec/*.so"])
def test_a_damaged_kit_is_made_again(host: Stage, damage: str) -> None:
    host.apply()
    host.shell(f"K=$(ls -d {STATE}/recovery/*/); {damage}")
    host.write_more()
    host.rollback()
    host.expect_first()


def test_a_worker_that_cannot_start_is_told_within_ten_seconds(host: Stage) -> None:
    """What no look at its files shows: the interpreter of the service manager's own units does not run it."""
    host.shell(
        "mkdir -p /etc/systemd/system/redis-wizard-apply.service.d; printf '[Service]\\nNoExecPaths=/var/lib\\n' "
        ">/etc/systemd/system/redis-wizard-apply.service.d/fault.conf; systemctl daemon-reload"
    )
    begun = time.monotonic()
    done = host.apply()
    assert done.returncode == 1
    assert "the worker was started twice and reported nothing" in done.stderr
    assert "failed to map" in done.stderr
    assert time.monotonic() - begun < 30
    assert host.status()["stage"] == "ended"
    assert not host.shell(f"ls {SECRETS} /run/redis-wizard/private 2>/dev/null || :")


# --- a recovery that cannot be done now ------------------------------------------------------------


def told_and_done(host: Stage, done: "subprocess.CompletedProcess[str]", why: str, fix: Callable[[], object]) -> None:
    """Expect one sentence and 1 from who followed; then what is open is explained, and `recover` finishes it."""
    assert done.returncode == 1
    assert why in done.stderr
    assert "redis-wizard recover" in done.stderr
    said = host.host.wizard("status").stdout
    assert "tried " in said
    assert "redis-wizard recover" in said
    fix()
    host.host.wizard("recover", seconds=GIVE_UP_SECONDS)
    host.expect_first()


def test_an_immutable_file_ends_a_quiet_rollback(host: Stage) -> None:
    host.apply()
    host.write_more()
    host.shell("chattr +i /etc/redis/redis.conf")
    try:
        done = rollback(host)
    finally:
        fix = lambda: host.shell("chattr -i /etc/redis/redis.conf")  # noqa: E731 - also where the rollback hangs
    told_and_done(host, done, "has the immutable attribute", fix)
    said = host.shell("journalctl --no-pager -o cat -u 'redis-wizard-guard-*.service'")
    assert 2 < said.count("is tried again") < 12


def test_a_masked_unit_ends_who_waits(host: Stage) -> None:
    front = host.begin("--confirm-within", "20")
    host.wait_for_window()
    host.shell(f"systemctl stop {UNIT}; systemctl mask --runtime --quiet {UNIT}")
    assert front.wait(timeout=GIVE_UP_SECONDS) == 1
    deadline = time.monotonic() + GIVE_UP_SECONDS
    # While a try is under way, its own line is the newest.
    while "is masked" not in " ".join((said := host.host.wizard("status").stdout).split()):
        assert time.monotonic() < deadline, said
        time.sleep(1)
    assert "tried " in said
    host.shell(f"systemctl unmask --runtime --quiet {UNIT}")
    host.host.wizard("recover", check=False, seconds=GIVE_UP_SECONDS)
    host.expect_first()


def test_a_package_that_is_removed_in_the_window_ends_who_waits(host: Stage) -> None:
    front = host.begin("--confirm-within", "20")
    host.wait_for_window()
    host.shell("dpkg --remove --force-depends redis-server >/dev/null 2>&1")
    assert front.wait(timeout=GIVE_UP_SECONDS) == 1
    assert "redis-server.service no longer exists on this host" in host.summary()
    assert host.leftovers() == []


def test_a_unit_that_was_renamed_ends_a_rollback_with_its_new_name(host: Stage) -> None:
    host.apply()
    host.write_more()
    host.shell(
        "F=$(systemctl show -P FragmentPath redis-server); grep -v ^Alias $F >/etc/systemd/system/redis-main.service; "
        "systemctl disable --quiet --now redis-server 2>/dev/null; mv $F /root; systemctl daemon-reload; "
        "systemctl start redis-main"
    )
    done = rollback(host)
    assert done.returncode == 1
    assert "redis-server.service no longer exists on this host" in done.stderr
    assert "restart redis-main.service" in done.stderr
    host.shell("systemctl restart redis-main")
    # The server starts with its old users, and with the data that was the newest.
    said = subprocess.run(
        [TESTHOST, "exec", host.host.name, "--", "redis-cli", "dbsize"], capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == host.keys
