"""The store of snapshots: a manifest each, and file bytes once by their digest.

::

    <state>/snapshots/<id>/manifest.json    the snapshot (0600), with its checksum
    <state>/snapshots/<id>/footprint.json   what the apply was about to leave, with its checksum
    <state>/blobs/<sha256>                  bytes of the files, shared by all snapshots (0600)

What may not live here: looking at the host (`capture`), restoring anything (`restore`), deciding what to
remember (`scope`) or to forget (`prune`).
"""

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import (
    HostError,
    InputError,
    NotFoundError,
    NotPermittedError,
    SnapshotError,
)
from wizard.host.port import Host
from wizard.model.facts import FileKind, HostFacts, Instance
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.model.value import replace
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.capture import capture, is_behind_planted_link, machine_id
from wizard.snapshots.checksummed import dump, load
from wizard.snapshots.scope import Scope

PRIVATE_KEY = b"PRIVATE KEY-----"
"""Is in every private key in PEM form (RFC 7468, section 10), encrypted or not."""
BLOB_LIMIT = 64 << 20
"""Configuration, keys and unit files are far smaller; a longer file is not one of them."""

MANIFEST = "manifest.json"
FOOTPRINT = "footprint.json"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_DIGEST = re.compile(rb"[0-9a-f]{64}")


