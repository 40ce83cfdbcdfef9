"""A server whose unit is no longer on the host: renamed, or removed with its package.

Its files are restored; nothing can be started under a name that has no unit, so that is said once, with what
to do, and not tried again.

Source:
    systemd.generator(7): without its unit file, a service gets one made from ``/etc/init.d``.
"""

from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError
from wizard.model.snapshot import SavedUnit

_GENERATED = "generated"


def is_gone(work: RollbackContext, saved: SavedUnit) -> bool:
    """Return whether the unit that a snapshot names has no definition of its own any more."""
    if work.host.tree is not None or work.booting:
        return False
    try:
        now = work.host.services.show(saved.name)
    except HostError:
        return False
    was_there = bool(saved.active or saved.enabled)
    return was_there and (not now.known or (now.enabled == _GENERATED and saved.enabled != _GENERATED))


def sentence(work: RollbackContext, saved: SavedUnit, *, holds_line: bool) -> str:
    """Return what the operator must know and do.

    Args:
        work: The rollback.
        saved: The unit that is gone.
        holds_line: The line of the append-only file still waits for a restart.
    """
    other = work.instance.unit.name if work.instance and work.instance.unit else saved.name
    remedy = f"restart {other}" if other != saved.name else "install it again, and start the server"
    text = f"{saved.name} no longer exists on this host, so the server was not restarted: {remedy}"
    return (
        f"{text}; then run redis-wizard rollback {work.snapshot.id} to restore the line appendonly"
        if holds_line
        else text
    )
