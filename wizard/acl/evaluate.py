"""What a user may do, worked out without a server.

Right where the server's own answer would be (``ACL DRYRUN`` is the proof in the tests). Two things
it cannot see, as the server itself cannot beforehand: commands inside of a script, and the keys
that SORT derives from values. Database rules of Valkey 9 are not judged.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

from wizard.acl.commands import CommandTable, table
from wizard.acl.keys import KeyUse, full_name, key_uses
from wizard.acl.keys import channels as channels_of
from wizard.acl.selector import Selector
from wizard.acl.user import User
from wizard.model.facts.service import Flavour
from wizard.model.value import Value

_PATTERN_SIGNS = ("~", "%", "&")
_PATTERN_WORDS = frozenset({"allkeys", "resetkeys", "allchannels", "resetchannels"})


class Refusal(StrEnum):
    """Why a command is refused."""

    COMMAND = "command"
    KEY = "key"
    CHANNEL = "channel"


class Verdict(Value, frozen=True, kw_only=True):
    """Whether a command is allowed, and if not, what refuses it."""

    allowed: bool
    refusal: Refusal | None = None
    subject: str = ""
    """The command, key or channel that is refused."""
    known: bool = True
    """False where the command is in no table: it may come from a module."""

    def sentence(self, command: str, flavour: Flavour, version: str) -> str:
        """Return the verdict on a command in one sentence that begins with yes, no or unknown."""
        if not self.known:
            return f"unknown: {self.subject or command} is in no table of {flavour} {version}"
        return "yes" if self.allowed else f"no: {self.refusal} {self.subject} is refused"


def is_allowed(
    user: User,
    command: Sequence[str],
    *,
    keys: Iterable[str] | None = None,
    channels: Iterable[str] | None = None,
    flavour: Flavour,
    version: str,
) -> Verdict:
    """Judge a command for a user, as if the user were enabled and logged in.

    Args:
        user: The user; whether it is on, and its passwords, do not matter.
        command: The command with its arguments, or its name alone.
        keys: Keys that it touches, to be read and written; by default those in its arguments.
        channels: Channels; by default those in its arguments.
        flavour: Which server.
        version: Its version.
    """
    known = table(flavour, version)
    name = full_name(command, known)
    uses = _uses(command, keys, known)
    named, pattern = channels_of(command)
    wanted = named if channels is None else tuple(channels)
    first = command[1] if len(command) > 1 else ""
    found = Verdict(allowed=False, refusal=Refusal.COMMAND, subject=name)
    for selector in selectors(user.rules, known):
        found = _judge(selector, name, first, uses, wanted, pattern=pattern)
        if found.allowed:
            break
    return Verdict(
        allowed=found.allowed,
        refusal=found.refusal,
        subject=found.subject,
        known=name in known.categories,
    )


def any_may(users: Iterable[User], *, flavour: Flavour, version: str) -> Callable[[Sequence[str]], bool]:
    """Return a judge that says whether one of many users may run a command, its keys and channels aside.

    Users with the same command rules are judged once, so thousands of them cost little.
    """
    known = table(flavour, version)
    distinct = dict.fromkeys(command_rules(user.rules) for user in users)
    rights = [selectors(rules, known) for rules in distinct]

    def judge(command: Sequence[str]) -> bool:
        name = full_name(command, known)
        first = command[1] if len(command) > 1 else ""
        return any(selector.allows_command(name, first) for each in rights for selector in each)

    return judge


def command_rules(rules: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that decide about commands: those of keys and channels are left out."""
    return tuple(rule for rule in rules if not _is_pattern(rule))


def _is_pattern(rule: str) -> bool:
    return rule[:1] in _PATTERN_SIGNS or rule.lower() in _PATTERN_WORDS


def _uses(command: Sequence[str], keys: Iterable[str] | None, known: CommandTable) -> tuple[KeyUse, ...]:
    if keys is None:
        return key_uses(command, known)
    return tuple(KeyUse(name=key, reads=True, writes=True) for key in keys)


def _judge(
    selector: Selector, name: str, first: str, uses: Sequence[KeyUse], wanted: Sequence[str], *, pattern: bool
) -> Verdict:
    if not selector.allows_command(name, first):
        return Verdict(allowed=False, refusal=Refusal.COMMAND, subject=name)
    for use in uses:
        if not selector.allows_key(use.name, "r" * use.reads + "w" * use.writes):
            return Verdict(allowed=False, refusal=Refusal.KEY, subject=use.name)
    for channel in wanted:
        if not selector.allows_channel(channel, pattern=pattern):
            return Verdict(allowed=False, refusal=Refusal.CHANNEL, subject=channel)
    return Verdict(allowed=True)


def allowed_commands(user: User, *, flavour: Flavour, version: str) -> frozenset[str]:
    """Return all commands (and ``command|subcommand``) that some selector of the user allows, keys aside.

    Those that are allowed with certain first arguments alone are not among them, except on 6.2,
    where subcommands are first arguments: there they are listed as ``command|argument``.
    """
    found: set[str] = set()
    known = table(flavour, version)
    for selector in selectors(user.rules, known):
        found |= selector.commands
        if not known.subcommands:
            found |= {f"{name}|{word}" for name, words in selector.first_arguments.items() for word in words}
    return frozenset(found)


def opens(user: User, *, flavour: Flavour, version: str) -> bool:
    """Return whether a client that knows no password can run commands as this user."""
    return user.enabled and user.nopass and bool(allowed_commands(user, flavour=flavour, version=version))


def selectors(rules: Sequence[str], known: CommandTable) -> tuple[Selector, ...]:
    """Return the selectors of a user: the root first, then each ``(…)`` in order."""
    return _selectors(tuple(rules), known)


@lru_cache(maxsize=1 << 15)
def _selectors(rules: tuple[str, ...], known: CommandTable) -> tuple[Selector, ...]:
    root: list[str] = []
    others: list[Selector] = []
    for rule in rules:
        if rule.lower() == "clearselectors":
            others = []
        elif rule.startswith("("):
            others.append(Selector(known, rule.strip("() ").split(), root=False))
        else:
            root.append(rule)
    patterns = [rule for rule in root if _is_pattern(rule)]
    return (_root(command_rules(root), known).with_patterns(patterns), *others)


@lru_cache(maxsize=512)
def _root(rules: tuple[str, ...], known: CommandTable) -> Selector:
    """Return the root selector of these command rules: thousands of users share few of them."""
    return Selector(known, rules)
