"""New passwords of an apply: into a new file before they come into force, or once onto the terminal."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.cli import output
from wizard.errors import HostError, UsageError
from wizard.host.files import exclusive_create
from wizard.host.files.exclusive_create import Created
from wizard.jobs import passwords_file
from wizard.model.event import Result
from wizard.model.text import counted, escape
from wizard.model.value import Secret


class Passwords:
    """The passwords of one apply, and where they go.

    Args:
        passwords: By user; without any there is nothing to do.
        path: The file that the operator named, ``None`` for the terminal.
    """

    def __init__(self, passwords: Mapping[str, Secret], path: PurePosixPath | None) -> None:
        self.drawn = passwords
        self._path = path if passwords else None
        self._file: Created | None = None
        self._shown = False

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.drawn)

    @property
    def file(self) -> str:
        """Path of the file that they are in; empty: in none."""
        return str(self._file.path) if self._file else ""

    def require_destination(self, remedy: str) -> None:
        """Know where they will go before anything is decided.

        Args:
            remedy: What is said where there is no place, with the option that names one.

        Raises:
            UsageError: there is no terminal, and no file is named.
            InputError, HostError: the file cannot be made.
        """
        if self._path:
            exclusive_create.check(self._path)
        elif self.drawn and not _visible():
            raise UsageError(remedy)

    def write(self) -> None:
        """Write the file, where one is named; raises as `require_destination`."""
        if self._path:
            self._file = passwords_file.write(self._path, self.drawn)

    def show(self) -> None:
        """Show them on the terminal, once; not where they are in a file."""
        if self._shown or self._file or not self.drawn:
            return
        self._shown = True
        rows = "\n".join(f"  {escape(user):<20} {secret.reveal()}" for user, secret in self.drawn.items())
        output.result(f"Passwords, shown only once:\n{rows}")

    def finalize(self, ending: Result) -> None:
        """After the end: remove the file again where they are not in force."""
        if self._file and ending in passwords_file.UNUSED_PASSWORD_RESULTS:
            # It is out of force all the same; a directory that has become read-only is no failure of the apply.
            with suppress(HostError):
                exclusive_create.discard(self._file)

    def report_location(self) -> None:
        """Say, or show, what is now in force."""
        if self._file:
            output.result(
                output.wrapped(f"The passwords of {counted(self.count, 'user')} are in {self.file}, mode 0600.")
            )
        else:
            self.show()


def _visible() -> bool:
    """Return whether what is written as the result is seen by a person and kept nowhere."""
    return sys.stdout.isatty()
