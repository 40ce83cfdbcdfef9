"""This machine as a host of which only the processes are seen that this test started.

Other tests run beside it: to find their servers would make the outcome a matter of chance, and to connect to them would
disturb what they measure. What may not live here: how servers are started (`servers`).
"""

import psutil

from tests.support.bare_machine import BareMachine
from wizard.host.reader import ProcessFacts
from wizard.model.network import Listener


class OwnServers(BareMachine):
    """Sees this machine's files, and of its processes and listeners those of this test."""

    def processes(self) -> tuple[ProcessFacts, ...]:
        """See the port."""
        own = _own()
        return tuple(each for each in super().processes() if each.pid in own)

    def listeners(self) -> tuple[Listener, ...]:
        """See the port."""
        own = _own()
        return tuple(each for each in super().listeners() if each.pid in own)


def _own() -> frozenset[int]:
    return frozenset(child.pid for child in psutil.Process().children(recursive=True))
