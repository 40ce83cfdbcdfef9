"""The operator's word after a change: keep it, or take it back. Silence takes it back.

The word is a line in the journal, so it can come from any login, and stays when we die. What may not
live here: the undoing itself.
"""

import time

from wizard.apply import arming
from wizard.apply.run import Run
from wizard.errors import RolledBackError
from wizard.model.event import Event, EventKind, Phase

POLL_SECONDS = 0.1


def now() -> float:
    """Seconds since boot, those asleep counted: no clock that is set moves a deadline."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def confirmed(run: Run) -> None:
    """Wait for the operator's word where one was asked for.

    Raises:
        RolledBackError: the word was to go back, or there was none in time.
        HostError: the decision cannot be written, so it is none.
    """
    word = _word(run) if run.confirm_within else None
    if word is None:
        text = "no confirmation was asked for"
        kind = EventKind.CONFIRMED
        if run.confirm_within:
            text, kind = f"no confirmation came within {run.confirm_within} s", EventKind.REVOKED
        word = run.journal.decide(kind, text)
    if word.kind is not EventKind.CONFIRMED:
        raise RolledBackError(word.text)


def _word(run: Run) -> Event | None:
    """Wait; ``None`` when there was no word in time."""
    deadline = now() + run.confirm_within
    arming.expect_word(run.host, run.confirm_within)
    run.journal.begin(
        Phase.CONFIRM, f"waiting {run.confirm_within} seconds for a confirmation", deadline=round(deadline, 3)
    )
    while True:
        word = run.journal.decision()
        if word is not None or now() >= deadline:
            return word
        time.sleep(POLL_SECONDS)
