"""Remove an apply's part from a text with external changes, and leave these as they are.

Three texts go in: before the apply, as the apply left it, and as it is now. External changes may start
from either of the first two.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import same
from wizard.acl.merge import merge
from wizard.acl.user import User
from wizard.formats.redisconf.directives import canonical, normalize
from wizard.formats.redisconf.document import Document

_FOLLOWS_DATA = frozenset({"appendonly"})
"""A rollback itself sets this as the data on disk need it, and restores it at the end."""

_Lines = tuple[tuple[str, ...], ...]


def configuration(old: bytes, ours: bytes, now: bytes) -> bytes:
    """Restore the apply's directives in a configuration file, and leave external changes.

    Meanings are compared, not bytes: a server that rewrites its file writes the same values in another form.
    """
    before, left, found = (Document.parse(data) for data in (old, ours, now))
    result = found
    for name in dict.fromkeys(canonical(line.name) for each in (before, left) for line in each.lines if line.name):
        values = _undone(*(each.values(name) for each in (before, left, found)), name=name)
        if name in _FOLLOWS_DATA:
            values = before.values(name)
        if _meaning(name, values) != _meaning(name, found.values(name)):
            written = next((line.name for line in before.lines_of(name)), name)
            result = result.set(written, values)
    return old if _alike(before, result) else result.data()


def users(old: bytes, ours: bytes, now: bytes) -> bytes:
    """Restore the apply's users in an ACL file; external changes stay, without the apply's part."""
    before, left, found = (AclDocument.parse(data) for data in (old, ours, now))
    result = found
    for name in dict.fromkeys(user.name for each in (before, left, found) for user in each.users):
        is_ = found.user(name)
        merged = merge(before.user(name), left.user(name), is_).user
        if _equal(merged, is_):
            continue
        result = result.set_user(merged) if merged is not None else result.remove_user(name)
    same_users = {u.name for u in before.users} == {u.name for u in result.users} and all(
        _equal(user, result.user(user.name)) for user in before.users
    )
    return old if same_users else result.data()


def remaining_users(ours: bytes, now: bytes) -> bytes | None:
    """Return an ACL file that the apply created without the apply's users; ``None`` where it is no ACL file."""
    left = users(b"", ours, now) if _has_only_users(ours) else None
    return b"" if left is not None and not left.strip() else left


def lines(old: bytes, ours: bytes, now: bytes) -> bytes | None:
    """Restore the apply's lines in any other text; ``None`` where they cannot be separated from external changes."""
    if now in (old, ours):
        return old
    before, left, found = (data.splitlines(keepends=True) for data in (old, ours, now))
    places = {
        block.a + step: block.b + step
        for block in SequenceMatcher(None, left, found, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    gone: set[int] = set()
    added: dict[int, list[bytes]] = {}
    for tag, start, end, first, last in SequenceMatcher(None, left, before, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        here = [places[each] for each in range(start, end) if each in places]
        missing = [line for line in before[first:last] if line not in found]
        if len(here) < end - start and (here or missing):
            return None
        if start == end and missing and start and start - 1 not in places:
            return None
        gone |= set(here)
        place = here[0] if here else places.get(start - 1, -1) + 1
        added.setdefault(place, []).extend(missing if start == end else before[first:last] if here else [])
    return b"".join(
        line
        for place in range(len(found) + 1)
        for line in (*added.get(place, ()), *(found[place : place + 1] if place not in gone else ()))
    )


def revert_own_changes(
    path: PurePosixPath, old: bytes, ours: bytes, now: bytes, *, is_configuration: bool
) -> bytes | None:
    """Remove the apply's part, by the kind of the file; ``None`` where it cannot be separated."""
    if is_configuration:
        return configuration(old, ours, now)
    if path.suffix == ".acl" or _has_only_users(ours):
        return users(old, ours, now)
    return lines(old, ours, now)


# --- inside --------------------------------------------------------------------------------------


def _undone(old: _Lines, ours: _Lines, now: _Lines, *, name: str) -> _Lines:
    """Restore the old lines of a directive where only the apply changed them; external lines stay."""
    if _meaning(name, now) == _meaning(name, ours):
        return old
    was, made = ([normalize(name, each) for each in lines_] for lines_ in (old, ours))
    only_ours = [each for each in made if each not in was]
    mine = [number for number, each in enumerate(now) if normalize(name, each) in only_ours]
    if not mine:
        return now
    present = [normalize(name, each) for each in now]
    back = [each for each in old if normalize(name, each) not in present]
    return (
        *now[: mine[0]],
        *back,
        *(each for number, each in enumerate(now) if number > mine[0] and number not in mine),
    )


def _meaning(name: str, values: _Lines) -> tuple[str, ...]:
    """What the lines of a directive say, whether they stand on one line or on many."""
    return tuple(word for arguments in values for word in normalize(name, arguments))


def _alike(one: Document, other: Document) -> bool:
    """The same directives, and the same text around them."""
    return list(_signs(one)) == list(_signs(other))


def _signs(document: Document) -> Iterator[tuple[str, ...] | bytes]:
    for line in document.lines:
        yield (canonical(line.name), *normalize(line.name, line.arguments)) if line.name else line.raw.strip()


def _equal(one: User | None, other: User | None) -> bool:
    return one is other or (one is not None and other is not None and same(one, other))


def _has_only_users(data: bytes) -> bool:
    return bool(data.strip()) and AclDocument.parse(data).unnamed_line is None
