"""Write a staged file; put any path back from a snapshot."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.changes import merge
from wizard.changes.context import ApplyContext
from wizard.changes.rollback_context import RollbackContext
from wizard.changes.staging import StagedFile
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind
from wizard.model.snapshot import SavedPath
from wizard.snapshots.backups import back_up


def write(run: ApplyContext, staged: Sequence[StagedFile]) -> None:
    """Write staged files, each in a step of its own in the journal.

    Raises:
        ChangedUnderUsError: another program wrote one since.
    """
    for file in staged:
        with run.journal.step(Phase.COMMIT, f"write {file.path}", changes=file.changes or ("",)):
            _write(run, file)


def _write(run: ApplyContext, file: StagedFile) -> None:
    """Keep the old file, then write the new one in one step, only over what was there when it was staged.

    Raises:
        ChangedUnderUsError: another program wrote it since.
    """
    ensure_parents(run, file.path)
    merge.ensure_permissions_unchanged(run, file.path)
    back_up(run.host, run.snapshot, file.path)
    run.host.write(file.path, file.data, expected=file.expected, owner=file.owner, group=file.group, mode=file.mode)


def ensure_parents(run: ApplyContext, path: PurePosixPath) -> None:
    """Make the missing directories above a path: private below the state directory, else readable by every user."""
    missing = [each for each in path.parents if run.host.status(each).kind is FileKind.ABSENT]
    for each in reversed(missing):
        above = run.host.status(each.parent)
        private = each.is_relative_to(run.host.state)
        run.host.make_directory(each, owner=above.owner, group=above.group, mode=0o700 if private else 0o755)


def undo(work: RollbackContext, saved: SavedPath) -> bool:
    """Put one path back; tell whether that changed something."""
    put = merge.restore_merged(work, saved)
    # Restored once more in one rollback, a file has no part of ours left, and it was named at the first time.
    if put.kept and not any(each.startswith((put.kept, f"{saved.status.path} was ")) for each in work.differences):
        work.differences.append(put.kept)
    if put.done:
        work.journal.note(Phase.ROLLBACK, f"{saved.status.path}: {put.done}")
    return bool(put.done)


def in_order(paths: tuple[SavedPath, ...]) -> tuple[SavedPath, ...]:
    """Sort paths for restoring.

    What existed comes first, includes before the file that names them; then what did not exist, the
    deepest first, so that a directory is empty when its turn comes.
    """
    existed = [saved for saved in paths if saved.status.kind is not FileKind.ABSENT]
    absent = [saved for saved in paths if saved.status.kind is FileKind.ABSENT]
    return (*existed, *sorted(absent, key=lambda saved: saved.status.path, reverse=True))
