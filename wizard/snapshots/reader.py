"""What the store of snapshots holds, to be looked at; `wizard.snapshots.store` writes it.

::

    <state>/snapshots/<id>/manifest.json    the snapshot (0600), with its checksum
    <state>/snapshots/<id>/footprint.json   what the apply was about to leave, with its checksum
    <state>/blobs/<sha256>                  bytes of the files, shared by all snapshots (0600)
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.errors import HostError, InputError, NotFoundError, NotPermittedError, SnapshotError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.capture import machine_id
from wizard.snapshots.checksummed import load

BLOB_LIMIT = 64 << 20
"""Configuration, keys and unit files are far smaller; a longer file is not one of them."""
MANIFEST = "manifest.json"
FOOTPRINT = "footprint.json"
FILES = (MANIFEST, FOOTPRINT)
"""Of a snapshot, in the order in which they are removed: without its manifest it is none."""
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_DIGEST = re.compile(rb"[0-9a-f]{64}")


class SnapshotReader:
    """The snapshots of a host, to look at."""

    def __init__(self, host: HostReader) -> None:
        self._reader = host
        self._snapshots = host.state / "snapshots"
        self._blobs = host.state / "blobs"

    def listing(self) -> tuple[Snapshot, ...]:
        """Return all that can be restored, the newest first; the others are in `damaged`, and `load` refuses them."""
        return self.survey()[0]

    def survey(self) -> tuple[tuple[Snapshot, ...], tuple[DamagedSnapshot, ...]]:
        """Return all that can be restored, and all that cannot with the reason; the newest first.

        Raises:
            NotPermittedError: this user may not look.
        """
        found: list[Snapshot] = []
        damaged: list[DamagedSnapshot] = []
        for name in reversed(self.names()):
            try:
                found.append(self.load(name))
            except NotPermittedError:
                raise
            except (SnapshotError, HostError) as error:
                damaged.append(DamagedSnapshot(id=name, why=str(error)))
        return tuple(sorted(found, key=lambda each: (each.taken_at, each.id), reverse=True)), tuple(damaged)

    def names(self) -> tuple[str, ...]:
        """Name everything in the directory of snapshots, readable or not, sorted."""
        return self._reader.entries(self._snapshots)

    def load(self, snapshot_id: str) -> Snapshot:
        """Return one snapshot.

        Raises:
            SnapshotError: there is none of this name, its manifest is damaged, or it is of another machine.
        """
        snapshot = self._manifest(self.directory(snapshot_id) / MANIFEST, snapshot_id)
        if snapshot.machine != machine_id(self._reader):
            raise SnapshotError(
                f"snapshot {snapshot_id} was taken on another machine, {snapshot.host}; use it on that machine"
            )
        return snapshot

    def footprint(self, snapshot_id: str) -> ApplyRecord:
        """Return what its apply was about to leave; empty when it never came that far.

        Raises:
            SnapshotError: it is damaged.
        """
        try:
            return load(ApplyRecord, self._reader.read(self.directory(snapshot_id) / FOOTPRINT))
        except NotFoundError:
            return ApplyRecord(digests={})
        except InputError as error:
            raise SnapshotError(
                f"the apply record of snapshot {snapshot_id} {error}; the snapshot is not used"
            ) from None

    def blob(self, digest: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            SnapshotError: they are gone, or are not the ones that were stored.
        """
        try:
            data = self._reader.read(self._blobs / digest, limit=BLOB_LIMIT)
        except NotFoundError:
            raise SnapshotError(f"the store lacks the bytes {digest[:12]}; this snapshot is incomplete") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise SnapshotError(f"the bytes {digest[:12]} in the store are damaged")
        return data

    def verify(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Read all that going back needs; give one sentence for each part that is lost or damaged."""
        problems = list(self._footprint_problems(snapshot))
        for saved in snapshot.paths:
            try:
                if saved.blob:
                    self.blob(saved.blob)
            except (SnapshotError, HostError) as error:
                problems.append(f"{saved.status.path}: {error}")
        return tuple(problems)

    def verify_texts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Read the texts that its apply wrote; give one sentence for each that is damaged.

        A rollback needs none of them; they show external changes.

        Raises:
            SnapshotError: the apply record is damaged.
        """
        problems: list[str] = []
        for path, digest in self.footprint(snapshot.id).digests.items():
            try:
                if digest and self.has(digest):
                    self.blob(digest)
            except (SnapshotError, HostError) as error:
                problems.append(f"what was written to {path}: {error}")
        return tuple(problems)

    def has(self, digest: str) -> bool:
        """Return whether the bytes of a file are there, damaged or not: of a private key no second copy is made."""
        return self._reader.status(self._blobs / digest).kind is not FileKind.ABSENT

    def blobs(self) -> tuple[str, ...]:
        """Name all bytes that are stored, sorted; unfinished files that a crash left among them."""
        return self._reader.entries(self._blobs)

    def references(self, snapshot_id: str) -> frozenset[str]:
        """Name every digest that a snapshot mentions, also when it is damaged: what it may need must stay.

        Raises:
            HostError: it cannot be read at all, so what it needs is not known.
        """
        found: set[str] = set()
        for name in FILES:
            with contextlib.suppress(NotFoundError):
                found |= set(map(bytes.decode, _DIGEST.findall(self._reader.read(self.directory(snapshot_id) / name))))
        return frozenset(found)

    def size(self, snapshot_id: str) -> int:
        """Count the bytes of a snapshot's own files."""
        directory = self.directory(snapshot_id)
        return sum(self._reader.status(directory / name).size for name in self._reader.entries(directory))

    def blob_size(self, blob: str) -> int:
        """Count stored bytes."""
        return self._reader.status(self._blobs / blob).size

    def directory(self, snapshot_id: str) -> PurePosixPath:
        """Return the directory of a snapshot.

        Raises:
            SnapshotError: that is no name of a snapshot.
        """
        if not is_name(snapshot_id):
            raise SnapshotError(f"{snapshot_id[:80]!r} is not the id of a snapshot; see 'snapshots list'")
        return self._snapshots / snapshot_id

    def _manifest(self, path: PurePosixPath, snapshot_id: str) -> Snapshot:
        try:
            snapshot = load(Snapshot, self._reader.read(path))
        except NotFoundError:
            raise SnapshotError(self._why_not(snapshot_id)) from None
        except InputError as error:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} {error}; it is not used") from None
        if snapshot.id != snapshot_id:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} names {snapshot.id!r}; it is not used")
        return snapshot

    def _why_not(self, snapshot_id: str) -> str:
        if self._reader.status(self._snapshots / snapshot_id).kind is FileKind.ABSENT:
            return f"there is no snapshot {snapshot_id}; see 'snapshots list'"
        return f"snapshot {snapshot_id} has no manifest: taking or removing it was interrupted; it is not used"

    def _footprint_problems(self, snapshot: Snapshot) -> Iterator[str]:
        try:
            self.footprint(snapshot.id)
        except (SnapshotError, HostError) as error:
            yield str(error)
            return
        # One that is open may have been interrupted before its apply came that far.
        status = self._reader.status(self.directory(snapshot.id) / FOOTPRINT)
        if status.kind is FileKind.ABSENT and snapshot.state != "open":
            yield f"the apply record of snapshot {snapshot.id} is lost; files that its apply created would stay"


def is_name(text: str) -> bool:
    """Return whether a snapshot may be called so."""
    return _ID.fullmatch(text) is not None
