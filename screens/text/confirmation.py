"""What stands on the screen while a change waits for the operator's word. Pure.

What may not live here: widgets, and the time that is left (`screens.widgets.countdown`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle

CHECKS_SHOWN = 3
WIDTH = 76
BEFORE_THE_TIME = "Kept only if you confirm within "


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordDelivery:
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


def rest(checks: Sequence[str], hand_over: PasswordDelivery, *, over: bool = False) -> Content:
    """Write what silence means, what was verified, what to try, and the keys; `over`: its time is."""
    if over:
        return literal("Its time is over without a word: it is being taken back.", TextStyle.WARN)
    return lines(
        literal("No word means rollback, also when this window is closed or the host restarts."),
        "",
        *_checks(checks),
        literal("Now open a second login to this host and try what must work: your"),
        literal("applications, redis-cli as a new user. This window may be closed."),
        "",
        *_keys(hand_over),
    )


def _checks(checks: Sequence[str]) -> list[Content | str]:
    if not checks:
        return []
    rows: list[Content | str] = [
        literal(cut(f"[ ok ] {check}", WIDTH), TextStyle.MUTED) for check in checks[-CHECKS_SHOWN:]
    ]
    more = len(checks) - CHECKS_SHOWN
    if more > 0:
        rows.insert(0, literal(f"[ ok ] verified from outside: {more} more, and", TextStyle.MUTED))
    return [*rows, ""]


def _keys(hand_over: PasswordDelivery) -> list[Content]:
    rows = [
        row(
            literal(" c ", TextStyle.ACCENT),
            literal("keep it: the countdown ends; the way back is then redis-wizard rollback"),
        ),
        row(literal(" r ", TextStyle.ACCENT), literal("take it back now: every file, value and unit as it was before")),
    ]
    words = _passwords(hand_over)
    return [*words, *rows]


def _passwords(hand_over: PasswordDelivery) -> list[Content]:
    if hand_over.trouble:
        return [literal(f"[ ?? ] the new passwords cannot be read: {hand_over.trouble}", TextStyle.FAIL)]
    if hand_over.reading:
        return [literal("       reading the new passwords…", TextStyle.MUTED)]
    if not hand_over.users:
        return []
    key = literal(" p ", TextStyle.ACCENT)
    if hand_over.missing:
        text = f"first take the new passwords of {', '.join(hand_over.users)}: you do not have them yet"
        return [row(key, literal(cut(text, WIDTH - 3), TextStyle.WARN))]
    where = f"written to {hand_over.written_to}" if hand_over.written_to else "handed over"
    return [row(key, literal(cut(f"the new passwords ({where})", WIDTH - 3)))]
