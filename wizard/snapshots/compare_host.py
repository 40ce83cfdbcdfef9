"""A snapshot beside the host as it is now, or beside another snapshot."""

from datetime import UTC, datetime

from wizard.host.reader import HostReader
from wizard.model.facts.host import HostFacts
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.model.value import replace
from wizard.snapshots.capture import capture
from wizard.snapshots.compare import ComparedState, Difference, compare
from wizard.snapshots.reader import BLOB_LIMIT, SnapshotReader
from wizard.snapshots.scope import scope_of_snapshot


def compare_snapshots(host: HostReader, snapshot_id: str, other: str) -> Difference:
    """Return what changed from one snapshot to another; raises SnapshotError or HostError."""
    store = SnapshotReader(host)
    return compare(_stored(store, store.load(snapshot_id)), _stored(store, store.load(other)))


def compare_with_host(host: HostReader, snapshot: Snapshot, facts: HostFacts, *, restored: bool = False) -> Difference:
    """Return what changed from a snapshot to the host as it is now; raises SnapshotError or HostError.

    Args:
        host: Where.
        snapshot: Which one.
        facts: Of the host, as it is now.
        restored: Return the other way round what restoring it changes.
    """
    sides = _stored(SnapshotReader(host), snapshot), _now(host, snapshot, facts)
    return compare(*(reversed(sides) if restored else sides))


def _stored(store: SnapshotReader, snapshot: Snapshot) -> ComparedState:
    return ComparedState(name=snapshot.id, state=snapshot, contents=lambda saved: store.blob(saved.blob))


def _now(host: HostReader, before: Snapshot, facts: HostFacts) -> ComparedState:
    instance = next((each for each in facts.instances if each.name == before.instance), None)
    state = capture(host, scope_of_snapshot(before), facts, instance, snapshot_id="now", by="", now=datetime.now(UTC))
    known = {saved.status.path for saved in before.paths}
    state = replace(state, paths=tuple(saved for saved in state.paths if saved.status.path in known))

    def contents(saved: SavedPath) -> bytes:
        return host.read(saved.status.path, limit=BLOB_LIMIT)

    return ComparedState(name="now", state=state, contents=contents)
