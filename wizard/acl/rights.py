"""What a user may do that a checklist asks: dangerous commands, and keys and channels that are not its own.

`evaluate` works it out from the rules; `Trials` holds the calls by which a server can be asked the same.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from wizard.acl.commands import CommandTable, table_for
from wizard.acl.evaluate import selectors
from wizard.acl.glob import matches
from wizard.acl.keys import key_uses
from wizard.acl.selector import Selector
from wizard.acl.user import User
from wizard.model.rights import Rights, TriedRights

_LISTING = frozenset({"scan", "randomkey", "dbsize", "client|tracking"})
"""Commands that show names or the number of all keys, whatever the key patterns (measured on five servers)."""
_CODE = frozenset({"function|load", "function|restore"})
"""Commands that replace functions; no older server has any."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FOREIGN = (
    *("zqjx7", "zqjx_7", "zqjx-7", "zqjx/7", "zqjx.7", "{zqjx}7", "_zqjx7", "f9c3b1d27a604e58"),
    *(f"{letter}zqjx7:1" for letter in _LETTERS),
    "zqjx:vkwy:bhgp:fmdu:lcsi:rnot:ae:9281736450",
)
"""Names of no application, one for each first letter. A pattern that matches one of them fences nothing in: it
leaves open with which letters a key begins."""

_SORTED = sorted(FOREIGN)
_FENCED = re.compile(r"[A-Za-z0-9_.:{}/-]{2,}\*?")
"""Patterns that name what their keys begin with."""
_SAME = "\0"
"""Stands for each of these patterns: what they allow differs in nothing that is asked."""

_PATTERN = re.compile(r"(?P<sign>[~&]|%[rwRW]+~)(?P<pattern>.*)", re.DOTALL)
_ACCESS = {"r": "read key", "w": "write key", "rw": "read and write key", "": "look at key"}
_SENTINELS = frozenset({"__sentinel__:hello", "__sentinel__:*"})
_USING_CHANNELS = ("subscribe", "psubscribe", "publish")
_CHANNELS = (("publish to", ("publish", "spublish")), ("subscribe to", ("subscribe", "ssubscribe")))
_USUAL = ("get", "set", "exists")
"""Preferred for asking about keys."""
_ARGUMENTS = (
    (_SAME, "1", "1"),
    (_SAME, "1"),
    (_SAME, _SAME, _SAME),
    (_SAME, _SAME),
    ("x", _SAME, "1"),
    ("x", _SAME, _SAME),
    ("1", _SAME, "1"),
    ("x", "1", _SAME, "1"),
    ("1", "1", _SAME, "1"),
    ("streams", _SAME, "0"),
    ("group", "g", "c", "streams", _SAME, "0"),
    ("h", "1", _SAME, "0", "1"),
)
"""Arguments of commands that take keys, one of which fits each."""
_OWN = {"bitfield": (_SAME, "get", "u4", "0")}
"""Where the server reads more out of the arguments (redis 8.0 ``src/db.c``, ``bitfieldGetKeys()``)."""


def canonical(rules: Sequence[str]) -> tuple[str, ...]:
    """Return the rules with one sign for every pattern that is fenced in, so that equal rights have equal rules."""
    return _canonical(tuple(rules))


@lru_cache(maxsize=1 << 15)
def _canonical(rules: tuple[str, ...]) -> tuple[str, ...]:
    words = (" ".join(map(_without_names, rule.split(" "))) for rule in rules)
    return tuple(word for word, before in zip(words, (None, *rules), strict=False) if word or before)


@lru_cache(maxsize=1 << 16)
def _without_names(word: str) -> str:
    lead = "(" if word.startswith("(") else ""
    found = _PATTERN.fullmatch(word.removeprefix("(").removesuffix(")"))
    if not found or not _is_fenced(found["pattern"]):
        return word
    return f"{lead}{found['sign']}{_SAME}{')' * word.endswith(')')}"


def _is_fenced(pattern: str) -> bool:
    """Return whether a pattern is a plain name or the plain beginning of names, of which none is foreign."""
    begins = pattern.removesuffix("*")
    fenced = _FENCED.fullmatch(pattern) and pattern not in _SENTINELS
    # Of the sorted names, the first that is not before the beginning has it, if any has.
    place = bisect_left(_SORTED, begins)
    return bool(fenced) and not any(name.startswith(begins) for name in _SORTED[place : place + 1])


# --- from the rules ------------------------------------------------------------------------------


