"""Set owner, group and mode of something that exists.

What may not live here: rights of files that are written anew; they have them from the first byte.
"""

from wizard.changes.context import ApplyContext
from wizard.changes.merge import ensure_permissions_unchanged
from wizard.model.change import SetMode


def do(run: ApplyContext, change: SetMode) -> None:
    """Set them, where they differ.

    Raises:
        ChangedUnderUsError: somebody else set them since.
    """
    now = run.host.status(change.path)
    if (now.owner, now.group, now.mode) != (change.owner, change.group, change.mode):
        ensure_permissions_unchanged(run, change.path)
        run.host.set_mode(change.path, owner=change.owner, group=change.group, mode=change.mode)
