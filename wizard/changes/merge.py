"""External changes during an apply or its rollback: they stay, and only the apply's part is rolled back.

A text, an owner, a mode or an attribute that is neither the earlier one nor the apply's is an external change.
"""

import hashlib
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.changes.rollback_context import Baseline, RollbackContext
from wizard.changes.staging import Staged, StagedFile
from wizard.errors import ConcurrentChangeError, SnapshotError
from wizard.jobs import requests
from wizard.model.change import SetMode
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.planning.edits.merge import remaining_users, revert_own_changes
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.manual_changes import digests_written, permissions_written
from wizard.snapshots.ownership import describe, external_attributes, read_metadata, with_attributes, with_rights
from wizard.snapshots.reader import BLOB_LIMIT
from wizard.snapshots.restore import RestoreResult, restore_metadata, restore_path
from wizard.snapshots.store import own_names

_KINDS = frozenset({FileKind.FILE, FileKind.DIRECTORY})


def baseline_of_apply(snapshot: Snapshot, footprint: ApplyRecord) -> Baseline:
    """An apply that is rolled back may replace what it wrote itself."""
    rights, paths = permissions_written(snapshot, footprint), {saved.status.path: saved for saved in snapshot.paths}
    beside = {path: with_rights(saved, rights.get(path, "")) for path, saved in paths.items()}
    return Baseline(digests=digests_written(snapshot, footprint), beside=beside, live=footprint.live, remembered=False)


def baseline_of_rollback(own: Snapshot) -> Baseline:
    """A rollback that was asked for may replace whatever was there when it began."""
    found = {saved.status.path: saved for saved in own.paths}
    return Baseline(
        digests={path: saved.blob for path, saved in found.items()},
        beside=found,
        live=own.directives,
        remembered=True,
    )


def ensure_unchanged(instance: Instance | None, snapshot: Snapshot, staged: Staged) -> None:
    """Check that the snapshot has what the plan was made from, and that the new files were made from that too.

    Otherwise a rollback to it would lose an external change.

    Raises:
        ChangedUnderUsError: another program wrote one in between; nothing was changed.
    """
    saved = {each.status.path: each.status for each in snapshot.paths}
    for status in instance.config.files if instance and isinstance(instance.config, ConfigFacts) else ():
        if status.digest and status.path in saved and saved[status.path].digest != status.digest:
            raise ConcurrentChangeError(status.path)
    expected = ApplyRecord(digests={str(file.path): file.expected for file in staged.files})
    for path, digest in digests_written(snapshot, expected).items():
        was = saved.get(path)
        if was is not None and was.kind in {FileKind.FILE, FileKind.ABSENT} and was.digest != digest:
            raise ConcurrentChangeError(path)


def ensure_permissions_unchanged(run: ApplyContext, path: PurePosixPath) -> None:
    """Check, just before a path is written, that its rights and attributes are those of the snapshot.

    Raises:
        ChangedUnderUsError: another program set them; a later rollback would lose that.
    """
    where = run.host.resolve_target(path)
    saved = next((each for each in run.snapshot.paths if each.status.path == where), None)
    if saved is None or saved.status.kind not in _KINDS or run.host.status(where).kind is not saved.status.kind:
        return
    modes = (each for each in run.plan.changes if isinstance(each, SetMode))
    setters: tuple[StagedFile | SetMode, ...] = (*run.staged.files, *modes)
    ours = [f"{each.mode:04o} {each.owner}:{each.group}" for each in setters if each.path == path]
    if external_attributes(read_metadata(run.host, where), saved, *(with_rights(saved, rights) for rights in ours)):
        raise ConcurrentChangeError(where)


def restore_merged(work: RollbackContext, saved: SavedPath) -> RestoreResult:
    """Put one path back, and leave what others made of it.

    Raises:
        HostError: the machine refuses.
        SnapshotError: its bytes are lost or damaged.
    """
    now = work.host.status(saved.status.path, digest=True)
    if saved.status.kind is FileKind.ABSENT and now.kind is FileKind.FILE:
        return _created(work, saved, now)
    if work.known is None or now.kind not in _KINDS or now.kind is not saved.status.kind:
        return _put_back(work, saved)
    wanted, named = _with_theirs(work, work.known, saved)
    put = _text(work, work.known, wanted, now) if now.kind is FileKind.FILE else None
    if put is None:
        put = _put_back(work, wanted)
    else:
        restore_metadata(work.host, wanted, work.host.status(now.path))
    return RestoreResult(done=put.done, kept="; ".join(filter(None, (put.kept, *named))))


