"""Take secrets out of what a server says, before it becomes a fact or an error."""

from collections.abc import Mapping, Sequence

from wizard.formats.redisconf.directives import is_secret
from wizard.model.facts.instance import PASSWORD_SIGNS
from wizard.model.facts.unreadable import MASK


def masked_config(values: Mapping[str, str]) -> dict[str, str]:
    """Return ``CONFIG GET`` values with each password that is set replaced by :data:`MASK`."""
    return {name: MASK if value and is_secret(name) else value for name, value in values.items()}


def secrets_of(command: Sequence[str]) -> tuple[str, ...]:
    """List the arguments of a command that no error may repeat."""
    words = [word.upper() for word in command[:2]]
    if not words:
        return ()
    if words[0] == "AUTH":
        return tuple(command[-1:])
    if words[0] == "HELLO":
        return tuple(command[4:5])  # HELLO 2 AUTH user password
    if words == ["ACL", "SETUSER"]:
        rules = [rule for rule in command[3:] if rule.startswith(PASSWORD_SIGNS)]
        return (*rules, *(rule[1:] for rule in rules))
    if words == ["CONFIG", "SET"]:
        pairs = zip(command[2::2], command[3::2], strict=False)
        return tuple(value for name, value in pairs if is_secret(name))
    return ()


def redact(text: str, secrets: Sequence[str]) -> str:
    """Replace every secret that occurs in a text by :data:`MASK`, the longest first."""
    for secret in sorted((secret for secret in secrets if secret), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
