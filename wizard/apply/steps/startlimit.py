"""Give a server with much data the time to load it: for one start, in memory only.

The service manager counts loading as starting, and ends what takes longer than its limit, again and
again. What may not live here: a lasting change of that limit.

Source:
    Measured with ``Type=notify``: READY comes after the load; a limit below the load restarts for ever.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from wizard.errors import UnsupportedError
from wizard.host.port import Host
from wizard.model.facts import FileKind

RUNTIME = PurePosixPath("/run/systemd/system")
"""Drop-ins here are gone with the next boot."""
NAME = "redis-wizard-start.conf"
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w|month|y)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "month": 2.6e6, "y": 3.2e7}


@contextmanager
def enough(host: Host, unit: str, seconds: float) -> Iterator[None]:
    """Raise the unit's start limit to these seconds while the context lasts, where it is lower."""
    if seconds <= limit(host, unit):
        yield
        return
    directory = RUNTIME / f"{unit}.d"
    made = host.status(directory).kind is FileKind.ABSENT
    if made:
        host.make_directory(directory, owner="root", group="root", mode=0o755)
    text = f"[Service]\nTimeoutStartSec={math.ceil(seconds)}\n"
    host.write(directory / NAME, text.encode(), expected=None, owner="root", group="root", mode=0o644)
    host.services.reload_definitions()
    try:
        yield
    finally:
        host.remove(directory / NAME)
        if made:
            host.remove(directory)
        host.services.reload_definitions()


def limit(host: Host, unit: str) -> float:
    """Tell the unit's start limit in seconds; endless where it has none or none is known."""
    try:
        text = host.services.show(unit, ("TimeoutStartUSec",)).properties.get("TimeoutStartUSec", "")
    except UnsupportedError:
        return math.inf
    return parse_span(text)


def parse_span(text: str) -> float:
    """Read a time span as ``systemctl show`` writes it, such as ``1min 30s``; anything else is endless."""
    parts = _PART.findall(text)
    return sum(float(number) * _SECONDS[name] for number, name in parts) if parts else math.inf
