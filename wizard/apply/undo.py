"""What the parts of a rollback share.

What may not live here: behaviour.
"""

from dataclasses import dataclass, field

from wizard.apply.journal import Journal
from wizard.apply.reach import Doors
from wizard.host.port import Host
from wizard.model.facts import Instance
from wizard.model.snapshot import Snapshot
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.store import Store


@dataclass(slots=True, kw_only=True)
class Undo:
    """One rollback at work."""

    host: Host
    journal: Journal
    store: Store
    snapshot: Snapshot
    footprint: Footprint
    instance: Instance | None
    doors: Doors
    restarted: bool
    """The apply restarted the server, so the old state needs a restart too."""
    booting: bool = False
    """The host boots and the server has not been started: nothing is started, stopped or asked."""
    waits_for_server: bool = False
    """All is put back but the line that says where the keys are; it must wait until the server is up."""
    refused: list[str] = field(default_factory=list)
    """What the machine would not let us put back now, one sentence each; it can be tried again."""
    kept: list[str] = field(default_factory=list)
    """What is not as it was, one sentence each, with the reason."""
    done: list[str] = field(default_factory=list)
    """What the operator should know of the way, one sentence each."""
    keys_before: int | None = None
    keys_after: int | None = None
    downtime_seconds: float = 0.0
