"""Mistakes that show only when several lines are seen together."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from wizard.formats.redisconf.commands import commands, is_command
from wizard.formats.redisconf.directives import Kind, canonical, find, normalize
from wizard.formats.redisconf.include import ConfigEntry
from wizard.formats.redisconf.lint.line import TargetServer, made
from wizard.model.facts.configuration import Problem


def whole_problems(reader: TargetServer, entries: Sequence[ConfigEntry]) -> list[Problem]:
    """Find what is wrong with the lines of a configuration together, in reading order."""
    readable = [entry for entry in entries if not entry.line.problem]
    found: list[Problem] = []
    for check in (_renames, _users, _acl_file, _save_points, _repeated, _cluster):
        found.extend(check(reader, readable))
    return found


def _named(entries: Sequence[ConfigEntry], name: str) -> list[ConfigEntry]:
    wanted = canonical(name)
    return [entry for entry in entries if canonical(entry.line.name) == wanted]


def _renames(reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    known = set(commands(reader.server))
    gone: set[str] = set()
    for entry in _named(entries, "rename-command"):
        if len(entry.line.arguments) != 2:  # noqa: PLR2004 - old and new name
            continue
        old, new = (argument.lower() for argument in entry.line.arguments)
        if old not in known:
            yield _no_such_command(reader, entry, old, renamed=old in gone)
            continue
        known.remove(old)
        gone.add(old)
        if new in known:
            what = f"rename-command gives {old} a name that is taken, and the server does not start."
            yield made(entry, "rename-target-exists", what, "Choose another new name.", fatal=True)
        elif new:
            known.add(new)


def _no_such_command(reader: TargetServer, entry: ConfigEntry, old: str, *, renamed: bool) -> Problem:
    # A word that is no command anywhere may be a secret new name: it is not repeated.
    shown = old if is_command(old) else "of this name"
    if renamed:
        what = f"The command {shown} was renamed by an earlier line, and the server does not start with a second one."
        return made(entry, "duplicate-rename", what, "Keep one of the two lines.", fatal=True)
    what = f"{reader.name} has no command {shown} to rename, and does not start."
    return made(entry, "rename-unknown-command", what, "Remove the line.", fatal=True)


def _users(reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in _named(entries, "user"):
        name = entry.line.arguments[0] if entry.line.arguments else ""
        if name and name in seen:
            fatal = reader.server != "r62"
            what = f"The user {name[:64]!a} is defined a second time" + (
                ", and the server does not start." if fatal else "; the last line wins."
            )
            yield made(entry, "duplicate-user", what, "Keep one line for each user.", fatal=fatal)
        seen.add(name)


def _acl_file(_reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    if not _last_value(entries, "aclfile"):
        return
    for entry in _named(entries, "user"):
        what = "A user line is beside aclfile, and the server does not start with both."
        yield made(entry, "users-beside-aclfile", what, "Move the user into the ACL file.", fatal=True)
    passwords = _named(entries, "requirepass")
    if passwords and _last_value(entries, "requirepass"):
        what = (
            "requirepass has no effect beside aclfile: without a default line there, the server asks for no password."
        )
        remedy = "Give the default user a line in the ACL file, and remove requirepass."
        yield made(passwords[-1], "requirepass-beside-aclfile", what, remedy, fatal=False)


def _last_value(entries: Sequence[ConfigEntry], name: str) -> str:
    found = _named(entries, name)
    return found[-1].line.arguments[0] if found and found[-1].line.arguments else ""


def _save_points(reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    if reader.server == "r62":
        return
    lines = _named(entries, "save")
    for before, entry in pairwise(lines):
        lost = entry.after_include and normalize("save", before.line.arguments) != ()
        if lost and entry.line.arguments not in ((), ("",)):
            what = "After an include line a save line replaces those before it instead of adding to them."
            remedy = "Write all pairs on one save line."
            yield made(entry, "save-after-include", what, remedy, fatal=False)


def _repeated(_reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    last: dict[tuple[PurePosixPath, str], ConfigEntry] = {}
    for entry in entries:
        directive = find(entry.line.name)
        if directive is None or directive.repeatable:
            continue
        key = (entry.path, canonical(entry.line.name))
        before = last.get(key)
        if before is not None and _meaning(before) != _meaning(entry):
            what = f"{entry.line.name} is set again on line {entry.line.number}; the last line wins."
            yield made(before, "overridden", what, "Keep one of the lines.", fatal=False)
        last[key] = entry


def _meaning(entry: ConfigEntry) -> tuple[str, ...]:
    return normalize(entry.line.name, entry.line.arguments)


def _cluster(_reader: TargetServer, entries: Sequence[ConfigEntry]) -> Iterator[Problem]:
    replicas = _named(entries, "replicaof")
    if not replicas or _last_value(entries, "cluster-enabled").lower() != "yes":
        return
    directive = find("replicaof")
    if directive is not None and directive.kind is Kind.REPLICA and _meaning(replicas[-1]):
        what = "replicaof does not go together with cluster-enabled, and the server does not start."
        yield made(replicas[-1], "replica-in-cluster", what, "Remove the replicaof line.", fatal=True)
