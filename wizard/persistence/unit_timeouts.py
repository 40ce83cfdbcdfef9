"""Give a server with much data the time to save and to load it: for one restart, in memory only.

The service manager counts saving as stopping and loading as starting. What saves for longer than its
limit is killed in the middle of it; what loads for longer is ended and started again and again.

Source:
    Measured with ``Type=notify``: READY comes after the load; a limit below the load restarts for ever.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from wizard.errors import HostError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind

RUNTIME = PurePosixPath("/run/systemd/system")
"""Drop-ins here last until the next boot."""
NAME = "zzzz-redis-wizard-start.conf"
"""Of all drop-ins of a unit, whichever directory they lie in, the last by name wins (systemd.unit(5))."""
LIMITS = ("TimeoutStart", "TimeoutStop")
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w|month|y)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "month": 2.6e6, "y": 3.2e7}


@contextmanager
def raised_timeouts(host: Host, unit: str, seconds: float) -> Iterator[None]:
    """Raise the unit's limits to these seconds while the context lasts, where they are lower."""
    low = [name for name in LIMITS if timeout_of(host, unit, name) < seconds]
    if not low:
        yield
        return
    directory = RUNTIME / f"{unit}.d"
    if host.status(directory).kind is FileKind.ABSENT:
        host.make_directory(directory, owner="root", group="root", mode=0o755)
    text = "".join(("[Service]\n", *(f"{name}Sec={math.ceil(seconds)}\n" for name in low)))
    host.write(directory / NAME, text.encode(), expected=None, owner="root", group="root", mode=0o644)
    host.services.reload_definitions()
    try:
        yield
    finally:
        _remove(host, directory)
        host.services.reload_definitions()


def remove_leftovers(host: Host) -> None:
    """Roll back what `raised_timeouts` left in place because its process was killed.

    At the end only: a server that is still starting would be judged by its old limits at once.
    """
    left = [RUNTIME / name for name in host.entries(RUNTIME) if NAME in host.entries(RUNTIME / name)]
    for directory in left:
        _remove(host, directory)
    if left:
        host.services.reload_definitions()


def _remove(host: Host, directory: PurePosixPath) -> None:
    host.remove(directory / NAME)
    with suppress(HostError):
        # Files of other programs stay, and so does their directory.
        host.remove(directory)


def timeout_of(host: HostReader, unit: str, name: str) -> float:
    """Return a limit of the unit in seconds, one of :data:`LIMITS`; endless where it has none or none is known."""
    try:
        text = host.services.show(unit, (f"{name}USec",)).properties.get(f"{name}USec", "")
    except UnsupportedError:
        return math.inf
    return parse_span(text)


def parse_span(text: str) -> float:
    """Read a time span as ``systemctl show`` writes it, such as ``1min 30s``; anything else is endless."""
    parts = _PART.findall(text)
    return sum(float(number) * _SECONDS[name] for number, name in parts) if parts else math.inf
