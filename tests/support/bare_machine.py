"""This machine without what it runs by itself: no units, no timers, no cron.

Which of them a machine has is a matter of chance, and a look at them takes half the time of a detection. Sandboxes in
processes of their own still look at them, and so do the hosts of the system tests.
"""

from pathlib import PurePosixPath

from wizard.detect.systemd.unit_files import DIRECTORIES
from wizard.errors import NotFoundError
from wizard.host.local import LocalHost

_ITS_OWN = frozenset(
    {*DIRECTORIES}
    | {PurePosixPath("/etc", name) for name in ("cron.d", "cron.hourly", "cron.daily", "cron.weekly", "cron.monthly")}
)


class BareMachine(LocalHost):
    """Lists nothing below the directories of units, timers and cron."""

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """See the port."""
        if path in _ITS_OWN or not _ITS_OWN.isdisjoint(path.parents):
            raise NotFoundError(path)
        return super().entries(path)
