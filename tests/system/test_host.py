"""LocalHost on a real host: systemd's units, the kernel's settings, the service account's directory."""

import json
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host

UNIT = "redis-server.service"
PROLOGUE = """\
import json, sys
sys.path[:0] = ["/opt/redis-wizard", "/opt/packages"]
from pathlib import PurePosixPath
from wizard.errors import WizardError
from wizard.host.local import LocalHost
host = LocalHost()
def failing(call):
    try:
        call()
    except WizardError as error:
        return [type(error).__name__, str(error)]
def say(value):
    print(json.dumps(value, default=str))
"""


@pytest.fixture(scope="module")
def debian() -> Iterator[DebianHost]:
    with debian_host("adapter", "--pkg", "redis-server") as host:
        yield host


def inside(debian: DebianHost, script: str) -> object:
    """Run a piece of Python in the host, with a LocalHost named ``host``; give what it says."""
    return json.loads(debian.run("/usr/bin/python3", "-I", "-c", PROLOGUE + script).stdout)


def test_shows_the_unit_and_resolves_its_alias(debian: DebianHost) -> None:
    shown = inside(
        debian,
        'state = host.services.show("redis.service", ("User", "ExecStart", "FragmentPath", "CapabilityBoundingSet"))\n'
        "say([state.name, state.known, state.active, state.enabled, state.main_pid > 1, state.properties])",
    )
    assert isinstance(shown, list)
    assert shown[:5] == [UNIT, True, "active", "enabled", True]
    assert shown[5]["User"] == "redis"
    assert "argv[]=/usr/bin/redis-server" in shown[5]["ExecStart"]
    assert shown[5]["CapabilityBoundingSet"] == ""
    assert inside(debian, 'say(host.services.show("absent.service").known)') is False


def test_lists_units_by_pattern(debian: DebianHost) -> None:
    listed = inside(debian, 'say([host.services.list_units(("redis*.service",)), host.services.list_units(("no-*",))])')
    assert isinstance(listed, list)
    assert UNIT in listed[0]
    assert all("@." not in name for name in listed[0])
    assert listed[1] == []


def test_a_start_limit_is_cleared(debian: DebianHost) -> None:
    debian.shell("mv /etc/redis/redis.conf /root/kept; echo nonsense yes >/etc/redis/redis.conf")
    broken = inside(
        debian,
        'errors = [failing(lambda: host.services.restart("redis-server.service")) for _ in range(7)]\n'
        "say([error and error[0] for error in errors])",
    )
    assert broken == ["ProgramError"] * 7
    debian.shell("mv /root/kept /etc/redis/redis.conf")
    repaired = inside(
        debian,
        'host.services.clear_start_limit("redis-server.service"); host.services.restart("redis-server.service"); '
        'say(host.services.show("redis-server.service").active)',
    )
    assert repaired == "active"


def test_enables_disables_stops_and_starts(debian: DebianHost) -> None:
    states = inside(
        debian,
        """
services, said = host.services, []
for act in (services.disable, services.stop, services.enable, services.start):
    act("redis-server.service")
    state = services.show("redis-server.service")
    said.append([state.enabled, state.active])
say(said)
""",
    )
    assert states == [
        ["disabled", "active"],
        ["disabled", "inactive"],
        ["enabled", "inactive"],
        ["enabled", "active"],
    ]


def test_a_written_drop_in_holds_after_a_reload(debian: DebianHost) -> None:
    nice = inside(
        debian,
        """
directory = PurePosixPath("/etc/systemd/system/redis-server.service.d")
host.make_directory(directory, owner="root", group="root", mode=0o755)
host.write(directory / "x.conf", b"[Service]\\nNice=7\\n", expected="", owner="root", group="root", mode=0o644)
host.services.reload_definitions()
said = [host.services.show("redis-server.service", ("Nice", "DropInPaths")).properties]
host.remove(directory / "x.conf")
host.remove(directory)
host.services.reload_definitions()
said.append(host.services.show("redis-server.service", ("Nice",)).properties)
say(said)
""",
    )
    assert isinstance(nice, list)
    assert nice[0]["Nice"] == "7"
    assert nice[0]["DropInPaths"].endswith("x.conf")
    assert nice[1]["Nice"] == "0"


