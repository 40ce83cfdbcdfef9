"""Compare what the applies in force left with what is there now. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import same
from wizard.acl.user import User, parse_line
from wizard.config import configuration_of
from wizard.drift.state import Deviation, DriftKind, Observed, Written
from wizard.errors import InvalidValueError
from wizard.formats.redisconf.directives import Kind, canonical, equivalent, find
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.memory import memory_or_zero, render_memory
from wizard.formats.redisconf.redact import masked
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.snapshots.ownership import rights_of

_NAMED = 3
"""Directives of a changed file that its sentence names."""
_OF_ITSELF = ("maxclients",)
"""Live values that a server changes without an operator, to fit the limits of its process."""
_PRESENT = "present"


def compare(written: Written, observed: Observed, facts: HostFacts, instance: Instance | None) -> tuple[Deviation, ...]:
    """Compare what was written with what is there now."""
    return (
        *_live(written, instance),
        *_users(written, instance),
        *_files(written, observed, instance),
        *_permissions(written, observed),
        *_kernel(written, facts),
        *_units(written, observed),
    )


def _live(written: Written, instance: Instance | None) -> Iterator[Deviation]:
    if instance is None or not isinstance(instance.live, LiveServer):
        return
    values = configuration_of(instance)
    # A server lists a renamed directive twice; its older name is the one that files have.
    names = {canonical(name): name for name in sorted(written.live, key=lambda each: each != canonical(each))}
    for name in sorted(names.values()):
        was = written.live[name]
        now = values.in_force(name)
        if now is not None and name not in _OF_ITSELF and not equivalent(name, now, was):
            text = f"{name} is {_shown(name, now)} in the running server; the apply left {_shown(name, was)}."
            yield Deviation(kind=DriftKind.LIVE, name=name, written=was, now=now, text=text)


def _users(written: Written, instance: Instance | None) -> Iterator[Deviation]:
    live = instance.live.acl if instance is not None and isinstance(instance.live, LiveServer) else ()
    if instance is None or not (written.users and live):
        return
    for name, done in _changed_users(_parsed(written.users), _parsed(live), instance):
        was, now = ("" if done == absent else _PRESENT for absent in ("added", "removed"))
        text = f'User "{name}" was {done} in the running server.'
        yield Deviation(kind=DriftKind.USER, name=name, written=was, now=now, text=text)


def _changed_users(old: Mapping[str, User], new: Mapping[str, User], instance: Instance) -> Iterator[tuple[str, str]]:
    version = instance.version if isinstance(instance.version, str) else ""
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield name, "removed"
        elif name not in old:
            yield name, "added"
        elif not same(old[name], new[name], flavour=instance.flavour, version=version):
            yield name, "changed"


def _parsed(rows: Iterable[str]) -> dict[str, User]:
    users = {}
    for row in rows:
        with suppress(InvalidValueError):
            user = parse_line(row)
            users[user.name] = user
    return users


def _files(written: Written, observed: Observed, instance: Instance | None) -> Iterator[Deviation]:
    for path, digest in sorted(written.digests.items()):
        now = observed.paths.get(path)
        if now is None or (now.kind is FileKind.FILE and now.digest == digest):
            continue
        if now.kind is FileKind.ABSENT:
            what = "was removed"
        elif now.kind is not FileKind.FILE:
            what = f"is a {now.kind} now"
        else:
            what = _changed_contents(path, written.texts.get(path), instance)
        if what:
            there = "" if now.kind is FileKind.ABSENT else _PRESENT
            yield Deviation(kind=DriftKind.FILE, name=str(path), written=_PRESENT, now=there, text=f"{path} {what}.")


def _changed_contents(path: PurePosixPath, text: bytes | None, instance: Instance | None) -> str:
    """Return what changed in a file; empty where its users are the same ones in other words (``ACL SAVE``)."""
    if text is None or instance is None:
        return "was changed"
    if isinstance(instance.acl, AclFacts) and path == instance.acl.status.path:
        old = {user.name: user for user in AclDocument.parse(text).users}
        changed = [*_changed_users(old, _parsed(instance.acl.lines), instance)]
        return f"was changed: {_listed([f'user {name} {done}' for name, done in changed])}" if changed else ""
    if isinstance(instance.config, ConfigFacts):
        old_lines = _directives((line.name, line.arguments) for line in Document.parse(text).lines if line.name)
        new_lines = _directives((line.name, line.arguments) for line in instance.config.lines if line.path == path)
        changed_lines = [*_changed_directives(old_lines, new_lines)]
        return f"was changed: {_listed(changed_lines)}" if changed_lines else "was rewritten, with the same directives"
    return "was changed"


_Directives = Mapping[str, Sequence[tuple[str, ...]]]


def _directives(rows: Iterable[tuple[str, tuple[str, ...]]]) -> _Directives:
    """Return the values of each directive with secrets masked, by the first name that it is written with."""
    names: dict[str, str] = {}
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, arguments in rows:
        written = names.setdefault(canonical(name.lower()), name.lower())
        found.setdefault(written, []).append(tuple(masked(name, arguments)))
    return found


def _changed_directives(old: _Directives, new: _Directives) -> Iterator[str]:
    names = {canonical(name): name for name in (*old, *new)} | {canonical(name): name for name in old}
    olds, news = ({canonical(name): _said(values) for name, values in side.items()} for side in (old, new))
    for known, name in names.items():
        was, now = olds.get(known, ""), news.get(known, "")
        if was != now and not (was and now and equivalent(name, now, was)):
            yield f"{name} {now or 'removed'}" + (f" (was {was})" if was else " (new)")


def _said(values: Sequence[tuple[str, ...]]) -> str:
    return ", ".join(" ".join(each) or '""' for each in values)


def _listed(parts: Sequence[str]) -> str:
    more = [f"and {len(parts) - _NAMED} more"] if len(parts) > _NAMED else []
    return "; ".join([*parts[:_NAMED], *more])


def _shown(name: str, value: str) -> str:
    directive = find(name)
    if directive is not None and directive.kind is Kind.MEMORY:
        # The server gives bytes.
        return render_memory(memory_or_zero(value))
    return " ".join(masked(name, (value,))) or '""'


def _permissions(written: Written, observed: Observed) -> Iterator[Deviation]:
    for path, rights in sorted(written.permissions.items()):
        now = observed.paths.get(path)
        if now is None or now.kind not in {FileKind.FILE, FileKind.DIRECTORY} or rights_of(now) == rights:
            continue
        if path in written.texts and _is_stricter(now, rights):
            # ``ACL SAVE`` and ``CONFIG REWRITE`` make a new file with what the umask leaves.
            continue
        text = f"{path} is {rights_of(now)}; the apply left {rights}."
        yield Deviation(kind=DriftKind.PERMISSIONS, name=str(path), written=rights, now=rights_of(now), text=text)


def _is_stricter(now: FileStatus, rights: str) -> bool:
    mode, _, names = rights.partition(" ")
    return names == f"{now.owner}:{now.group}" and not now.mode & ~int(mode, 8)


def _kernel(written: Written, facts: HostFacts) -> Iterator[Deviation]:
    now = {each.key: each.live for each in facts.kernel}
    for key, value in sorted(written.kernel.items()):
        live = now.get(key, value)
        if not isinstance(live, Unreadable) and live.split() != value.split():
            text = f"{key} is {live}; the apply set {value}."
            yield Deviation(kind=DriftKind.KERNEL, name=key, written=value, now=live, text=text)


def _units(written: Written, observed: Observed) -> Iterator[Deviation]:
    for name, enabled in sorted(written.units.items()):
        now = observed.units.get(name, enabled)
        if now is not enabled:
            was, shown = ("disabled", "enabled") if now else ("enabled", "disabled")
            text = f"{name} is {shown} at boot; the apply left it {was}."
            yield Deviation(kind=DriftKind.UNIT, name=name, written=was, now=shown, text=text)
