"""When two texts of rules mean the same.

``ACL LIST`` gives back other words than were loaded: 6.2 rewrites the rules, 7.0 and later show
defaults, Valkey 9 leaves some out.
"""

from collections.abc import Sequence

from wizard.acl import password
from wizard.acl.commands import CommandTable, table, table_for
from wizard.acl.evaluate import command_rules, selectors
from wizard.acl.selector import Selector
from wizard.acl.user import User
from wizard.model.facts.service import Flavour
from wizard.model.value import replace
from wizard.model.versions import columns


def same_rules(one: Sequence[str], other: Sequence[str], *, flavour: Flavour, version: str = "") -> bool:
    """Return whether two lists of rules allow the same: on one server, or on all that we know.

    Args:
        one: Rules in order, without passwords and ``on``, ``off``.
        other: The other ones.
        flavour: With `version`: which server.
        version: Empty to ask of every server in the tables.
    """
    if tuple(one) == tuple(other):
        return True
    tables = [table(flavour, version)] if version else [table_for(name) for name in columns()]
    return all(
        _parts(one, known) == _parts(other, known) or _forms(one, known) == _forms(other, known) for known in tables
    )


def begun(rules: Sequence[str], channels: str) -> tuple[str, ...]:
    """Return rules as the server takes them whose ``acl-pubsub-default`` this is: each selector begins with it too."""
    return (channels, *(f"({channels} {rule[1:]}" if rule.startswith("(") else rule for rule in rules))


def _adds(channels: str | None, known: CommandTable) -> bool:
    """Return whether the value is not what the server begins with anyway, which is no channel since 7.0."""
    return (channels or "").lower() == ("allchannels" if known.subcommands else "resetchannels")


def _parts(rules: Sequence[str], known: CommandTable) -> tuple[tuple[str, ...], ...]:
    """Return the rules of keys, of channels, and all others: none acts on those of another kind.

    The server gives them back in an order of its own; of thousands of users most need no closer look.
    """
    channels = tuple(rule for rule in rules if rule.startswith("&") or rule.lower() in _CHANNEL_WORDS)
    if known.subcommands and channels[:1] == ("resetchannels",):
        # Since 7.0 a user begins without any.
        channels = channels[1:]
    keys = tuple(rule for rule in rules if rule.startswith(("~", "%")) or rule.lower() in _KEY_WORDS)
    return keys, channels, command_rules(rules)


_CHANNEL_WORDS = frozenset({"allchannels", "resetchannels"})
_KEY_WORDS = frozenset({"allkeys", "resetkeys"})


_Form = tuple[frozenset[str], bool, frozenset[str], frozenset[object], frozenset[str], tuple[str, ...]]


def _forms(rules: Sequence[str], known: CommandTable) -> tuple[_Form, frozenset[_Form]]:
    root, *others = selectors(rules, known)
    return _form(root), frozenset(map(_form, others))


def _form(selector: Selector) -> _Form:
    """Return what a selector allows, as a value without order; only unknown rules keep theirs."""
    keys: set[object] = {("rw", "*")} if ("rw", "*") in selector.keys else set(selector.keys)
    channels = {"*"} if "*" in selector.channels else set(selector.channels)
    first = {
        f"{name}|{word}"
        for name, words in selector.first_arguments.items()
        for word in words
        if name not in selector.commands
    }
    # 6.2 prints +@all for a user who may run every command, whatever its rules were.
    everything = selector.everything or (
        not selector.known.subcommands and len(selector.commands) == len(selector.known.categories)
    )
    return (
        frozenset(selector.commands),
        everything,
        frozenset(first),
        frozenset(keys),
        frozenset(channels),
        tuple(selector.unknown),
    )


def same(
    one: User, other: User, *, flavour: Flavour = Flavour.REDIS, version: str = "", channels: str | None = ""
) -> bool:
    """Return whether two users can log in alike and may do the same.

    Args:
        one: The first.
        other: The second; its passwords may be fingerprints where the other has hashes.
        flavour: With `version`: the server that both are for.
        version: Where given, rules count as equal when they allow the same commands on that server,
            as 6.2 rewrites them in ``ACL LIST``; else when they do so on every server we know.
        channels: With `version`: the ``acl-pubsub-default`` of that server, with which each user begins.
    """
    if version and _adds(channels, table(flavour, version)):
        one, other = (replace(each, rules=begun(each.rules, str(channels))) for each in (one, other))
    return (
        (one.name, one.enabled, one.nopass) == (other.name, other.enabled, other.nopass)
        and {password.fingerprint(hashed) for hashed in one.passwords}
        == {password.fingerprint(hashed) for hashed in other.passwords}
        and same_rules(one.rules, other.rules, flavour=flavour, version=version)
    )
