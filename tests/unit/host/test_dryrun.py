"""A dry run looks through, and refuses every change in words."""

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.errors import UnsupportedError
from wizard.host.dryrun import DryRunHost
from wizard.host.port import Completed, Host, Services, TransientUnit

A = PurePosixPath("/etc/a")
OUT = PurePosixPath("/etc/out")


@pytest.fixture
def inner() -> MemoryHost:
    made = MemoryHost({A: b"one"}, services=MemoryServices({"x.service": MemoryUnit(active="active")}))
    made.answer = lambda line, _input, _user: Completed(status=0, output=" ".join(line), errors="")
    made.programs["true"] = PurePosixPath("/bin/true")
    return made


CHANGES: dict[str, Callable[[Host], object]] = {
    "write": lambda host: host.write(A, b"", expected=None, owner="root", group="root", mode=0o600),
    "append": lambda host: host.append(A, b"x"),
    "lock": lambda host: host.lock(OUT),
    "make_directory": lambda host: host.make_directory(OUT, owner="root", group="root", mode=0o700),
    "set_mode": lambda host: host.set_mode(A, owner="root", group="root", mode=0o600),
    "set_attributes": lambda host: host.set_attributes(A, {}),
    "hard_link_backup": lambda host: host.hard_link_backup(A, ".a"),
    "restore_backup": lambda host: host.restore_backup(A, ".a", expected="", owner="root", replaces=""),
    "reserve": lambda host: host.reserve(OUT, 1),
    "rename": lambda host: host.rename(A, OUT),
    "link": lambda host: host.link(OUT, target="a"),
    "remove": lambda host: host.remove(A),
    "write_kernel": lambda host: host.write_kernel("vm.overcommit_memory", "1"),
    "launch": lambda host: host.launch(["/bin/true"], directory=A.parent, output=OUT),
    "run": lambda host: host.run(["/usr/bin/systemctl", "restart", "x.service"]),
    "run a server": lambda host: host.run(["/usr/bin/redis-server", "/etc/a", "--version"]),
    "reload_definitions": lambda host: host.services.reload_definitions(),
    "start": lambda host: host.services.start("x.service"),
    "stop": lambda host: host.services.stop("x.service"),
    "clear_start_limit": lambda host: host.services.clear_start_limit("x.service"),
    "restart": lambda host: host.services.restart("x.service"),
    "enable": lambda host: host.services.enable("x.service"),
    "disable": lambda host: host.services.disable("x.service"),
    "start_transient": lambda host: host.services.start_transient(
        TransientUnit(name="y.service", description="y", arguments=("/bin/true",))
    ),
    "kill": lambda host: host.services.kill("x.service"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_refuses_every_change_and_makes_none(inner: MemoryHost, change: str) -> None:
    services = inner.services
    with pytest.raises(UnsupportedError, match=r"^dry run: "):
        CHANGES[change](DryRunHost(inner))
    assert (inner.changes, inner.runs, services.calls) == ([], [], [])


def test_knows_every_change_of_the_port() -> None:
    looking = {
        "run",
        "launch",
        "read",
        "status",
        "resolve_target",
        "attributes",
        "entries",
        "space",
        "interfaces",
        "listeners",
    }
    looking |= {"processes", "user_exists", "group_exists", "find_program", "name", "names", "kernel_release"}
    looking |= {"architecture", "processors", "root", "tree", "services", "state", "reopen_arguments"}
    looking |= {
        "show",
        "list_units",
        "is_same_file",
        "writable_by_others",
        "files_of",
        "sees_same",
        "life",
        "holder",
        "runs_code",
    }
    methods = {name for port in (Host, Services) for name in vars(port) if not name.startswith("_")}
    assert methods - looking <= set(CHANGES)


def test_shows_what_the_host_shows(inner: MemoryHost) -> None:
    host = DryRunHost(inner)
    assert host.read(A) == b"one"
    assert host.status(A, digest=True) == inner.status(A, digest=True)
    assert host.entries(A.parent) == inner.entries(A.parent)
    assert host.services.show("x.service").active == "active"
    assert (host.root, host.state, host.name()) == (inner.root, inner.state, inner.name())


@pytest.mark.parametrize(
    "line",
    [
        ["/usr/bin/redis-server", "--version"],
        ["/usr/bin/systemctl", "show", "x"],
        ["/usr/bin/systemd-detect-virt"],
        ["/usr/bin/apt-cache", "policy", "redis-server"],
    ],
)
def test_runs_what_only_looks(inner: MemoryHost, line: list[str]) -> None:
    assert DryRunHost(inner).run(line).output == " ".join(line)
