"""The sandbox: a real server in a private directory, and nothing outside it is ever touched."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from wizard.errors import InvalidValueError, NotFoundError, ProgramError, UnsafePathError, UnsupportedError
from wizard.host import programs
from wizard.host.port import Host
from wizard.model.facts.files import FileKind
from wizard.model.network import Listener
from wizard.sandbox.files import UNIT
from wizard.sandbox.host import SandboxHost

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A directory with a short name: the path of a socket has little room."""
    with tempfile.TemporaryDirectory(prefix="rw") as place:
        yield Path(place)


@pytest.fixture(scope="module")
def shared(short: Path) -> Iterator[SandboxHost]:
    """One sandbox for the tests that leave it running."""
    with SandboxHost.create(PurePosixPath(short / "shared")) as sandbox:
        yield sandbox


@pytest.fixture
def own(short: Path, request: pytest.FixtureRequest) -> Iterator[SandboxHost]:
    """A sandbox that a test may break."""
    with SandboxHost.create(PurePosixPath(short / f"s{abs(hash(request.node.name)) % 10**8}")) as sandbox:
        yield sandbox


def own_listeners(sandbox: Host) -> tuple[Listener, ...]:
    """Leave out the ports that other programs of this machine have taken."""
    return tuple(listener for listener in sandbox.listeners() if listener.pid)


