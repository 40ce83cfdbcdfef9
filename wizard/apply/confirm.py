"""The operator's word after a change: keep it, or take it back. Silence takes it back.

What may not live here: the undoing itself.
"""

import threading
from enum import StrEnum


class Word(StrEnum):
    """What the operator said."""

    KEEP = "keep"
    UNDO = "undo"
    SILENCE = "silence"
    """Nothing within the time given."""


class Decision:
    """Takes the first word and no other."""

    def __init__(self) -> None:
        self._word: Word | None = None
        self._said = threading.Condition()

    def say(self, word: Word) -> bool:
        """Decide; false when it was decided before."""
        with self._said:
            if self._word is not None:
                return self._word is word
            self._word = word
            self._said.notify_all()
            return True

    def wait(self, seconds: float) -> Word:
        """Wait for a word; when the time is over the decision is silence and stays so."""
        with self._said:
            self._said.wait_for(lambda: self._word is not None, timeout=seconds)
            if self._word is None:
                self._word = Word.SILENCE
            return self._word
