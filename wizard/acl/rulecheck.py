"""What the server would refuse in one rule of an ACL line.

Source:
    Loading each of these on Redis 6.2, 7.4, 8.0 and Valkey 8.1, 9.1; redis 8.0 ``src/acl.c``,
    ``ACLSetUser()``, ``ACLSetSelector()``.
"""

import re
from functools import lru_cache

from wizard.acl import password
from wizard.acl.commands import CommandTable
from wizard.model.facts.service import Flavour
from wizard.model.value import Value
from wizard.model.versions import is_from

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{16,}")
_PLACEHOLDER = re.compile(r"[<{\[$].*|.*(?:hash|password|replace|sha256|xxx|\.\.\.|…).*", re.IGNORECASE | re.DOTALL)
_ACCESS_PATTERN = re.compile(r"%([rwRW]{1,2})~.*", re.DOTALL)
_FLAGS = frozenset(("on", "off", "nopass", "resetpass", "reset", "sanitize-payload", "skip-sanitize-payload"))
_SELECTOR_WORDS = frozenset(
    ("allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands", "nocommands", "+@all", "-@all")
)
_MODULE_CATEGORIES = frozenset(
    ("search", "json", "timeseries", "bloom", "cuckoo", "cms", "topk", "tdigest", "graph", "vector_set", "bf")
)


class RuleProblem(Value, frozen=True, kw_only=True):
    """What is wrong with a rule."""

    code: str
    what: str
    remedy: str
    fatal: bool = True


class RuleCheck:
    """Checks the rules of one user in order."""

    def __init__(self, known: CommandTable, *, root: bool = True) -> None:
        self._known = known
        self._root = root
        self._passwords: set[str] = set()
        self._all_keys = False
        # 6.2 gives new users every channel.
        self._all_channels = root and not known.subcommands

    def flaw(self, rule: str) -> RuleProblem | None:
        """Return what is wrong with the next rule, ``None`` when the server takes it."""
        word = rule.lower()
        if word in _SELECTOR_WORDS or (self._root and word in _FLAGS):
            self._apply_word(word)
            return None
        checks = _ROOT_CHECKS if self._root else _CHECKS
        return checks.get(rule[0], RuleCheck._other)(self, rule)

    def _apply_word(self, word: str) -> None:
        if word in ("nopass", "resetpass", "reset"):
            self._passwords.clear()
        if word in ("allkeys", "resetkeys", "reset"):
            self._all_keys = word == "allkeys"
        if word in ("allchannels", "resetchannels"):
            self._all_channels = word == "allchannels"
        if word == "reset":
            self._all_channels = not self._known.subcommands

    def _command(self, rule: str) -> RuleProblem | None:
        return _command_flaw(self._known, rule[0], rule[1:].lower())

    def _key_pattern(self, rule: str) -> RuleProblem | None:
        if rule[0] == "%":
            found = _ACCESS_PATTERN.fullmatch(rule)
            if not found or len(set(found[1].lower())) != len(found[1]):
                return _unknown_rule(rule)
            if not self._known.subcommands:
                return RuleProblem(
                    code="access-pattern",
                    what="%R~ and %W~ patterns need version 7.0",
                    remedy="write the pattern with ~ and limit the commands instead",
                )
        if self._all_keys and rule != "~*":
            return _after_all("key", "resetkeys")
        self._all_keys = self._all_keys or rule == "~*"
        return None

    def _channel_pattern(self, rule: str) -> RuleProblem | None:
        if self._all_channels and rule != "&*":
            return _after_all("channel", "resetchannels", "" if self._known.subcommands else _NEW_USERS)
        self._all_channels = self._all_channels or rule == "&*"
        return None

    def _password(self, rule: str) -> RuleProblem | None:
        rest = rule[1:]
        hashed = password.hash_password(rest) if rule[0] in "><" else rest
        if not password.HASH.fullmatch(hashed):
            return _hash_flaw(rest)
        if rule[0] in "<!":
            return self._remove_password(hashed)
        self._passwords.add(hashed)
        if rule[0] == ">" and password.is_template(rest):
            return RuleProblem(
                code="password-template",
                what="a template's placeholder stands where a password should",
                remedy="write the password there, or let the program that renders the template do it",
                fatal=False,
            )
        if rule[0] == ">":
            return RuleProblem(
                code="plain-password",
                what="a password is in plain text in the file",
                remedy="write its SHA-256 with # instead, and choose a new one if others could read the file",
                fatal=False,
            )
        return None

    def _remove_password(self, hashed: str) -> RuleProblem | None:
        if hashed in self._passwords:
            self._passwords.discard(hashed)
            return None
        return RuleProblem(
            code="missing-password",
            what="the line removes a password that it did not add",
            remedy="remove the rule",
        )

    def _selector(self, rule: str) -> RuleProblem | None:
        if not self._known.subcommands:
            return RuleProblem(
                code="selector",
                what="rules in parentheses need version 7.0",
                remedy="give these rights to a user of their own",
            )
        inner = RuleCheck(self._known, root=False)
        flaws = (inner.flaw(word) for word in rule[1:-1].split(" ") if word)
        return next((flaw for flaw in flaws if flaw is not None), None)

    def _other(self, rule: str) -> RuleProblem | None:
        word = rule.lower()
        if self._root and word == "clearselectors" and self._known.subcommands:
            return None
        databases = word in ("alldbs", "resetdbs") or word.startswith("db=")
        if databases and is_from(self._known.column, Flavour.VALKEY, 9):
            return None
        return _unknown_rule(rule)


