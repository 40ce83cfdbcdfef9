"""What a rollback to a snapshot would change, and which manual changes it would overwrite."""

from contextlib import suppress

from wizard.errors import SnapshotError, WizardError
from wizard.host.reader import HostReader
from wizard.model.facts.live import LiveServer
from wizard.model.login import Login
from wizard.model.snapshot import Snapshot
from wizard.model.value import Value
from wizard.rollback.command import detect_for
from wizard.snapshots import manual_changes
from wizard.snapshots.compare import Difference
from wizard.snapshots.compare_host import compare_with_host
from wizard.snapshots.history import History
from wizard.snapshots.manual_changes import ManualChange
from wizard.snapshots.reader import SnapshotReader


class RestorePreview(Value, frozen=True, kw_only=True):
    """What a rollback to a snapshot would do, as far as the host shows it."""

    snapshot: Snapshot
    refusal: str
    """Why another apply must be rolled back first; empty when none must."""
    changes: Difference
    """From the host as it is now to the snapshot."""
    manual: tuple[ManualChange, ...]
    """What it overwrites that the apply did not write."""


def preview_restore(host: HostReader, snapshot: Snapshot, login: Login | None) -> RestorePreview:
    """Return what a rollback to a snapshot would change; nothing is changed.

    Raises:
        HostError: a file cannot be read.
        SnapshotError: the snapshot is damaged.
    """
    refusal = ""
    try:
        History(SnapshotReader(host)).ensure_topmost(snapshot)
    except SnapshotError as error:
        refusal = str(error)
    facts, _ = detect_for(host, snapshot, login)
    return RestorePreview(
        snapshot=snapshot,
        refusal=refusal,
        changes=compare_with_host(host, snapshot, facts, restored=True),
        manual=find_manual_changes(host, snapshot, login),
    )


def find_manual_changes(host: HostReader, snapshot: Snapshot, login: Login | None) -> tuple[ManualChange, ...]:
    """Find it; live values only where the login works, as for the rollback itself.

    Raises:
        HostError: a file cannot be read.
        SnapshotError: the snapshot is damaged.
    """
    return manual_changes.manual_changes(host, SnapshotReader(host), snapshot, _live(host, snapshot, login))


def _live(host: HostReader, snapshot: Snapshot, login: Login | None) -> dict[str, str]:
    if host.tree is not None or not snapshot.directives:
        return {}
    with suppress(WizardError):
        _, instance = detect_for(host, snapshot, login)
        if instance is not None and isinstance(instance.live, LiveServer):
            return dict(instance.live.config)
    return {}