def ask(sandbox: SandboxHost, command: str) -> str:
    """Send one command by the socket and give its answer, one line."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(sandbox.layout.socket))
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(4096).decode().strip()


def test_has_a_running_server_with_a_few_keys(shared: SandboxHost) -> None:
    assert ask(shared, "GET sandbox:greeting").endswith("hello")
    assert int(ask(shared, "DBSIZE").removeprefix(":")) > 3


def test_shows_its_server_and_no_other(shared: SandboxHost) -> None:
    (process,) = shared.processes()
    state = shared.services.show(UNIT)
    assert (state.known, state.active, state.main_pid) == (True, "active", process.pid)
    assert {listener.pid for listener in own_listeners(shared)} == {process.pid}
    tcp = {listener.address for listener in own_listeners(shared) if not listener.unix}
    assert tcp == {"127.0.0.1"}


def test_describes_its_unit_as_systemd_would(shared: SandboxHost) -> None:
    shown = shared.services.show(UNIT, ("Type", "ExecStart", "LimitNOFILE", "User", "NRestarts", "Nonsense")).properties
    assert shown["ExecStart"].startswith("{ path=/")
    assert str(shared.layout.config) in shown["ExecStart"]
    assert shown["LimitNOFILE"].isdecimal()
    assert (shown["Type"], shown["NRestarts"], shown["Nonsense"]) == ("simple", "0", "")
    assert shared.services.list_units(("redis*.service",)) == (UNIT,)
    assert not shared.services.show("redis-server.service").known


def test_starts_careless_but_only_on_this_machine(shared: SandboxHost) -> None:
    text = shared.read(shared.layout.config).decode()
    assert "\nbind 127.0.0.1\n" in text
    assert "\nrequirepass" not in text
    assert "# requirepass" in text
    assert text.count("\nsave ") == 3


def test_restarts_with_its_data_and_a_new_process(own: SandboxHost) -> None:
    before = own.services.show(UNIT, ("InvocationID",))
    own.services.restart("redis-sandbox")
    after = own.services.show(UNIT, ("InvocationID",))
    assert after.main_pid not in {0, before.main_pid}
    assert after.properties != before.properties
    assert ask(own, "GET sandbox:visits").endswith("42")


def test_stops_and_starts(own: SandboxHost) -> None:
    own.services.stop(UNIT)
    assert (own.services.show(UNIT).active, own.processes(), own_listeners(own)) == ("inactive", (), ())
    own.services.stop(UNIT)
    own.services.start(UNIT)
    own.services.start(UNIT)
    assert own.services.show(UNIT).active == "active"


def test_a_killed_server_has_failed_and_can_be_started_again(own: SandboxHost) -> None:
    os.kill(own.services.show(UNIT).main_pid, 9)
    own.services.stop(UNIT)
    own.services.start(UNIT)
    assert ask(own, "PING") == "+PONG"


def _ended(child: programs.Launched) -> programs.Launched:
    while child.poll() is None:
        time.sleep(0.01)
    return child


@pytest.mark.parametrize("gone", [False, True])
def test_a_broken_configuration_is_reported_in_the_servers_words(
    own: SandboxHost, monkeypatch: pytest.MonkeyPatch, *, gone: bool
) -> None:
    config = own.layout.config
    good = own.read(config)
    status = own.status(config)
    own.services.stop(UNIT)
    own.write(config, b"nonsense yes\n", expected=None, owner=status.owner, group=status.group, mode=0o644)
    with monkeypatch.context() as quick:
        if gone:
            launch = programs.launch
            quick.setattr(programs, "launch", lambda *words, **more: _ended(launch(*words, **more)))
        with pytest.raises(ProgramError, match="nonsense"):
            own.services.start(UNIT)
    assert own.services.show(UNIT).active == "failed"
    own.write(config, good, expected=None, owner=status.owner, group=status.group, mode=0o644)
    own.services.restart(UNIT)
    assert own.services.show(UNIT).active == "active"


def test_another_look_at_the_same_directory_sees_the_same_server(own: SandboxHost) -> None:
    other = SandboxHost(own.layout.directory)
    assert other.services.show(UNIT).main_pid == own.services.show(UNIT).main_pid
    other.services.restart(UNIT)
    assert own.services.show(UNIT).active == "active"


def test_remembers_enabled_and_disabled(own: SandboxHost) -> None:
    own.services.disable(UNIT)
    assert own.services.show(UNIT).enabled == "disabled"
    own.services.enable(UNIT)
    assert SandboxHost(own.layout.directory).services.show(UNIT).enabled == "enabled"


def test_files_are_given_away_in_name_only(shared: SandboxHost) -> None:
    path, moved = shared.layout.config.parent / "users.acl", shared.layout.config.parent / "moved.acl"
    shared.write(path, b"x", expected="", owner="root", group="daemon", mode=0o640)
    assert (shared.status(path).owner, shared.status(path).group) == ("root", "daemon")
    assert Path(path).stat().st_uid == os.geteuid()
    shared.rename(path, moved)
    assert shared.status(moved).group == "daemon"
    shared.remove(moved)
    shared.write(moved, b"x", expected="", owner=str(os.geteuid()), group=str(os.getegid()), mode=0o640)
    assert shared.status(moved).group != "daemon"
    shared.remove(moved)


@pytest.mark.parametrize(
    "change",
    [
        lambda host, out: host.write(out, b"", expected=None, owner="root", group="root", mode=0o600),
        lambda host, out: host.append(out, b""),
        lambda host, out: host.make_directory(out, owner="root", group="root", mode=0o700),
        lambda host, out: host.link(out, target="x"),
        lambda host, out: host.lock(out).__enter__(),
        lambda host, out: host.remove(out),
        lambda host, out: host.launch(["/bin/true"], directory=PurePosixPath("/"), output=out),
    ],
    ids=["write", "append", "make_directory", "link", "lock", "remove", "launch"],
)
@pytest.mark.parametrize("way", ["straight", "by dots", "by a link"])
def test_changes_nothing_outside_its_directory(shared: SandboxHost, short: Path, change: object, way: str) -> None:
    outside = short / "outside"
    outside.mkdir(exist_ok=True)
    link = Path(shared.layout.data) / "out"
    if not link.is_symlink():
        link.symlink_to(outside)
    places = {
        "straight": PurePosixPath(outside / "x"),
        "by dots": shared.layout.data / ".." / ".." / "outside" / "x",
        "by a link": shared.layout.data / "out" / "x",
    }
    assert callable(change)
    with pytest.raises(UnsupportedError, match="changes no file outside"):
        change(shared, places[way])
    assert list(outside.iterdir()) == []


def test_leaves_the_kernel_alone(shared: SandboxHost) -> None:
    host: Host = shared
    with pytest.raises(UnsupportedError, match="does not change this machine's kernel"):
        host.write_kernel("vm.overcommit_memory", "1")


def test_close_stops_the_server_and_removes_a_temporary_directory() -> None:
    sandbox = SandboxHost.create()
    pid = sandbox.services.show(UNIT).main_pid
    sandbox.close()
    assert not Path(sandbox.layout.directory).exists()
    assert not Path(f"/proc/{pid}").exists()


def test_close_keeps_a_directory_that_was_named(short: Path) -> None:
    with SandboxHost.create(PurePosixPath(short / "kept")) as sandbox:
        pid = sandbox.services.show(UNIT).main_pid
    assert not Path(f"/proc/{pid}").exists()
    with SandboxHost.create(PurePosixPath(short / "kept")) as again:
        assert ask(again, "GET sandbox:visits").endswith("42")


def test_refuses_a_directory_with_other_things(short: Path) -> None:
    (short / "full").mkdir()
    (short / "full" / "thesis").write_text("kept")
    with pytest.raises(UnsafePathError, match="nor an empty directory"):
        SandboxHost.create(PurePosixPath(short / "full"))
    assert [item.name for item in (short / "full").iterdir()] == ["thesis"]


def test_refuses_a_directory_whose_sockets_would_have_too_long_a_name(short: Path) -> None:
    with pytest.raises(InvalidValueError, match="107"):
        SandboxHost.create(PurePosixPath(short / ("x" * 80)))
    assert not (short / ("x" * 80)).exists()


def test_refuses_a_directory_that_a_configuration_cannot_name(short: Path) -> None:
    with pytest.raises(InvalidValueError, match="spaces"):
        SandboxHost.create(PurePosixPath(short / "a b"))


def test_says_that_there_is_no_sandbox(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="does not describe a sandbox"):
        SandboxHost(PurePosixPath("/tmp"))  # noqa: S108 - any directory that is no sandbox
    assert list(tmp_path.iterdir()) == []


AS_NOBODY = """
import os, sys
import encodings.ascii, encodings.idna, psutil
from wizard.sandbox.host import SandboxHost
from wizard.sandbox.files import UNIT
os.setgroups([]); os.setgid(65534); os.setuid(65534); os.chdir("/")
with SandboxHost.create() as sandbox:
    first = sandbox.services.show(UNIT, ("User",))
    sandbox.services.restart(UNIT)
    path = sandbox.layout.config.parent / "x"
    sandbox.write(path, b"1", expected="", owner="root", group="root", mode=0o640)
    (process,) = sandbox.processes()
    ports = [listener for listener in sandbox.listeners() if listener.port and listener.pid]
    print(first.active, first.properties["User"], sandbox.status(path).owner, process.user, len(ports), sandbox.root)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="already an ordinary user: every other test here shows it")
