"""Make a directory.

What may not live here: directories of our own state.
"""

from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.errors import ConcurrentChangeError
from wizard.model.change import MakeDirectory
from wizard.model.facts import FileKind


def do(run: ApplyContext, change: MakeDirectory) -> None:
    """Make it with exactly its rights; one that is there already only gets them.

    Raises:
        ChangedUnderUsError: something else is there.
    """
    ensure_parents(run, change.path)
    found = run.host.status(change.path).kind
    if found is FileKind.DIRECTORY:
        run.host.set_mode(change.path, owner=change.owner, group=change.group, mode=change.mode)
    elif found is FileKind.ABSENT:
        run.host.make_directory(change.path, owner=change.owner, group=change.group, mode=change.mode)
    else:
        raise ConcurrentChangeError(change.path)


def ensure_parents(run: ApplyContext, path: PurePosixPath) -> None:
    """Make the directories above a path that are missing: private below our state, else readable by everybody."""
    missing = [each for each in path.parents if run.host.status(each).kind is FileKind.ABSENT]
    for each in reversed(missing):
        above = run.host.status(each.parent)
        private = each.is_relative_to(run.host.state)
        run.host.make_directory(each, owner=above.owner, group=above.group, mode=0o700 if private else 0o755)
