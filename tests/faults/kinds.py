"""The faults: each takes a fresh stage and a source of chance, lets an apply meet it, and lets it end."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.inject import Fault
from tests.faults.stage import CLI, SECRETS, STATE, Stage
from tests.support.debian import TESTHOST

RECORDS = 180
"""About as many lines has the journal of an apply; chance chooses among them."""
WINDOW = ("--confirm-within", "60")
SHORT = ("--confirm-within", "4")

Act = Callable[[Stage, random.Random], None]


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    name: str
    act: Act
    options: tuple[str, ...] = ()
    """Of the host."""


def _record(chance: random.Random) -> int:
    return chance.randint(1, RECORDS)


# --- processes that die ---------------------------------------------------------------------------


def worker_killed(stage: Stage, chance: random.Random, record: int = 0) -> None:
    """SIGKILL of the worker after one record."""
    stage.plant(Fault(record=record or _record(chance)))
    stage.apply()


def worker_and_recovery_killed(stage: Stage, chance: random.Random) -> None:
    """The worker dies, and so does the recovery that comes after it; a person asks for an end."""
    stage.plant(Fault(record=chance.randint(12, RECORDS)))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell("systemctl kill -s KILL redis-wizard-apply.service || :; rm -f /run/fault-hit")
    apply.wait(timeout=300)
    stage.host.wizard("recover", check=False)


def recovery_killed(stage: Stage, chance: random.Random) -> None:
    """The recovery dies after one of its records; it is tried again."""
    stage.plant(Fault(role="recover", record=chance.randint(1, 30)))
    apply = stage.begin(*WINDOW)
    stage.wait_for_window()
    stage.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply.service")
    apply.wait(timeout=300)
    stage.host.wizard("recover", check=False)


def worker_stopped(stage: Stage, chance: random.Random) -> None:
    """SIGTERM by the service manager at a random moment."""
    apply = stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    stage.shell("systemctl stop redis-wizard-apply.service || :")
    apply.wait(timeout=300)


def worker_frozen(stage: Stage, chance: random.Random) -> None:
    """The worker freezes; the timer ends it."""
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP", settings={"_GUARD_SECONDS": 4.0}))
    apply = stage.begin()
    apply.wait(timeout=300)


def worker_frozen_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The worker freezes while it waits; the timer of the deadline ends it."""
    del chance
    apply = stage.begin(*SHORT)
    stage.wait_for_window()
    stage.shell("systemctl kill -s STOP redis-wizard-apply.service")
    apply.wait(timeout=300)


def two_at_once(stage: Stage, chance: random.Random) -> None:
    """Two applies begin at the same moment."""
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
    apply.wait(timeout=60)


def ssh_session_killed(stage: Stage, chance: random.Random) -> None:
    """The session's process on the host is killed."""
    apply = stage.begin(ssh=True)
    time.sleep(chance.uniform(0.3, 4))
    stage.shell("pkill -KILL sshd-session || :")
    apply.wait(timeout=60)


def front_end_signalled(stage: Stage, chance: random.Random) -> None:
    """SIGHUP, SIGTERM, SIGINT or SIGKILL to the front end."""
    apply = stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    name = chance.choice(("HUP", "TERM", "INT", "KILL"))
    stage.shell(f"pkill -{name} -f '[/]usr/local/bin/redis-wizard apply' || :")
    apply.send_signal(signal.SIGTERM)
    apply.wait(timeout=120)