_CHECKS = {
    "+": RuleCheck._command,  # noqa: SLF001 - the table of the class itself
    "-": RuleCheck._command,  # noqa: SLF001 - as above
    "~": RuleCheck._key_pattern,  # noqa: SLF001 - as above
    "%": RuleCheck._key_pattern,  # noqa: SLF001 - as above
    "&": RuleCheck._channel_pattern,  # noqa: SLF001 - as above
}
_ROOT_CHECKS = {
    **_CHECKS,
    **dict.fromkeys("><#!", RuleCheck._password),  # noqa: SLF001 - as above
    "(": RuleCheck._selector,  # noqa: SLF001 - as above
}
"""How rules are checked by their first sign; a selector holds neither passwords nor selectors."""


@lru_cache(maxsize=1 << 12)
def _command_flaw(known: CommandTable, sign: str, name: str) -> RuleProblem | None:
    """Return what is wrong with a rule for a command or category; the same few are asked for each of many users."""
    if name.startswith("@"):
        return _category_flaw(known, name[1:])
    if name in known.categories and ("|" not in name or known.subcommands):
        return None
    command, bar, argument = name.partition("|")
    if command not in known.categories:
        return _unknown_command(command)
    if sign == "-" and bar:
        return RuleProblem(
            code="unknown-command",
            what=f"this server cannot remove {name} alone",
            remedy=f"write -{command} and allow what is needed with +{command}|… behind it",
        )
    nested = known.subcommands and (command in known.children or "|" in argument)
    return _unknown_command(name) if nested or not argument else None


def _category_flaw(known: CommandTable, name: str) -> RuleProblem | None:
    if name in known.members or name == "all":
        return None
    if name in _MODULE_CATEGORIES:
        return RuleProblem(
            code="module-category",
            what=f"the category @{name} comes with a module",
            remedy="load the module, else the server does not start",
            fatal=False,
        )
    return RuleProblem(
        code="unknown-category",
        what=f"the server has no category @{name}",
        remedy="correct the name; ACL CAT lists the categories",
    )


def _unknown_command(name: str) -> RuleProblem:
    if "." in name:
        return RuleProblem(
            code="module-command",
            what=f"the command {name} comes with a module",
            remedy="load the module, else the server does not start",
            fatal=False,
        )
    return RuleProblem(
        code="unknown-command",
        what=f"the server has no command {name!r:.60}",
        remedy="correct the name, or remove the rule; a renamed command keeps its first name here",
    )


def _unknown_rule(rule: str) -> RuleProblem:
    return RuleProblem(
        code="unknown-rule",
        what=f"{password.mask_rule(rule)!r:.60} is not a rule that this server knows",
        remedy="correct it, or remove it; an ACL line has neither quotes nor tabs between its words",
    )


_NEW_USERS = " (new users of this version have every channel)"


def _after_all(kind: str, word: str, why: str = "") -> RuleProblem:
    return RuleProblem(
        code="pattern-after-all",
        what=f"a {kind} pattern is added to what already means every {kind}{why}",
        remedy=f"write {word} before the first pattern, or remove the later pattern",
    )


def is_comment(text: str) -> bool:
    """Return whether what stands behind a ``#`` looks like words, not like a hash or a place for one."""
    return _hash_flaw(text).code == "trailing-comment"


def _hash_flaw(text: str) -> RuleProblem:
    if password.HASH.fullmatch(text.lower()):
        return RuleProblem(
            code="upper-case-hash",
            what="a password hash has upper-case digits",
            remedy="write it in lower case",
        )
    if _HEXADECIMAL.fullmatch(text):
        return RuleProblem(
            code="hash-length",
            what=f"a password hash has {len(text)} digits instead of 64",
            remedy="compute the SHA-256 of the password again, or give the user a new password",
        )
    if _PLACEHOLDER.fullmatch(text):
        return RuleProblem(
            code="hash-placeholder",
            what="a placeholder is in the place of a password hash",
            remedy="give the user a password",
        )
    return RuleProblem(
        code="trailing-comment",
        what="a comment follows the rules, and the server reads it as a password hash",
        remedy="remove it; an ACL file has no comments",
    )
