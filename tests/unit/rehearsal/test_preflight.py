"""What a rehearsal cannot show is looked at apart, and said in one sentence each."""

import pytest

from tests.support import facts_builder as build
from tests.support.apply_run import CONF, directive, planned, run
from tests.support.memory_host.host import MemoryHost
from wizard.changes.staging import Staged, StagedFile
from wizard.model.change import Change, Effect, Restart
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Listener, Scope
from wizard.model.value import replace
from wizard.rehearsal.preflight import obstacles


def facts(*addresses: str, listeners: tuple[Listener, ...] = ()) -> HostFacts:
    interface = build.interface("eth0", *(build.address(each, Scope.PRIVATE) for each in addresses))
    return replace(build.pristine_host(), interfaces=(interface,), listeners=listeners)


def test_nothing_is_in_the_way_of_a_plan_that_fits() -> None:
    wanted = planned(bind="127.0.0.1 10.0.0.5 -192.0.2.1", port="0", tls_port="6380", dir="/var/lib/redis")
    assert obstacles(run(facts("10.0.0.5")), wanted) == ()


def test_an_address_that_is_not_here_is_named_unless_it_is_optional() -> None:
    (said,) = obstacles(run(facts("10.0.0.5")), planned(bind="10.0.0.6 -10.0.0.7"))
    assert "10.0.0.6" in said


def test_a_port_of_another_process_is_named() -> None:
    taken = Listener(address="0.0.0.0", port=6380, pid=77, process="nginx")  # noqa: S104 - nothing is bound
    (said,) = obstacles(run(facts(listeners=(taken,))), planned(bind="127.0.0.1", tls_port="6380"))
    assert "6380" in said
    assert "nginx" in said


def test_a_port_of_the_server_itself_is_not_in_the_way() -> None:
    own = build.pristine_host().instances[0].listeners
    assert own, "the builder's server listens"
    assert obstacles(run(facts(listeners=own)), planned(port="6379")) == ()


def beside(bind: str | None, taken: str) -> tuple[str, ...]:
    other = Listener(address=taken, port=6380, pid=77, process="nginx")
    wanted = planned(tls_port="6380", **({} if bind is None else {"bind": bind}))
    return obstacles(run(facts("10.0.0.9", listeners=(other,))), wanted)


@pytest.mark.parametrize(
    ("bind", "taken"),
    [
        *(("10.0.0.9", "10.0.0.9"), ("-10.0.0.9", "10.0.0.9"), ("127.0.0.1", "::"), ("-::*", "::1")),
        *(("* -::*", "10.0.0.9"), ("* -::*", "fe80::1"), (None, "10.0.0.9")),
        *(("127.0.0.1", "0.0.0.0"), ("0.0.0.0", "127.0.0.2")),  # noqa: S104 - nothing is bound
    ],
)
def test_a_port_is_taken_by_whoever_has_an_address_that_we_want(bind: str | None, taken: str) -> None:
    assert beside(bind, taken) == ("port 6380 (tls-port) is taken by nginx, process 77",)


@pytest.mark.parametrize(
    ("bind", "taken"),
    [
        *(("127.0.0.1", "10.0.0.9"), ("*", "fe80::1"), ("::", "10.0.0.9"), ("", "10.0.0.9")),
        ("::1", "0.0.0.0"),  # noqa: S104 - nothing is bound
    ],
)
def test_a_port_on_an_address_that_we_do_not_bind_is_not_in_the_way(bind: str, taken: str) -> None:
    assert beside(bind, taken) == ()


@pytest.mark.parametrize(("name", "value"), [("dir", "/srv/none"), ("logfile", "/srv/none/r.log")])
def test_a_directory_that_is_missing_is_named(name: str, value: str) -> None:
    (said,) = obstacles(run(facts()), planned(**{name: value}))
    assert "/srv/none" in said
    assert name in said


def staged(size: int) -> Staged:
    file = StagedFile(path=CONF, data=b"x" * size, expected="", owner="root", group="root", mode=0o640, changes=())
    return Staged(configuration=(file,))


def test_a_full_or_read_only_file_system_is_named() -> None:
    full, frozen = MemoryHost(), MemoryHost()
    first = run(facts(), host=full, files=staged(100))
    full.full = True
    assert "bytes free" in obstacles(first, planned())[0]
    second = run(facts(), host=frozen, files=staged(100))
    frozen.read_only.add(CONF.parent)
    assert "read-only" in obstacles(second, planned())[0]


def test_an_append_only_file_is_not_switched_on_by_the_file_alone_over_data() -> None:
    down = build.with_instance(
        facts(),
        live=Unreadable(what="the running server", why="it does not run"),
        dump=build.file_status("/var/lib/redis/dump.rdb"),
    )
    (said,) = obstacles(run(down, directive("appendonly", "yes")), planned())
    assert "start it or give its login" in said
    assert obstacles(run(down, directive("maxmemory", "1gb")), planned()) == ()


RESTART = Restart(
    id="restart", title="", before="", after="", why="", source="", effect=Effect.RESTART, undo="",
    unit="redis-server.service", because=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rewrite", "changes", "needs"),
    [
        ("ok", (directive("rename-command", "KEYS", "k"), RESTART), True),
        ("err", (directive("maxmemory", "1gb"), RESTART), True),
        ("ok", (directive("maxmemory", "1gb"), RESTART), False),
        ("err", (directive("maxmemory", "1gb"),), False),
    ],
)
def test_one_that_is_written_anew_before_the_restart_needs_it_too(
    rewrite: str, changes: tuple[Change, ...], *, needs: bool
) -> None:
    tight = MemoryHost()
    tight.filesystem = replace(tight.filesystem, free=5 << 20)
    info = {"used_memory": str(1 << 30), "aof_last_bgrewrite_status": rewrite}
    big = build.with_live(facts(), {"dir": "/var/lib/redis", "appendonly": "yes"}, info=info)
    assert any("may need as many" in each for each in obstacles(run(big, *changes, host=tight), planned())) is needs


def test_an_append_only_file_needs_room_for_the_data() -> None:
    tight = MemoryHost()
    tight.filesystem = replace(tight.filesystem, free=5 << 20)
    big = build.with_live(facts(), {"dir": "/var/lib/redis"}, info={"used_memory": str(1 << 30)})
    said = obstacles(run(big, directive("appendonly", "yes"), host=tight), planned())
    assert any("may need as many" in each for each in said)
