"""The faults: each takes a fresh stage and a source of chance, lets an apply meet it, and lets it end."""

import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults.administrators import concurrent_administrator
from tests.faults.certificates import certificate_rolled_back
from tests.faults.inject import RECORDS, Fault
from tests.faults.stage import SECRETS, STATE, Stage
from tests.support import hostile
from tests.support.debian import TESTHOST

CHANGES = 12
"""The first line after which something of the host is changed."""
WINDOW = ("--confirm-within", "60")
SHORT = ("--confirm-within", "4")
_HARDENED = "grep -q ^tls-port /etc/redis/redis.conf"
"""A shell condition: the new configuration is written."""
UNSYNCED_SECONDS = 2.0
"""`appendfsync everysec` may lose as much."""

HALF_CHANGED_SECONDS = 60.0
"""At most so long, whatever was killed."""

ANY = frozenset({"not begun", "refused", "first", "planned"})
BACK = frozenset({"first"})
KEPT = frozenset({"planned"})
UNTOUCHED = frozenset({"not begun", "planned"})
"""Whoever goes has no say in how it ends."""

Act = Callable[[Stage, random.Random], None]


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    name: str
    act: Act
    ends: frozenset[str] = ANY
    """How it may end."""
    options: tuple[str, ...] = ()
    """Of the host."""
    emulated: bool = False
    """On a host with a kernel and a disk of its own."""


def _any(chance: random.Random) -> int:
    return chance.randint(1, RECORDS)


def _changing(chance: random.Random) -> int:
    return chance.randint(CHANGES, RECORDS)


# --- processes that die ---------------------------------------------------------------------------


def worker_killed(stage: Stage, chance: random.Random, record: int = 0) -> None:
    """SIGKILL of the worker after one record."""
    stage.plant(Fault(record=record or _any(chance)))
    stage.apply()
    stage.expect_hit()


def worker_and_recovery_killed(stage: Stage, chance: random.Random) -> None:
    """The worker dies, and so does the recovery that comes after it; whoever follows sees to the end."""
    stage.held(_changing(chance))
    _kill_both(stage, chance)


def recovery_killed(stage: Stage, chance: random.Random) -> None:
    """Worker, recovery and front end die; no person comes, and the timer of the deadline is left."""
    stage.begin("--confirm-within", "8")
    stage.wait_for_window()
    stage.signal_front_end("KILL")
    _kill_both(stage, chance)


def _kill_both(stage: Stage, chance: random.Random) -> None:
    stage.shell("rm -f /run/fault-hit")
    stage.plant(Fault(role="recover", record=chance.randint(1, 10)))
    stage.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply.service")
    stage.expect_hit()


def whole_unit_killed(stage: Stage, chance: random.Random, *, window: bool = False) -> None:
    """Every process of the worker's unit is killed, with the front end: nothing is left but the guard."""
    if window:
        stage.begin("--confirm-within", "600")
        stage.wait_for_window()
    else:
        stage.held(_changing(chance))
    stage.signal_front_end("KILL")
    how = chance.choice(
        (
            "systemctl kill -s KILL redis-wizard-apply.service",
            "echo 1 >/sys/fs/cgroup/$(systemctl show -P ControlGroup redis-wizard-apply.service)/cgroup.kill",
        )
    )
    stage.shell(how)
    restored = f"grep -q '\"outcome\":{{' {STATE}/applies/*/journal.jsonl"
    if not stage.wait(restored, seconds=HALF_CHANGED_SECONDS):
        stage.notes.append(f"half changed for more than {HALF_CHANGED_SECONDS:.0f} seconds")


def worker_stopped(stage: Stage, chance: random.Random) -> None:
    """SIGTERM by the service manager at a random moment."""
    stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    stage.shell("systemctl stop redis-wizard-apply.service || :")


def worker_frozen(stage: Stage, chance: random.Random) -> None:
    """The worker freezes; the timer ends it."""
    stage.plant(Fault(record=_changing(chance), signal="SIGSTOP", settings={"GUARD_SECONDS": 4.0, "WORK_SECONDS": 4.0}))
    stage.begin()
    stage.expect_hit()