def test_works_for_an_ordinary_user() -> None:
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["active", "nobody", "root", "nobody", "1", "True"], done.stderr


def test_everything_outside_is_read_only(shared: SandboxHost) -> None:
    assert not shared.space(shared.layout.data).read_only
    assert shared.space(PurePosixPath("/proc/sys/vm/overcommit_memory")).read_only
    assert shared.space(PurePosixPath("/etc/sysctl.d")).read_only


def test_hides_the_machines_own_servers(shared: SandboxHost) -> None:
    assert shared.status(PurePosixPath("/etc/redis/redis.conf")).kind is FileKind.ABSENT
    assert shared.entries(PurePosixPath("/etc/valkey")) == ()
    with pytest.raises(NotFoundError):
        shared.read(PurePosixPath("/etc/redis.conf"))


def test_hides_the_machines_systemd(shared: SandboxHost) -> None:
    """Whatever this machine has booted with: its units and their limits say nothing about the sandbox's server."""
    assert shared.status(PurePosixPath("/run/systemd/system")).kind is FileKind.ABSENT


def test_looks_at_the_real_machine(shared: SandboxHost) -> None:
    assert shared.status(PurePosixPath("/proc/self")).kind is FileKind.LINK
    assert any(interface.name == "lo" for interface in shared.interfaces())
    assert shared.tree is None


def test_a_port_that_another_program_has_is_taken(shared: SandboxHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = [listener for listener in shared.listeners() if listener.port == port]
        assert [(listener.pid, listener.process) for listener in found] == [(0, "")]
