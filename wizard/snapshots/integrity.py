"""Whether the store still holds what was stored, and which bytes no snapshot mentions any more."""

from collections.abc import Iterable

from wizard.errors import HostError, NotPermittedError, SnapshotError
from wizard.model.value import Value
from wizard.snapshots.reader import SnapshotReader, is_name


class VerifiedSnapshot(Value, frozen=True, kw_only=True):
    """One snapshot after every byte of it was read."""

    id: str
    problems: tuple[str, ...]
    """One sentence each; empty when every byte is as it was stored."""


class Audit(Value, frozen=True, kw_only=True):
    """What was found."""

    schema: str = "redis-wizard/snapshots-verify"
    version: int = 1
    snapshots: tuple[VerifiedSnapshot, ...]
    """The newest first."""
    garbage: tuple[str, ...] = ()
    """Stored bytes, by digest, that no snapshot mentions: `prune` removes them."""

    @property
    def ok(self) -> bool:
        """Every byte of every snapshot that was looked at is as it was stored."""
        return not any(each.problems for each in self.snapshots)


def audit(store: SnapshotReader, snapshot_id: str = "") -> Audit:
    """Read manifest, footprint and all bytes of one snapshot, or of every one.

    Raises:
        SnapshotError: there is none of this name.
        NotPermittedError: this user may not look.
    """
    if snapshot_id:
        if snapshot_id not in store.names():
            store.load(snapshot_id)
        return Audit(snapshots=(check(store, snapshot_id),))
    checked = tuple(check(store, name) for name in reversed(store.names()))
    try:
        garbage = orphaned_blobs(store, store.names())
    except HostError:
        # A manifest that cannot be read at all is a problem above; what it needs is not known.
        garbage = ()
    return Audit(snapshots=checked, garbage=garbage)


def check(store: SnapshotReader, snapshot_id: str) -> VerifiedSnapshot:
    """Read all that belongs to one snapshot."""
    try:
        snapshot = store.load(snapshot_id)
        problems = store.verify(snapshot) or store.verify_texts(snapshot)
    except NotPermittedError:
        raise
    except (SnapshotError, HostError) as error:
        problems = (str(error),)
    return VerifiedSnapshot(id=snapshot_id, problems=problems)


def orphaned_blobs(store: SnapshotReader, snapshots: Iterable[str]) -> tuple[str, ...]:
    """Name the stored bytes that none of these snapshots mentions.

    Raises:
        HostError: one of them cannot be read, so what it needs is not known.
    """
    needed = {digest for name in snapshots if is_name(name) for digest in store.references(name)}
    return tuple(blob for blob in store.blobs() if blob not in needed)
