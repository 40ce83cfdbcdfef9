"""What the host in memory offers a test beyond the port: settable facts, faults, and stops."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypedDict

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.errors import (
    BusyError,
    HostError,
    NoSpaceError,
    NotPermittedError,
    ProgramError,
    UnsafePathError,
    UnsupportedError,
)
from wizard.host.port import Host
from wizard.host.reader import Completed
from wizard.host.services import TransientUnit
from wizard.model.facts.files import FileKind
from wizard.model.value import replace

A = PurePosixPath("/etc/redis/redis.conf")
SYSCTL = PurePosixPath("/proc/sys/vm/overcommit_memory")
HUGE = PurePosixPath("/sys/kernel/mm/transparent_hugepage/enabled")


class Rights(TypedDict):
    owner: str
    group: str
    mode: int


RIGHTS: Rights = {"owner": "root", "group": "root", "mode": 0o640}


class StopHereError(Exception):
    """Raised by a test in the middle of a change."""


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost({A: b"one", SYSCTL: b"0\n", HUGE: b"always [madvise] never\n"})


def test_records_changes_and_only_those_that_happened(host: MemoryHost) -> None:
    host.write(A, b"two", expected=None, owner="root", group="redis", mode=0o640)
    with pytest.raises(HostError):
        host.write(A, b"three", expected="", owner="root", group="redis", mode=0o640)
    host.remove(PurePosixPath("/etc/absent"))
    assert host.changes == [f"write {A}"]


def test_a_test_can_stop_it_before_any_change(host: MemoryHost) -> None:
    def stop(what: str, path: PurePosixPath) -> None:
        raise StopHereError(what, path)

    host.before_change = stop
    with pytest.raises(StopHereError):
        host.remove(A)
    assert host.read(A) == b"one"


def test_a_full_disk_takes_no_new_bytes_but_gives_some_up(host: MemoryHost) -> None:
    host.full = True
    with pytest.raises(NoSpaceError):
        host.write(A, b"two", expected=None, **RIGHTS)
    with pytest.raises(NoSpaceError):
        host.append(PurePosixPath("/etc/log"), b"x")
    assert host.space(A).free == 0
    host.remove(A)
    assert host.status(A).kind is FileKind.ABSENT


def test_a_read_only_directory_takes_nothing(host: MemoryHost) -> None:
    host.read_only.add(A.parent)
    with pytest.raises(HostError, match="read-only"):
        host.write(A, b"two", expected=None, **RIGHTS)
    assert host.space(A).read_only


def test_an_immutable_file_stays(host: MemoryHost) -> None:
    host.nodes[A].immutable = True
    assert host.status(A).immutable
    changes: tuple[Callable[[], None], ...] = (
        lambda: host.write(A, b"two", expected=None, **RIGHTS),
        lambda: host.remove(A),
        lambda: host.set_mode(A, **RIGHTS),
        lambda: host.rename(A, PurePosixPath("/etc/x")),
    )
    for change in changes:
        with pytest.raises(HostError, match="chattr -i"):
            change()
    assert host.read(A) == b"one"


def test_an_ordinary_user_has_the_rights_that_the_modes_give() -> None:
    host = MemoryHost({A: b"one"}, user="op")
    host.put(PurePosixPath("/etc/shadow"), b"x", mode=0o640)
    host.put(PurePosixPath("/root/.profile"), b"x")
    host.nodes[PurePosixPath("/root")].mode = 0o700
    home = host.put_directory(PurePosixPath("/home/op"), owner="op", group="op")
    assert not host.root
    assert host.read(A) == b"one"
    assert home.owner == "op"
    calls: tuple[Callable[[], object], ...] = (
        lambda: host.read(PurePosixPath("/etc/shadow")),
        lambda: host.status(PurePosixPath("/root/.profile")),
        lambda: host.entries(PurePosixPath("/root")),
        lambda: host.write(A, b"two", expected=None, **RIGHTS),
        lambda: host.write(PurePosixPath("/home/op/x"), b"", expected=None, **RIGHTS),
    )
    for refused in calls:
        with pytest.raises(NotPermittedError):
            refused()
    host.write(PurePosixPath("/home/op/x"), b"", expected=None, owner="op", group="op", mode=0o600)


def test_the_kernel_keeps_what_it_is_told_in_its_own_form(host: MemoryHost) -> None:
    host.write_kernel("vm.overcommit_memory", "1")
    host.write_kernel("thp.enabled", "never")
    assert host.read(SYSCTL) == b"1\n"
    assert host.read(HUGE) == b"always madvise [never]\n"
    with pytest.raises(HostError, match="refuses"):
        host.write_kernel("thp.enabled", "sometimes")


def test_a_kernel_of_another_host_takes_nothing(host: MemoryHost) -> None:
    host.read_only.add(PurePosixPath("/proc/sys"))
    with pytest.raises(UnsupportedError):
        host.write_kernel("vm.overcommit_memory", "1")
    host.user = "op"
    with pytest.raises(NotPermittedError):
        host.write_kernel("thp.enabled", "never")


def test_does_not_read_a_secret_through_a_strangers_link(host: MemoryHost) -> None:
    host.put(PurePosixPath("/etc/shadow"), b"x", mode=0o600)
    host.nodes[A.parent].owner = "redis"
    host.put_link(A.with_name("l"), "/etc/shadow", owner="redis")
    host.put_link(A.with_name("m"), str(A), owner="redis")
    with pytest.raises(UnsafePathError):
        host.read(A.with_name("l"))
    assert host.read(A.with_name("m")) == b"one"


def test_runs_what_was_prepared_and_nothing_else(host: MemoryHost) -> None:
    host.results["/bin/a", "x"] = Completed(status=3, output="said", errors="")
    host.answer = lambda line, data, user: Completed(status=0, output=f"{line[0]} {data!r} {user}", errors="")
    assert host.run(["/bin/a", "x"]).status == 3
    assert host.run(["/bin/b"], standard_input=b"in", user="redis").output == "/bin/b b'in' redis"
    host.answer = lambda _line, _data, _user: None
    with pytest.raises(ProgramError):
        host.run(["/bin/b"])


def test_launches_known_programs(host: MemoryHost) -> None:
    host.programs["redis-server"] = PurePosixPath("/usr/bin/redis-server")
    output = PurePosixPath("/run/words")
    running = host.launch(["/usr/bin/redis-server", str(A)], directory=A.parent, output=output, user="redis")
    assert running.poll() is None
    assert host.status(output).mode == 0o600
    running.end()
    assert running.poll() == -15
    with pytest.raises(ProgramError):
        host.launch(["/usr/bin/other"], directory=A.parent, output=PurePosixPath("/run/other"))


def test_services_start_stop_fail_and_are_recorded() -> None:
    services = MemoryServices({"a.service": MemoryUnit(properties={"User": "redis"}), "b.service": MemoryUnit()})
    host: Host = MemoryHost(services=services)
    host.services.start("a.service")
    first = host.services.show("a.service", ("User", "MainPID", "Nice"))
    host.services.restart("a.service")
    assert first.properties == {"User": "redis", "MainPID": str(first.main_pid), "Nice": ""}
    assert host.services.show("a.service").main_pid != first.main_pid
    services.units["b.service"].broken = True
    with pytest.raises(ProgramError):
        host.services.start("b.service")
    assert host.services.show("b.service").active == "failed"
    with pytest.raises(ProgramError):
        host.services.stop("absent.service")
    assert host.services.list_units(("a*",)) == ("a.service",)
    assert services.calls[:2] == ["start a.service", "restart a.service"]


def test_a_transient_unit_holds_its_name_until_it_ends() -> None:
    services = MemoryServices()
    unit = TransientUnit(name="x.service", description="x", arguments=("/bin/x",))
    services.start_transient(unit)
    assert services.show("x.service").active == "active"
    with pytest.raises(BusyError):
        services.start_transient(unit)
    services.kill("x.service")
    services.kill("x.service")
    services.start_transient(unit)
    services.stop("x.service")
    assert not services.show("x.service").known


def test_a_timer_holds_both_names_and_starts_later() -> None:
    services = MemoryServices()
    unit = TransientUnit(name="x.service", description="x", arguments=("/bin/x",), after_seconds=9)
    services.start_transient(unit)
    assert (services.show("x.timer").active, services.show("x.service").active) == ("active", "inactive")
    for again in (unit, replace(unit, after_seconds=0)):
        with pytest.raises(BusyError):
            services.start_transient(again)
    services.stop("x.timer")
    assert services.units == {}
