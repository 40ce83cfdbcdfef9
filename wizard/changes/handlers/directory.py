"""Make a directory."""

from wizard.changes.context import ApplyContext
from wizard.changes.files import ensure_parents
from wizard.changes.handler import BY_FILES, BY_PATHS_COMPARED, BY_PATHS_UNDONE, CommitPhase, Handler, one_by_one
from wizard.errors import ConcurrentChangeError
from wizard.model.change import MakeDirectory
from wizard.model.facts.files import FileKind


def _make(run: ApplyContext, change: MakeDirectory) -> None:
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


HANDLER: Handler[MakeDirectory] = Handler(
    do={CommitPhase.DIRECTORIES: one_by_one(_make)},
    verify=BY_FILES,
    undo=BY_PATHS_UNDONE,
    differences=BY_PATHS_COMPARED,
)
