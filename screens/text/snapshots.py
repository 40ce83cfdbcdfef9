"""What a rollback or pruning changes, as text."""

from textual.content import Content

from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from wizard.model.text import counted, format_amount
from wizard.rollback import RestorePreview
from wizard.snapshots import manual_changes
from wizard.snapshots.prune import Pruning


def restore_text(found: RestorePreview | None, failure: str) -> Content:
    """Return what a rollback changes, manual changes first: those are lost."""
    if found is None:
        return literal(f"[ ?? ] What it changes is unknown: {failure}", TextStyle.WARN)
    manual = manual_changes.lines(found.manual)
    first = [literal("[warn] Manual changes since then, which it overwrites:", TextStyle.WARN), *manual, ""]
    return lines(*(first if manual else ()), *found.changes.lines())


def pruning_lines(found: Pruning) -> tuple[str, ...]:
    """Return what pruning removes, and what stays and why."""
    gone = tuple(f"remove  {each.id}: {each.why}" for each in found.removed)
    stays = tuple(f"keep    {each.id}: {each.why}" for each in found.kept)
    keys = tuple(f"private key that is removed: {path}" for path in found.private_keys)
    return (*gone, *keys, *pruning_summary(found), *stays)


def pruning_summary(found: Pruning) -> tuple[str, ...]:
    """Return how much pruning frees; nothing where there is nothing to remove."""
    if found.empty:
        return ()
    parts = (counted(len(found.removed), "snapshot"), counted(len(found.blobs), "stored file"))
    return (f"{'Freed' if found.done else 'Frees'} {format_amount(found.freed)}: {', '.join(parts)}.", "")
