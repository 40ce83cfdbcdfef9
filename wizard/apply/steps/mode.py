"""Set owner, group and mode of something that exists.

What may not live here: rights of files that are written anew; they have them from the first byte.
"""

from wizard.apply.otherhands import demand_rights
from wizard.apply.run import Run
from wizard.model.change import SetMode


def do(run: Run, change: SetMode) -> None:
    """Set them, where they differ.

    Raises:
        ChangedUnderUsError: somebody else set them since.
    """
    now = run.host.status(change.path)
    if (now.owner, now.group, now.mode) != (change.owner, change.group, change.mode):
        demand_rights(run, change.path)
        run.host.set_mode(change.path, owner=change.owner, group=change.group, mode=change.mode)
