"""Manual changes in the words of the screens."""

from collections.abc import Sequence

from textual.content import Content

from screens.text.formatting import lines, literal
from screens.theme import TextStyle


def format_manual_changes(changes: Sequence[str]) -> Content | None:
    """Return the manual changes that a rollback would overwrite; ``None`` when there are none."""
    if not changes:
        return None
    return lines(literal("Manual changes since then:", TextStyle.WARN), *changes)
