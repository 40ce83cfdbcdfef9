"""Take our part out of a text that somebody else has changed too, and leave theirs as it is.

Three texts go in: how it was before a change of ours, how we left it, and how it is now. Others may have
begun from either of the first two. What may not live here: reading and writing files.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument, user_name
from wizard.acl.user import User, same
from wizard.redisconf.directives import canonical, normal
from wizard.redisconf.document import Document

_FOLLOWS_DATA = frozenset({"appendonly"})
"""A rollback itself sets this as the data on disk need it, and puts it back at the end."""

_Meaning = tuple[str, ...]


def configuration(old: bytes, ours: bytes, now: bytes) -> bytes:
    """Undo our directives in a configuration file; a directive that others gave a third value keeps it.

    Meanings are compared, not letters: a server that rewrites its file says the same in other words.
    """
    before, left, found = (Document.parse(data) for data in (old, ours, now))
    result = found
    for name in dict.fromkeys(
        canonical(line.name) for each in (before, left, found) for line in each.lines if line.name
    ):
        was, made, is_ = (_meaning(each, name) for each in (before, left, found))
        if was != is_ and (name in _FOLLOWS_DATA or (was != made and made == is_)):
            written = next((line.name for line in before.lines_of(name)), name)
            result = result.set(written, before.values(name))
    return old if _alike(before, result) else result.data()


def users(old: bytes, ours: bytes, now: bytes) -> bytes:
    """Undo our users in an ACL file; a user that others changed, added or removed stays as they wanted."""
    before, left, found = (AclDocument.parse(data) for data in (old, ours, now))
    result = found
    for name in dict.fromkeys(user.name for each in (before, left, found) for user in each.users):
        was, made, is_ = (each.user(name) for each in (before, left, found))
        if _equal(was, made) or not _equal(made, is_):
            continue
        result = result.set_user(was) if was is not None else result.remove_user(name)
    same_users = {u.name for u in before.users} == {u.name for u in result.users} and all(
        _equal(user, result.user(user.name)) for user in before.users
    )
    return old if same_users else result.data()


def lines(old: bytes, ours: bytes, now: bytes) -> bytes | None:
    """Undo our lines in any other text; ``None`` where theirs and ours cannot be told apart."""
    base, mine, theirs = (data.splitlines(keepends=True) for data in (ours, old, now))
    merged: list[bytes] = []
    at, in_mine, in_theirs = 0, 0, 0
    for start, start_mine, start_theirs, length in (
        *_unchanged(base, mine, theirs),
        (len(base), len(mine), len(theirs), 0),
    ):
        part = _choose(base[at:start], mine[in_mine:start_mine], theirs[in_theirs:start_theirs])
        if part is None:
            return None
        merged += [*part, *base[start : start + length]]
        at, in_mine, in_theirs = start + length, start_mine + length, start_theirs + length
    return b"".join(merged)


def without_ours(path: PurePosixPath, old: bytes, ours: bytes, now: bytes, *, is_configuration: bool) -> bytes | None:
    """Take our part out, by the kind of the file; ``None`` where it cannot be told from theirs."""
    if is_configuration:
        return configuration(old, ours, now)
    if path.suffix == ".acl" or _has_only_users(ours):
        return users(old, ours, now)
    return lines(old, ours, now)


# --- inside --------------------------------------------------------------------------------------


def _meaning(document: Document, name: str) -> _Meaning:
    """What the lines of a directive say, whether they stand on one line or on many."""
    return tuple(word for line in document.lines_of(name) for word in normal(name, line.arguments))


def _alike(one: Document, other: Document) -> bool:
    """The same directives, and the same text around them."""
    return list(_signs(one)) == list(_signs(other))


def _signs(document: Document) -> Iterator[tuple[str, ...] | bytes]:
    for line in document.lines:
        yield (canonical(line.name), *normal(line.name, line.arguments)) if line.name else line.raw.strip()


def _equal(one: User | None, other: User | None) -> bool:
    return one is other or (one is not None and other is not None and same(one, other))


def _has_only_users(data: bytes) -> bool:
    found = [line for line in data.splitlines() if line.strip()]
    return bool(found) and all(user_name(line) for line in found)


def _unchanged(base: list[bytes], mine: list[bytes], theirs: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Give the runs of lines that both left as they were: where each begins in the three, and its length."""
    one = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    two = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    for first in one:
        for second in two:
            start = max(first.a, second.a)
            end = min(first.a + first.size, second.a + second.size)
            if start < end:
                yield start, first.b + start - first.a, second.b + start - second.a, end - start


def _choose(base: list[bytes], mine: list[bytes], theirs: list[bytes]) -> list[bytes] | None:
    if mine in (base, theirs):
        return theirs
    return mine if theirs == base else None
