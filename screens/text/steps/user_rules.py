"""The rules of a user as text, and back to the fields of a form: pure."""

from collections.abc import Sequence

from screens.text.users import server_version
from wizard.acl.equivalence import same
from wizard.acl.presets import answered_rules
from wizard.acl.user import User, from_rules
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.facts.instance import Instance
from wizard.model.value import replace

_NOT_OF_RIGHTS = frozenset({"on", "off", "nopass", "resetpass", "sanitize-payload", "skip-sanitize-payload"})
"""Rules on logging in, not on what may be done."""
_WORDS = frozenset({"allcommands", "nocommands"})


def user_of_rules(user: UserAnswer, text: str, instance: Instance | None) -> UserAnswer:
    """Return a user with the rules of a text, by the role that has them, else as its own rules.

    Raises:
        InvalidValueError: the text holds a password, or the form has no field for a part of it.
    """
    words = text.split()
    found = from_rules(user.name, words)
    if found.passwords or found.nopass:
        raise InvalidValueError("the rules hold a password rule; leave it out, Apply generates the password")
    enabled = found.enabled if {"on", "off"} & {word.lower() for word in words} else user.enabled
    limited = {_key(word): word for word in found.rules if word[0] == "%"}
    read = replace(
        user,
        enabled=enabled,
        keys=tuple(dict.fromkeys(_key(word) for word in found.rules if word[0] in "~%" or word.lower() == "allkeys")),
        channels=tuple(
            dict.fromkeys(_channel(word) for word in found.rules if word[0] == "&" or word.lower() == "allchannels")
        ),
    )
    for role in AclRole:
        made = replace(read, role=role)
        if role is AclRole.CUSTOM:
            # The field of the keys means both reading and writing; other patterns are rules of their own.
            plain = tuple(key for key in read.keys if key not in limited or f"~{key}" in found.rules)
            made = replace(made, keys=plain, rules=" ".join((*limited.values(), *_commands(found.rules).split())))
        if _is_same(made, found, instance):
            return made
    odd = next((word for word in found.rules if word[0] == "("), "")
    raise InvalidValueError(
        f"the form has no field for {odd}; use plain patterns (~…, &…) and commands (+…, -…)"
        if odd
        else "the order of these rules cannot be written by the form; name patterns first, then commands"
    )


def rights_only(text: str) -> str:
    """Return rules without those on logging in, to give them to another user."""
    return " ".join(word for word in text.split() if word.lower() not in _NOT_OF_RIGHTS)


def _key(word: str) -> str:
    return "*" if word.lower() == "allkeys" else word.partition("~")[2]


def _channel(word: str) -> str:
    return "*" if word.lower() == "allchannels" else word[1:]


def _commands(words: Sequence[str]) -> str:
    """Return the command rules; the role writes -@all in front of them."""
    found = [word for word in words if word[0] in "+-" or word.lower() in _WORDS]
    return " ".join(found[1:] if found[:1] == ["-@all"] else found)


def _is_same(made: UserAnswer, wanted: User, instance: Instance | None) -> bool:
    flavour, version = server_version(instance)
    try:
        text = answered_rules(made, flavour, version)
    except InvalidValueError:
        return False
    # A new user reaches no channel and may run nothing until a rule says so.
    return same(
        from_rules(made.name, ["on", *text.split()]),
        from_rules(made.name, ["on", *wanted.rules]),
        flavour=flavour,
        version=version,
    )