def worker_frozen_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The worker freezes while it waits; the timer of the deadline ends it."""
    del chance
    stage.begin(*SHORT)
    stage.wait_for_window()
    stage.shell("systemctl kill -s STOP redis-wizard-apply.service")


def two_at_once(stage: Stage, chance: random.Random) -> None:
    """Two applies begin at the same moment: one does it, the other ends with 5, or has nothing left to do."""
    other = stage.begin()
    time.sleep(chance.uniform(0, 1.5))
    said = stage.host.run(
        *("redis-wizard", "apply", "--yes", "--quiet", "--secrets-to", "/root/other.toml"), check=False, seconds=300
    )
    done = other.wait(timeout=300)
    if sorted((done, said.returncode)) not in ([0, 5], [0, 1]):
        stage.notes.append(f"two at once ended {done} and {said.returncode}: {said.stderr[-300:]}")
    if done != 0:
        stage.shell(f"mv /root/other.toml {SECRETS}")


# --- terminals and logins that go ----------------------------------------------------------------------


def ssh_client_killed(stage: Stage, chance: random.Random) -> None:
    """The operator's machine dies."""
    apply = stage.begin(ssh=True)
    time.sleep(chance.uniform(0.3, 4))
    apply.kill()


def ssh_session_killed(stage: Stage, chance: random.Random) -> None:
    """The session's process on the host is killed."""
    stage.begin(ssh=True)
    time.sleep(chance.uniform(0.3, 4))
    stage.shell("pkill -KILL sshd-session || :")


def network_lost(stage: Stage, chance: random.Random) -> None:
    """No packet comes through any more, in either direction, until long after."""
    stage.begin(ssh=True)
    time.sleep(chance.uniform(0.3, 4))
    stage.network("down")
    stage.settle()
    stage.network("up")


def front_end_signalled(stage: Stage, chance: random.Random) -> None:
    """SIGHUP, SIGTERM, SIGINT or SIGKILL to the front end."""
    stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    stage.signal_front_end(chance.choice(("HUP", "TERM", "INT", "KILL")))


def connection_lost_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The login is gone while it waits; no word comes."""
    del chance
    apply = stage.begin(*SHORT, ssh=True)
    stage.wait_for_window()
    apply.kill()


def confirmed_from_another_login(stage: Stage, chance: random.Random) -> None:
    """The first login is gone; another one keeps the change."""
    del chance
    apply = stage.begin(*WINDOW, ssh=True)
    stage.wait_for_window()
    apply.kill()
    subprocess.run([TESTHOST, "ssh", stage.host.name, "redis-wizard", "confirm"], check=False, timeout=60)


# --- the host goes ----------------------------------------------------------------------------------------


def power_cut(stage: Stage, chance: random.Random) -> None:
    """Power cut after one record, and boot."""
    stage.held(_any(chance))
    stage.power_cut()


def power_cut_in_the_window(stage: Stage, chance: random.Random) -> None:
    """Power cut while it waits for a word, with keys written since."""
    stage.begin(*WINDOW)
    stage.wait_for_window()
    time.sleep(UNSYNCED_SECONDS + chance.random())
    stage.power_cut()


def power_cut_once_applied(stage: Stage, chance: random.Random) -> None:
    """Power cut as soon as the tool has said that it is applied."""
    del chance
    stage.apply()
    stage.power_cut()


def power_cut_once_rolled_back(stage: Stage, chance: random.Random) -> None:
    """Power cut as soon as the tool has said that it is rolled back."""
    del chance
    stage.apply()
    stage.rollback()
    stage.power_cut()


def reboot(stage: Stage, chance: random.Random) -> None:
    """Orderly reboot after one record."""
    stage.held(_any(chance), ssh=True)
    stage.reboot()


def reboot_in_the_window(stage: Stage, chance: random.Random) -> None:
    """Orderly reboot while it waits for a word."""
    del chance
    stage.begin(*WINDOW, ssh=True)
    stage.wait_for_window()
    stage.reboot()


def product_removed_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The product and its libraries are uninstalled, and the worker dies."""
    del chance
    stage.begin(*WINDOW)
    stage.wait_for_window()
    stage.signal_front_end("KILL")
    stage.shell("mount -t tmpfs none /opt/packages; mount -t tmpfs none /opt/redis-wizard")
    stage.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply.service")
    stage.wait(f'grep -q \'"kind":"rolled-back"\' {STATE}/applies/*/journal.jsonl')
    stage.shell("umount /opt/packages /opt/redis-wizard")