class Store:
    """The snapshots of a host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._snapshots = host.state / "snapshots"
        self._blobs = host.state / "blobs"

    # --- looking -------------------------------------------------------------------------------

    def listing(self) -> tuple[Snapshot, ...]:
        """Give all that can be put back, the newest first; the others are in `damaged`, and `load` refuses them."""
        return self.survey()[0]

    def survey(self) -> tuple[tuple[Snapshot, ...], tuple[DamagedSnapshot, ...]]:
        """Give all that can be put back, and all that cannot with the reason; the newest first.

        Raises:
            NotPermittedError: we may not look.
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
        """Name everything that lies where snapshots do, readable or not, sorted."""
        return self._host.entries(self._snapshots)

    def load(self, snapshot_id: str) -> Snapshot:
        """Give one snapshot.

        Raises:
            SnapshotError: there is none of this name, its manifest is damaged, or it is of another machine.
        """
        snapshot = self._manifest(self.directory(snapshot_id) / MANIFEST, snapshot_id)
        if snapshot.machine != machine_id(self._host):
            raise SnapshotError(f"snapshot {snapshot_id} was taken on another machine, {snapshot.host}; it stays there")
        return snapshot

    def footprint(self, snapshot_id: str) -> ApplyRecord:
        """Give what its apply was about to leave; empty when it never came that far.

        Raises:
            SnapshotError: it is damaged.
        """
        try:
            return load(ApplyRecord, self._host.read(self.directory(snapshot_id) / FOOTPRINT))
        except NotFoundError:
            return ApplyRecord(digests={})
        except InputError as error:
            raise SnapshotError(f"the footprint of snapshot {snapshot_id} {error}; this snapshot is not used") from None

    def blob(self, digest: str) -> bytes:
        """Give the bytes of a file.

        Raises:
            SnapshotError: they are gone, or are not the ones that were stored.
        """
        try:
            data = self._host.read(self._blobs / digest, limit=BLOB_LIMIT)
        except NotFoundError:
            raise SnapshotError(f"the store has lost the bytes {digest[:12]}; this snapshot is incomplete") from None
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

        Going back needs none of them; they tell what somebody else wrote since.

        Raises:
            SnapshotError: the footprint is damaged.
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
        """Tell whether the bytes of a file are there, damaged or not: of a private key no second copy is made."""
        return self._host.status(self._blobs / digest).kind is not FileKind.ABSENT

    def blobs(self) -> tuple[str, ...]:
        """Name all bytes that are stored, sorted; unfinished files that a crash left among them."""
        return self._host.entries(self._blobs)

    def references(self, snapshot_id: str) -> frozenset[str]:
        """Name every digest that a snapshot mentions, also when it is damaged: what it may need must stay.

        Raises:
            HostError: it cannot be read at all, so nobody knows what it needs.
        """
        found: set[str] = set()
        for name in (MANIFEST, FOOTPRINT):
            with contextlib.suppress(NotFoundError):
                found |= set(map(bytes.decode, _DIGEST.findall(self._host.read(self.directory(snapshot_id) / name))))
        return frozenset(found)

    # --- taking --------------------------------------------------------------------------------

    def take(
        self,
        scope: Scope,
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
            raise SnapshotError(f"there is a snapshot {snapshot_id} already; try again in a second")
        ensure_directory(self._host, self._blobs)
        if state == "undo":
            # A rollback removes a link that was planted above a path; what lies behind it was never that path.
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
        """Write down what an apply is about to leave, durably.

        Args:
            snapshot_id: Its snapshot.
            footprint: The marks.
            contents: What it writes into files, kept so that an edit made by hand since can be told from it
                line by line; a private key is not kept.
        """
        for data in contents:
            if PRIVATE_KEY not in data:
                ensure_directory(self._host, self._blobs)
                self._keep(hashlib.sha256(data).hexdigest(), data)
        self._write(self.directory(snapshot_id) / FOOTPRINT, dump(footprint))

    def mark(self, snapshot: Snapshot, state: str) -> Snapshot:
        """Set the state: ``open``, ``applied``, ``rolled-back``, or ``undo`` for one that a rollback took."""
        marked = replace(snapshot, state=state)
        self._write(self.directory(snapshot.id) / MANIFEST, dump(marked))
        return marked

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

    def size(self, snapshot_id: str) -> int:
        """Count the bytes of a snapshot's own files."""
        directory = self.directory(snapshot_id)
        return sum(self._host.status(directory / name).size for name in self._host.entries(directory))

    def blob_size(self, blob: str) -> int:
        """Count stored bytes."""
        return self._host.status(self._blobs / blob).size

    def directory(self, snapshot_id: str) -> PurePosixPath:
        """Give the directory of a snapshot.

        Raises:
            SnapshotError: that is no name of a snapshot.
        """
        if not is_name(snapshot_id):
            raise SnapshotError(f"{snapshot_id[:80]!r} is no name of a snapshot; see 'snapshots list'")
        return self._snapshots / snapshot_id

    # --- inside --------------------------------------------------------------------------------

    def _manifest(self, path: PurePosixPath, snapshot_id: str) -> Snapshot:
        try:
            snapshot = load(Snapshot, self._host.read(path))
        except NotFoundError:
            raise SnapshotError(self._why_not(snapshot_id)) from None
        except InputError as error:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} {error}; it is not used") from None
        if snapshot.id != snapshot_id:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} says it is {snapshot.id!r}; it is not used")
        return snapshot

    def _why_not(self, snapshot_id: str) -> str:
        if self._host.status(self._snapshots / snapshot_id).kind is FileKind.ABSENT:
            return f"there is no snapshot {snapshot_id}; see 'snapshots list'"
        return f"snapshot {snapshot_id} has no manifest: it was cut off while it was taken or removed; it is not used"

    def _footprint_problems(self, snapshot: Snapshot) -> Iterator[str]:
        try:
            self.footprint(snapshot.id)
        except (SnapshotError, HostError) as error:
            yield str(error)
            return
        # One that is open may have been cut off before its apply came that far.
        status = self._host.status(self.directory(snapshot.id) / FOOTPRINT)
        if status.kind is FileKind.ABSENT and snapshot.state != "open":
            yield f"the footprint of snapshot {snapshot.id} is lost; files that its apply made would stay"

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


def is_name(text: str) -> bool:
    """Tell whether a snapshot may be called so."""
    return _ID.fullmatch(text) is not None


def own_names(host: Host) -> tuple[str, str]:
    """Give the user and group that our own files belong to: those of the state directory or what holds it."""
    for path in (host.state, *host.state.parents):
        status = host.status(path)
        if status.kind is FileKind.DIRECTORY:
            return status.owner, status.group
    return "root", "root"


def ensure_directory(host: Host, path: PurePosixPath, *, mode: int = 0o700) -> None:
    """Make a directory of our own, and those above it that are missing, 0700 unless told otherwise."""
    if host.status(path).kind is FileKind.DIRECTORY:
        return
    owner, group = own_names(host)
    ensure_directory(host, path.parent)
    host.make_directory(path, owner=owner, group=group, mode=mode)
