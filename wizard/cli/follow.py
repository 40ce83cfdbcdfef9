"""Following an apply or rollback: print its events, read the operator's decision, or leave it in the background.

The job is another process and needs no follower.
"""

import argparse
import math
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Protocol

from wizard.cli import output
from wizard.cli.prompt import Answer, Prompt, discard_typed_input, in_foreground, seconds_left
from wizard.cli.signals import SignalQueue
from wizard.errors import ApplyError, BusyError, HostError, LeftRunningError, WizardError
from wizard.model.event import Event, EventKind, Outcome, Result
from wizard.model.status import Operation
from wizard.model.value import Value

ENDINGS = {
    Result.APPLIED: 0,
    Result.NOTHING: 0,
    Result.ROLLED_BACK: 4,
    Result.INCOMPLETE: 1,
    Result.REFUSED: 1,
    Result.BUSY: 5,
}
"""Exit status of a command whose apply ended so."""


def exit_status(kind: Operation | None, outcome: Outcome) -> int:
    """A rollback that was requested is a success; status 4 is for one that was not."""
    wanted = kind is Operation.ROLLBACK and outcome.result is Result.ROLLED_BACK
    return 0 if wanted else ENDINGS[outcome.result]


class Followable(Protocol):
    """What is asked of an apply here."""

    def events(self) -> Iterator[Event]:
        """Return every event from the first one on, as they come, to the last."""
        ...

    def outcome(self) -> Outcome:
        """Return how it ended."""
        ...

    def confirm(self) -> bool:
        """Confirm the change; false: the opposite was decided before."""
        ...

    def rollback(self) -> bool:
        """Take the change back; false: it was kept before."""
        ...


class FollowOptions(Value, frozen=True, kw_only=True):
    """How an apply is followed."""

    quiet: bool = False
    """Tell no events."""
    asks: bool = False
    """An operator is at this terminal and can type confirm or rollback."""
    keepable: bool = False
    """It will wait for a confirmation, or does."""
    waiting: Callable[[], None] | None = None
    """What must be done before an operator can decide."""
    late: bool = False
    """Another program follows it from the beginning: here only events after the decision are printed."""
    leaving: Callable[[], None] | None = None
    """What must be done before it is left to itself."""


def follow(apply: Followable, watch: SignalQueue, manner: FollowOptions) -> Outcome:
    """Return the outcome once it has finished.

    Raises:
        DetachedError: the operator, or a signal, ended the wait.
        WizardError: it could not be started, or could not be finished.
    """
    return _Follower(apply, watch, manner).to_the_end()


