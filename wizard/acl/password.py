"""Passwords and their hashes: drawing, hashing, masking, recognising common ones.

A password is never kept here; a hash never leaves the ACL file other than as a fingerprint.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

from wizard.model.facts.unreadable import MASK
from wizard.model.value import Secret

HASH = re.compile(r"[0-9a-f]{64}")
"""A hash as the server wants it: 64 lower-case hexadecimal digits."""

FINGERPRINT = re.compile(r"~[0-9a-f]{8}")
"""A fingerprint, which stands for a hash wherever people or other programs can see it."""

EMPTY = hashlib.sha256(b"").hexdigest()
"""The hash of an empty password, which ``AUTH name ""`` opens."""

_TEMPLATE = re.compile(
    r"\$\{.*\}|\$\(.*\)|\$[A-Z_][A-Z0-9_]*|\{\{.*\}\}|\{%.*%\}|%\([^)]*\)s|%[A-Z_]+%|<.+>|\[.+\]|__.+__|@{1,2}[A-Z_]{2,}@{1,2}"
    r"|(?i:change[-_ ]?(?:me|this).*|replace[-_ ]?(?:me|this|with).*|(?:my|your)[-_ ]?.*(?:password|secret).*)"
    r"|(?i:.*(?:password|secret)[-_ ]?here)|[xX.]{3,}",
    re.DOTALL,
)


def is_template(text: str) -> bool:
    """Return whether a password is a place for one in a template, such as ``${REDIS_PASSWORD}`` or ``CHANGEME``."""
    return _TEMPLATE.fullmatch(text) is not None


_BYTES = 33
"""264 bits in 44 characters without padding."""

_USER = re.compile(r"[\ufeff \t]*user[ \t]+[^ \t><#!]+", re.IGNORECASE)

_KNOWN = r"(?i:on|off|nopass|reset[a-z]*|all[a-z]*|nocommands|(?:skip-)?sanitize-payload|clearselectors)"
_AS_THE_SERVER_WRITES = re.compile(
    r"user [^ \t\r\n><#!\"'()\ufeff]+"
    rf"(?: (?:#[0-9a-f]{{64}}|[+-]@?[a-z0-9_|.-]+|[~&][^ \t\r\n\"'><#!()]+|{_KNOWN}))*"
)
"""The lines of ACL LIST and of a file that it saved, but for selectors: nothing in them has to be told apart."""
_HASH_RULE = re.compile(r" #([0-9a-f]{64})(?= |$)")

_RULE = re.compile(rf"""["'(]*(?:[+~&%-].*|{_KNOWN}|db=[0-9,]*)?[)"']*\r?""", re.DOTALL)
"""What is a rule, or begins like one."""

_RULE_SIGNS = frozenset("+-~&%")
_PLAIN_RULE = re.compile(rf"[~&%(].*|[+-]@?[a-z|-]+|{_KNOWN}", re.DOTALL)


def is_plain_rule(word: str) -> bool:
    """Return whether a word behind a lone ``>`` is evidently a rule; any other one is the password."""
    return _PLAIN_RULE.fullmatch(word) is not None


_WORD = re.compile(r"[a-z][a-z-]{1,23}\r?")
"""What may be a rule of a newer server."""

_SECRET_RULE = re.compile(r"""(?P<lead>["'(]*)(?P<sign>[><#!])(?P<rest>.*)""", re.DOTALL)


def generate(token_bytes: Callable[[int], bytes]) -> Secret:
    """Make a password of at least 256 bits.

    Args:
        token_bytes: Gives that many random bytes, such as :func:`secrets.token_bytes`.

    Returns:
        44 characters of ``A-Z a-z 0-9 _ -``, the first a letter or digit: it survives redis.conf,
        ACL files, shells and URLs, and no program takes it for an option.
    """
    text = urlsafe_b64encode(token_bytes(_BYTES)).decode()
    # The first of the 44 characters holds 6 of the 264 bits; 258 remain even where it is replaced.
    return Secret(text if text[0].isalnum() else "r" + text[1:])


def hash_password(password: Secret | str) -> str:
    """Hash a password as an ACL line holds it: SHA-256, 64 lower-case hexadecimal digits."""
    text = password.reveal() if isinstance(password, Secret) else password
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def fingerprint(hashed: str) -> str:
    """Return the name by which a hash is shown: ``~`` and 8 hexadecimal digits.

    It is derived from the hash and holds no digit of it, so that it cannot be looked up in tables of
    known hashes. Equal hashes, in any case of letters, give equal fingerprints.
    """
    if FINGERPRINT.fullmatch(hashed):
        return hashed
    return (
        "~" + hashlib.sha256(b"redis-wizard acl " + hashed.lower().encode("utf-8", "surrogateescape")).hexdigest()[:8]
    )


def mask_line(text: str) -> str:
    """Hide what a line of an ACL file tells of passwords.

    Hashes (``#…``, ``!…``) and passwords in plain text (``>…``, ``<…``) become fingerprints, also where the
    line is none that the server would take; comments become a mask, since people note passwords there,
    and so do words that look like no rule, which may be a password without its sign.
    Text that is no UTF-8 is written with escapes, so that the result can go anywhere.
    """
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if _AS_THE_SERVER_WRITES.fullmatch(readable):
        return _HASH_RULE.sub(lambda found: f" #{fingerprint(found[1])}", readable)
    if readable.lstrip(" \t").startswith("#"):
        return f"# {MASK}"
    names = _words_of_the_name(readable)
    masked: list[str] = []
    open_quote = ""
    hidden_next = False
    for token in readable.split(" "):
        if token == "#":  # noqa: S105 - the sign that begins a comment
            masked.append(f"# {MASK}")
            break
        hidden_next = hidden_next and not is_plain_rule(token)
        if open_quote or hidden_next:
            hidden_next = hidden_next and not token
            open_quote = "" if token.endswith(open_quote) else open_quote
            masked.append(MASK if token else token)
            continue
        masked.append(token if len(masked) < names else _mask_token(token, words=names > 0))
        hidden_next = token in (">", "<")
        open_quote = _opened_quote(token)
    return " ".join(masked)


def _words_of_the_name(text: str) -> int:
    """Count the words, empty ones included, up to the user's name; none in a line of another form."""
    found = _USER.match(text)
    return found[0].count(" ") + 1 if found else 0


def _opened_quote(token: str) -> str:
    """Return the quote that a token such as ``">my`` opens and does not close, else nothing."""
    opens = token[:1] in ('"', "'") and token[1:2] in (">", "<", "#", "!")
    return token[0] if opens and not token.endswith(token[0]) else ""


def mask_rule(rule: str) -> str:
    """Hide what one rule of a user's line, or one selector, tells of passwords."""
    return " ".join(_mask_token(token, words=True) for token in rule.split(" "))


def _mask_token(token: str, *, words: bool) -> str:
    """Hide a token unless it looks like a rule; `words` keeps those of lower-case letters that may be a newer rule."""
    if token[:1] in _RULE_SIGNS and "\t" not in token:
        return token
    found = _SECRET_RULE.fullmatch(token)
    if found is None:
        # A tab separates nothing for the server, but does so for the eye.
        if "\t" in token:
            return "\t".join(_mask_token(part, words=words) for part in token.split("\t"))
        return token if _RULE.fullmatch(token) or (words and _WORD.fullmatch(token)) else MASK
    ending = "\r" if token.endswith("\r") else ""
    rest = found["rest"].removesuffix("\r")
    if not rest:
        return token
    clear = found["sign"] in "><"
    return f"{'#' if found['sign'] in '>#' else '!'}{fingerprint(hash_password(rest) if clear else rest)}{ending}"