# --- disks ------------------------------------------------------------------------------------------------

_FULL = """
mkdir -p /var/fill
fallocate -l 1G /var/fill/big 2>/dev/null || cat /dev/zero >/var/fill/big 2>/dev/null || :
python3 - <<'PY'
import os
number = 0
while True:
    try:
        descriptor = os.open(f"/var/fill/{number}", os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, bytes(1024)); os.fsync(descriptor); os.close(descriptor)
    except OSError:
        break
    number += 1
PY
"""


def disk_full(stage: Stage, chance: random.Random) -> None:
    """The whole disk fills up after one record."""
    stage.held(_changing(chance))
    stage.shell(_FULL)
    stage.go_on()
    stage.finish()
    stage.shell("rm -r /var/fill")


def directory_full(stage: Stage, chance: random.Random, *, path: str, size: str) -> None:
    """One directory lies on a file system of its own, with no room left from one record on."""
    stage.shell(
        f"mkdir -p -m 700 {path}; cp -a {path} /root/copy; systemctl stop redis-server; "
        f"mount -t tmpfs -o size={size} tmpfs {path}; cp -a /root/copy/. {path}/; systemctl start redis-server"
    )
    stage.take_first_again()
    stage.held(_changing(chance))
    stage.shell(f"cat /dev/zero >{path}/fill 2>/dev/null || :")
    stage.go_on()
    stage.finish()
    stage.shell(f"rm {path}/fill")


def remounted_read_only(stage: Stage, chance: random.Random) -> None:
    """/etc/redis becomes read-only after one record, and writable again some seconds later."""
    stage.held(_changing(chance))
    stage.shell("mount --bind /etc/redis /etc/redis; mount -o remount,ro,bind /etc/redis")
    stage.go_on()
    time.sleep(chance.uniform(2, 6))
    stage.shell("umount -l /etc/redis")


def slow_disk(stage: Stage, chance: random.Random) -> None:
    """Every write takes long, and the worker is killed in the middle."""
    record = chance.choice((0, _any(chance)))
    stage.plant(Fault(slow=0.1, record=record))
    stage.apply()
    if record:
        stage.expect_hit()


# --- the server ---------------------------------------------------------------------------------------------


def server_killed(stage: Stage, chance: random.Random) -> None:
    """The server crashes after one record, and its unit starts it again."""
    stage.held(_changing(chance))
    stage.shell("systemctl kill -s KILL redis-server; sleep 0.3")
    stage.go_on()


def server_frozen(stage: Stage, chance: random.Random) -> None:
    """The server freezes for a while."""
    stage.held(_changing(chance))
    stage.shell("systemctl kill -s STOP redis-server")
    stage.go_on()
    time.sleep(chance.uniform(3, 8))
    stage.shell("systemctl kill -s CONT redis-server || :")


def server_refuses_to_start(stage: Stage, chance: random.Random) -> None:
    """What no rehearsal can see: the unit's start refuses the new configuration."""
    del chance
    _drop_in(stage, f"ExecStartPre=+/bin/sh -c '! {_HARDENED}'")
    stage.take_first_again()
    stage.apply()


def server_starts_slowly(stage: Stage, chance: random.Random) -> None:
    """The server needs longer for its start than the guard waits between three looks, as with much data."""
    del chance
    slow = f"ExecStartPre=+/bin/sh -c 'if {_HARDENED}; then sleep 100; fi'"
    _drop_in(stage, f"TimeoutStartSec=300\n{slow}")
    stage.take_first_again()
    stage.apply()


