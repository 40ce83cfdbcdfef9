"""Which system tests go to one worker: those that share a host."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist has no types


class HostScheduling(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Gives a worker a whole file where its tests share a host, and single tests of the others.

    A file whose tests each boot a host of their own would otherwise wait for itself at the end of a run.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return file if shares_host(self.config.rootpath / file) else nodeid


@cache
def shares_host(file: Path) -> bool:
    """Tell whether the tests of a file share anything."""
    text = file.read_text(encoding="utf-8")
    return 'scope="module"' in text or 'scope="session"' in text
