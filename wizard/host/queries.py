"""Programs that only look: what `HostReader.query` may run. Anything else needs a `Host`."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.errors import UnsupportedError

_FIRST_ARGUMENTS: Mapping[str, frozenset[str]] = {
    "systemd-detect-virt": frozenset({""}),
    "apt-cache": frozenset({"policy"}),
    "rpm": frozenset({"-q"}),
}
"""By program: the first arguments with which it only looks; empty: none at all."""
_VERSION = ["--version"]
"""Alone, it makes every program say its version and end."""


def require_query(arguments: Sequence[str]) -> None:
    """Refuse a command line that is not known to only look.

    Raises:
        UnsupportedError: with the program's path.
    """
    program, *words = arguments
    known = _FIRST_ARGUMENTS.get(PurePosixPath(program).name, frozenset())
    if words != _VERSION and (words[0] if words else "") not in known:
        raise UnsupportedError(f"{program} is not run: it could change this host")
