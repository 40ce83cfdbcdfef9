"""One ACL user as a value, and the line that says it.

The rules stay as written, word for word and in order, since their order has meaning; flags and
passwords are folded into fields as the server would do it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from wizard.acl import password
from wizard.errors import InvalidValueError
from wizard.model.value import Value


class User(Value, frozen=True, kw_only=True):
    """One user. Its repr shows fingerprints, no hash."""

    name: str
    enabled: bool = False
    """``on``."""
    nopass: bool = False
    """Any password is right."""
    passwords: tuple[str, ...] = ()
    """Each a hash of 64 lower-case hexadecimal digits, or the fingerprint of one."""
    rules: tuple[str, ...] = ()
    """All other rules in order; a selector ``(…)`` is one rule."""

    def __repr__(self) -> str:
        return f"User({render(masked(self))!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("", render(masked(self)))]


def parse_line(text: str, *, masked: bool = False) -> User:
    """Read a line such as ``user app on #… resetchannels ~app:* -@all +@read``.

    Args:
        text: The line of an ACL file or of ``ACL LIST``, with real hashes or with fingerprints
            (``#~xxxxxxxx``). A password in plain text (``>…``) is hashed.
        masked: It holds no hash and no password: its user is kept, since the checklist and the plan both ask for it.

    Raises:
        InvalidValueError: it does not begin with ``user NAME``, or has a hash of another form.

    Source:
        redis 8.0 ``src/acl.c``, ``ACLLoadFromFile()``: cut at each blank, the ends of each word freed
        of tabs and line ends, empty words skipped.
    """
    return _parse_masked(text) if masked else _parse(text)


def _parse(text: str) -> User:
    words = [word.strip("\t\r\n") for word in text.strip(" \t\r\n").split(" ")]
    if words[0] != "user" or not words[1:2] or not words[1]:
        raise InvalidValueError("an ACL line must begin with the word user and a name")
    return from_rules(words[1], [word for word in words[2:] if word])


_parse_masked = lru_cache(maxsize=1 << 15)(_parse)


def from_rules(name: str, words: list[str]) -> User:
    """Apply rules in order to a new user, as the server does.

    Raises:
        InvalidValueError: a hash has another form, or a selector is not closed.
    """
    draft = _Draft()
    for rule in join_selectors(words) if any(word[0] == "(" for word in words) else words:
        if rule[0] in _RIGHTS:
            draft.rules.append(rule)
        else:
            draft.apply(rule)
    return User(
        name=name,
        enabled=draft.enabled,
        nopass=draft.nopass,
        passwords=tuple(draft.passwords),
        rules=tuple(draft.rules),
    )


_RIGHTS = frozenset("+-~&%(")
"""First signs of the rules that stay as they are."""


class _Draft:
    """A user while its rules are applied."""

    def __init__(self) -> None:
        self.enabled = False
        self.nopass = False
        self.passwords: dict[str, None] = {}
        self.rules: list[str] = []

    def apply(self, rule: str) -> None:
        """Apply one rule that does not begin as a right does."""
        match rule.lower():
            case "on":
                self.enabled = True
            case "off":
                self.enabled = False
            case "nopass":
                self.nopass = True
                self.passwords.clear()
            case "resetpass":
                self.nopass = False
                self.passwords.clear()
            case "reset":
                self.__init__()  # type: ignore[misc]  # it is what the word says
            case _ if rule[0] in "><#!":
                self._change_passwords(rule)
            case _:
                self.rules.append(rule)

    def _change_passwords(self, rule: str) -> None:
        hashed = password.hash_password(rule[1:]) if rule[0] in "><" else rule[1:]
        if not password.HASH.fullmatch(hashed) and not password.FINGERPRINT.fullmatch(hashed):
            raise InvalidValueError("a password hash must be 64 lower-case hexadecimal digits")
        if rule[0] in "<!":
            self.passwords.pop(hashed, None)
            return
        self.nopass = False
        self.passwords[hashed] = None


def join_passwords(words: list[str]) -> list[str]:
    """Return the words of a line with each lone ``>`` joined to the word behind it, unless that is a rule.

    A blank behind ``>`` makes the password empty and the next word a rule, which the server refuses.
    """
    joined: list[str] = []
    for word in words:
        if joined[-1:] == [">"] and not password.is_plain_rule(word):
            joined[-1] = f">{word}"
        else:
            joined.append(word)
    return joined


def join_selectors(words: list[str]) -> Iterator[str]:
    """Return the rules, the words of a selector as one.

    Source:
        redis 8.0 ``src/acl.c``, ``ACLMergeSelectorArguments()``.
    """
    opened: list[str] = []
    for word in words:
        if not opened and not word.startswith("("):
            yield word
            continue
        opened.append(word)
        if word.endswith(")"):
            yield " ".join(opened)
            opened = []
    if opened:
        raise InvalidValueError("a selector is opened by ( and not closed by ) in the same line")


def render(user: User) -> str:
    """Write the line for an ACL file, without a line end: flags, hashes, then the rules as they are."""
    words = ["user", user.name, "on" if user.enabled else "off"]
    if user.nopass:
        words.append("nopass")
    words += [f"#{hashed}" for hashed in user.passwords]
    return " ".join([*words, *user.rules])


def masked(user: User) -> User:
    """Return the user with fingerprints in place of hashes."""
    return User(
        name=user.name,
        enabled=user.enabled,
        nopass=user.nopass,
        passwords=tuple(password.fingerprint(hashed) for hashed in user.passwords),
        rules=user.rules,
    )
