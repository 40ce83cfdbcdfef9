"""Following an apply: what is told, who is heard, how it is left."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.support.fake_apply import FakeApply, outcome
from wizard.cli.follow import FollowOptions, follow, report
from wizard.cli.signals import SignalQueue
from wizard.errors import ApplyError, BusyError, HostError, LeftRunningError
from wizard.model.event import EventKind, Outcome, Result

CAUGHT = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class Keyboard:
    """What stands in for standard input: a test types by writing."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self.stream = os.fdopen(reader)

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._writer, text.encode())

    def hang_up(self) -> None:
        """Nothing more will come."""
        if self._writer >= 0:
            os.close(self._writer)
        self._writer = -1


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    made = Keyboard()
    monkeypatch.setattr(sys, "stdin", made.stream)
    yield made
    made.hang_up()
    made.stream.close()


Saying = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def when_said(monkeypatch: pytest.MonkeyPatch) -> Saying:
    """Let something happen as soon as certain words are said on standard error."""

    def arrange(words: str, act: Callable[[], object]) -> None:
        write = sys.stderr.write

        def say(text: str) -> int:
            if words in text:
                act()
            return write(text)

        monkeypatch.setattr(sys.stderr, "write", say)

    return arrange


def ask(apply: FakeApply, waiting: Callable[[], None] | None = None) -> Outcome:
    """Follow as from a terminal."""
    with SignalQueue() as watch:
        return follow(apply, watch, FollowOptions(asks=True, waiting=waiting))


def test_tells_each_act_once_and_gives_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    apply = FakeApply().does("act 1", "act 2", "act 2", "act 3").ends(Result.APPLIED)
    with SignalQueue() as watch:
        assert follow(apply, watch, FollowOptions()).result is Result.APPLIED
    said = capsys.readouterr()
    assert said.err == "[ ok ] commit: act 1\n[ ok ] commit: act 2\n[ ok ] commit: act 3\n"
    assert said.out == ""


def test_quiet_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    apply = FakeApply().does("act 1").waits().ends(Result.ROLLED_BACK)
    with SignalQueue() as watch:
        assert follow(apply, watch, FollowOptions(quiet=True)).result is Result.ROLLED_BACK
    assert capsys.readouterr() == ("", "")


def test_what_breaks_the_telling_is_raised() -> None:
    with SignalQueue() as watch, pytest.raises(HostError, match="the journal is gone"):
        follow(FakeApply().does("act").breaks(HostError("the journal is gone")), watch, FollowOptions())


# --- signals -----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """Who started the tests may have signals ignored, as `nohup` and a shell's `&` do."""
    before = {number: signal.getsignal(number) for number in CAUGHT}
    for number in CAUGHT:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Stubborn(FakeApply):
    """Has signals sent to its follower, and does not end by itself."""

    def __init__(self, *signals: int) -> None:
        super().__init__()
        for number in signals:
            os.kill(os.getpid(), number)


def test_one_interrupt_stops_nothing(when_said: Saying, capsys: pytest.CaptureFixture[str]) -> None:
    with SignalQueue() as watch:
        apply = Stubborn(signal.SIGINT).does("act")
        when_said("It cannot be stopped half-way", lambda: apply.ends(Result.APPLIED))
        assert follow(apply, watch, FollowOptions()).result is Result.APPLIED
    assert capsys.readouterr().err.count("It cannot be stopped half-way") == 1


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,), (signal.SIGHUP,)], ids=["INT twice", "TERM", "HUP"]
)
def test_it_is_left_to_itself(signals: tuple[int, ...]) -> None:
    left: list[str] = []
    with (
        SignalQueue() as watch,
        pytest.raises(LeftRunningError, match="continues in the background; 'redis-wizard status'") as caught,
    ):
        follow(Stubborn(*signals), watch, FollowOptions(leaving=lambda: left.append("left")))
    assert caught.value.exit_status == 6
    assert left == ["left"]


def test_a_terminal_that_has_gone_is_left_all_the_same() -> None:
    def show() -> None:
        raise HostError("standard output cannot be written")

    with SignalQueue() as watch, pytest.raises(LeftRunningError):
        follow(Stubborn(signal.SIGHUP), watch, FollowOptions(leaving=show))


def test_who_leaves_it_waiting_is_told_how_to_keep_it() -> None:
    manner = FollowOptions(keepable=True, waiting=lambda: os.kill(os.getpid(), signal.SIGTERM))
    with SignalQueue() as watch, pytest.raises(LeftRunningError, match="'redis-wizard confirm' confirms it"):
        follow(FakeApply().waits(), watch, manner)


def test_what_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalQueue() as watch:
            os.kill(os.getpid(), signal.SIGHUP)
            assert watch.next() is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in CAUGHT]
    with SignalQueue():
        assert [signal.getsignal(number) for number in CAUGHT] != before
    assert [signal.getsignal(number) for number in CAUGHT] == before


