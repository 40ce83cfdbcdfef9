"""Set owner, group and mode of something that exists."""

from collections.abc import Sequence

from wizard.changes.context import ApplyContext
from wizard.changes.handler import BY_FILES, BY_PATHS_COMPARED, BY_PATHS_UNDONE, CommitPhase, Handler, one_by_one
from wizard.changes.merge import ensure_permissions_unchanged
from wizard.model.change import SetMode
from wizard.model.facts.files import FileKind


def _set(run: ApplyContext, change: SetMode) -> None:
    """Set them, where they differ.

    Raises:
        ChangedUnderUsError: another program set them since.
    """
    now = run.host.status(change.path)
    if (now.owner, now.group, now.mode) != (change.owner, change.group, change.mode):
        ensure_permissions_unchanged(run, change.path)
        run.host.set_mode(change.path, owner=change.owner, group=change.group, mode=change.mode)


def _set_directories(run: ApplyContext, changes: Sequence[SetMode]) -> None:
    _set_each(run, [change for change in sorted(changes, key=lambda change: change.path) if _is_directory(run, change)])


def _set_others(run: ApplyContext, changes: Sequence[SetMode]) -> None:
    _set_each(run, [change for change in changes if not _is_directory(run, change)])


def _is_directory(run: ApplyContext, change: SetMode) -> bool:
    return run.host.status(change.path).kind is FileKind.DIRECTORY


_set_each = one_by_one(_set)

HANDLER: Handler[SetMode] = Handler(
    do={CommitPhase.DIRECTORY_RIGHTS: _set_directories, CommitPhase.RIGHTS: _set_others},
    verify=BY_FILES,
    undo=BY_PATHS_UNDONE,
    differences=BY_PATHS_COMPARED,
)