_UNTIL_IT_FAILED = (
    f"for i in $(seq 400); do grep -qs kind.:.failed {STATE}/applies/*/journal.jsonl && break; sleep 0.05; done"
)
"""Not longer: whoever changes a unit while it is put back is another hand, and keeps what he set."""


def unit_masked(stage: Stage, chance: random.Random) -> None:
    """Somebody forbids the unit to start just before the restart, for a while."""
    del chance
    stage.shell(
        "systemd-run --quiet --collect --unit=masker sh -c 'while ! "
        f"{_HARDENED}; do sleep 0.01; done; systemctl mask --runtime --quiet "
        f"redis-server; {_UNTIL_IT_FAILED}; systemctl unmask --runtime --quiet redis-server'"
    )
    stage.apply()
    stage.expect("! systemctl is-active -q masker")


def server_dies_after_start(stage: Stage, chance: random.Random) -> None:
    """The server starts with the new configuration, and dies three seconds later, again and again."""
    del chance
    stage.shell(
        "systemd-run --quiet --collect --unit=killer sh -c "
        f"'before=$(systemctl show -P MainPID redis-server); while ! {_HARDENED}; do sleep 0.05; done; "
        "while now=$(systemctl show -P MainPID redis-server); [ $now = $before -o $now = 0 ]; do sleep 0.02; done; "
        f"sleep 3; while {_HARDENED}; do systemctl kill -s KILL redis-server; sleep 3; done'"
    )
    stage.apply()
    stage.expect("! systemctl is-active -q killer")


def sandbox_forbids(stage: Stage, chance: random.Random) -> None:
    """The unit's sandbox hides the place of the new certificates."""
    what = chance.choice(("InaccessiblePaths=-/etc/redis/certs", "TemporaryFileSystem=/etc/redis/certs"))
    stage.shell("mkdir -p /etc/redis/certs; chown redis:redis /etc/redis/certs")
    _drop_in(stage, what)
    stage.take_first_again()
    stage.apply()


def _drop_in(stage: Stage, line: str) -> None:
    stage.host.run(
        "sh",
        "-euc",
        'mkdir -p "$1"; printf "[Service]\\n%s\\n" "$2" >"$1/fault.conf"; '
        "systemctl daemon-reload; systemctl restart redis-server",
        "-",
        "/etc/systemd/system/redis-server.service.d",
        line,
    )


# --- clocks, and what else turns a host --------------------------------------------------------------------


def clock_jumps(stage: Stage, chance: random.Random) -> None:
    """The wall clock jumps by a day for the worker; silence still ends the wait in time."""
    stage.plant(Fault(clock=chance.choice((86400.0, -86400.0)), after=chance.uniform(0, 5)))
    stage.apply(*SHORT)


def clock_set(stage: Stage, chance: random.Random) -> None:
    """The wall clock of the whole host is set by a day; silence still ends the wait in time."""
    stage.begin(*SHORT)
    stage.wait_for_window()
    stage.shell(f"date -s '{chance.choice(('+', '-'))}1 day' >/dev/null")


def service_manager_reexecuted(stage: Stage, chance: random.Random) -> None:
    """systemd is replaced by itself in the middle, or reads all its files anew."""
    stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    stage.shell(f"systemctl {chance.choice(('daemon-reexec', 'daemon-reload'))}")


def bus_down(stage: Stage, chance: random.Random) -> None:
    """The message bus is stopped, and the worker killed."""
    stage.shell("systemctl stop dbus.socket dbus.service || :")
    stage.plant(Fault(record=_changing(chance)))
    stage.apply()
    stage.expect_hit()
    stage.shell("systemctl start dbus.socket dbus.service")


