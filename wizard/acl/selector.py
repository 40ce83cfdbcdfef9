"""What one selector allows: the rules applied in order to a set of commands, keys and channels.

The rules outside of parentheses are the root selector of a user, each ``(…)`` is another one.

Source:
    redis 8.0 ``src/acl.c``, ``ACLSetSelector()``; redis 6.2 ``src/acl.c``, ``ACLSetUser()``.
"""

import re
from collections.abc import Iterable
from copy import copy
from functools import cache

from wizard.acl.commands import ALWAYS, CommandTable
from wizard.acl.glob import matches

_KEYS = re.compile(r"(?:~|%(?P<access>[rwRW]+)~)(?P<pattern>.*)", re.DOTALL)
_DROPPED = frozenset(("sanitize-payload", "alldbs"))


@cache
def _of_category(known: CommandTable, name: str) -> frozenset[str]:
    """Return the commands of a category with their subcommands: many users share the same few categories."""
    return _with_subcommands(known, known.members[name])


def _with_subcommands(known: CommandTable, names: Iterable[str]) -> frozenset[str]:
    return frozenset(each for name in names for each in (name, *known.children.get(name, ())))


class Selector:
    """The rights of one selector, built rule by rule."""

    def __init__(self, known: CommandTable, rules: Iterable[str] = (), *, root: bool = True) -> None:
        self.known = known
        self.commands: set[str] = set()
        """Names that may be run, in lower case, subcommands as ``config|get``."""
        self.everything = False
        """``+@all``, and nothing taken from it since: commands of modules too."""
        self.first_arguments: dict[str, set[str]] = {}
        """Where a command may be run with certain first arguments alone."""
        self.keys: dict[tuple[str, str], None] = {}
        """Patterns with the access that they give: ``r``, ``w`` or ``rw``."""
        self.channels: dict[str, None] = {}
        self.unknown: dict[str, None] = {}
        """Rules whose command or category the server does not have, or that are none of these."""
        # 6.2 gives new users every channel, unless acl-pubsub-default says otherwise.
        if root and not known.subcommands:
            self.channels["*"] = None
        for rule in rules:
            self.apply(rule)

    def with_patterns(self, rules: Iterable[str]) -> "Selector":
        """Return the same command rights with these rules of keys and channels; the commands are shared."""
        made = copy(self)
        made.keys, made.channels, made.unknown = dict(self.keys), dict(self.channels), dict(self.unknown)
        for rule in rules:
            made.apply(rule)
        return made

    def apply(self, rule: str) -> None:
        """Apply one rule."""
        match rule.lower():
            case "allkeys":
                self.keys = {("rw", "*"): None}
            case "resetkeys":
                self.keys = {}
            case "allchannels":
                self.channels = {"*": None}
            case "resetchannels":
                self.channels = {}
            case "allcommands" | "+@all":
                self._change_all(allowed=True)
            case "nocommands" | "-@all":
                self._change_all(allowed=False)
            case word if word in _DROPPED:
                pass
            case word if word[0] in "+-":
                self._change_commands(word[0] == "+", word[1:], rule)
            case _:
                self._add_pattern(rule)

    def _change_all(self, *, allowed: bool) -> None:
        self.commands = set(self.known.categories) if allowed else set()
        self.everything = allowed
        self.first_arguments = {}
        self.unknown = {rule: None for rule in self.unknown if rule[0] not in "+-"}

    def _change_commands(self, allowed: bool, name: str, rule: str) -> None:  # noqa: FBT001 - the sign of the rule
        if name.startswith("@") and name[1:] in self.known.members:
            self._change(_of_category(self.known, name[1:]), allowed=allowed)
        elif name in self.known.categories:
            self._change(_with_subcommands(self.known, (name,)), allowed=allowed)
        elif allowed and self._takes_first_argument(name):
            command, _, argument = name.partition("|")
            self.first_arguments.setdefault(command, set()).add(argument)
            return
        else:
            self.unknown.pop(rule, None)
            self.unknown[rule] = None
        self.everything = self.everything and allowed

    def _takes_first_argument(self, name: str) -> bool:
        command, bar, argument = name.partition("|")
        return bool(bar and argument) and command in self.known.categories and command not in self.known.children

    def _change(self, commands: frozenset[str], *, allowed: bool) -> None:
        """Allow or take away commands, all at once: a category has dozens."""
        for command in self.first_arguments.keys() & commands:
            del self.first_arguments[command]
        if allowed:
            self.commands |= commands
        else:
            self.commands -= commands

    def _add_pattern(self, rule: str) -> None:
        found = _KEYS.fullmatch(rule)
        if found:
            access = "".join(sorted(set((found["access"] or "rw").lower())))
            self.keys[access, found["pattern"]] = None
        elif rule.startswith("&"):
            self.channels[rule[1:]] = None
        else:
            self.unknown[rule] = None

    def allows_command(self, name: str, first_argument: str) -> bool:
        """Return whether a command may be run at all, its keys and channels aside."""
        if name in self.commands or ALWAYS in self.known.categories.get(name, ()):
            return True
        if name not in self.known.categories:
            return self.everything
        return first_argument.lower() in self.first_arguments.get(name, ())

    def allows_key(self, key: str, access: str) -> bool:
        """Return whether one pattern gives all of this access (``r``, ``w``, ``rw`` or nothing) to a key."""
        return any(
            set(access) <= set(given) and (pattern == "*" or matches(pattern, key)) for given, pattern in self.keys
        )

    def allows_channel(self, channel: str, *, pattern: bool) -> bool:
        """Return whether a channel is open; one that is a pattern itself must stand in the rules literally."""
        if "*" in self.channels:
            return True
        return channel in self.channels if pattern else any(matches(given, channel) for given in self.channels)
