"""How this program was installed: the command by which systemd runs it again, and the one that removes it."""

import os
import shlex
import sys
import zipfile
from pathlib import Path, PurePosixPath

from wizard.errors import NotFoundError, NotPermittedError, UnsafePathError
from wizard.host.reader import HostReader

_OF_DEBIAN = Path("/usr/lib/redis-wizard/site-packages")


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


def removal(program: Path, packages: Path) -> str:
    """Return the command that removes the program from this host.

    Args:
        program: The file that was started.
        packages: The directory that its packages are imported from.
    """
    if zipfile.is_zipfile(program):
        return f"rm -r {shlex.join(map(str, (program.resolve(), packages.parent)))}"
    if packages == _OF_DEBIAN:
        return "apt-get remove redis-wizard"
    if {"uv", "tools"} <= set(packages.parts):
        return "uv tool uninstall redis-wizard"
    if {"pipx", "venvs"} <= set(packages.parts):
        return "pipx uninstall redis-wizard"
    return "pip uninstall redis-wizard, or its environment"
