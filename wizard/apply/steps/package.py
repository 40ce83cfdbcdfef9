"""Install a server package; it stays when the apply is undone.

What may not live here: which package.
"""

import re

from wizard.apply.run import Run
from wizard.errors import ProgramError, UnsupportedError
from wizard.model.change import InstallPackage
from wizard.model.snapshot import Snapshot

COMMANDS = {
    "apt": ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends"),
    "dnf": ("dnf", "install", "--assumeyes", "--quiet"),
    "yum": ("yum", "install", "--assumeyes", "--quiet"),
    "zypper": ("zypper", "--non-interactive", "install"),
    "apk": ("apk", "add"),
    "pacman": ("pacman", "--sync", "--noconfirm"),
}
"""How each package manager installs without asking."""

SECONDS = 900
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]{0,99}")
_WORDS = 400


def do(run: Run, change: InstallPackage) -> None:
    """Install it.

    Raises:
        UnsupportedError: this package manager is not known or not there.
        ProgramError: it refuses; the text has its last words.
    """
    command = COMMANDS.get(change.manager)
    program = run.host.find_program(command[0]) if command else None
    if command is None or program is None or not _NAME.fullmatch(change.package):
        raise UnsupportedError(f"{change.package} cannot be installed here by {change.manager or 'a package manager'}")
    done = run.host.run((str(program), *command[1:], change.package), seconds=SECONDS)
    if done.status:
        raise ProgramError(command[0], done.status, " ".join((done.errors or done.output).split())[-_WORDS:])


def undo(snapshot: Snapshot) -> tuple[str, ...]:
    """Say what stays: a package may be in use by now, so it is not removed."""
    return tuple(f"the package {name} stays installed" for name in snapshot.packages)
