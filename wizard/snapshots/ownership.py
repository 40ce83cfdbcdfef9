"""Whether something is as it was before an apply, as the apply left it, or an external change.

The rule is the same for whatever a change touches: what is neither the earlier state nor the apply's is an
external change.
"""

import base64
from collections.abc import Callable
from operator import eq
from pathlib import PurePosixPath
from typing import TypeVar

from wizard.host.reader import HostReader
from wizard.model.facts.files import FileStatus
from wizard.model.snapshot import SavedPath
from wizard.model.value import replace
from wizard.snapshots import posixacl

_T = TypeVar("_T")
_MODULES = "security."
"""A security module gives these to every new file by its own rules, so they tell nothing of people."""
ON = frozenset({"enabled", "enabled-runtime", "linked", "alias"})
"""States of a unit that starts at boot."""
OWNER, GROUP, PERMISSIONS = "owner", "group", "permissions"


def is_external(now: _T, old: _T, *ours: _T, same: Callable[[_T, _T], bool] = eq) -> bool:
    """Return whether a value is an external change: it is neither the earlier one nor any of the apply's."""
    return not any(same(now, each) for each in (old, *ours))


def rights_of(status: FileStatus) -> str:
    """Say who owns a path and may do what, as ``0640 root:redis``."""
    return f"{status.mode:04o} {status.owner}:{status.group}"


def with_rights(saved: SavedPath, rights: str) -> SavedPath:
    """Return a path as it is once we have set its rights, in the words of `rights_of`; the same where we set none."""
    if not rights:
        return saved
    mode, _, names = rights.partition(" ")
    owner, _, group = names.partition(":")
    return replace(saved, status=replace(saved.status, owner=owner, group=group, mode=int(mode, 8)))


def read_metadata(host: HostReader, path: PurePosixPath) -> SavedPath:
    """Look at what a path has beside its bytes."""
    encoded = {name: base64.b64encode(value).decode() for name, value in host.attributes(path).items()}
    return SavedPath(status=host.status(path), blob="", attributes=encoded)


def external_attributes(now: SavedPath, old: SavedPath, *ours: SavedPath) -> frozenset[str]:
    """Name the external changes of a path beside its bytes: owner, group, permissions, each attribute."""
    has, *known = (_parts(each) for each in (now, old, *ours))
    names = {name for each in (has, *known) for name in each}
    return frozenset(name for name in names if is_external(has.get(name), *(each.get(name) for each in known)))


def with_attributes(old: SavedPath, now: SavedPath, names: frozenset[str]) -> SavedPath:
    """Return a path as it was, but for these parts, which are as they are now."""
    was, here = old.status, now.status
    status = replace(
        was,
        owner=here.owner if OWNER in names else was.owner,
        group=here.group if GROUP in names else was.group,
        mode=here.mode if PERMISSIONS in names else was.mode,
    )
    taken = names | ({posixacl.ACCESS} if PERMISSIONS in names else frozenset())
    attributes = {name: value for name, value in old.attributes.items() if name not in taken}
    attributes |= {name: value for name, value in now.attributes.items() if name in taken}
    return replace(old, status=status, attributes=attributes)


def describe(path: SavedPath, names: frozenset[str]) -> tuple[str, ...]:
    """Say what these parts of a path are, one clause each."""
    where, acl = path.status.path, path.attributes.get(posixacl.ACCESS, "")
    listed = f" with the ACL {posixacl.text_of(base64.b64decode(acl)) or 'of another form'}" if acl else ""
    rights = [f"{where} is {rights_of(path.status)}{listed}"] if names & {OWNER, GROUP, PERMISSIONS} else []
    others = sorted(names - {OWNER, GROUP, PERMISSIONS})
    called = (posixacl.NAMES.get(name) or f"extended attribute {name}" for name in others)
    return (*rights, *(f"{where} has another {name}" for name in called))


def _parts(path: SavedPath) -> dict[str, object]:
    """Mode and ACL are one: a mask is the mode of the group, and setting either sets the other."""
    status = path.status
    acl = posixacl.entries_beyond_mode(base64.b64decode(path.attributes.get(posixacl.ACCESS, "")))
    rest = {
        name: value
        for name, value in path.attributes.items()
        if name != posixacl.ACCESS and not name.startswith(_MODULES)
    }
    return {OWNER: status.owner, GROUP: status.group, PERMISSIONS: (status.mode, acl), **rest}
