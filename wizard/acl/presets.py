"""Proven sets of rules for roles, and what each promises.

The rules, sample commands and their sources are in ``assets/redis/acl-roles.tsv``; commands that only
the named roles may run are in ``assets/redis/acl-probes.tsv``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import assets
from wizard.acl.commands import CommandTable, parse_version, table
from wizard.acl.evaluate import is_allowed
from wizard.acl.glob import example_key, matches
from wizard.acl.keys import full_name
from wizard.acl.names import check_pattern
from wizard.acl.password import mask_rule
from wizard.acl.user import User, from_rules
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.facts.service import Flavour
from wizard.model.value import Value

_FOREIGN = ("other:1", "redis-wizard:foreign", "zz9.nobody", "~", "0")
"""Names to try for a key or channel that is not the user's."""

_LIMITED_KEYS = re.compile(r"%(?:R|W|RW|WR)~", re.IGNORECASE)
"""A pattern of keys that may be read or written alone (since 7.0)."""
_SINCE_LIMITED_KEYS = (7, 0)


class _Preset(Value, frozen=True, kw_only=True):
    rule: str
    allowed: tuple[str, ...]
    not_refused: str
    source: str


class ExpectedAccess(Value, frozen=True, kw_only=True):
    """Commands that show what a user can and cannot do.

    None of them is MULTI, EXEC, DISCARD, WATCH, RESET or QUIT, so all can be tried by ``ACL DRYRUN``
    (7.0 and later) or by queueing them between MULTI and DISCARD (6.2, where a user without MULTI is
    tried as a copy with ``+multi +discard``).
    """

    allowed: tuple[tuple[str, ...], ...]
    denied: tuple[tuple[str, ...], ...]


def rules(
    role: AclRole,
    *,
    keys: Sequence[str],
    channels: Sequence[str],
    flavour: Flavour,
    version: str,
    custom: str = "",
) -> str:
    """Return the rules of a role, without name, ``on`` and passwords.

    Args:
        role: The role.
        keys: Key patterns without ``~``; with ``*`` among them the others are dropped, since the
            server takes no pattern behind it.
        channels: Channel patterns without ``&``.
        flavour: Which server.
        version: Its version; commands that it lacks are left out, since one unknown name makes it
            refuse the whole file.
        custom: With role ``custom``: its command rules.

    Raises:
        InvalidValueError: a pattern cannot stand in a rule, or a word of `custom` is no command rule.
    """
    known = table(flavour, version)
    values = {
        "{keys}": _patterns("~", keys),
        "{read-keys}": _patterns("%R~", keys),
        "{channels}": _patterns("&", channels),
        "{rules}": _custom_words(custom, version),
    }
    words: list[str] = []
    for word in _preset(role, version).rule.split(" "):
        words += values.get(word, [word])
    return " ".join(word for word in words if _server_has(word, known))


def answered_rules(user: UserAnswer, flavour: Flavour, version: str) -> str:
    """Return the rules of an answered user; see `rules`."""
    return rules(user.role, keys=user.keys, channels=user.channels, flavour=flavour, version=version, custom=user.rules)


def former_rules(role: AclRole, *, flavour: Flavour, version: str) -> str:
    """Return the rules that a role had in earlier releases; empty where they are the same as now.

    Source:
        ``assets/redis/acl-roles-former.tsv``; no role in it has keys or channels of its own.
    """
    known = table(flavour, version)
    rule = next((rule for name, _, rule in _former() if name is role), "")
    return " ".join(word for word in rule.split(" ") if word and _server_has(word, known))


def taken_from(role: AclRole) -> str:
    """Return the commands that a role had in earlier releases and has no more, because they reveal secrets."""
    return next((loses for name, loses, _ in _former() if name is role), "")


@cache
def _former() -> tuple[tuple[AclRole, str, str], ...]:
    rows = (line.split("\t") for line in assets.text("redis/acl-roles-former.tsv").splitlines()[1:])
    return tuple((AclRole(role), loses, rule) for role, _, loses, rule in rows)


def source(role: AclRole, *, version: str) -> str:
    """Say what the rules of a role depend on."""
    return _preset(role, version).source


def expected_access(text: str, *, flavour: Flavour, version: str) -> ExpectedAccess:
    """Return sample commands for a user, made from the patterns in its own rules.

    Args:
        text: Its rules, with or without ``on``. Where they are those of a role, the samples are what
            the role promises; else the samples of all roles are sorted by what the rules say.
        flavour: Which server.
        version: Its version.
    """
    known = table(flavour, version)
    user = from_rules("any", text.split())
    role = role_of(user.rules, flavour=flavour, version=version)
    names = _names(user)
    if role is AclRole.CUSTOM:
        return _sorted_by_rules(user, names, flavour=flavour, version=version)
    preset = _preset(role, version)
    return ExpectedAccess(
        allowed=_all_filled(preset.allowed, names, known),
        denied=_all_filled(_refused(preset), names, known),
    )


def role_of(words: Sequence[str], *, flavour: Flavour, version: str) -> AclRole:
    """Return the role whose rules these are, word for word, and ``custom`` for any others."""
    keys = [rule.partition("~")[2] for rule in words if rule[0] in "~%"]
    channels = [rule[1:] for rule in words if rule[0] == "&"]
    text = " ".join(words)
    for role in _presets():
        if role is AclRole.CUSTOM or any(not name for name in (*keys, *channels)):
            continue
        if rules(role, keys=keys, channels=channels, flavour=flavour, version=version) == text:
            return role
    return AclRole.CUSTOM


