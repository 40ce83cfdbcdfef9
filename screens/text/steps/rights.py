"""Which user may run which command, as a matrix: pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from screens.session import Session
from screens.text.users import UserRow, server_version
from wizard.acl.commands import table
from wizard.acl.evaluate import allowed_commands
from wizard.acl.presets import answered_rules
from wizard.acl.user import from_rules
from wizard.errors import InvalidValueError
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import OWN_CALLS, LiveServer
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import Unreadable

NEEDED_BY = {
    "FLUSHALL": "test suites, some migrations",
    "FLUSHDB": "test suites, cache clearing",
    "KEYS": "old cache clearing; SCAN replaces it",
    "CONFIG": "exporters; they get their own user",
    "DEBUG": "nothing in production",
    "SHUTDOWN": "nothing: systemd stops the server by a signal",
    "SAVE": "scripts that should use BGSAVE",
    "BGSAVE": "backup scripts; they get their own user",
    "MONITOR": "debugging; it shows every value",
    "MODULE": "loading modules at run time",
    "REPLICAOF": "Sentinel and failover scripts",
    "MIGRATE": "moving keys, cluster resharding",
    "ACL": "user administration",
}
"""Dangerous commands of the chapter and of ``@dangerous``, with what needs them."""
GROUPS = ("@read", "@write", "@pubsub", "@scripting", "@blocking", "@admin", "@dangerous")
"""Categories of commands that a row of the matrix stands for."""


class Right(StrEnum):
    """What a user may do of a command or group; the value is what a cell shows."""

    ALL = "yes"
    SOME = "part"
    """Some of its subcommands or commands."""
    NONE = "-"
    UNKNOWN = "?"
    """The rules cannot be read, or the server has no such command."""


_IN_WORDS = {
    Right.ALL: "allowed",
    Right.SOME: "some subcommands",
    Right.NONE: "refused",
    Right.UNKNOWN: "unknown",
}
_MOST_NAMED = 500


def rights_of(session: Session, row: UserRow, commands: Sequence[str]) -> tuple[Right, ...]:
    """Return what a user may run of each command or ``@group`` once the plan is applied."""
    planned = next((user for user in session.answers.acl.users if user.name == row.name), None)
    if row.closed:
        return (Right.NONE,) * len(commands)
    if planned is None or not session.answers.acl.manage:
        return _by_rules(session, row.rules, commands)
    flavour, version = server_version(session.instance)
    try:
        text = answered_rules(planned, flavour, version)
    except InvalidValueError:
        return (Right.UNKNOWN,) * len(commands)
    return _by_rules(session, text, commands)


def rights_now(session: Session, row: UserRow, commands: Sequence[str]) -> tuple[Right, ...]:
    """Return what a user may run now; nothing where the server has no such user, or it is off."""
    if "on" not in row.rules.split():
        return (Right.NONE,) * len(commands)
    return _by_rules(session, row.rules, commands)


def _by_rules(session: Session, text: str, commands: Sequence[str]) -> tuple[Right, ...]:
    flavour, version = server_version(session.instance)
    try:
        user = from_rules("any", text.split())
    except InvalidValueError:
        return (Right.UNKNOWN,) * len(commands)
    allowed = allowed_commands(user, flavour=flavour, version=version)
    return tuple(_right(_members(name, flavour, version), allowed) for name in commands)


def dangerous(session: Session) -> tuple[str, ...]:
    """Return the dangerous commands, then others that are renamed."""
    return (*NEEDED_BY, *(name for name in session.answers.commands.disable if name.upper() not in NEEDED_BY))


def who_may(session: Session, users: Sequence[UserRow], command: str) -> Iterator[str]:
    """Yield the users that may run all, some or nothing of a command, a line each."""
    found = {user.name: rights_of(session, user, (command,))[0] for user in users[:_MOST_NAMED]}
    for right, words in _IN_WORDS.items():
        names = [user for user, each in found.items() if each is right]
        if names:
            yield f"{words}: {', '.join(names)}"
    if len(users) > len(found):
        yield f"{len(users) - len(found):,} more users are not looked at; filter them in the matrix."


def calls(instance: Instance | None, command: str) -> int | None:
    """Return how often clients called a command with its subcommands, or those of a ``@group``.

    ``None`` where that was not counted: Redis 6.2 counts a command as a whole, so that calls of a look cannot be
    told from those of clients.
    """
    if instance is None or isinstance(instance.live, Unreadable):
        return None
    seen = _called(instance.live)
    if not command.startswith("@"):
        wanted = command.lower()
        if wanted in OWN_CALLS and wanted in instance.live.command_calls:
            return None
        return sum(count for name, count in seen.items() if name == wanted or name.startswith(f"{wanted}|"))
    members = _members(command, *server_version(instance))
    return sum(count for name, count in seen.items() if name in members)


def _called(live: LiveServer) -> dict[str, int]:
    return {name: count for name, count in live.command_calls.items() if name not in OWN_CALLS}


def _members(name: str, flavour: Flavour, version: str) -> frozenset[str]:
    """Return the commands behind a row: a container stands for its subcommands."""
    known, wanted = table(flavour, version), name.lower()
    if wanted.startswith("@"):
        return known.members.get(wanted.removeprefix("@"), frozenset())
    children = known.children.get(wanted, ())
    every = children or ((wanted,) if wanted in known.categories else ())
    return frozenset(every)


def _right(members: frozenset[str], allowed: frozenset[str]) -> Right:
    if not members:
        return Right.UNKNOWN
    if members <= allowed:
        return Right.ALL
    return Right.SOME if members & allowed else Right.NONE