def reader(known: CommandTable, tried: Sequence[TriedRights] = ()) -> Callable[[Sequence[str]], Rights]:
    """Return how to read the rights that rules give: as the server said where it was tried, else worked out."""
    told = {each.rules: each.rights for each in tried}

    def rights_of(rules: Sequence[str]) -> Rights:
        form = canonical(rules)
        found = told.get(form)
        return evaluate(form, known) if found is None else found

    return rights_of


def evaluate(rules: Sequence[str], known: CommandTable, *, dangerous: frozenset[str] = frozenset()) -> Rights:
    """Work out what rules allow; exact but for commands inside of scripts.

    Args:
        rules: As a user has them.
        known: The commands of the server.
        dangerous: Further members of ``@dangerous`` that this server names.
    """
    return _evaluate(canonical(rules), known, dangerous)


@lru_cache(maxsize=1 << 14)
def _evaluate(rules: tuple[str, ...], known: CommandTable, dangerous: frozenset[str]) -> Rights:
    commands: set[str] = set()
    foreign: set[str] = set()
    for selector in selectors(rules, known):
        commands.update(_commands(selector, watched(known) | dangerous))
        foreign.update(label for label, _ in _foreign(selector))
    return _rights(commands, foreign, data=_has_data(rules, known))


def _has_data(rules: tuple[str, ...], known: CommandTable) -> bool:
    """Return whether there are keys, or channels with a command that uses them: on 6.2 each user has all channels."""
    return any(
        each.keys
        or (set(each.channels) - _SENTINELS and any(each.allows_command(name, "") for name in _USING_CHANNELS))
        for each in selectors(rules, known)
    )


def _rights(commands: Iterable[str], foreign: Iterable[str], *, data: bool) -> Rights:
    listing = {name for name in commands if {name, name.partition("|")[0]} & _LISTING}
    code = set(commands) & _CODE
    return Rights(
        commands=tuple(sorted(set(commands) - listing - code)),
        listing=tuple(sorted(listing)),
        code=tuple(sorted(code)),
        foreign=tuple(sorted(foreign)),
        data=data,
    )


@cache
def watched(known: CommandTable) -> frozenset[str]:
    """Return the commands that are asked for."""
    return (known.members.get("dangerous", frozenset()) | _LISTING | _CODE) & known.categories.keys()


def _commands(selector: Selector, names: frozenset[str]) -> Iterator[str]:
    yield from selector.commands & names
    for name, words in selector.first_arguments.items():
        yield from (f"{name}|{word}" for word in words if _is_watched(selector.known, name, word, names))


def _is_watched(known: CommandTable, name: str, word: str, names: frozenset[str]) -> bool:
    """Return whether a first argument matters; those of 6.2 that became subcommands are judged as these are."""
    later = table_for("r74") if not known.subcommands else known
    if name in later.children:
        return f"{name}|{word}" in watched(later)
    return name in names