def connection_lost_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The login is gone while it waits; no word comes."""
    del chance
    apply = stage.begin(*SHORT, ssh=True)
    stage.wait_for_window()
    apply.kill()
    apply.wait(timeout=60)


def confirmed_from_another_login(stage: Stage, chance: random.Random) -> None:
    """The first login is gone; another one keeps the change."""
    del chance
    apply = stage.begin(*WINDOW, ssh=True)
    stage.wait_for_window()
    apply.kill()
    apply.wait(timeout=60)
    subprocess.run([TESTHOST, "ssh", stage.host.name, "redis-wizard", "confirm"], check=False, timeout=60)


# --- the host goes ----------------------------------------------------------------------------------------


def power_cut(stage: Stage, chance: random.Random) -> None:
    """Power cut after one record, and boot."""
    stage.plant(Fault(record=_record(chance), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.power_cut()
    apply.wait(timeout=300)


def power_cut_in_the_window(stage: Stage, chance: random.Random) -> None:
    """Power cut while it waits for a word, with keys written since."""
    apply = stage.begin(*WINDOW)
    stage.wait_for_window()
    time.sleep(1.2 + chance.random())
    stage.power_cut()
    apply.wait(timeout=300)


def reboot(stage: Stage, chance: random.Random) -> None:
    """Orderly reboot after one record."""
    stage.plant(Fault(record=_record(chance), signal="SIGSTOP"))
    apply = stage.begin(ssh=True)
    if stage.wait_for_hit():
        stage.reboot()
    apply.wait(timeout=300)


def reboot_in_the_window(stage: Stage, chance: random.Random) -> None:
    """Orderly reboot while it waits for a word."""
    del chance
    apply = stage.begin(*WINDOW, ssh=True)
    stage.wait_for_window()
    stage.reboot()
    apply.wait(timeout=300)


def product_removed_in_the_window(stage: Stage, chance: random.Random) -> None:
    """The product and its libraries are uninstalled, then the power goes."""
    del chance
    apply = stage.begin(*WINDOW)
    stage.wait_for_window()
    stage.shell("mount -t tmpfs none /opt/packages; mount -t tmpfs none /opt/redis-wizard")
    stage.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply.service")
    apply.kill()
    stage.wait(f'grep -q \'"kind":"rolled-back"\' {STATE}/applies/*/journal.jsonl')
    stage.shell("umount /opt/packages /opt/redis-wizard")


# --- disks ------------------------------------------------------------------------------------------------

_FULL = """
mkdir -p /var/fill; i=0
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
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell(_FULL)
        stage.shell("kill -CONT $(cat /run/fault-hit)")
    apply.wait(timeout=300)
    stage.shell("rm -r /var/fill", check=False)


def config_directory_full(stage: Stage, chance: random.Random) -> None:
    """/etc/redis lies on a file system of its own, with no room left from one record on."""
    stage.shell(
        "cp -a /etc/redis /root/copy; mount -t tmpfs -o size=3m tmpfs /etc/redis; cp -a /root/copy/. /etc/redis/; "
        "chown redis:redis /etc/redis; chmod 2770 /etc/redis; systemctl restart redis-server"
    )
    stage.take_first_again()
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell("cat /dev/zero >/etc/redis/fill 2>/dev/null || :; kill -CONT $(cat /run/fault-hit)")
    apply.wait(timeout=300)
    stage.shell("rm -f /etc/redis/fill")


def remounted_read_only(stage: Stage, chance: random.Random) -> None:
    """/etc/redis becomes read-only after one record, and writable again some seconds later."""
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell(
            "mount --bind /etc/redis /etc/redis; mount -o remount,ro,bind /etc/redis; kill -CONT $(cat /run/fault-hit)"
        )
        time.sleep(chance.uniform(2, 6))
        stage.shell("umount -l /etc/redis")
    apply.wait(timeout=300)


def slow_disk(stage: Stage, chance: random.Random) -> None:
    """Every write takes long, and the worker is killed in the middle."""
    stage.plant(Fault(slow=0.1, record=chance.choice((0, _record(chance)))))
    stage.apply()


# --- the server ---------------------------------------------------------------------------------------------


def server_killed(stage: Stage, chance: random.Random) -> None:
    """The server crashes after one record, and its unit starts it again."""
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell("systemctl kill -s KILL redis-server; sleep 0.3; kill -CONT $(cat /run/fault-hit)")
    apply.wait(timeout=300)


def server_frozen(stage: Stage, chance: random.Random) -> None:
    """The server freezes for a while."""
    stage.plant(Fault(record=chance.randint(12, RECORDS), signal="SIGSTOP"))
    apply = stage.begin()
    if stage.wait_for_hit():
        stage.shell("systemctl kill -s STOP redis-server; kill -CONT $(cat /run/fault-hit)")
        time.sleep(chance.uniform(3, 8))
        stage.shell("systemctl kill -s CONT redis-server || :")
    apply.wait(timeout=300)


def server_refuses_to_start(stage: Stage, chance: random.Random) -> None:
    """Somebody takes the new port just before the restart."""
    del chance
    stage.shell(
        "systemd-run --quiet --collect --unit=thief sh -c "
        '\'while ! grep -q "^tls-port" /etc/redis/redis.conf; do sleep 0.01; done; systemctl mask --runtime --quiet '
        "redis-server; sleep 4; systemctl unmask --runtime --quiet redis-server'"
    )
    stage.apply()
    stage.wait("! systemctl is-active -q thief")


