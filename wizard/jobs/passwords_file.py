"""New passwords on their way to the operator: written to a file before they come into force.

The file is TOML, new, 0600, with a table ``[passwords]`` of an entry a user.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.host.files import exclusive_create
from wizard.host.files.exclusive_create import Created
from wizard.model.event import Result
from wizard.model.value import Secret

UNUSED_PASSWORD_RESULTS = frozenset({Result.NOTHING, Result.REFUSED, Result.BUSY, Result.ROLLED_BACK})
"""Endings after which new passwords are worth nothing; after any other one they may be all that opens the server."""


def text(passwords: Mapping[str, Secret]) -> str:
    """Write the table; names and passwords have no character that TOML would escape."""
    rows = "".join(f'"{user}" = "{passwords[user].reveal()}"\n' for user in sorted(passwords))
    return f"[passwords]\n{rows}"


def write(path: PurePosixPath, passwords: Mapping[str, Secret]) -> Created:
    """Write passwords to a new file that only its owner can read; raises as `newfile.create`."""
    return exclusive_create.create(path, text(passwords), mode=0o600)