def test_writes_kernel_settings_live(debian: DebianHost) -> None:
    said = inside(
        debian,
        """
keys = {"net.core.somaxconn": "1234", "vm.overcommit_memory": "1", "thp.enabled": "never"}
for key, value in keys.items():
    host.write_kernel(key, value)
paths = ("/proc/sys/net/core/somaxconn", "/proc/sys/vm/overcommit_memory",
         "/sys/kernel/mm/transparent_hugepage/enabled")
say([host.read(PurePosixPath(path)).decode() for path in paths])
""",
    )
    assert isinstance(said, list)
    assert said[:2] == ["1234\n", "1\n"]
    assert "never" in said[2]
    assert debian.shell("cat /proc/sys/net/core/somaxconn").strip() == "1234"


def test_says_where_the_kernel_takes_no_setting(debian: DebianHost) -> None:
    said = inside(
        debian,
        """
say([failing(lambda: host.write_kernel("fs.file-max", "1000000")),
     failing(lambda: host.write_kernel("vm.no_such_key", "1")),
     failing(lambda: host.write_kernel("net.core.somaxconn", "many"))])
""",
    )
    assert isinstance(said, list)
    read_only, absent, refused = said
    assert read_only[0] == absent[0] == "UnsupportedError"
    assert "on the machine that runs this container" in read_only[1]
    assert "no setting vm.no_such_key" in absent[1]
    assert refused[0] == "HostError"


def test_the_account_that_owns_the_directory_cannot_redirect_root(debian: DebianHost) -> None:
    debian.shell("stat -c '%U %a' /etc/redis | grep -q '^redis 2770$'")
    debian.run("runuser", "-u", "redis", "--", "ln", "-s", "/etc/shadow", "/etc/redis/users.acl")
    said = inside(
        debian,
        """
path = PurePosixPath("/etc/redis/users.acl")
say([failing(lambda: host.write(path, b"x", expected=None, owner="redis", group="redis", mode=0o640)),
     failing(lambda: host.set_mode(path, owner="redis", group="redis", mode=0o640)),
     failing(lambda: host.read(path))])
""",
    )
    assert isinstance(said, list)
    assert [error[0] for error in said] == ["UnsafePathError"] * 3
    assert all("/etc/" in error[1] for error in said)
    assert debian.shell("stat -c %U /etc/shadow").strip() == "root"
    debian.shell("rm /etc/redis/users.acl")


def test_sees_the_servers_sockets_and_process(debian: DebianHost) -> None:
    said = inside(
        debian,
        """
pid = host.services.show("redis-server.service").main_pid
found = [[item.address, item.port] for item in host.listeners() if item.pid == pid]
(process,) = [item for item in host.processes() if item.pid == pid]
say([sorted(found), process.user, process.name])
""",
    )
    assert isinstance(said, list)
    assert said == [[["127.0.0.1", 6379], ["::1", 6379]], "redis", "redis-server"]


def test_runs_programs_as_the_service_account(debian: DebianHost) -> None:
    said = inside(debian, 'say(host.run(["/usr/bin/id"], user="redis").output)')
    assert isinstance(said, str)
    assert "(redis)" in said
    assert "root" not in said


# --- transient units -----------------------------------------------------------------------------

UNITS = """
import threading, time
from wizard.host.services import TransientUnit
def unit(*arguments, name="rw-test.service", **more):
    return TransientUnit(name=name, description="a test", arguments=arguments, **more)
def start(*arguments, **more):
    # None is over at once: systemd may take a program that ended before it was seen to run for one that failed.
    host.services.start_transient(unit(*arguments, **more))
def wait(true):
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
def gone(name):
    wait(lambda: not host.services.show(name).known)
def text(path):
    return host.read(PurePosixPath(path)).decode()
"""


