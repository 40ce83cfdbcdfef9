"""What prevents a file from being written, or has an unexpected effect when it is."""

from collections.abc import Sequence

from wizard.errors import PlanError
from wizard.model.change import Change
from wizard.model.facts.files import FileKind
from wizard.model.plan import Note
from wizard.planning.context import Context
from wizard.planning.edits.edit import paths


def check(context: Context, changes: Sequence[Change]) -> tuple[Note, ...]:
    """Return notes on files that have a second name.

    Raises:
        PlanError: a file is protected from every change (``chattr +i``); an administrator decided that.
    """
    config = [status.path for status in context.config.files] if context.config else []
    notes: list[Note] = []
    for path in paths(changes, config):
        status = context.status(path)
        if status is None or status.kind is not FileKind.FILE:
            continue
        if status.immutable:
            raise PlanError(f"{path} is immutable; allow changes first (chattr -i {path})")
        if status.links > 1:
            text = "has a second name (hard link), which keeps the old text: the file is replaced, not overwritten"
            notes.append(Note(subject=str(path), text=text))
    return tuple(notes)
