"""The law of other hands: whoever writes in the middle of an apply finds it again, and of ours nothing is left."""

import copy
import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apply_memory import apply, make_plan, picture, rollback, tree
from tests.support.memory_host.files import digest_of
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.tree import Node
from wizard.model.event import Outcome, Result
from wizard.snapshots.manual_changes import manual_changes
from wizard.snapshots.reader import MANIFEST
from wizard.snapshots.store import Store

CONF = PurePosixPath("/etc/redis/redis.conf")
DIRECTORY = PurePosixPath("/etc/redis")
SYSCTL = PurePosixPath("/etc/sysctl.d/60-redis-wizard.conf")
ACL = "system.posix_acl_access"
NOBODY = 0xFFFFFFFF
CHANGES = 140
NOT_KEPT = {Result.ROLLED_BACK, Result.INCOMPLETE, Result.REFUSED}

Foreign = Callable[[Node, bytes], None]


def appended(line: bytes) -> Foreign:
    """Somebody adds a line to what is there now."""

    def act(node: Node, _first: bytes) -> None:
        node.data += line

    return act


def saved_over(line: bytes) -> Foreign:
    """Somebody who opened the file long ago saves it."""

    def act(node: Node, first: bytes) -> None:
        node.data = first + line

    return act


def opened(node: Node, _first: bytes) -> None:
    """Somebody sets owner and mode to a third thing."""
    node.owner, node.group, node.mode = "op", "adm", 0o2775


class Injected:
    """Lets somebody act once, before the n-th change of the host that is not of that path."""

    def __init__(self, host: MemoryHost, path: PurePosixPath, number: int, act: Foreign) -> None:
        self._host, self._path, self._left, self._act = host, path, number, act
        self._first = host.nodes[path].data
        self.done = False
        host.before_change = self._hook

    def _hook(self, _what: str, path: PurePosixPath) -> None:
        if self.done or path == self._path or self._path not in self._host.nodes:
            return
        if self._left <= 0:
            self.done = True
            self._act(self._host.nodes[self._path], self._first)
        self._left -= 1


def run(host: MemoryHost, injected: Injected) -> Outcome:
    outcome = apply(host, make_plan(host))
    host.before_change = lambda _what, _path: None
    assert injected.done or outcome.result is Result.APPLIED
    return outcome


EDITS = {
    "a comment": b"# somebody was here\n",
    "another directive": b"hz 17\n",
    "a directive that we set too": b"timeout 77\n",
}


@settings(max_examples=40)
@given(number=st.integers(0, CHANGES), edit=st.sampled_from(sorted(EDITS)), how=st.sampled_from((appended, saved_over)))
def test_an_edit_of_the_configuration(number: int, edit: str, how: Callable[[bytes], Foreign]) -> None:
    host = tree("debian13-redis")
    before = picture(host)
    first, line = host.nodes[CONF].data, EDITS[edit]
    outcome = run(host, injected := Injected(host, CONF, number, how(line)))
    after = picture(host)
    if injected.done:
        assert line in after[CONF].data
    if outcome.result in NOT_KEPT:
        assert after[CONF].data == first + line
        assert str(CONF) in outcome.summary, outcome
        del before[CONF], after[CONF]
        assert after == before


def test_an_edit_that_nobody_can_tell_from_ours_stays_and_is_said() -> None:
    host = tree("debian13-redis")

    def edit(_what: str, path: PurePosixPath) -> None:
        # The configuration has been written by then.
        if path == SYSCTL:
            host.before_change = lambda _what, _path: None
            host.nodes[host.state / "blobs" / digest_of(host.nodes[CONF].data)].data += b"x"
            host.nodes[CONF].data += b"hz 17\n"

    host.before_change = edit
    outcome = apply(host, make_plan(host))
    assert outcome.result is Result.INCOMPLETE, outcome
    assert host.nodes[CONF].data.endswith(b"hz 17\n")
    assert f"{CONF} was written by another administrator in between and stays as it is" in outcome.summary


@settings(max_examples=30)
@given(number=st.integers(0, CHANGES), path=st.sampled_from((CONF, DIRECTORY)))
def test_owner_and_mode(number: int, path: PurePosixPath) -> None:
    host = tree("debian13-redis")
    before = picture(host)
    outcome = run(host, injected := Injected(host, path, number, opened))
    after = picture(host)
    if injected.done and outcome.result in NOT_KEPT:
        assert (after[path].owner, after[path].group, after[path].mode) == ("op", "adm", 0o2775)
        assert str(path) in outcome.summary, outcome
        if path in before and before[path].data == after[path].data:
            del before[path], after[path]
        assert after == before


