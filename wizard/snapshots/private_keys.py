"""Private keys among the files that snapshots hold, so that they can be named, and removed.

A rollback remembers what it takes from the host, keys too: only so can it be rolled back itself.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.errors import HostError, SnapshotError
from wizard.model.snapshot import Snapshot
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.store import PRIVATE_KEY

_LONGEST = 256 << 10
"""Bytes of the longest file that is looked into: a key in PEM form, also beside a chain of certificates, is shorter."""

UNDONE = frozenset({"undo", "rolled-back"})
"""States of snapshots that nothing in force needs: of what was rolled back, and of rollbacks."""


def held(store: SnapshotReader, snapshot: Snapshot) -> dict[PurePosixPath, str]:
    """Return the private keys whose bytes a snapshot holds: the path that each had, and its digest."""
    return {path: digest for path, digest, data in _small(store, snapshot) if PRIVATE_KEY in data}


def is_key(store: SnapshotReader, blob: str) -> bool:
    """Return whether stored bytes are, or hold, a private key."""
    try:
        return store.blob_size(blob) <= _LONGEST and PRIVATE_KEY in store.blob(blob)
    except (SnapshotError, HostError):
        return False


def _small(store: SnapshotReader, snapshot: Snapshot) -> Iterator[tuple[PurePosixPath, str, bytes]]:
    for saved in snapshot.paths:
        if not saved.blob or saved.status.size > _LONGEST:
            continue
        try:
            yield saved.status.path, saved.blob, store.blob(saved.blob)
        except (SnapshotError, HostError):
            # Missing or damaged bytes are no key any more.
            continue