class _Follower:
    """Waits for events, signals and the keyboard at once."""

    def __init__(self, apply: Followable, watch: SignalQueue, manner: FollowOptions) -> None:
        self._apply = apply
        self._watch = watch
        self._manner = manner
        self._told = _Progress(quiet=manner.quiet)
        self._news: SimpleQueue[Event | BaseException | None] = SimpleQueue()
        self._ended = False
        self._late = manner.late
        self._warned = False
        self._decided = False
        self._prompt: Prompt | None = None
        self._asked = False

    def to_the_end(self) -> Outcome:
        # A daemon: when the operator leaves, the interpreter does not wait for it.
        threading.Thread(target=self._read, name="events", daemon=True).start()
        try:
            while not self._ended:
                typed = self._wait()
                self._take_events()
                if not self._ended:
                    self._take_signals()
                    self._take_words(typed=typed)
        finally:
            if self._asked:
                # An answer that came too late is no command for the shell.
                discard_typed_input()
        return self._apply.outcome()

    def _read(self) -> None:
        try:
            for event in self._apply.events():
                self._news.put(event)
                self._watch.wake()
            self._news.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that follows
            self._news.put(error)
        self._watch.wake()

    def _wait(self) -> bool:
        """Wait until something has come; true when it came from the keyboard."""
        pause = self._prompt.pause() if self._prompt else None
        keyboard = [self._prompt.fileno()] if self._prompt else []
        ready, _, _ = select.select([self._watch.fileno(), *keyboard], [], [], pause)
        self._watch.clear()
        return any(descriptor in ready for descriptor in keyboard)

    # --- events --------------------------------------------------------------------------------

    def _take_events(self) -> None:
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, BaseException):
                raise news
            if news is None:
                self._ended = True
            else:
                self._take(news)

    def _take(self, event: Event) -> None:
        self._late = self._late and not event.decides
        if self._late:
            return
        self._told.tell(event)
        if event.deadline is not None and self._prompt is not None:
            self._prompt.extend(event.deadline)
        elif event.deadline is not None and event.kind is EventKind.BEGIN:
            if self._manner.waiting:
                self._manner.waiting()
            self._ask(event.deadline)
        elif event.decides:
            self._decided, self._prompt = True, None

    def _ask(self, deadline: float) -> None:
        if self._manner.asks and in_foreground():
            self._prompt, self._asked = Prompt(deadline), True
        elif not self._manner.quiet:
            left = math.ceil(seconds_left(deadline))
            output.entry(
                "Every change is in force and verified. Confirm with 'redis-wizard confirm', from any login. "
                f"If you do not, everything is rolled back in {left} seconds."
            )

    # --- the operator --------------------------------------------------------------------------

    def _take_signals(self) -> None:
        while (number := self._watch.next()) is not None:
            if number == signal.SIGINT:
                output.end_line()
            if number != signal.SIGINT or self._warned:
                self._leave()
            self._warned = True
            output.entry(
                "It cannot be stopped half-way: it finishes, or rolls everything back. "
                "Press Ctrl+C again to leave it running in the background."
            )

    def _leave(self) -> None:
        if self._manner.leaving:
            with suppress(OSError, HostError):  # a terminal that has gone shows nothing
                self._manner.leaving()
        keep = ", 'redis-wizard confirm' confirms it" if self._manner.keepable and not self._decided else ""
        raise LeftRunningError(f"it continues in the background; 'redis-wizard status' shows how far it is{keep}")

    def _take_words(self, *, typed: bool) -> None:
        if self._prompt is None:
            return
        self._prompt.remind()
        if not typed:
            return
        try:
            for word in self._prompt.words()[:1]:
                self._decide(word)
        except (EOFError, OSError):
            self._prompt = None
            output.entry("This terminal accepts no more input; confirm with 'redis-wizard confirm' from another login.")

    def _decide(self, word: Answer) -> None:
        try:
            heeded = self._apply.confirm() if word is Answer.CONFIRM else self._apply.rollback()
        except WizardError as error:
            output.entry(str(error))
            return
        self._prompt = None
        if not heeded:
            output.entry("Too late: the opposite was decided before.")


_MARKS = {EventKind.FAILED: output.Mark.FAILED, EventKind.DONE: output.Mark.DONE}


class _Progress:
    """What was already printed of an apply."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._words: object = None

    def tell(self, event: Event) -> None:
        """Say one event that is worth a line."""
        # One act may carry out many changes, each with an event of its own in the journal.
        words = (event.kind, event.phase, event.text)
        if self._quiet or not event.text or event.kind is EventKind.BEGIN or words == self._words:
            return
        if event.ends:
            # Its words are the result.
            return
        self._words = words
        output.entry(f"{event.phase}: {event.text}", mark=_MARKS.get(event.kind, output.Mark.BEGUN))


def report(outcome: Outcome, options: argparse.Namespace) -> None:
    """Print the outcome.

    Raises:
        BusyError: another one is running.
        ApplyError: it was refused, or could not be rolled back in full.
    """
    if outcome.result is Result.BUSY:
        raise BusyError(outcome.summary)
    if ENDINGS[outcome.result] == 1:
        raise ApplyError(outcome.summary)
    first = [output.wrapped(text, hanging="  ") for text in outcome.paragraphs]
    output.result("\n".join((*first, output.wrapped(outcome.rest))))
    if options.verbose:
        output.result("\n".join(output.wrapped(check, indent="  ") for check in outcome.checks))
