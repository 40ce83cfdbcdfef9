"""What others did since a change and going back would overwrite, on a host whose server can be asked."""

from contextlib import suppress

from wizard.errors import WizardError
from wizard.host.reader import HostReader
from wizard.model.host import LiveServer
from wizard.model.login import Login
from wizard.model.snapshot import Snapshot
from wizard.rollback.command import detect_for
from wizard.snapshots import manual_changes
from wizard.snapshots.manual_changes import ManualChange
from wizard.snapshots.reader import SnapshotReader


def find_manual_changes(host: HostReader, snapshot: Snapshot, login: Login | None) -> tuple[ManualChange, ...]:
    """Find it; live values only where we are let in, as for the rollback itself.

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
