"""The store of snapshots: a manifest each, and file bytes once by their digest.

::

    <state>/snapshots/<id>/manifest.json    the snapshot (0600)
    <state>/snapshots/<id>/footprint.json   what the apply was about to leave
    <state>/blobs/<sha256>                  bytes of the files, shared by all snapshots (0600)

What may not live here: putting anything back (`restore`), deciding what to remember (`scope`).
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import InputError, NotFoundError, SnapshotError, UnsupportedError
from wizard.host.port import Host
from wizard.model.facts import FileKind, FileStatus, HostFacts, Instance, LiveServer
from wizard.model.snapshot import SavedPath, SavedUnit, Snapshot
from wizard.model.value import from_json, replace, to_json
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.scope import Scope

BLOB_LIMIT = 64 << 20
"""Configuration, keys and unit files are far smaller; a longer file is not one of them."""

MACHINE_ID = PurePosixPath("/etc/machine-id")
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_LONGEST_CHAIN = 8


class Store:
    """The snapshots of a host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._snapshots = host.state / "snapshots"
        self._blobs = host.state / "blobs"

    # --- looking -------------------------------------------------------------------------------

    def listing(self) -> tuple[Snapshot, ...]:
        """Give all readable snapshots, the newest first. A damaged one is left out here and refused by `load`."""
        found = []
        for name in self._host.entries(self._snapshots):
            try:
                found.append(self.load(name))
            except SnapshotError:
                continue
        return tuple(sorted(found, key=lambda each: (each.taken_at, each.id), reverse=True))

    def load(self, snapshot_id: str) -> Snapshot:
        """Give one snapshot.

        Raises:
            SnapshotError: there is none of this name, its manifest is damaged, or it is of another machine.
        """
        snapshot = self._manifest(self._directory(snapshot_id) / "manifest.json", snapshot_id)
        if snapshot.machine != self._machine():
            raise SnapshotError(f"snapshot {snapshot_id} was taken on another machine, {snapshot.host}; it stays there")
        return snapshot

    def newest(self, instance: str = "") -> Snapshot | None:
        """Give the newest snapshot that an apply made and no rollback has used; of any instance when none is named."""
        for snapshot in self.listing():
            if snapshot.state in {"open", "applied"} and instance in {"", snapshot.instance}:
                return snapshot
        return None

    def footprint(self, snapshot_id: str) -> Footprint:
        """Give what its apply was about to leave; empty when it never came that far.

        Raises:
            SnapshotError: it is damaged.
        """
        try:
            return from_json(Footprint, self._host.read(self._directory(snapshot_id) / "footprint.json"))
        except NotFoundError:
            return Footprint(digests={})
        except InputError as error:
            raise SnapshotError(f"the footprint of snapshot {snapshot_id} is damaged: {error}") from None

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
            raise SnapshotError(f"the bytes {digest[:12]} in the store are damaged; this snapshot is not used")
        return data

    def verify(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Read every blob of a snapshot; give one sentence for each that is lost or damaged."""
        problems = []
        for saved in snapshot.paths:
            try:
                if saved.blob:
                    self.blob(saved.blob)
            except SnapshotError as error:
                problems.append(f"{saved.status.path}: {error}")
        return tuple(problems)

    # --- taking --------------------------------------------------------------------------------

    def take(
        self, scope: Scope, facts: HostFacts, instance: Instance | None, *, snapshot_id: str, by: str, now: datetime
    ) -> Snapshot:
        """Remember everything in scope, durably: blobs first, the manifest last.

        Raises:
            SnapshotError: a snapshot of this name is there already.
            HostError: a path cannot be read, or there is no space.
        """
        directory = self._directory(snapshot_id)
        if self._host.status(directory).kind is not FileKind.ABSENT:
            raise SnapshotError(f"there is a snapshot {snapshot_id} already; try again in a second")
        ensure_directory(self._host, self._blobs)
        snapshot = Snapshot(
            id=snapshot_id,
            taken_at=now.isoformat(timespec="seconds"),
            host=facts.hostname,
            machine=self._machine(),
            instance=scope.instance,
            what=scope.what,
            by=by,
            paths=tuple(self._save(status) for status in self._statuses(scope.paths)),
            kernel=_kernel_values(facts, scope.kernel),
            directives=_live_values(instance, scope.directives),
            units=tuple(self._unit(name) for name in scope.units),
            packages=scope.packages,
            keys=instance.live.keys if instance and isinstance(instance.live, LiveServer) else -1,
            append_only=_live_values(instance, ("appendonly",)).get("appendonly") == "yes",
        )
        ensure_directory(self._host, directory)
        self._write(directory / "manifest.json", to_json(snapshot).encode())
        return snapshot

    def leave_footprint(self, snapshot_id: str, footprint: Footprint) -> None:
        """Write down what an apply is about to leave, durably."""
        self._write(self._directory(snapshot_id) / "footprint.json", to_json(footprint).encode())

    def mark(self, snapshot: Snapshot, state: str) -> Snapshot:
        """Set the state: ``open``, ``applied``, ``rolled-back``, or ``undo`` for one that a rollback took."""
        marked = replace(snapshot, state=state)
        self._write(self._directory(snapshot.id) / "manifest.json", to_json(marked).encode())
        return marked

    def drop(self, snapshot: Snapshot) -> None:
        """Forget a snapshot whose apply changed nothing; bytes that others may share stay."""
        directory = self._directory(snapshot.id)
        for name in self._host.entries(directory):
            self._host.remove(directory / name)
        self._host.remove(directory)

    # --- inside --------------------------------------------------------------------------------

    def _directory(self, snapshot_id: str) -> PurePosixPath:
        if not _ID.fullmatch(snapshot_id):
            raise SnapshotError(f"{snapshot_id[:80]!r} is no name of a snapshot; see 'snapshots list'")
        return self._snapshots / snapshot_id

    def _manifest(self, path: PurePosixPath, snapshot_id: str) -> Snapshot:
        try:
            snapshot = from_json(Snapshot, self._host.read(path))
        except NotFoundError:
            raise SnapshotError(f"there is no snapshot {snapshot_id}; see 'snapshots list'") from None
        except InputError as error:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} is damaged: {error}") from None
        if snapshot.id != snapshot_id:
            raise SnapshotError(f"the manifest of snapshot {snapshot_id} says it is {snapshot.id!r}; it is not used")
        return snapshot

    def _machine(self) -> str:
        try:
            return hashlib.sha256(self._host.read(MACHINE_ID).strip()).hexdigest()
        except NotFoundError:
            return ""

    def _statuses(self, paths: Iterable[PurePosixPath]) -> Iterator[FileStatus]:
        """Give the status of each path, of the missing directories above it, and of what links lead to."""
        seen: set[PurePosixPath] = set()
        for path in paths:
            for here in (*self._missing_above(path), *self._chain(path)):
                if here not in seen:
                    seen.add(here)
                    yield self._host.status(here, digest=True)

    def _missing_above(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        above = (each for each in path.parents if self._host.status(each).kind is FileKind.ABSENT)
        return reversed(tuple(above))

    def _chain(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        here = path
        for _ in range(_LONGEST_CHAIN):
            yield here
            status = self._host.status(here)
            if status.kind is not FileKind.LINK:
                return
            here = link_target(status)

    def _save(self, status: FileStatus) -> SavedPath:
        if status.kind is FileKind.FILE:
            data = self._host.read(status.path, limit=BLOB_LIMIT)
            digest = hashlib.sha256(data).hexdigest()
            self._keep(digest, data)
            status = replace(status, digest=digest)
        attributes = {} if status.kind is FileKind.ABSENT else self._host.attributes(status.path)
        encoded = {name: base64.b64encode(value).decode() for name, value in attributes.items()}
        return SavedPath(status=status, blob=status.digest, attributes=encoded)

    def _keep(self, digest: str, data: bytes) -> None:
        try:
            self.blob(digest)
        except SnapshotError:
            self._write(self._blobs / digest, data)

    def _unit(self, name: str) -> SavedUnit:
        try:
            state = self._host.services.show(name)
        except UnsupportedError:
            return SavedUnit(name=name, active="", enabled="")
        return SavedUnit(name=name, active=state.active, enabled=state.enabled)

    def _write(self, path: PurePosixPath, data: bytes) -> None:
        owner, group = own_names(self._host)
        self._host.write(path, data, expected=None, owner=owner, group=group, mode=0o600)


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


def link_target(status: FileStatus) -> PurePosixPath:
    """Give where a symbolic link points, as an absolute path; ``..`` is taken literally off the path."""
    parts: list[str] = []
    for part in (status.path.parent / status.target).parts[1:]:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return PurePosixPath("/", *parts)


def _kernel_values(facts: HostFacts, keys: Iterable[str]) -> dict[str, str]:
    live = {setting.key: setting.live for setting in facts.kernel}
    return {key: value for key in keys if isinstance(value := live.get(key), str)}


def _live_values(instance: Instance | None, names: Iterable[str]) -> dict[str, str]:
    if instance is None or not isinstance(instance.live, LiveServer):
        return {}
    config = instance.live.config
    return {name: config[name] for name in names if name in config}