def _sorted_by_rules(user: User, names: Mapping[str, str], *, flavour: Flavour, version: str) -> ExpectedAccess:
    known = table(flavour, version)
    probes = _all_filled(_probes(), names, known)
    every = dict.fromkeys((*_all_filled(_all_samples(), names, known), *probes))
    verdicts = {sample: is_allowed(user, sample, flavour=flavour, version=version).allowed for sample in every}
    return ExpectedAccess(
        allowed=tuple(sample for sample, allowed in verdicts.items() if allowed),
        denied=tuple(sample for sample in dict.fromkeys(probes) if not verdicts[sample]),
    )


def _patterns(sign: str, patterns: Sequence[str]) -> list[str]:
    checked = list(dict.fromkeys(check_pattern(pattern) for pattern in patterns))
    return [f"{sign}*"] if "*" in checked else [sign + pattern for pattern in checked]


def _custom_words(text: str, version: str) -> list[str]:
    words = text.split()
    for word in words:
        if _LIMITED_KEYS.match(word):
            if parse_version(version) < _SINCE_LIMITED_KEYS:
                raise InvalidValueError(f"rule {word!r:.40}: this server knows no keys to read or write alone (7.0)")
            check_pattern(word.partition("~")[2])
        elif word.lower() not in ("allcommands", "nocommands") and (word[0] not in "+-" or len(word) == 1):
            raise InvalidValueError(
                f"rule {mask_rule(word)!r:.40}: only command rules such as +get, -keys or +@read are allowed here, "
                "and %R~ or %W~ patterns; key patterns, channels and passwords have fields of their own"
            )
    return words


def _server_has(word: str, known: CommandTable) -> bool:
    """Return whether a rule names nothing that the server lacks; 6.2 takes any subcommand."""
    if word[0] not in "+-" or word[1] == "@":
        return True
    name = word[1:].lower()
    if name in known.categories or name.partition("|")[0] not in _named_commands():
        return True
    return not known.subcommands and name.partition("|")[0] in known.categories


@cache
def _named_commands() -> frozenset[str]:
    """Commands that the presets name: these may be left out; a name of the operator's own never is."""
    rules_ = [preset.rule for presets in _presets().values() for _, preset in presets]
    rules_ += [rule for _, _, rule in _former()]
    every = (word for rule in rules_ for word in rule.split(" "))
    return frozenset(word[1:].partition("|")[0] for word in every if word[0] in "+-")


@cache
def _presets() -> dict[AclRole, list[tuple[tuple[int, ...], _Preset]]]:
    found: dict[AclRole, list[tuple[tuple[int, ...], _Preset]]] = {}
    for line in assets.text("redis/acl-roles.tsv").splitlines()[1:]:
        role, since, rule, allowed, not_refused, why = line.split("\t")
        preset = _Preset(
            rule=rule, allowed=tuple(filter(None, allowed.split("; "))), not_refused=not_refused, source=why
        )
        found.setdefault(AclRole(role), []).append((parse_version(since), preset))
    return found


def _preset(role: AclRole, version: str) -> _Preset:
    have = parse_version(version) or (999,)
    rows = _presets()[role]
    return next((preset for since, preset in reversed(rows) if since <= have), rows[0][1])


@cache
def _probes() -> tuple[str, ...]:
    return tuple(assets.text("redis/acl-probes.tsv").splitlines()[1:])


def _all_samples() -> Iterator[str]:
    for presets in _presets().values():
        for _, preset in presets:
            yield from preset.allowed


def _refused(preset: _Preset) -> Sequence[str]:
    if preset.not_refused.startswith("only "):
        return preset.not_refused.removeprefix("only ").split("; ")
    exceptions = preset.not_refused.split("; ")
    return [probe for probe in _probes() if probe not in exceptions]


def _names(user: User) -> dict[str, str]:
    """Return what the placeholders of samples stand for; those that have no value are absent."""
    keys = [rule.partition("~")[2] for rule in user.rules if rule[0] in "~%"]
    channels = [rule[1:] for rule in user.rules if rule[0] == "&"]
    lower = [rule.lower() for rule in user.rules]
    keys += ["*"] if "allkeys" in lower else []
    channels += ["*"] if "allchannels" in lower else []
    names = {"{foreign}": _foreign(keys), "{foreign-channel}": _foreign(channels)}
    names["{foreign-pattern}"] = "" if "*" in channels else "*"
    if keys:
        names["{key}"] = example_key(keys[0])
    if channels:
        names["{channel}"], names["{pattern}"] = example_key(channels[0]), channels[0]
    return {place: name for place, name in names.items() if name}


def _foreign(patterns: Sequence[str]) -> str:
    return next((name for name in _FOREIGN if not any(matches(pattern, name) for pattern in patterns)), "")


def _all_filled(texts: Iterable[str], names: Mapping[str, str], known: CommandTable) -> tuple[tuple[str, ...], ...]:
    return tuple(sample for text in texts if (sample := _filled(text, names, known)))


def _filled(text: str, names: Mapping[str, str], known: CommandTable) -> tuple[str, ...]:
    """Return a sample with its names, empty where a name is missing or the server has no such command."""
    words = text.split(" ")
    if text.startswith(("COPY", "RENAME")) and "{key}" not in names:
        words = ["x" if word == "{key}" else word for word in words]
    if any(word.startswith("{") and word not in names for word in words):
        return ()
    sample = tuple(names.get(word, word) for word in words)
    return sample if full_name(sample, known) in known.categories else ()
