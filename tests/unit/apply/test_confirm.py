"""The first word counts, and silence is one."""

import threading

from wizard.apply.confirm import Decision, Word
from wizard.apply.feed import Feed
from wizard.model.event import Event, EventKind, Phase


def test_first_word_counts() -> None:
    decision = Decision()
    assert decision.say(Word.KEEP)
    assert not decision.say(Word.UNDO)
    assert decision.say(Word.KEEP)
    assert decision.wait(0) is Word.KEEP


def test_silence_is_a_decision() -> None:
    decision = Decision()
    assert decision.wait(0) is Word.SILENCE
    assert not decision.say(Word.KEEP)


def test_a_word_wakes_who_waits() -> None:
    decision = Decision()
    teller = threading.Thread(target=lambda: decision.say(Word.UNDO))
    teller.start()
    assert decision.wait(30) is Word.UNDO
    teller.join()


def test_every_follower_sees_every_event_from_the_first() -> None:
    feed = Feed()
    event = Event(sequence=1, at="", kind=EventKind.NOTE, phase=Phase.LOCK)
    feed.add(event)
    late: list[Event] = []
    follower = threading.Thread(target=lambda: late.extend(feed.follow()))
    follower.start()
    feed.add(event)
    feed.end()
    follower.join(timeout=30)
    assert late == list(feed.follow()) == [event, event]
