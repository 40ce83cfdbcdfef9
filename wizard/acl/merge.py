"""Take the part of one change out of a user that another administrator changed too.

Three definitions go in: before the change, as the change left it, and now.
"""

from enum import StrEnum

from wizard.acl.equivalence import same
from wizard.acl.user import User
from wizard.model.facts.service import Flavour
from wizard.model.value import Value, replace


class MergeOutcome(StrEnum):
    """What becomes of the work of another administrator."""

    NONE = "none"
    """There is none."""
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    PARTLY = "partly"
    """Rules that both changed: the earlier ones come back."""
    DROPPED = "dropped"
    """The change created this user, so it goes with the change."""


class Merged(Value, frozen=True, kw_only=True):
    """One user without the change."""

    user: User | None
    """``None``: there is no such user."""
    outcome: MergeOutcome = MergeOutcome.NONE

    @property
    def survives(self) -> bool:
        """Whether something of another administrator is in it."""
        return self.outcome in {MergeOutcome.ADDED, MergeOutcome.CHANGED, MergeOutcome.REMOVED}


def merge(
    before: User | None,
    made: User | None,
    now: User | None,
    *,
    flavour: Flavour = Flavour.REDIS,
    version: str = "",
) -> Merged:
    """Return the user as it is without the change.

    Args:
        before: Before the change.
        made: As the change left it.
        now: As it is.
        flavour: With `version`: the server that all three are for.
        version: Empty where it is not known.
    """

    def equal(one: User | None, other: User | None) -> bool:
        if one is None or other is None:
            return one is other
        return same(one, other, flavour=flavour, version=version)

    if equal(now, made) or equal(now, before):
        return Merged(user=before)
    if now is None:
        return Merged(user=None, outcome=MergeOutcome.REMOVED if before is not None else MergeOutcome.NONE)
    if equal(before, made):
        return Merged(user=now, outcome=MergeOutcome.CHANGED if before is not None else MergeOutcome.ADDED)
    if before is None:
        return _created(made, now, equal_rules=made is not None and _alike_rules(made, now, flavour, version))
    if made is None:
        return Merged(user=now, outcome=MergeOutcome.CHANGED)
    return _three_ways(before, made, now, flavour, version)


# --- inside --------------------------------------------------------------------------------------


def _created(made: User | None, now: User, *, equal_rules: bool) -> Merged:
    """Keep a user of this name only where nothing of the one that the change created is left in it."""
    shared = made is not None and (made.passwords == now.passwords or bool({*made.passwords} & {*now.passwords}))
    left = equal_rules or shared
    return Merged(user=None, outcome=MergeOutcome.DROPPED) if left else Merged(user=now, outcome=MergeOutcome.ADDED)


def _three_ways(before: User, made: User, now: User, flavour: Flavour, version: str) -> Merged:
    rules, both = _rules(before, made, now, flavour, version)
    passwords = _passwords(before, made, now)
    nopass = before.nopass if now.nopass == made.nopass else now.nopass
    if {*now.passwords} - {*made.passwords}:
        # A server drops `nopass` when it is given a password.
        nopass = False
    merged = User(
        name=now.name,
        enabled=before.enabled if now.enabled == made.enabled else now.enabled,
        nopass=nopass,
        passwords=() if nopass else passwords,
        rules=rules,
    )
    if both:
        return Merged(user=merged, outcome=MergeOutcome.PARTLY)
    changed = not same(merged, before, flavour=flavour, version=version)
    return Merged(user=merged, outcome=MergeOutcome.CHANGED if changed else MergeOutcome.NONE)


def _passwords(before: User, made: User, now: User) -> tuple[str, ...]:
    """Keep what another administrator added, leave out what that administrator removed."""
    removed = {*made.passwords} - {*now.passwords}
    added = [each for each in now.passwords if each not in made.passwords]
    return tuple(dict.fromkeys([*(each for each in before.passwords if each not in removed), *added]))


def _rules(before: User, made: User, now: User, flavour: Flavour, version: str) -> tuple[tuple[str, ...], bool]:
    """Return the rules, and whether both changed them in a way that cannot be told apart."""
    if _alike_rules(now, made, flavour, version):
        return before.rules, False
    if _alike_rules(before, made, flavour, version):
        return now.rules, False
    parts = [_sorted_out(each.rules) for each in (before, made, now)]
    keys, channels = ([each[place] for each in parts] for place in (0, 1))
    commands = _commands(*(each[2] for each in parts))
    if commands is None:
        return before.rules, True
    return (*_patterns(*keys, every="~*"), *_patterns(*channels, every="&*"), *commands), False


def _sorted_out(rules: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return key rules, channel rules and all others, each in order."""
    keys = tuple(rule for rule in rules if rule[0] in "~%" or rule.lower() in {"allkeys", "resetkeys"})
    channels = tuple(rule for rule in rules if rule[0] == "&" or rule.lower() in {"allchannels", "resetchannels"})
    return keys, channels, tuple(rule for rule in rules if rule not in {*keys, *channels})


def _patterns(before: tuple[str, ...], made: tuple[str, ...], now: tuple[str, ...], *, every: str) -> list[str]:
    """Keep the patterns that another administrator added, leave out those that this one removed."""
    removed = {*made} - {*now}
    found = [*(each for each in before if each not in removed), *(each for each in now if each not in made)]
    # A server refuses a pattern behind the one that matches all.
    return [each for each in found if each.lower().startswith("reset")] + [every] if every in found else found


def _commands(before: tuple[str, ...], made: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the command rules; ``None`` where both wrote other ones, beyond what was added at the end."""
    if now == made:
        return before
    if before == made:
        return now
    added = now[len(made) :] if now[: len(made)] == made else ()
    return (*before, *added) if added and all(rule[0] in "+-" for rule in added) else None


def _alike_rules(one: User, other: User, flavour: Flavour, version: str) -> bool:
    plain = User(name=one.name)
    return same(replace(plain, rules=one.rules), replace(plain, rules=other.rules), flavour=flavour, version=version)
