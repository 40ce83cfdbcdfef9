"""All snapshots of a host, for a list: which are in force, kept or damaged, and how large they are."""

from pathlib import PurePosixPath

from wizard.host.reader import HostReader
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.model.value import Value, field
from wizard.snapshots.history import History
from wizard.snapshots.private_keys import UNDONE, held
from wizard.snapshots.reader import SnapshotReader


class Listing(Value, frozen=True, kw_only=True):
    """All snapshots, as other programs read them."""

    schema: str = "redis-wizard/snapshots"
    version: int = 1
    snapshots: tuple[Snapshot, ...]
    """Those that can be restored, the newest first."""
    damaged: tuple[DamagedSnapshot, ...] = ()
    """Those that cannot, with the reason."""
    in_force: tuple[str, ...] = ()
    """Ids of those whose apply is in force, the newest first: of each server that is the order of going back."""
    private_keys: dict[str, tuple[PurePosixPath, ...]] = field(default_factory=dict)
    """Private keys whose bytes a snapshot holds, by its id: the paths that they had."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of a snapshot with the files that it mentions, by its id; snapshots share files."""

    def state_of(self, snapshot: Snapshot) -> str:
        """Return the state of a snapshot in one or two words."""
        return "in effect" if snapshot.id in self.in_force and snapshot.state != "open" else snapshot.state

    @property
    def undone_with_keys(self) -> tuple[str, ...]:
        """Ids of the snapshots of what was rolled back that hold private keys."""
        undone = {each.id for each in self.snapshots if each.state in UNDONE and each.id not in self.in_force}
        return tuple(name for name in self.private_keys if name in undone)


def list_snapshots(host: HostReader) -> Listing:
    """Return all snapshots.

    Raises:
        NotPermittedError: this process may not read them.
    """
    store = SnapshotReader(host)
    history = History(store)
    sound = tuple(entry.snapshot for entry in reversed(history.entries))
    return Listing(
        snapshots=sound,
        damaged=store.survey()[1],
        in_force=tuple(entry.id for entry in reversed(history.active())),
        private_keys={entry.id: tuple(keys) for entry in history.entries if (keys := held(store, entry.snapshot))},
        sizes={each.id: _size(store, each) for each in sound},
    )


def _size(store: SnapshotReader, snapshot: Snapshot) -> int:
    blobs = {saved.blob for saved in snapshot.paths if saved.blob}
    return store.size(snapshot.id) + sum(map(store.blob_size, blobs))
