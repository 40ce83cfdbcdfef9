"""Users with one password, found where the real hashes are at hand. Only their names become facts."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from wizard.acl.aclfile import decode
from wizard.acl.password import hash_password
from wizard.acl.user import User, parse_line
from wizard.detect.password_lines import PasswordLine
from wizard.errors import InvalidValueError
from wizard.model.rights import SharedPassword


def shared_of(users: Iterable[User]) -> tuple[SharedPassword, ...]:
    """Return the users that have a password in common; those that are off may be among them."""
    owners: dict[str, dict[str, None]] = {}
    for user in users:
        for hashed in user.passwords:
            owners.setdefault(hashed, {})[user.name] = None
    return tuple(SharedPassword(users=tuple(names)) for names in owners.values() if len(names) > 1)


def shared_in_acl_file(lines: Sequence[bytes]) -> tuple[SharedPassword, ...]:
    """Compare the users of an ACL file."""
    return shared_of(_users(decode(line) for line in lines))


def shared_in_config(lines: Iterable[PasswordLine]) -> tuple[SharedPassword, ...]:
    """Compare the users of a configuration; ``requirepass`` is the password of default."""
    found: list[User] = []
    for line, arguments in lines:
        if line.name == "user":
            found += _users([" ".join(("user", *arguments))])
        elif arguments and arguments[0]:
            found.append(User(name="default", passwords=(hash_password(arguments[0]),)))
    return shared_of(found)


def _users(lines: Iterable[str]) -> list[User]:
    found = []
    for line in lines:
        with suppress(InvalidValueError):
            found.append(parse_line(line))
    return found
