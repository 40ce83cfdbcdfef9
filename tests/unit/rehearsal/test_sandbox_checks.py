"""What the real server will meet is judged by what a process in its sandbox sees."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.apply_run import CONF, directive, planned, run
from tests.support.memory_host.host import MemoryHost
from wizard.changes.staging import Staged, StagedFile
from wizard.config import ResolvedFiles
from wizard.model.change import Change, Effect, Restart
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.rehearsal.process_view import AccessCheck, Credentials, ProcessView
from wizard.rehearsal.sandbox_checks import SandboxChecks, planned_permissions

PID = 77
TOP = PurePosixPath(f"/proc/{PID}/root")
UNIT = "redis-server.service"
DATA, LOG = PurePosixPath("/var/lib/redis"), PurePosixPath("/var/log/redis/redis.log")
RESTART = Restart(
    id="restart", title="", before="", after="", why="", source="", effect=Effect.RESTART, undo="",
    unit=UNIT, because=(),
)  # fmt: skip


@pytest.fixture
def host() -> MemoryHost:
    """A host whose usual places the service sees as they are."""
    made = MemoryHost()
    for path in (DATA, LOG.parent, PurePosixPath("/etc/redis"), PurePosixPath("/run/redis")):
        made.put_directory(path, owner="redis", group="redis", mode=0o750)
        see(made, path)
    made.put(CONF, b"", group="redis", mode=0o640)
    see(made, CONF)
    return made


def see(host: MemoryHost, path: PurePosixPath) -> None:
    """Let the service see what is there."""
    host.put_directory(seen(path).parent)
    host.nodes[seen(path)] = host.nodes[path]


def inside(
    host: MemoryHost,
    *changes: Change,
    facts: HostFacts | None = None,
    files: Staged | None = None,
    wanted: ResolvedFiles | None = None,
    managed: tuple[PurePosixPath, ...] = (),
) -> SandboxChecks:
    work = run(facts or build.pristine_host(), *changes, host=host, files=files)
    view = ProcessView(host, PID)
    identity = Credentials(user="redis", groups=frozenset({"redis"}))
    return SandboxChecks(
        run=work,
        planned=wanted or usual(),
        view=view,
        access=AccessCheck(view, identity, planned_permissions(work)),
        managed=managed,
        unit=UNIT,
    )


def usual(**more: str) -> ResolvedFiles:
    return planned(**{"dir": str(DATA), "logfile": str(LOG), "unixsocket": "/run/redis/redis.sock", **more})


def seen(path: PurePosixPath) -> PurePosixPath:
    return TOP / path.relative_to("/")


def test_nothing_is_said_of_a_host_that_fits(host: MemoryHost) -> None:
    looked = inside(host, RESTART)
    assert looked.problems() == ()
    assert looked.warnings() == ()


@pytest.mark.parametrize(
    ("place", "name"), [(DATA, "dir"), (LOG.parent, "logfile"), (PurePosixPath("/run/redis"), "unixsocket")]
)
def test_a_place_that_the_sandbox_makes_read_only_is_an_obstacle_to_a_restart(
    host: MemoryHost, place: PurePosixPath, name: str
) -> None:
    host.read_only.add(seen(place))
    (said,) = inside(host, RESTART).problems()
    assert f"{place} ({name}) is read-only in the sandbox" in said
    assert f"ReadWritePaths={place}" in said


@pytest.mark.parametrize("name", ["dir", "appendonly", "save"])
def test_it_is_one_to_a_change_of_persistence_too_and_a_remark_else(host: MemoryHost, name: str) -> None:
    host.read_only.add(seen(DATA))
    assert inside(host, directive(name, "x")).problems()
    other = inside(host, directive("timeout", "5"))
    assert other.problems() == ()
    assert len(other.warnings()) == 1


@pytest.mark.parametrize(("save", "appends", "said"), [("", "no", 0), ("", "yes", 1), ("3600 1", "no", 1)])
def test_a_server_that_keeps_nothing_needs_no_data_directory(
    host: MemoryHost, save: str, appends: str, said: int
) -> None:
    host.read_only.add(seen(DATA))
    assert len(inside(host, RESTART, wanted=usual(appendonly=appends, save=save)).problems()) == said


def test_a_directory_that_systemd_makes_is_not_judged(host: MemoryHost) -> None:
    host.read_only.add(seen(PurePosixPath("/run/redis")))
    assert inside(host, RESTART, managed=(PurePosixPath("/run/redis"),)).problems() == ()


def test_a_directory_of_somebody_else_is_named(host: MemoryHost) -> None:
    host.nodes[seen(DATA)].owner = "root"
    host.nodes[seen(DATA)].mode = 0o755
    (said,) = inside(host, RESTART).problems()
    assert "redis may not" in said
    assert "/var/lib/redis (root:redis 0755)" in said


def test_an_immutable_directory_is_named(host: MemoryHost) -> None:
    host.nodes[seen(DATA)].immutable = True
    (said,) = inside(host, RESTART).problems()
    assert "chattr -i /var/lib/redis" in said


def test_a_log_file_of_somebody_else_is_named_though_its_directory_is_ours(host: MemoryHost) -> None:
    host.put(seen(LOG), b"", mode=0o640)
    (said,) = inside(host, RESTART).problems()
    assert "redis may not write to /var/log/redis/redis.log" in said


def test_a_configuration_that_the_service_cannot_read_is_named(host: MemoryHost) -> None:
    host.nodes[seen(CONF)].mode = 0o600
    (said,) = inside(host).problems()
    assert f"could not read {CONF}" in said


def staged(path: str, *, mode: int = 0o640) -> Staged:
    file = StagedFile(
        path=PurePosixPath(path), data=b"", expected="", owner="root", group="redis", mode=mode, changes=()
    )
    return Staged(users=(file,))


def test_a_file_that_will_be_unreadable_is_named(host: MemoryHost) -> None:
    looked = inside(
        host, files=staged("/etc/redis/users.acl", mode=0o600), wanted=usual(aclfile="/etc/redis/users.acl")
    )
    (said,) = looked.problems()
    assert "may not read /etc/redis/users.acl (root:redis 0600)" in said


def test_a_file_that_is_out_of_sight_is_named(host: MemoryHost) -> None:
    host.put(PurePosixPath("/home/op/server.key"), b"")
    (said,) = inside(host, wanted=usual(tls_key_file="/home/op/server.key")).problems()
    assert "hides /home/op/server.key" in said


@pytest.mark.parametrize("seen_as", ["absent", "other"])
def test_a_place_for_a_new_file_that_is_out_of_sight_is_named(host: MemoryHost, seen_as: str) -> None:
    keys = PurePosixPath("/srv/keys")
    host.put_directory(keys)
    if seen_as == "other":
        host.put_directory(seen(keys))
    looked = inside(host, files=staged("/srv/keys/users.acl"), wanted=usual(aclfile="/srv/keys/users.acl"))
    (said,) = looked.problems()
    assert "hides /srv/keys" in said
    see(host, keys)
    again = inside(host, files=staged("/srv/keys/users.acl"), wanted=usual(aclfile="/srv/keys/users.acl"))
    assert again.problems() == ()


@pytest.mark.parametrize(("bits", "said"), [("0000000000000400", 0), ("0000000000000000", 1)])
def test_a_low_port_wants_a_right(host: MemoryHost, bits: str, said: int) -> None:
    host.put(PurePosixPath("/proc/self/uid_map"), b"0 0 1\n")
    host.put(PurePosixPath(f"/proc/{PID}/uid_map"), b"0 0 1\n")
    host.put(PurePosixPath(f"/proc/{PID}/status"), f"CapEff:\t{bits}\n".encode())
    looked = inside(host, RESTART, wanted=usual(tls_port="443", port="0"))
    assert len(looked.problems()) == said
    host.put(PurePosixPath("/proc/sys/net/ipv4/ip_unprivileged_port_start"), b"80\n")
    assert looked.problems() == ()


def test_a_running_server_that_still_sees_an_old_mount_is_named(host: MemoryHost) -> None:
    live = PurePosixPath(f"/proc/{build.PID}/root") / DATA.relative_to("/")
    host.put_directory(live)
    host.read_only.add(live)
    facts = build.with_live(build.pristine_host(), {"dir": str(DATA)})
    (said,) = inside(host, RESTART, facts=facts).problems()
    assert "still sees /var/lib/redis read-only" in said


@pytest.mark.parametrize(("role", "said"), [(Role.REPLICA, 1), (Role.STANDALONE, 0)])
def test_a_replica_that_could_not_rewrite_its_configuration_is_told_of(host: MemoryHost, role: Role, said: int) -> None:
    host.read_only.add(seen(CONF.parent))
    facts = build.with_live(build.pristine_host(), {"dir": str(DATA)}, role=role)
    assert len(inside(host, facts=facts).warnings()) == said
