"""The law of snapshots: going back, forth and back again gives each state in full, whatever was pruned between."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apply_memory import HOSTS, Stopped, apply, make_plan, picture, rollback, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from wizard.app import recover
from wizard.detect.collect import collect
from wizard.model.answers import Answers
from wizard.model.event import Result
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import FileKind
from wizard.model.value import replace
from wizard.planning.select_instance import choose
from wizard.recovery.pruning import prune_locked
from wizard.snapshots.backups import delete_backups
from wizard.snapshots.capture import capture
from wizard.snapshots.compare import ComparedState, Difference, compare
from wizard.snapshots.history import History
from wizard.snapshots.integrity import audit
from wizard.snapshots.manual_changes import manual_changes
from wizard.snapshots.restore import difference
from wizard.snapshots.scope import scope_of_snapshot
from wizard.snapshots.store import Store

ACL = b"\x02\0\0\0" + b"\x01\0\x06\0\xff\xff\xff\xff" + b"\x20\0\x00\0\xff\xff\xff\xff"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def main_file(host: MemoryHost) -> PurePosixPath:
    config = choose(collect(host).facts).config
    assert isinstance(config, ConfigFacts)
    return config.main


def behind_a_link(host: MemoryHost) -> None:
    path = main_file(host)
    host.nodes[path.parent].owner, host.nodes[path.parent].mode = "root", 0o750
    host.nodes[path.with_name("real.conf")] = host.nodes.pop(path)
    host.put_link(path, "real.conf")


def with_a_second_name(host: MemoryHost) -> None:
    path = main_file(host)
    path = path.with_name("real.conf") if host.status(path).kind is FileKind.LINK else path
    host.nodes[path.parent].owner, host.nodes[path.parent].mode = "root", 0o750
    host.hard_link_backup(path, "second")


def with_attributes(host: MemoryHost) -> None:
    path = main_file(host)
    for node in (host.nodes[path], host.nodes[path.parent]):
        if node.kind is not FileKind.LINK:
            node.attributes = {"user.note": b"by the operator", "system.posix_acl_access": ACL}


def with_rights(host: MemoryHost) -> None:
    path = main_file(host)
    host.nodes[path.parent].mode = 0o700
    host.nodes[path.parent].owner = "root"


ODDITIES = (behind_a_link, with_a_second_name, with_attributes, with_rights)


def without_certificates(answers: Answers) -> Answers:
    return replace(answers, tls=replace(answers.tls, enabled=False))


def without_kernel(answers: Answers) -> Answers:
    return replace(answers, kernel=replace(answers.kernel, manage=False))


def as_recommended(answers: Answers) -> Answers:
    return answers


CHANGES = (as_recommended, without_certificates, without_kernel)


def newest_undo(store: Store) -> str:
    return next(each.id for each in store.listing() if each.state == "undo")


def diff(host: MemoryHost, identity: str) -> Difference:
    store = Store(host)
    snapshot = store.load(identity)
    facts = collect(host).facts
    now = capture(host, scope_of_snapshot(snapshot), facts, choose(facts), snapshot_id="now", by="", now=NOW)
    return compare(
        ComparedState(name=identity, state=snapshot, contents=lambda saved: store.blob(saved.blob)),
        ComparedState(name="now", state=now, contents=lambda saved: host.read(saved.status.path)),
    )


@settings(max_examples=25)
@given(
    name=st.sampled_from(HOSTS),
    change=st.sampled_from(CHANGES),
    oddities=st.sets(st.sampled_from(ODDITIES)),
    turns=st.integers(1, 4),
    keep=st.none() | st.integers(0, 3),
)
def test_back_and_forth_gives_each_state_in_full(
    name: str,
    change: Callable[[Answers], Answers],
    oddities: set[Callable[[MemoryHost], None]],
    turns: int,
    keep: int | None,
) -> None:
    host = tree(name)
    for oddity in sorted(oddities, key=ODDITIES.index):
        oddity(host)
    states = [picture(host)]
    outcome = apply(host, make_plan(host, change))
    assert outcome.result is Result.APPLIED, outcome
    states.append(picture(host))
    store, identity = Store(host), outcome.snapshot
    for turn in range(turns):
        assert manual_changes(host, store, store.load(identity), {}) == ()
        outcome = rollback(host, identity)
        assert outcome.result is Result.ROLLED_BACK, outcome
        assert picture(host) == states[turn % 2]
        assert diff(host, identity).empty
        if keep is not None:
            prune_locked(host, keep=keep)
        assert audit(store).ok
        identity = newest_undo(store)
    assert not audit(store).garbage


@settings(max_examples=40)
@given(name=st.sampled_from(HOSTS), stop=st.integers(0, 160))
def test_what_is_compared_is_what_a_rollback_judges_by(name: str, stop: int) -> None:
    host = tree(name)
    stop_before(host, stop, Stopped())
    try:
        apply(host, make_plan(host))
    except Stopped:
        pass
    finally:
        host.before_change = lambda _what, _path: None
    for snapshot in Store(host).listing():
        # What the stopped apply left beside its files is counted by one alone, and goes first in a rollback.
        delete_backups(host, snapshot)
        differing = {each.path for each in diff(host, snapshot.id).paths}
        assert differing == {saved.status.path for saved in snapshot.paths if difference(host, saved)}


@settings(max_examples=30)
@given(name=st.sampled_from(HOSTS), first=st.integers(0, 160), stop=st.integers(0, 120), keep=st.integers(0, 2))
def test_a_prune_in_the_middle_of_everything_takes_no_way_back(name: str, first: int, stop: int, keep: int) -> None:
    host = tree(name)
    before = picture(host)
    stop_before(host, first, Stopped())
    try:
        outcome = apply(host, make_plan(host))
        if outcome.result is Result.APPLIED:
            stop_before(host, stop, Stopped())
            rollback(host, outcome.snapshot)
    except Stopped:
        pass
    host.before_change = lambda _what, _path: None
    store = Store(host)
    kept = {each.id for each in store.listing() if each.state in {"open", "applied"}}
    prune_locked(host, keep=keep)
    assert kept <= {each.id for each in store.listing()}
    recover(host)
    newest = History(store).newest()
    if newest is not None:
        rollback(host, newest.id)
    assert picture(host) == before
