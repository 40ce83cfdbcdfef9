"""Passwords that others can guess, found where their text or real hash is still at hand.

Only the user, the reason and the place become facts.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.acl.aclfile import decode
from wizard.acl.password import hash_password
from wizard.acl.strength import weakness
from wizard.acl.user import User, parse_line
from wizard.detect.password_lines import PasswordLine
from wizard.errors import InvalidValueError
from wizard.model.facts.configuration import ConfigLine
from wizard.model.rights import WeakPassword


def of_server(users: Iterable[User], requirepass: str) -> tuple[WeakPassword, ...]:
    """Judge what a server has in force.

    Args:
        users: ``ACL LIST`` with real hashes.
        requirepass: ``CONFIG GET requirepass``, empty where there is none.
    """
    source = "live server, ACL LIST"
    found = [WeakPassword(user=each.name, why=why, source=source) for each in users for why in _of_hashes(each)]
    if requirepass and (why := _weakness("default", requirepass)):
        found.append(WeakPassword(user="default", why=why, source="live server, CONFIG GET requirepass"))
    return _distinct(found)


def of_acl_file(path: PurePosixPath, lines: Sequence[bytes]) -> tuple[WeakPassword, ...]:
    """Judge the lines of an ACL file."""
    placed = ((decode(line), f"{path}:{number}") for number, line in enumerate(lines, 1))
    return _distinct(each for line, source in placed for each in _of_line(line, source))


def of_config(lines: Iterable[PasswordLine]) -> tuple[WeakPassword, ...]:
    """Judge ``requirepass`` and ``user`` lines."""
    return _distinct(each for line in lines for each in _of_directive(*line))


def _of_directive(line: ConfigLine, arguments: Sequence[str]) -> Iterator[WeakPassword]:
    source = f"{line.path}:{line.line}"
    if line.name == "user":
        yield from _of_line(" ".join(("user", *arguments)), source)
    elif arguments and arguments[0] and (why := _weakness("default", arguments[0])):
        yield WeakPassword(user="default", why=why, source=source)


def _of_line(line: str, source: str) -> Iterator[WeakPassword]:
    try:
        user = parse_line(line)
    except InvalidValueError:
        return
    for why in (*_of_hashes(user), *_of_texts(user, line)):
        yield WeakPassword(user=user.name, why=why, source=source)


def _of_hashes(user: User) -> Iterator[str]:
    return filter(None, (weakness(user.name, hashed) for hashed in user.passwords))


def _of_texts(user: User, line: str) -> Iterator[str]:
    """Judge passwords that are in plain text and still in force at the end of the line."""
    texts = (word[1:] for word in line.split() if word.startswith(">"))
    in_force = (text for text in texts if hash_password(text) in user.passwords)
    return filter(None, (_weakness(user.name, text) for text in in_force))


def _weakness(user: str, text: str) -> str:
    return weakness(user, hash_password(text), text=text)


def _distinct(found: Iterable[WeakPassword]) -> tuple[WeakPassword, ...]:
    return tuple(dict.fromkeys(found))
