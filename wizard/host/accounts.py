"""Users and groups: names ⇄ numbers, of the running host or of a directory tree."""

import grp
import pwd
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Protocol

from wizard.errors import HostError

_NUMBER = re.compile(r"[0-9]{1,10}")


class Accounts(Protocol):
    """Who is known on a host."""

    def user_number(self, name: str) -> int | None:
        """Number of a user, ``None`` when the name is unknown."""
        ...

    def group_number(self, name: str) -> int | None:
        """Number of a group, ``None`` when the name is unknown."""
        ...

    def user_name(self, number: int) -> str:
        """Name of a user, the number as text when it has none."""
        ...

    def group_name(self, number: int) -> str:
        """Name of a group, the number as text when it has none."""
        ...


class LocalAccounts:
    """The running host's accounts, by its own name service."""

    def user_number(self, name: str) -> int | None:
        """See :class:`Accounts`."""
        try:
            return pwd.getpwnam(name).pw_uid
        except (KeyError, ValueError):
            return None

    def group_number(self, name: str) -> int | None:
        """See :class:`Accounts`."""
        try:
            return grp.getgrnam(name).gr_gid
        except (KeyError, ValueError):
            return None

    def user_name(self, number: int) -> str:
        """See :class:`Accounts`."""
        try:
            return pwd.getpwuid(number).pw_name
        except KeyError:
            return str(number)

    def group_name(self, number: int) -> str:
        """See :class:`Accounts`."""
        try:
            return grp.getgrgid(number).gr_name
        except KeyError:
            return str(number)


class FileAccounts:
    """Accounts of a directory tree, from its ``/etc/passwd`` and ``/etc/group``.

    Args:
        read: Reads a file of the tree; its HostError counts as "no accounts".
    """

    def __init__(self, read: Callable[[PurePosixPath], bytes]) -> None:
        self._read = read

    def user_number(self, name: str) -> int | None:
        """See :class:`Accounts`."""
        return self._numbers("passwd").get(name)

    def group_number(self, name: str) -> int | None:
        """See :class:`Accounts`."""
        return self._numbers("group").get(name)

    def user_name(self, number: int) -> str:
        """See :class:`Accounts`."""
        return self._name("passwd", number)

    def group_name(self, number: int) -> str:
        """See :class:`Accounts`."""
        return self._name("group", number)

    def _name(self, table: str, number: int) -> str:
        return next((name for name, known in self._numbers(table).items() if known == number), str(number))

    def _numbers(self, table: str) -> dict[str, int]:
        """Read one table; both keep the number in their third field (passwd(5), group(5))."""
        try:
            text = self._read(PurePosixPath("/etc") / table).decode(errors="replace")
        except HostError:
            return {}
        rows = [line.split(":") for line in text.split("\n")]
        return {row[0]: int(row[2]) for row in reversed(rows) if len(row) > 2 and _NUMBER.fullmatch(row[2])}  # noqa: PLR2004 - the third field


def user_number(accounts: Accounts, text: str) -> int:
    """Number of a user given by name or by number as text.

    Raises:
        HostError: the name is unknown here.
    """
    number = int(text) if text.isdecimal() else accounts.user_number(text)
    if number is None:
        raise HostError(f"there is no user {text!r} on this host; create it first")
    return number


def group_number(accounts: Accounts, text: str) -> int:
    """Number of a group given by name or by number as text.

    Raises:
        HostError: the name is unknown here.
    """
    number = int(text) if text.isdecimal() else accounts.group_number(text)
    if number is None:
        raise HostError(f"there is no group {text!r} on this host; create it first")
    return number