def hostile_listener(stage: Stage, chance: random.Random) -> None:
    """A local user takes the old port whenever the server leaves it, and answers like a server."""
    how, heard = chance.choice(("hit", "hold", "silent")), "/var/tmp/heard"  # noqa: S108 - on a throw-away host
    stage.host.copy_to(Path(hostile.__file__), "/run/hostile.py")
    stage.shell(
        "chmod 644 /run/hostile.py; systemd-run --quiet --collect --unit=listener --uid=nobody "
        f"python3 -I /run/hostile.py {heard} {how} 127.0.0.1,6379 ::1,6379; sleep 1"
    )
    stage.apply()
    stage.shell("systemctl stop listener")
    said = stage.shell(f"cat {heard}; rm -f {heard} {heard}.pid /run/hostile.py")
    if "got " not in said or "AUTH" in said.upper():
        stage.notes.append(f"a foreign listener heard {said[-300:]!r}")


def rollback_killed(stage: Stage, chance: random.Random) -> None:
    """An applied change is rolled back, and that is cut off."""
    stage.apply()
    stage.write_more()
    stage.plant(Fault(record=chance.randint(1, 30)))
    stage.rollback()
    stage.expect_hit()


KINDS = (
    Kind("worker killed", worker_killed),
    Kind("worker and recovery killed", worker_and_recovery_killed),
    Kind("recovery killed", recovery_killed, BACK),
    Kind("whole unit killed, front end gone", whole_unit_killed, BACK),
    Kind("whole unit killed in the window, front end gone", partial(whole_unit_killed, window=True), BACK),
    Kind("worker stopped by systemd", worker_stopped),
    Kind("worker frozen", worker_frozen),
    Kind("worker frozen in the window", worker_frozen_in_the_window, BACK),
    Kind("two applies at once", two_at_once, KEPT),
    Kind("ssh client killed", ssh_client_killed, UNTOUCHED),
    Kind("ssh session killed", ssh_session_killed, UNTOUCHED),
    # A link that goes while the worker looks at the host is a change of the host.
    Kind("network lost", network_lost, UNTOUCHED | {"refused"}),
    Kind("front end signalled", front_end_signalled, UNTOUCHED),
    Kind("connection lost in the window", connection_lost_in_the_window, BACK),
    Kind("confirmed from another login", confirmed_from_another_login, KEPT),
    Kind("power cut", power_cut),
    Kind("power cut in the window", power_cut_in_the_window, BACK),
    Kind("reboot", reboot),
    Kind("reboot in the window", reboot_in_the_window, BACK),
    Kind("product removed in the window", product_removed_in_the_window, BACK),
    Kind("disk full", disk_full, options=("--disk", "64M")),
    Kind("configuration directory full", partial(directory_full, path="/etc/redis", size="3m")),
    Kind("state directory full", partial(directory_full, path=STATE, size="8m")),
    Kind("data directory full", partial(directory_full, path="/var/lib/redis", size="6m")),
    Kind("remounted read-only", remounted_read_only),
    Kind("slow disk", slow_disk),
    Kind("server killed", server_killed),
    Kind("server frozen", server_frozen),
    Kind("server refuses to start", server_refuses_to_start, BACK),
    Kind("server starts slowly", server_starts_slowly, KEPT),
    Kind("unit masked before the restart", unit_masked, BACK),
    Kind("server dies after its start", server_dies_after_start, BACK),
    Kind("sandbox forbids the new paths", sandbox_forbids, BACK | {"refused"}),
    Kind("clock jumps", clock_jumps, BACK),
    Kind("systemd re-executed or reloaded", service_manager_reexecuted, KEPT),
    Kind("message bus down", bus_down),
    Kind("foreign listener on the old port", hostile_listener, KEPT),
    Kind("certificate renewal rolled back", certificate_rolled_back, BACK),
    Kind("a concurrent administrator", concurrent_administrator),
    Kind("rollback killed", rollback_killed, BACK | KEPT),
)

EMULATED = (
    Kind("power cut, unsynced data lost", power_cut, emulated=True),
    Kind("power cut in the window, unsynced data lost", power_cut_in_the_window, BACK, emulated=True),
    Kind("power cut once applied, unsynced data lost", power_cut_once_applied, KEPT, emulated=True),
    Kind("power cut once rolled back, unsynced data lost", power_cut_once_rolled_back, BACK, emulated=True),
    Kind("clock of the host set", clock_set, BACK, emulated=True),
)
"""Each boots in a minute and more, so there are few of them."""
