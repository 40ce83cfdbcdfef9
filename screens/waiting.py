"""What stands on the screen while a change waits for the operator's word. Pure.

What may not live here: widgets, and the time that is left (`screens.widgets.countdown`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.palette import Tone
from screens.text import C, cut, lines, row

CHECKS_SHOWN = 3
WIDTH = 76
BEFORE_THE_TIME = "Kept only if you confirm within "


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Whether the operator has the new passwords; none of them is in it."""

    users: tuple[str, ...] = ()
    """Who has a new one."""
    done: bool = False
    written_to: str = ""
    reading: bool = False
    """They are being read from where the apply keeps them."""
    trouble: str = ""
    """Why they cannot be read."""

    @property
    def missing(self) -> bool:
        """Keeping the change now would lock the operator out."""
        return bool(self.users) and not self.done


def rest(checks: Sequence[str], hand_over: HandOver, *, over: bool = False) -> Content:
    """Write what silence means, what was verified, what to try, and the keys; `over`: its time is."""
    if over:
        return C("Its time is over without a word: it is being taken back.", Tone.WARN)
    return lines(
        C("No word means rollback, also when this window is closed or the host restarts."),
        "",
        *_checks(checks),
        C("Now open a second login to this host and try what must work: your"),
        C("applications, redis-cli as a new user. This window may be closed."),
        "",
        *_keys(hand_over),
    )


def _checks(checks: Sequence[str]) -> list[Content | str]:
    if not checks:
        return []
    rows: list[Content | str] = [C(cut(f"[ ok ] {check}", WIDTH), Tone.MUTED) for check in checks[-CHECKS_SHOWN:]]
    more = len(checks) - CHECKS_SHOWN
    if more > 0:
        rows.insert(0, C(f"[ ok ] verified from outside: {more} more, and", Tone.MUTED))
    return [*rows, ""]


def _keys(hand_over: HandOver) -> list[Content]:
    rows = [
        row(C(" c ", Tone.ACCENT), C("keep it: the countdown ends; the way back is then redis-wizard rollback")),
        row(C(" r ", Tone.ACCENT), C("take it back now: every file, value and unit as it was before")),
    ]
    words = _passwords(hand_over)
    return [*words, *rows]


def _passwords(hand_over: HandOver) -> list[Content]:
    if hand_over.trouble:
        return [C(f"[ ?? ] the new passwords cannot be read: {hand_over.trouble}", Tone.FAIL)]
    if hand_over.reading:
        return [C("       reading the new passwords…", Tone.MUTED)]
    if not hand_over.users:
        return []
    key = C(" p ", Tone.ACCENT)
    if hand_over.missing:
        text = f"first take the new passwords of {', '.join(hand_over.users)}: you do not have them yet"
        return [row(key, C(cut(text, WIDTH - 3), Tone.WARN))]
    where = f"written to {hand_over.written_to}" if hand_over.written_to else "handed over"
    return [row(key, C(cut(f"the new passwords ({where})", WIDTH - 3)))]