def _foreign(selector: Selector) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return what a selector reaches outside, each with a call that does it."""
    yield from _foreign_keys(selector).items()
    for label, commands in _CHANNELS:
        names = (name for name in FOREIGN if selector.channels and selector.allows_channel(name, pattern=False))
        calls = ((command, name) for name in names for command in commands if selector.allows_command(command, name))
        if found := next(calls, None):
            yield f"{label} {found[1]}", (*found, "x") if found[0].endswith("publish") else found
    for pattern in selector.channels:
        if selector.allows_command("psubscribe", pattern) and any(matches(pattern, name) for name in FOREIGN):
            yield f"subscribe to pattern {pattern}", ("psubscribe", pattern)


def _foreign_keys(selector: Selector) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    names = {next((name for name in FOREIGN if selector.allows_key(name, access)), "") for access in _ACCESS}
    for name in sorted(names - {""}):
        for call in _calls(selector, name):
            uses = key_uses(call, selector.known)
            mine = [use for use in uses if use.name == name]
            access = "r" * any(use.reads for use in mine) + "w" * any(use.writes for use in mine)
            if mine and all(selector.allows_key(use.name, "r" * use.reads + "w" * use.writes) for use in uses):
                found.setdefault(f"{_ACCESS[access]} {name}", call)
    return found


def _calls(selector: Selector, name: str) -> Iterator[tuple[str, ...]]:
    """Return calls of a selector on a key, usual ones first."""
    known = _with_keys(selector.known)
    for command in (*_USUAL, *sorted(known.keys() - set(_USUAL))):
        if command in selector.commands:
            yield tuple(name if word == _SAME else word for word in known[command])
    for command, words in selector.first_arguments.items():
        yield from ((command, word, name, name, name) for word in sorted(words))


@cache
def _with_keys(known: CommandTable) -> Mapping[str, tuple[str, ...]]:
    """Return the commands that take keys, each with a call in which every key is the same."""
    found: dict[str, tuple[str, ...]] = {}
    for command in known.categories:
        calls = (tuple(command.split("|")) + tail for tail in (_OWN.get(command), *_ARGUMENTS) if tail)
        usable = (call for call in calls if {use.name for use in key_uses(call, known)} == {_SAME})
        if call := next(usable, None):
            found[command] = call
    return found


# --- from the server -----------------------------------------------------------------------------

MOST_TRIED = 100
"""Sets of rules that a server is asked about; those of further users are worked out."""
_NOT_ALLOWED = "no permissions to run the"


class _Question(NamedTuple):
    """One call for ``ACL DRYRUN``, and which right it shows."""

    user: str
    rules: tuple[str, ...]
    call: tuple[str, ...]
    command: str = ""
    """The command that may be run, whatever its keys; empty where the call must be allowed as a whole."""
    foreign: str = ""


class Trials:
    """What to ask a server about its users, one of each set of rules, and how to read its answers."""

    def __init__(self, users: Iterable[User], known: CommandTable, dangerous: Iterable[str] = ()) -> None:
        """Prepare the questions.

        Args:
            users: Of the server; those that are off are left out.
            known: The commands of the server.
            dangerous: Members of ``@dangerous`` as the server names them.
        """
        self._known, self._dangerous = known, frozenset(dangerous)
        groups = _groups(users)
        self._questions = [each for rules in groups for each in self._about(groups[rules], rules)]

    @property
    def commands(self) -> tuple[str, ...]:
        """Return the names of the commands whose number of arguments must be known."""
        return tuple(sorted({each.call[0] for each in self._questions}))

    def calls(self, arities: Mapping[str, int]) -> list[tuple[str, tuple[str, ...]]]:
        """Return users, each with a command that has as many words as ``COMMAND INFO`` tells."""

        def arity(call: Sequence[str]) -> int:
            return arities.get("|".join(call[:2]).lower(), arities.get(call[0], 0))

        return [(each.user, _with_arity(each.call, arity(each.call))) for each in self._questions]

    def read(self, answers: Iterable[str | None]) -> tuple[TriedRights, ...]:
        """Read the answers: empty where a command is allowed, else the reason.

        Where there is none, since the server has no command of this name, what the rules say counts.
        """
        found: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
        for each, said in zip(self._questions, answers, strict=True):
            commands, foreign = found.setdefault(each.rules, ([], []))
            if self._is_allowed(each, said):
                (commands if each.command else foreign).append(each.command or each.foreign)
        return tuple(
            TriedRights(rules=rules, rights=_rights(*both, data=_has_data(rules, self._known)))
            for rules, both in found.items()
        )

    def _is_allowed(self, question: _Question, said: str | None) -> bool:
        if said is not None:
            return _NOT_ALLOWED not in said if question.command else not said
        worked_out = evaluate(question.rules, self._known, dangerous=self._dangerous)
        label = question.command or question.foreign
        return label in {*worked_out.commands, *worked_out.listing, *worked_out.code, *worked_out.foreign}

    def _about(self, user: str, rules: tuple[str, ...]) -> Iterator[_Question]:
        names = watched(self._known) | self._dangerous
        found: dict[str, tuple[str, ...]] = {f"read key {FOREIGN[0]}": ("get", FOREIGN[0])}
        found |= {f"write key {FOREIGN[0]}": ("set", FOREIGN[0]), f"publish to {FOREIGN[0]}": ("publish", FOREIGN[0])}
        for selector in selectors(rules, self._known):
            names |= set(_commands(selector, names))
            found |= dict(_foreign(selector))
        for name in sorted(names):
            yield _Question(user, rules, tuple(name.split("|")), command=name)
        for label, call in found.items():
            yield _Question(user, rules, call, foreign=label)


def _groups(users: Iterable[User]) -> dict[tuple[str, ...], str]:
    """Return the rules of users that are on, each with one that has them; most used ones first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for user in users:
        if user.enabled:
            found.setdefault(canonical(user.rules), []).append(user.name)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return {rules: names[0] for rules, names in ordered[:MOST_TRIED]}


def _with_arity(call: Sequence[str], arity: int) -> tuple[str, ...]:
    """Return a call with as many words as its command takes: exactly, or with a minus at least."""
    filled = (*call, *("1" for _ in range(abs(arity) - len(call))))
    return filled[:arity] if arity > 0 else filled
