"""Users with one password, found where the real hashes are at hand. Only their names become facts."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.acl.aclfile import decode
from wizard.acl.password import hash_password
from wizard.acl.user import User, parse_line
from wizard.errors import InvalidValueError
from wizard.formats.redisconf.document import Document
from wizard.model.facts.configuration import ConfigLine
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


def shared_in_config(
    contents: Mapping[PurePosixPath, bytes], lines: Sequence[ConfigLine]
) -> tuple[SharedPassword, ...]:
    """Compare the users of a configuration; ``requirepass`` is the password of default."""
    chosen = [line for line in lines if line.name == "requirepass"][-1:]
    chosen += [line for line in lines if line.name == "user"]
    raw = {path: Document.parse(contents[path]).lines for path in {line.path for line in chosen} if path in contents}
    found: list[User] = []
    for line in chosen:
        arguments = next((each.arguments for each in raw.get(line.path, ()) if each.number == line.line), ())
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