def server_dies_after_start(stage: Stage, chance: random.Random) -> None:
    """The server starts with the new configuration, and dies a second later, again and again."""
    del chance
    stage.shell(
        "systemd-run --quiet --collect --unit=killer sh -c "
        '\'while ! grep -q "^tls-port" /etc/redis/redis.conf; do sleep 0.05; done; sleep 1; '
        'while grep -q "^tls-port" /etc/redis/redis.conf; do sleep 1; '
        'grep -q "^tls-port" /etc/redis/redis.conf && systemctl kill -s KILL redis-server; done\''
    )
    stage.apply()
    stage.wait("! systemctl is-active -q killer")


def sandbox_forbids(stage: Stage, chance: random.Random) -> None:
    """The unit's sandbox hides the place of the new certificates."""
    what = chance.choice(("InaccessiblePaths=-/etc/redis/certs", "TemporaryFileSystem=/etc/redis/certs"))
    drop_in = "/etc/systemd/system/redis-server.service.d"
    stage.shell(
        f"mkdir -p {drop_in} /etc/redis/certs; chown redis:redis /etc/redis/certs; "
        f"printf '[Service]\\n{what}\\n' >{drop_in}/sandbox.conf; "
        "systemctl daemon-reload; systemctl restart redis-server"
    )
    stage.take_first_again()
    stage.apply()


# --- clocks, and what else turns a host --------------------------------------------------------------------


def clock_jumps(stage: Stage, chance: random.Random) -> None:
    """The wall clock jumps by a day for the worker; silence still ends the wait in time."""
    stage.plant(Fault(clock=chance.choice((86400.0, -86400.0)), after=chance.uniform(0, 5)))
    stage.apply(*SHORT)


def service_manager_reexecuted(stage: Stage, chance: random.Random) -> None:
    """systemd is replaced by itself in the middle, or reads all its files anew."""
    apply = stage.begin()
    time.sleep(chance.uniform(0.3, 4))
    stage.shell(f"systemctl {chance.choice(('daemon-reexec', 'daemon-reload'))}")
    apply.wait(timeout=300)


def bus_down(stage: Stage, chance: random.Random) -> None:
    """The message bus is stopped, and the worker killed."""
    stage.shell("systemctl stop dbus.socket dbus.service || :")
    stage.plant(Fault(record=chance.randint(12, RECORDS)))
    stage.apply()
    stage.shell("systemctl start dbus.socket dbus.service")


def rollback_killed(stage: Stage, chance: random.Random) -> None:
    """An applied change is rolled back, and that is cut off."""
    stage.apply()
    stage.shell(f"for i in $(seq 20); do echo set later:$i x; done | {CLI} >/dev/null")
    stage.keys += 20
    stage.plant(Fault(record=chance.randint(1, 30)))
    stage.host.wizard("rollback", "--yes", "--quiet", "--user", "admin", "--password-file", SECRETS, check=False)


KINDS = (
    Kind("worker killed", worker_killed),
    Kind("worker and recovery killed", worker_and_recovery_killed),
    Kind("recovery killed", recovery_killed),
    Kind("worker stopped by systemd", worker_stopped),
    Kind("worker frozen", worker_frozen),
    Kind("worker frozen in the window", worker_frozen_in_the_window),
    Kind("two applies at once", two_at_once),
    Kind("ssh client killed", ssh_client_killed),
    Kind("ssh session killed", ssh_session_killed),
    Kind("front end signalled", front_end_signalled),
    Kind("connection lost in the window", connection_lost_in_the_window),
    Kind("confirmed from another login", confirmed_from_another_login),
    Kind("power cut", power_cut),
    Kind("power cut in the window", power_cut_in_the_window),
    Kind("reboot", reboot),
    Kind("reboot in the window", reboot_in_the_window),
    Kind("product removed in the window", product_removed_in_the_window),
    Kind("disk full", disk_full, ("--disk", "64M")),
    Kind("configuration directory full", config_directory_full),
    Kind("remounted read-only", remounted_read_only),
    Kind("slow disk", slow_disk),
    Kind("server killed", server_killed),
    Kind("server frozen", server_frozen),
    Kind("server refuses to start", server_refuses_to_start),
    Kind("server dies after its start", server_dies_after_start),
    Kind("sandbox forbids the new paths", sandbox_forbids),
    Kind("clock jumps", clock_jumps),
    Kind("systemd re-executed or reloaded", service_manager_reexecuted),
    Kind("message bus down", bus_down),
    Kind("rollback killed", rollback_killed),
)