def packed(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def listed(node: Node, _first: bytes) -> None:
    """Somebody lets one user more read and write (setfacl): the mode of the group is the mask from then on."""
    node.mode |= 0o060
    node.attributes[ACL] = packed((1, 6, NOBODY), (2, 6, 34), (4, 4, NOBODY), (16, 6, NOBODY), (32, 0, NOBODY))


def listed_within_the_mode(node: Node, _first: bytes) -> None:
    """Somebody lets one user more read what the group may read: the mode stays."""
    node.attributes[ACL] = packed((1, 6, NOBODY), (2, 4, 34), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY))


def marked(node: Node, _first: bytes) -> None:
    """Somebody's backup program leaves its mark."""
    node.attributes["user.backup"] = b"weekly"


@settings(max_examples=40)
@given(
    number=st.integers(0, CHANGES),
    path=st.sampled_from((CONF, DIRECTORY)),
    act=st.sampled_from((listed, listed_within_the_mode, marked)),
    edit=st.sampled_from((b"", b"# somebody was here\n")),
)
def test_attributes(number: int, path: PurePosixPath, act: Foreign, edit: bytes) -> None:
    """They are kept, with the mode that an ACL is one with; owner and all else are as before."""
    host = tree("debian13-redis")
    # The first state has attributes too, and another owner than the one that we set.
    host.nodes[CONF].attributes["user.first"] = b"1"
    before = picture(host)

    def both(node: Node, first: bytes) -> None:
        act(node, first)
        node.data += edit if path == CONF else b""

    outcome = run(host, injected := Injected(host, path, number, both))
    after = picture(host)
    if injected.done and outcome.result in NOT_KEPT:
        wanted = copy.deepcopy(before[path])
        both(wanted, b"")
        ours = host.nodes[path].mode if ACL in wanted.attributes else wanted.mode
        assert after[path] == replace(wanted, mode=ours)
        assert str(path) in outcome.summary, outcome
        assert outcome.result is not Result.ROLLED_BACK
        del before[path], after[path]
        assert after == before


@settings(max_examples=30)
@given(number=st.integers(0, CHANGES))
def test_a_file_of_ours_that_was_there_before(number: int) -> None:
    """No configuration of the server: it is merged line by line."""
    host = tree("debian13-redis")
    host.put(SYSCTL, b"# by hand\nvm.dirty_ratio = 10\n\nvm.overcommit_memory = 0\n")
    before, first = picture(host), host.nodes[SYSCTL].data
    outcome = run(host, injected := Injected(host, SYSCTL, number, appended(b"vm.dirty_bytes = 1\n")))
    after = picture(host)
    if injected.done and outcome.result in NOT_KEPT:
        assert after[SYSCTL].data == first + b"vm.dirty_bytes = 1\n"
        assert str(SYSCTL) in outcome.summary, outcome
        del before[SYSCTL], after[SYSCTL]
        assert after == before


@settings(max_examples=30)
@given(number=st.integers(0, CHANGES), how=st.sampled_from((appended, saved_over)))
def test_an_edit_while_a_rollback_runs(number: int, how: Callable[[bytes], Foreign]) -> None:
    host = tree("debian13-redis")
    before, first = picture(host), host.nodes[CONF].data
    applied = apply(host, make_plan(host))
    hardened, line = host.nodes[CONF].data, b"hz 17\n"
    injected = Injected(host, CONF, number, how(line))
    outcome = rollback(host, applied.snapshot)
    host.before_change = lambda _what, _path: None
    after = picture(host)
    if injected.done and after[CONF].data == first:
        # It came before the rollback remembered what is there.
        kept = [Store(host).blob(saved.blob) for each in Store(host).listing() for saved in each.paths if saved.blob]
        assert any(data.endswith(line) for data in kept)
    elif injected.done:
        # Who opened it hardened and saves it once all is done has the last word.
        assert after[CONF].data in {first + line, hardened + line}
        assert outcome.result is Result.INCOMPLETE or str(CONF) not in outcome.summary
    del before[CONF], after[CONF]
    assert after == before


@pytest.mark.parametrize("removed", [True, False])
def test_a_file_that_we_made_and_somebody_changed_is_kept(*, removed: bool) -> None:
    host = tree("debian13-redis")

    def act(node: Node, _first: bytes) -> None:
        if removed:
            del host.nodes[SYSCTL]
        else:
            node.data += b"vm.dirty_bytes = 1\n"

    applied = apply(host, make_plan(host))
    act(host.nodes[SYSCTL], b"")
    outcome = rollback(host, applied.snapshot)
    assert (SYSCTL in host.nodes) is not removed
    assert outcome.result is (Result.ROLLED_BACK if removed else Result.INCOMPLETE)


