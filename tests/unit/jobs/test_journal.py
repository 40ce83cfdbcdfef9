"""The journal: intents before acts, durable, without secrets; one decision, whoever makes it."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import ApplyError, HostError, NoSpaceError
from wizard.host.local import LocalHost
from wizard.jobs import boot_clock, journal_writer
from wizard.jobs import journal as journals
from wizard.jobs.journal_writer import Journal, describe
from wizard.model.event import Event, EventKind, Outcome, Phase, Result
from wizard.snapshots.store import ensure_directory

PLACE = PurePosixPath("/var/lib/redis-wizard/applies/one")
PATH = PLACE / "journal.jsonl"
ENDED = Outcome(result=Result.APPLIED, summary="done", seconds=1.0)


@pytest.fixture
def host() -> MemoryHost:
    made = MemoryHost()
    ensure_directory(made, PLACE)
    return made


def lines(host: MemoryHost) -> tuple[Event, ...]:
    return journals.read(host, "one").events


def test_every_line_is_numbered_by_its_reader(host: MemoryHost) -> None:
    Journal(host, "one").begin(Phase.LOCK, "look")
    Journal(host, "one").done(Phase.SNAPSHOT, "remember")
    assert [event.sequence for event in lines(host)] == [1, 2]
    assert host.status(PATH).mode == 0o600


def test_an_act_is_written_before_it_is_done_and_after(host: MemoryHost) -> None:
    journal = Journal(host, "one")
    with journal.step(Phase.COMMIT, "write it", changes=("a", "b")):
        assert [(event.kind, event.change) for event in lines(host)] == [(EventKind.BEGIN, "a"), (EventKind.BEGIN, "b")]
    assert [event.kind for event in lines(host)[2:]] == [EventKind.DONE, EventKind.DONE]
    assert lines(host)[-1].seconds is not None


def test_an_act_that_fails_is_written_with_its_reason(host: MemoryHost) -> None:
    with pytest.raises(HostError), Journal(host, "one").step(Phase.COMMIT):
        raise HostError("the disk is gone")
    assert lines(host)[-1].kind is EventKind.FAILED
    assert lines(host)[-1].text == "the disk is gone"


def test_a_long_act_is_heard_of_until_it_ends(host: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_writer, "TICK_SECONDS", 0.02)
    journal = Journal(host, "one")
    with journal.step(Phase.ROLLBACK, "put it back"), journal.step(Phase.ROLLBACK, "save"):
        eventually(lambda: len(lines(host)) > 4)
        # A disk that is full for a moment ends neither the act nor the word of it.
        host.full = True
        time.sleep(0.1)
        host.full = False
        before = len(lines(host))
        eventually(lambda: len(lines(host)) > before)
    after = lines(host)
    begun = next(index for index, event in enumerate(after) if (event.kind, event.text) == (EventKind.BEGIN, "Save"))
    told = {(event.kind, re.sub(r"after \d+ s", "after N s", event.text)) for event in after[begun + 1 : -2]}
    assert told == {(EventKind.NOTE, "Still running after N s: Save")}
    time.sleep(0.1)
    assert lines(host) == after


def test_who_writes_is_not_asked_whether_he_lives_nor_one_who_never_ends(
    host: MemoryHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may let a second pass between two lines.
    monkeypatch.setattr(journal_writer, "TICK_SECONDS", 1.5)
    journal = Journal(host, "one")
    with journal.step(Phase.COMMIT, "write"):
        until = time.monotonic() + 2
        while time.monotonic() < until:
            journal.note(Phase.COMMIT, "a line")
            time.sleep(0.01)
    monkeypatch.setattr(journal_writer, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(journal_writer, "LONGEST_SECONDS", 0.0)
    with journal.step(Phase.COMMIT, "hang"):
        time.sleep(0.1)
    assert not [event for event in lines(host) if event.text.startswith("still")]


def eventually(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_full_disk_stops_an_apply_but_not_an_undo(host: MemoryHost) -> None:
    journal = Journal(host, "one")
    host.full = True
    with pytest.raises(NoSpaceError):
        journal.begin(Phase.COMMIT)
    with pytest.raises(NoSpaceError):
        journal.decide(EventKind.CONFIRMED, "keep it")
    journal.best_effort = True
    journal.begin(Phase.ROLLBACK)
    assert journal.revoke("no space").kind is EventKind.REVOKED


def test_an_error_that_is_not_ours_is_told_by_its_kind_alone() -> None:
    assert "hunter2" not in describe(KeyError("hunter2"))
    assert describe(HostError("plain words")) == "plain words"


def test_a_line_that_was_cut_off_is_recognised_and_swallows_nothing(host: MemoryHost) -> None:
    Journal(host, "one").begin(Phase.LOCK, "look")
    host.append(PATH, b'{"kind":"done","phase":"lo')
    record = journals.read(host, "one")
    assert [event.text for event in record.events] == ["look"]
    assert record.damage == ("line 2 of the journal is incomplete and skipped",)
    Journal(host, "one").note(Phase.LOCK, "somebody else goes on")
    record = journals.read(host, "one")
    assert [event.text for event in record.events] == ["look", "somebody else goes on"]
    assert [event.sequence for event in record.events] == [1, 3]
    assert record.damage == ("line 2 of the journal is damaged and skipped",)


def test_the_end_carries_what_it_came_to(host: MemoryHost) -> None:
    journal = Journal(host, "one")
    journal.begin(Phase.LOCK)
    assert journals.read(host, "one").outcome is None
    journal.end(EventKind.APPLIED, Phase.CONFIRM, ENDED)
    record = journals.read(host, "one")
    assert record.outcome == ENDED
    assert record.events[-1].ends


def test_the_first_word_counts(host: MemoryHost) -> None:
    first = journals.decide(host, "one", EventKind.CONFIRMED, "keep it")
    second = journals.decide(host, "one", EventKind.REVOKED, "too late")
    assert (first.text, second.text) == ("keep it", "keep it")
    assert journals.read(host, "one").decision is not None
    assert [event.text for event in lines(host)] == ["keep it"]


def test_only_what_is_verified_can_be_kept(host: MemoryHost) -> None:
    Journal(host, "one").begin(Phase.VERIFY, "verify from outside")
    with pytest.raises(ApplyError, match=r"not verified yet \(verify: verify from outside\)"):
        journals.confirm(host, "one", "keep it")
    assert journals.read(host, "one").decision is None
    Journal(host, "one").begin(Phase.CONFIRM, "wait", deadline=boot_clock.now() + 60, boot=boot_clock.boot_id())
    assert journals.confirm(host, "one", "keep it").kind is EventKind.CONFIRMED


def test_what_is_being_taken_back_cannot_be_kept(host: MemoryHost) -> None:
    Journal(host, "one").begin(Phase.CONFIRM, "wait", deadline=boot_clock.now() + 60, boot=boot_clock.boot_id())
    Journal(host, "one").begin(Phase.ROLLBACK, "undoing it")
    assert journals.confirm(host, "one", "keep it").kind is EventKind.REVOKED
    assert [event.kind for event in lines(host)] == [EventKind.BEGIN, EventKind.BEGIN, EventKind.REVOKED]


def test_many_who_decide_at_once_make_one_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = LocalHost()
    monkeypatch.setattr(type(host), "state", PurePosixPath(tmp_path))
    words: list[EventKind] = []
    ready = threading.Barrier(8)

    def say(kind: EventKind) -> None:
        ready.wait()
        words.append(journals.decide(host, "one", kind, "").kind)

    ensure_directory(host, host.state / "applies" / "one")
    kinds = [EventKind.CONFIRMED, EventKind.REVOKED] * 4
    threads = [threading.Thread(target=say, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(words) == len(kinds)
    assert len(set(words)) == 1
    assert len(journals.read(host, "one").events) == 1