def restore_whole_config(work: RollbackContext) -> bool:
    """Restore the old texts whole, when a server does not start with the external changes in them.

    Returns:
        Whether there was any; the external changes are then in the directory of this apply.
    """
    if work.known is None:
        return False
    found = False
    for saved in work.snapshot.paths:
        now = work.host.status(saved.status.path, digest=True)
        theirs = any(each.startswith(f"{now.path} was ") for each in work.differences)
        if theirs and _is_file(saved, now) and _is_configuration(work, now.path):
            aside = _set_aside(work, now)
            _put_back(work, saved)
            work.differences[:] = [each for each in work.differences if not each.startswith(f"{now.path} ")]
            work.differences.append(
                f"{now.path} was changed by another administrator, and no server starts with it: it is in {aside}"
            )
            found = True
    return found


# --- inside --------------------------------------------------------------------------------------


def _put_back(work: RollbackContext, saved: SavedPath) -> RestoreResult:
    return restore_path(work.host, work.store, saved, work.footprint.digests, identity=work.snapshot.id)


def _created(work: RollbackContext, saved: SavedPath, now: FileStatus) -> RestoreResult:
    """Remove a file that the apply created. A server that saves its users writes the planned ones in another form."""
    ours = work.footprint.digests.get(str(now.path), "")
    theirs = work.host.read(now.path, limit=BLOB_LIMIT) if ours not in {"", now.digest} else b""
    try:
        left = remaining_users(work.store.blob(ours), theirs) if theirs and work.store.has(ours) else None
    except SnapshotError:
        left = None
    if left is None:
        return _put_back(work, saved)
    if not left:
        mine = {**work.footprint.digests, str(now.path): now.digest}
        return restore_path(work.host, work.store, saved, mine, identity=work.snapshot.id)
    if left != theirs:
        work.host.write(now.path, left, expected=now.digest, owner=now.owner, group=now.group, mode=now.mode)
    kept = f"{now.path} keeps only the users of another administrator; no configuration names this file now"
    return RestoreResult(done="only the part of the apply", kept=kept)


def _with_theirs(work: RollbackContext, known: Baseline, saved: SavedPath) -> tuple[SavedPath, tuple[str, ...]]:
    """Return a path as it comes back: with the rights and attributes that others set, each of which is named."""
    now = read_metadata(work.host, saved.status.path)
    names = external_attributes(now, saved, known.beside.get(saved.status.path, saved))
    wanted = with_attributes(saved, now, names)
    return wanted, tuple(f"{each}: set by another administrator since; it stays" for each in describe(wanted, names))


def _text(work: RollbackContext, known: Baseline, saved: SavedPath, now: FileStatus) -> RestoreResult | None:
    """Remove the apply's part from a text with external changes; ``None`` where there are none."""
    path, ours = now.path, known.digests.get(now.path, "")
    if now.digest in {saved.status.digest, ours, work.footprint.digests.get(str(path))}:
        return None
    theirs, old = work.host.read(path, limit=BLOB_LIMIT), work.store.blob(saved.blob)
    try:
        result = _without_ours(work, path, old, ours, theirs)
    except SnapshotError:
        untold = "the stored copy of the apply's text is damaged, so its part is unknown"
        return RestoreResult(
            kept=f"{path} was written by another administrator in between and stays as it is: {untold}"
        )
    if result == old:
        return None
    if result is None or result == theirs:
        return RestoreResult(kept=f"{path} was written by another administrator in between and stays as it is")
    rights = saved.status
    work.host.write(path, result, expected=now.digest, owner=rights.owner, group=rights.group, mode=rights.mode)
    kept = f"{path} was changed by another administrator in between; only the apply's part was rolled back"
    return RestoreResult(done="only the part of the apply", kept=kept)


def _without_ours(work: RollbackContext, path: PurePosixPath, old: bytes, ours: str, theirs: bytes) -> bytes | None:
    if ours and not work.store.has(ours):
        # A private key, of which no second copy is made.
        return None
    left = work.store.blob(ours) if ours else old
    return revert_own_changes(path, old, left, theirs, is_configuration=_is_configuration(work, path))


def _is_configuration(work: RollbackContext, path: PurePosixPath) -> bool:
    config = work.instance.config if work.instance else None
    return isinstance(config, ConfigFacts) and path in {config.main, *(status.path for status in config.files)}


def _is_file(saved: SavedPath, now: FileStatus) -> bool:
    return saved.status.kind is FileKind.FILE and now.kind is FileKind.FILE


def _set_aside(work: RollbackContext, now: FileStatus) -> PurePosixPath:
    """Keep a text with external changes beside the journal of this apply."""
    data = work.host.read(now.path, limit=BLOB_LIMIT)
    name = f"theirs-{hashlib.sha256(data).hexdigest()[:8]}-{now.path.name}"
    aside = requests.directory_of(work.host, work.journal.identity) / name
    owner, group = own_names(work.host)
    with suppress(ConcurrentChangeError):
        work.host.write(aside, data, expected="", owner=owner, group=group, mode=0o600)
    return aside
