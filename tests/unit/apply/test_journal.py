"""The journal: intents before acts, durable, without secrets; followers see the same."""

from pathlib import PurePosixPath

import pytest

from wizard.apply.feed import Feed
from wizard.apply.journal import Journal, describe
from wizard.errors import HostError, NoSpaceError
from wizard.host.memory import MemoryHost
from wizard.model.event import Event, EventKind, Phase
from wizard.model.value import from_json

PATH = PurePosixPath("/var/lib/redis-wizard/applies/one/journal.jsonl")


def lines(host: MemoryHost) -> list[Event]:
    return [from_json(Event, line) for line in host.read(PATH).splitlines()]


def test_what_was_said_before_the_file_is_in_it_too() -> None:
    host, feed = MemoryHost(), Feed()
    journal = Journal(host, feed)
    journal.begin(Phase.LOCK, "look")
    journal.open("one")
    journal.done(Phase.SNAPSHOT, "remember")
    feed.end()
    assert lines(host) == list(feed.follow())
    assert [event.sequence for event in lines(host)] == [1, 2]
    assert host.status(PATH).mode == 0o600


def test_an_act_is_written_before_it_is_done_and_after() -> None:
    host = MemoryHost()
    journal = Journal(host, Feed())
    journal.open("one")
    with journal.act(Phase.COMMIT, "write it", changes=("a", "b")):
        assert [(event.kind, event.change) for event in lines(host)] == [(EventKind.BEGIN, "a"), (EventKind.BEGIN, "b")]
    assert [event.kind for event in lines(host)[2:]] == [EventKind.DONE, EventKind.DONE]
    assert lines(host)[-1].seconds is not None


def test_an_act_that_fails_is_written_with_its_reason() -> None:
    host = MemoryHost()
    journal = Journal(host, Feed())
    journal.open("one")
    with pytest.raises(HostError), journal.act(Phase.COMMIT):
        raise HostError("the disk is gone")
    assert lines(host)[-1].kind is EventKind.FAILED
    assert lines(host)[-1].text == "the disk is gone"


def test_a_full_disk_stops_an_apply_but_not_an_undo() -> None:
    host = MemoryHost()
    journal = Journal(host, Feed())
    journal.open("one")
    host.full = True
    with pytest.raises(NoSpaceError):
        journal.begin(Phase.COMMIT)
    journal.forgiving = True
    journal.begin(Phase.ROLLBACK)


def test_an_error_that_is_not_ours_is_told_by_its_kind_alone() -> None:
    assert "hunter2" not in describe(KeyError("hunter2"))
    assert describe(HostError("plain words")) == "plain words"