# --- all at once -----------------------------------------------------------------------------------

UNIT = "redis-server.service"
LINK = PurePosixPath("/etc/systemd/system/multi-user.target.wants") / UNIT
ALIAS = PurePosixPath("/etc/systemd/system/redis.service")


def given_away(node: Node, _first: bytes) -> None:
    """Somebody gives it to another owner, and leaves the rest."""
    node.owner = "op"


ACTS: dict[str, tuple[PurePosixPath, Foreign]] = {
    "text": (CONF, appended(b"hz 17\n")),
    "owner": (CONF, given_away),
    "permissions": (CONF, listed),
    "attribute": (CONF, marked),
    "rights of a directory": (DIRECTORY, opened),
    "attribute of a directory": (DIRECTORY, marked),
}


def disable(nodes: dict[PurePosixPath, Node]) -> None:
    """Somebody takes the server's unit from the boot."""
    for link in (LINK, ALIAS, LINK.parent):
        del nodes[link]


def enabled() -> MemoryHost:
    """A host whose server has all the links that enabling it makes."""
    host = tree("debian13-redis")
    host.services.enable(UNIT)
    return host


def wished(first: dict[PurePosixPath, Node], acts: Iterable[str]) -> dict[PurePosixPath, Node]:
    """Give what the host would be without us."""
    wanted = copy.deepcopy(first)
    for each in sorted(acts, key=list(ACTS).index):
        path, act = ACTS[each]
        act(wanted[path], b"")
    return wanted


@settings(max_examples=30)
@given(
    numbers=st.dictionaries(st.sampled_from(sorted(ACTS)), st.integers(0, CHANGES), min_size=1),
    unit=st.none() | st.integers(0, CHANGES),
)
def test_whatever_others_do_the_undo_takes_back_our_part_alone_and_names_theirs(
    numbers: dict[str, int], unit: int | None
) -> None:
    host, done = enabled(), set[str]()
    first, left = picture(host), dict(numbers) | ({UNIT: unit} if unit is not None else {})
    marks: list[PurePosixPath] = []
    late: set[str] = set()

    def hook(_what: str, path: PurePosixPath) -> None:
        # From when the first state is remembered until the last one has been compared with it.
        marks.extend([path] if path.name == MANIFEST else [])
        if len(marks) == 1:
            # The line of the journal just before the second manifest comes after the comparison.
            late.clear()
            late.update(left)
        for name in sorted(left) if len(marks) == 1 and path.name != MANIFEST else ():
            where = ACTS[name][0] if name != UNIT else LINK
            if left[name] > 0 or path == where:
                left[name] -= 1
                continue
            del left[name]
            done.add(name)
            if name == UNIT:
                disable(host.nodes)
            else:
                ACTS[name][1](host.nodes[where], b"")

    host.before_change = hook
    outcome = apply(host, make_plan(host))
    host.before_change = lambda _what, _path: None
    if outcome.result in NOT_KEPT:
        after, wanted = picture(host), wished(first, done - {UNIT})
        if UNIT in done:
            disable(wanted)
        assert after == wanted
        for name in done - late:
            assert (str(ACTS[name][0]) if name != UNIT else UNIT) in outcome.summary, outcome


@settings(max_examples=20)
@given(acts=st.sets(st.sampled_from(sorted(ACTS))), disabled=st.booleans())
def test_a_rollback_that_was_asked_for_shows_all_that_it_overwrites(acts: set[str], *, disabled: bool) -> None:
    host = enabled()
    first, store = picture(host), Store(host)
    snapshot = store.load(apply(host, make_plan(host)).snapshot)
    for name in acts:
        path, act = ACTS[name]
        act(host.nodes[path], b"")
    if disabled:
        disable(host.nodes)
    theirs = picture(host)
    shown = manual_changes(host, store, snapshot, {})
    names = [ACTS[name][0] for name in acts] + [None] * disabled
    assert {edit.path for edit in shown} == set(names)
    outcome = rollback(host, snapshot.id)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert picture(host) == first
    assert {edit.what for edit in shown} <= set(outcome.checks)
    rollback(host, max(each.id for each in store.listing() if each.state == "undo"))
    assert picture(host) == theirs