# --- the question ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "decided", "ending"),
    [
        ("keep\n", EventKind.CONFIRMED, Result.APPLIED),
        ("  Keep \n", EventKind.CONFIRMED, Result.APPLIED),
        ("undo\n", EventKind.REVOKED, Result.ROLLED_BACK),
        ("yes\nkeep\n", EventKind.CONFIRMED, Result.APPLIED),
        ("keep\nundo\n", EventKind.CONFIRMED, Result.APPLIED),
    ],
)
def test_a_typed_word_decides(typed: str, decided: EventKind, ending: Result, keyboard: Keyboard) -> None:
    apply = FakeApply().does("act").waits()
    keyboard.type(typed)
    assert ask(apply).result is ending
    assert apply.decided is decided


def test_the_question_says_all_there_is_to_know(keyboard: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    keyboard.type("what?\nundo\n")
    ask(FakeApply(window=300).waits())
    said = " ".join(capsys.readouterr().err.split())
    assert "in force and verified" in said
    assert "Type confirm or rollback. Without a confirmation, everything is rolled back in 300 seconds, at " in said
    assert "seconds left: type confirm or rollback." in said


def test_passwords_come_before_the_question(keyboard: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    keyboard.type("keep\n")
    ask(FakeApply().waits(), waiting=lambda: print("the passwords", file=sys.stderr))  # noqa: T201 - in their place
    said = capsys.readouterr().err
    assert 0 <= said.index("the passwords") < said.index("confirm or rollback")


def test_another_login_may_decide_while_the_question_stands(keyboard: Keyboard) -> None:
    apply = FakeApply()
    apply.waits().decide(EventKind.CONFIRMED)
    assert ask(apply).result is Result.APPLIED


def test_more_time_is_told_and_the_question_stays(
    keyboard: Keyboard, when_said: Saying, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = FakeApply(window=30).waits()
    when_said("30 seconds, at ", lambda: apply.extend(300))
    when_said("330 seconds left", lambda: keyboard.type("confirm\n"))
    assert ask(apply).result is Result.APPLIED
    assert capsys.readouterr().err.count("Every change is in force") == 1


def test_the_deadline_may_pass_while_the_question_stands(keyboard: Keyboard) -> None:
    assert ask(FakeApply().waits().ends(Result.ROLLED_BACK)).result is Result.ROLLED_BACK


def test_half_a_word_is_no_word(keyboard: Keyboard) -> None:
    apply = FakeApply().waits()
    keyboard.type("keep")
    assert ask(apply.ends(Result.ROLLED_BACK)).result is Result.ROLLED_BACK
    assert apply.decided is None


def test_without_a_keyboard_it_is_followed_on(keyboard: Keyboard, when_said: Saying) -> None:
    apply = FakeApply().waits()
    keyboard.hang_up()
    when_said("This terminal accepts no more input", lambda: apply.ends(Result.ROLLED_BACK))
    assert ask(apply).result is Result.ROLLED_BACK


def test_too_late_is_said(keyboard: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    class Late(FakeApply):
        def confirm(self) -> bool:
            self.ends(Result.ROLLED_BACK)
            return False

    keyboard.type("keep\n")
    assert ask(Late().waits()).result is Result.ROLLED_BACK
    assert "Too late" in capsys.readouterr().err


def test_a_decision_that_cannot_be_written_can_be_tried_again(
    keyboard: Keyboard, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(FakeApply):
        full = True

        def confirm(self) -> bool:
            if self.full:
                self.full = False
                keyboard.type("keep\n")
                raise HostError("no space left")
            return super().confirm()

    keyboard.type("keep\n")
    assert ask(Full().waits()).result is Result.APPLIED
    assert "no space left" in capsys.readouterr().err


def test_where_nobody_can_be_asked_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with SignalQueue() as watch:
        follow(FakeApply(window=30).waits().ends(Result.ROLLED_BACK), watch, FollowOptions())
    said = capsys.readouterr().err
    assert "redis-wizard confirm" in said
    assert "rolled back in 30 seconds" in said


def test_who_comes_late_is_told_what_comes_from_the_decision_on(capsys: pytest.CaptureFixture[str]) -> None:
    apply = FakeApply().does("act 1").waits()
    apply.confirm()
    with SignalQueue() as watch:
        assert follow(apply, watch, FollowOptions(late=True)).result is Result.APPLIED
    assert capsys.readouterr().err == "[ .. ] confirm: decided\n"


# --- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [Result.REFUSED, Result.INCOMPLETE])
def test_what_was_refused_is_an_error(ending: Result) -> None:
    with pytest.raises(ApplyError, match="This is how it was"):
        report(outcome(ending), argparse.Namespace(verbose=False))


def test_what_found_another_at_work_is_busy() -> None:
    with pytest.raises(BusyError, match="This is how it was"):
        report(outcome(Result.BUSY), argparse.Namespace(verbose=False))
