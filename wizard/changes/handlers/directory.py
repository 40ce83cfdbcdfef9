"""Make a directory.

What may not live here: directories of our own state.
"""

from wizard.changes.context import ApplyContext
from wizard.changes.files import ensure_parents
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
