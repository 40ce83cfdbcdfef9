"""The journal: what is about to be done, written down before it is done, and again after.

One JSON object a line in ``<state>/applies/<id>/journal.jsonl``, 0600. Intents and ends are durable
before the next act; progress is not waited for. No line holds a secret. What may not live here:
the acts.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.apply.feed import Feed
from wizard.errors import HostError, WizardError
from wizard.host.port import Host
from wizard.model.event import Event, EventKind, Phase
from wizard.model.value import to_line
from wizard.snapshots.store import ensure_directory


class Journal:
    """Events go to the followers at once, and to the file from the moment that it is opened."""

    def __init__(self, host: Host, feed: Feed) -> None:
        self._host = host
        self._feed = feed
        self._path: PurePosixPath | None = None
        self._waiting: list[bytes] = []
        self._sequence = 0
        self.forgiving = False
        """A line that cannot be written stops nothing: an undo must go on when the disk is full."""

    def open(self, identity: str) -> None:
        """Begin the file of this apply and write what was said so far.

        Raises:
            HostError: it cannot be written; nothing was changed so far.
        """
        directory = self._host.state / "applies" / identity
        ensure_directory(self._host, directory)
        self._path = directory / "journal.jsonl"
        self._append(b"".join(self._waiting), durable=True)

    def begin(self, phase: Phase, text: str = "", *, changes: Sequence[str] = ("",)) -> None:
        """Write an intent, durably."""
        self._write(EventKind.BEGIN, phase, text, changes, durable=True)

    def done(
        self, phase: Phase, text: str = "", *, changes: Sequence[str] = ("",), seconds: float | None = None
    ) -> None:
        """Write that it is done, durably."""
        self._write(EventKind.DONE, phase, text, changes, durable=True, seconds=seconds)

    def note(self, phase: Phase, text: str, *, change: str = "") -> None:
        """Tell people something."""
        self._write(EventKind.NOTE, phase, text, (change,), durable=False)

    def failed(self, phase: Phase, text: str, *, changes: Sequence[str] = ("",)) -> None:
        """Write that it could not be done, durably."""
        self._write(EventKind.FAILED, phase, text, changes, durable=True)

    def decide(self, kind: EventKind, phase: Phase, text: str) -> None:
        """Write a decision: confirmed, applied or rolled back."""
        self._write(kind, phase, text, ("",), durable=True)

    @contextmanager
    def act(self, phase: Phase, text: str = "", *, changes: Sequence[str] = ("",)) -> Iterator[None]:
        """Write the intent, let it be done, and write how it went."""
        self.begin(phase, text, changes=changes)
        started = time.monotonic()
        try:
            yield
        except Exception as error:
            self.failed(phase, describe(error), changes=changes)
            raise
        self.done(phase, text, changes=changes, seconds=round(time.monotonic() - started, 3))

    def _write(
        self,
        kind: EventKind,
        phase: Phase,
        text: str,
        changes: Sequence[str],
        *,
        durable: bool,
        seconds: float | None = None,
    ) -> None:
        events = [self._event(kind, phase, change, text, seconds) for change in changes]
        data = "".join(f"{to_line(event)}\n" for event in events).encode()
        if self._path is None:
            self._waiting.append(data)
        else:
            self._append(data, durable=durable)
        for event in events:
            self._feed.add(event)

    def _event(self, kind: EventKind, phase: Phase, change: str, text: str, seconds: float | None) -> Event:
        self._sequence += 1
        at = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
        return Event(sequence=self._sequence, at=at, kind=kind, phase=phase, change=change, text=text, seconds=seconds)

    def _append(self, data: bytes, *, durable: bool) -> None:
        if self._path is None:
            return
        try:
            self._host.append(self._path, data, durable=durable)
        except HostError:
            if not self.forgiving:
                raise


def describe(error: BaseException) -> str:
    """Give an error as a sentence: the text of one of ours, the kind alone of any other, which may hold anything."""
    return str(error) if isinstance(error, WizardError) else f"an internal error ({type(error).__name__})"
