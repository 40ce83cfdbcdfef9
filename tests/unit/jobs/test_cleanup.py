"""Nothing of ours stays for ever: what a killed program left is gone when the next one begins, and nothing else is."""

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from tests.support.apply_memory import Stopped, apply, make_plan, rollback, tree
from tests.support.memory_host.host import MemoryHost
from wizard.app import abandon, recover
from wizard.detect.collect import collect
from wizard.jobs import requests, status, watchdog, worker_secrets
from wizard.jobs.boot_units import BOOT_UNIT, DATA_UNIT
from wizard.jobs.cleanup import clean_leftovers
from wizard.jobs.journal_writer import Journal
from wizard.jobs.requests import Request
from wizard.jobs.state_directory import runtime_directory
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.facts.files import FileKind
from wizard.model.value import Secret
from wizard.planning.select_instance import choose
from wizard.recovery import pruning
from wizard.recovery import recover as recovering
from wizard.snapshots.backups import backup_name

CONF = PurePosixPath("/etc/redis/redis.conf")
HALF = "0123456789ab"
SECRETS = WorkerSecrets(passwords={"admin": Secret("a-planted-secret")})


@pytest.fixture
def host() -> MemoryHost:
    return tree("debian13-redis")


def half(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(f".{path.name}.rw-{HALF}")


def asked(host: MemoryHost) -> Request:
    return requests.create_apply(host, make_plan(host), confirm_within=0, secrets_to="")


def end(host: MemoryHost, order: Request) -> None:
    refused = Outcome(result=Result.REFUSED, summary="", seconds=0.0)
    Journal(host, order.id).end(EventKind.REFUSED, Phase.LOCK, refused)


def a_rollback(host: MemoryHost, snapshot: str) -> None:
    assert rollback(host, snapshot).result is Result.ROLLED_BACK


def a_recovery(host: MemoryHost, _snapshot: str) -> None:
    assert recover(host) is None


def a_pruning(host: MemoryHost, _snapshot: str) -> None:
    pruning.prune_locked(host, keep=9)


@pytest.mark.parametrize("begin", [a_rollback, a_recovery, a_pruning])
def test_whatever_begins_next_sweeps(begin: Callable[[MemoryHost, str], None], host: MemoryHost) -> None:
    snapshot = apply(host, make_plan(host)).snapshot
    left = [
        CONF.with_name(backup_name(CONF, snapshot)),
        half(CONF),
        half(host.state / "pending"),
        half(host.state / "snapshots" / snapshot / "manifest.json"),
        half(requests.directory_of(host, snapshot) / "instance.json"),
        worker_secrets.place(host, snapshot),
        half(worker_secrets.place(host, snapshot)),
        half(worker_secrets.place(host, "20200101-000000")),
    ]
    others = [
        CONF.with_name(backup_name(CONF, "20200101-000000")),
        CONF.with_name(f".sentinel.conf.rw-{HALF}"),
        half(host.state / "answers.toml"),
    ]
    for path in (*left, *others):
        host.put(path, b"left")
    begin(host, snapshot)
    assert [path for path in left if path in host.nodes] == []
    assert [path for path in others if path not in host.nodes] == []


def test_an_apply_begins_with_it_too(host: MemoryHost) -> None:
    path = half(host.state / "pending")
    host.put(path, b"left")
    host.before_change = lambda _what, changed: _stop(host, path) if changed.is_relative_to("/etc") else None
    with pytest.raises(Stopped):
        apply(host, make_plan(host))


def _stop(host: MemoryHost, path: PurePosixPath) -> None:
    assert path not in host.nodes
    raise Stopped


def test_what_an_open_apply_needs_stays(host: MemoryHost) -> None:
    plan = make_plan(host)
    host.before_change = _kill
    with pytest.raises(Stopped):
        apply(host, plan)
    host.before_change = lambda _what, _path: None
    (identity,) = requests.identities(host)
    kept = CONF.with_name(backup_name(CONF, identity))
    assert host.status(kept).kind is FileKind.FILE
    assert worker_secrets.load(host, identity).passwords
    clean_leftovers(host, tuple(status.unfinished(host)))
    assert host.status(kept).kind is FileKind.FILE
    assert worker_secrets.load(host, identity).passwords
    # Left as it is, it can be put back later.
    assert abandon(host)
    assert recover(host) is None
    assert host.status(kept).kind is FileKind.FILE
    assert rollback(host, identity).result is Result.ROLLED_BACK
    assert kept not in host.nodes


def _kill(what: str, path: PurePosixPath) -> None:
    if what == "write" and path == CONF:
        raise Stopped


def test_secrets_of_one_that_is_about_to_begin_stay_also_half_written(host: MemoryHost) -> None:
    order = asked(host)
    worker_secrets.store(host, order.id, SECRETS)
    writing = half(worker_secrets.place(host, order.id))
    host.put(writing, b"half")
    clean_leftovers(host, tuple(status.unfinished(host)))
    assert writing in host.nodes
    assert worker_secrets.load(host, order.id).passwords == SECRETS.passwords
    end(host, order)
    clean_leftovers(host, tuple(status.unfinished(host)))
    assert host.entries(runtime_directory(host)) == ()


def test_with_the_secrets_goes_what_was_written_of_them(host: MemoryHost) -> None:
    writing = half(worker_secrets.place(host, "one"))
    host.put(writing, b"half")
    worker_secrets.delete(host, "one")
    assert writing not in host.nodes
    assert writing.parent not in host.nodes


def test_half_a_unit_goes_where_units_are(host: MemoryHost) -> None:
    host.put_directory(PurePosixPath("/run/systemd/system"))
    host.tree, host.reopen_arguments = None, ()
    ours = [half(watchdog.UNITS / name) for name in (BOOT_UNIT, DATA_UNIT)]
    other = half(watchdog.UNITS / "redis-server.service")
    for path in (*ours, other):
        host.put(path, b"[Unit]")
    clean_leftovers(host, tuple(status.unfinished(host)))
    assert [path for path in (*ours, other) if path in host.nodes] == [other]


def test_a_dump_that_a_killed_worker_watched_is_let_go(host: MemoryHost) -> None:
    instance = choose(collect(host).facts)
    assert instance.dump is not None
    mark = instance.dump.path.with_name(f".{instance.dump.path.name}.rw-mark")
    host.put(instance.dump.path, b"REDIS0011")
    host.put(mark, b"REDIS0011")
    order = asked(host)
    requests.save_instance(host, order.id, instance)
    outcome = recovering.recover(host, identity=order.id)
    assert outcome is not None
    assert outcome.result is Result.REFUSED
    assert mark not in host.nodes
    assert host.status(instance.dump.path).kind is FileKind.FILE
