"""The command by which a unit of systemd runs this program again: absolute, and no other account can change it."""

import os
import sys
from pathlib import Path, PurePosixPath

from wizard.errors import NotFoundError, NotPermittedError, UnsafePathError
from wizard.host.reader import HostReader


def own_command(host: HostReader) -> tuple[str, ...]:
    """Return the program that runs now, as an installed file or as a module of its Python.

    Raises:
        UnsafePathError: another account than root can change it, so root must not run it regularly.
    """
    program = PurePosixPath(os.path.realpath(sys.argv[0]))
    if program.name == "__main__.py":
        program = PurePosixPath(os.path.abspath(sys.executable))  # noqa: PTH100 - a link of a venv must stay
        command: tuple[str, ...] = (str(program), "-I", "-m", "wizard")
    else:
        command = (str(program),)
    package = PurePosixPath(Path(__file__).parents[1])
    for path in (program, package):
        try:
            found = host.writable_by_others(path)
        except (NotFoundError, NotPermittedError):
            found = None
        if found is not None:
            raise UnsafePathError(
                found.path, f"{found.owner} can change it, and root would run it; install redis-wizard as root first"
            )
    return command