def test_a_transient_unit_gets_its_arguments_as_they_are(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + r"""
start("/bin/sh", "-c", 'printf "%s|" "$@" >/run/said; mv /run/said /run/heard; exec sleep 100',
      "sh", "$HOME", "${x}", "$$", "%n", "a b", "", "--x", "\\t", "'\"")
running = host.services.show("rw-test.service", ("MainPID", "Description", "UMask"))
wait(lambda: host.status(PurePosixPath("/run/heard")).kind == "file")
host.services.stop("rw-test.service")
gone("rw-test.service")
say([running.active, running.main_pid > 1, running.properties["Description"], text("/run/heard")])
""",
    )
    assert said == ["active", True, "a test", "$HOME|${x}|$$|%n|a b||--x|\\t|'\"|"]


def test_a_transient_unit_that_cannot_run_is_said_and_its_name_is_free(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + """
said = [failing(lambda: start("/no/such/program"))]
start("/bin/sh", "-c", "sleep 0.3; exit 3")
gone("rw-test.service")
said.append(failing(lambda: start("/bin/sh", "-c", "exit 3", kind="notify")))
said.append(failing(lambda: start("/bin/sleep", "100", properties=("User=nosuchuser",))))
start("/bin/sleep", "0.3")
gone("rw-test.service")
say(said)
""",
    )
    assert isinstance(said, list)
    assert [error[0] for error in said] == ["ProgramError"] * 3
    assert "/no/such/program" in said[0][1]
    assert "rw-test.service" in said[1][1]


def test_a_unit_of_kind_notify_is_waited_for_until_it_says_that_it_is_ready(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + """
start("/bin/sh", "-c", "sleep 0.5; touch /run/ready; systemd-notify --ready; exec sleep 100",
      kind="notify", properties=("NotifyAccess=all",))
ready = host.status(PurePosixPath("/run/ready")).kind
host.services.stop("rw-test.service")
gone("rw-test.service")
say(ready)
""",
    )
    assert said == "file"


def test_a_timer_starts_its_unit_later_and_holds_the_name_until_then(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + """
later = PurePosixPath("/run/later")
start("/bin/touch", str(later), after_seconds=1.5)
first = [host.status(later).kind, host.services.show("rw-test.timer").active]
busy = [failing(lambda: start("/bin/true")), failing(lambda: start("/bin/true", after_seconds=9))]
wait(lambda: host.status(later).kind == "file")
gone("rw-test.timer")
gone("rw-test.service")
start("/bin/touch", str(later), after_seconds=1000)
host.services.stop("rw-test.timer")
gone("rw-test.timer")
start("/bin/sleep", "0.3")
gone("rw-test.service")
say([first, [error[0] for error in busy]])
""",
    )
    assert said == [["absent", "active"], ["BusyError", "BusyError"]]


def test_of_five_started_at_once_exactly_one_runs(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + """
rounds = []
for _ in range(5):
    said, barrier = [], threading.Barrier(5)
    def one(number):
        barrier.wait()
        said.append(failing(lambda: start("/bin/sleep", str(1000 + number))))
    threads = [threading.Thread(target=one, args=(number,)) for number in range(5)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    sleepers = [p for p in host.processes() if p.name == "sleep" and p.arguments[1:2] >= ("1000",)]
    rounds.append([sorted(error[0] if error else "" for error in said), len(sleepers)])
    host.services.kill("rw-test.service")
    gone("rw-test.service")
say(rounds)
""",
    )
    assert said == [[["", "BusyError", "BusyError", "BusyError", "BusyError"], 1]] * 5


def test_kills_every_process_of_a_unit_whatever_it_ignores(debian: DebianHost) -> None:
    said = inside(
        debian,
        UNITS
        + """
script = "trap : TERM HUP INT; (trap : TERM HUP INT; while :; do sleep 77; done) & while :; do sleep 77; done"
start("/bin/sh", "-c", script)
wait(lambda: sum(p.arguments == ("sleep", "77") for p in host.processes()) == 2)
host.services.kill("rw-test.service")
gone("rw-test.service")
wait(lambda: not any(p.arguments == ("sleep", "77") for p in host.processes()))
host.services.kill("rw-test.service")
host.services.kill("no-such-unit.service")
say("killed")
""",
    )
    assert said == "killed"
