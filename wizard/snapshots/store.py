"""The store of snapshots: a manifest each, and file bytes once by their digest."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import SnapshotError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.capture import capture, is_behind_planted_link
from wizard.snapshots.checksummed import dump
from wizard.snapshots.reader import BLOB_LIMIT, FOOTPRINT, MANIFEST, SnapshotReader
from wizard.snapshots.scope import SnapshotScope

PRIVATE_KEY = b"PRIVATE KEY-----"
"""Is in every private key in PEM form (RFC 7468, section 10), encrypted or not."""


class Store(SnapshotReader):
    """The snapshots of a host, to look at, to take and to delete."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._host = host

    def take(
        self,
        scope: SnapshotScope,
        facts: HostFacts,
        instance: Instance | None,
        *,
        snapshot_id: str,
        by: str,
        now: datetime,
        state: str = "open",
        footprint: ApplyRecord | None = None,
    ) -> Snapshot:
        """Remember everything in scope, durably: blobs first, then the footprint where it is known, the manifest last.

        Raises:
            SnapshotError: a snapshot of this name is there already.
            HostError: a path cannot be read, or there is no space.
        """
        directory = self.directory(snapshot_id)
        if self._host.status(directory).kind is not FileKind.ABSENT:
            raise SnapshotError(f"snapshot {snapshot_id} already exists; try again in a second")
        ensure_directory(self._host, self._blobs)
        if state == "undo":
            # A rollback removes a link that was planted above a path; its target was never that path.
            scope = replace(
                scope, paths=tuple(path for path in scope.paths if not is_behind_planted_link(self._host, path))
            )
        taken = capture(
            self._host, scope, facts, instance, snapshot_id=snapshot_id, by=by, now=now, store=self._store_file
        )
        snapshot = replace(taken, state=state)
        ensure_directory(self._host, directory)
        if footprint is not None:
            self.write_record(snapshot_id, footprint)
        self._write(directory / MANIFEST, dump(snapshot))
        return snapshot

    def write_record(self, snapshot_id: str, footprint: ApplyRecord, contents: Iterable[bytes] = ()) -> None:
        """Record what an apply is about to leave, durably.

        Args:
            snapshot_id: Its snapshot.
            footprint: The record.
            contents: What it writes into files, kept so that a manual change can be separated from it
                line by line; a private key is not kept.
        """
        for data in contents:
            if PRIVATE_KEY not in data:
                ensure_directory(self._host, self._blobs)
                self._keep(hashlib.sha256(data).hexdigest(), data)
        self._write(self.directory(snapshot_id) / FOOTPRINT, dump(footprint))

    def mark(self, snapshot: Snapshot, state: str) -> Snapshot:
        """Set the state: ``open``, ``applied``, ``rolled-back``, or ``undo`` for one that a rollback took."""
        return self._written(replace(snapshot, state=state))

    def set_kept(self, snapshot: Snapshot, *, kept: bool) -> Snapshot:
        """Exempt a snapshot from pruning, or let it be pruned again."""
        return self._written(replace(snapshot, kept=kept))

    def _written(self, snapshot: Snapshot) -> Snapshot:
        self._write(self.directory(snapshot.id) / MANIFEST, dump(snapshot))
        return snapshot

    def delete_unused(self, snapshot: Snapshot) -> None:
        """Forget a snapshot whose apply changed nothing; bytes that others may share stay."""
        self.delete(snapshot.id)

    def delete(self, snapshot_id: str) -> None:
        """Remove a snapshot, its manifest first: what is left of it after a power cut is no snapshot any more."""
        directory = self.directory(snapshot_id)
        for name in (MANIFEST, *self._host.entries(directory)):
            self._host.remove(directory / name)
        self._host.remove(directory)

    def delete_blobs(self, blob: str) -> None:
        """Remove stored bytes that no snapshot mentions."""
        self._host.remove(self._blobs / blob)

    def _store_file(self, path: PurePosixPath) -> str:
        data = self._host.read(path, limit=BLOB_LIMIT)
        digest = hashlib.sha256(data).hexdigest()
        self._keep(digest, data)
        return digest

    def _keep(self, digest: str, data: bytes) -> None:
        try:
            self.blob(digest)
        except SnapshotError:
            self._write(self._blobs / digest, data)

    def _write(self, path: PurePosixPath, data: bytes) -> None:
        owner, group = own_names(self._host)
        self._host.write(path, data, expected=None, owner=owner, group=group, mode=0o600)


def own_names(host: HostReader) -> tuple[str, str]:
    """Return the user and group that our own files belong to: those of the state directory or what holds it."""
    for path in (host.state, *host.state.parents):
        status = host.status(path)
        if status.kind is FileKind.DIRECTORY:
            return status.owner, status.group
    return "root", "root"


def ensure_directory(host: Host, path: PurePosixPath, *, mode: int = 0o700) -> None:
    """Make a private directory, and those above it that are missing, 0700 unless the mode is given."""
    if host.status(path).kind is FileKind.DIRECTORY:
        return
    owner, group = own_names(host)
    ensure_directory(host, path.parent)
    host.make_directory(path, owner=owner, group=group, mode=mode)
