"""What may be a user name, a key pattern or a channel pattern.

Stricter than the server, which takes any text without blanks: a name goes into files, screens and
commands of other programs.
"""

import re
from functools import lru_cache

from wizard.errors import InvalidValueError

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LONGEST_PATTERN = 1024
_TITLES = frozenset(
    ("adm", "admin", "admins", "administrator", "administrators", "root", "superuser", "sysadmin", "dba", "sre", "op")
) | {"ops", "operator", "operators", "operations", "breakglass", "glass", "emergency", "maintenance", "devops"}
"""Words by which a name says that people use an account."""


@lru_cache(maxsize=1 << 14)
def names_administrator(name: str) -> bool:
    """Return whether a user's name says that people use the account to manage the server."""
    return any(word in _TITLES or word.endswith("admin") for word in re.findall(r"[a-z]+", name.lower()))


def check_user_name(text: str) -> str:
    """Return a user name that is safe everywhere.

    Args:
        text: 1 to 64 of ``A-Z a-z 0-9 _ . -``, not beginning with ``-``, not ``default``.

    Raises:
        InvalidValueError: it has another form, or is ``default``, which has its own answer.

    Source:
        The server takes quotes, ``#`` and even an empty name (redis 8.0 ``src/acl.c``, ``ACLCreateUser()``
        refuses blanks only), so the limit is ours.
    """
    if text == "default":
        raise InvalidValueError("user name default: the default user has an answer of its own; choose another name")
    if not is_user_name(text):
        raise InvalidValueError(
            f"user name {text!r:.80}: use 1 to 64 letters, digits, dots, dashes or underscores, "
            "and do not begin with a dash"
        )
    return text


def is_user_name(text: str) -> bool:
    """Return whether `check_user_name` lets a name pass."""
    return text != "default" and bool(_NAME.fullmatch(text)) and not text.startswith("-")


def check_pattern(text: str) -> str:
    """Return a key or channel pattern that an ACL line can hold.

    Args:
        text: The pattern alone, without ``~``, ``%R~`` or ``&``.

    Raises:
        InvalidValueError: it is empty or too long, or has a blank or a control character: an ACL
            line has no quoting.

    Source:
        redis 8.0 ``src/acl.c``, ``ACLLoadFromFile()`` (split at blanks), ``ACLStringHasSpaces()``.
    """
    if not text:
        raise InvalidValueError("a pattern is empty; write * for everything or a prefix such as app:*")
    if len(text) > _LONGEST_PATTERN:
        raise InvalidValueError(f"a pattern has {len(text)} characters; at most {_LONGEST_PATTERN} are allowed")
    for character in text:
        if character.isspace() or not character.isprintable():
            raise InvalidValueError(
                f"pattern {text!r:.80}: blanks and control characters are not allowed in an ACL line; use ? for them"
            )
    return text
