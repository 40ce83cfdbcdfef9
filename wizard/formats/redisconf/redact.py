"""Configuration text with every secret argument replaced, for diffs, facts and messages.

Masking errs on the side of hiding: commented-out passwords, misspelt directives and lines that
the server could not read are masked too.
"""

import re
from collections.abc import Sequence

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.commands import is_command
from wizard.formats.redisconf.directives import Kind, find, is_secret
from wizard.formats.redisconf.quoting import quote, split
from wizard.model.facts.unreadable import MASK

_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_PARTS = re.compile(rb"(?P<indent>[ \t\r]*(?:#[#! \t]*)?)(?P<text>.*?)(?P<end>[ \t\r\n]*)\Z", re.DOTALL)
_NAMED_SECRET = re.compile(
    r"""(?P<name>(?:\b|_)(?:requirepass|masterauth|primaryauth|masterpass|tls-key-file-pass|tls-client-key-file-pass
        |auth-pass|sentinel-pass)\b["']?[ \t=:]+)(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|\S+)(?P<rest>[^\r\n]*)""",
    re.IGNORECASE | re.VERBOSE,
)
_ASSIGNED = re.compile(r"(?P<name>[^=:]*(?:pas|pwd|auth|secret|token)[^=:]*[=:]).+", re.IGNORECASE | re.DOTALL)
_USER_SECRETS = "><#!"
_RULE = re.compile(
    r"[+~&%(-].*|(?i:on|off|nopass|reset[a-z]*|all[a-z]*|nocommands|(?:skip-)?sanitize-payload|clearselectors)"
    r"|[a-z][a-z-]{1,23}|db=[0-9,]*|",
    re.DOTALL,
)
"""What looks like a rule of a user; any other word may be a password without its sign."""
_PLAIN_RULE = re.compile(
    r"[~&%(].*|[+-]@?[a-z|-]+|(?i:on|off|nopass|reset[a-z]*|all[a-z]*|nocommands|(?:skip-)?sanitize-payload)", re.DOTALL
)
_RULE_WITH_SECRET = re.compile(r"(?P<sign>(?:^|(?<=[\s\"'(]))[><#!])(?=\S{2})\S+")


def masked(name: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Replace the secret ones among the arguments of a directive.

    An empty password, the empty new name of a disabled command and the rules of a user stay, since
    they are no secrets and decide what the line does.
    """
    directive = find(name)
    if not is_secret(name):
        return _masked_behind_a_name(arguments)
    if directive is not None and directive.kind is Kind.USER:
        user, rules = arguments[:1], _masked_behind_a_name(arguments[1:])
        before = ("", *rules)
        return (*user, *(_masked_rule(rule, behind) for rule, behind in zip(rules, before, strict=False)))
    if directive is not None and directive.kind is Kind.RENAME:
        known = [argument if is_command(argument.split("|")[0]) else MASK for argument in arguments[:1]]
        return (*known, *(MASK if argument else "" for argument in arguments[1:]))
    if directive is not None and directive.kind is Kind.SENTINEL:
        return _masked_sentinel(arguments)
    return tuple(MASK if argument else "" for argument in arguments)


def masked_name(name: str) -> str:
    """Cut a name such as ``requirepass=secret``, which holds its value, behind the sign."""
    found = _ASSIGNED.fullmatch(name)
    return found["name"] + MASK if found else name


def redact_text(data: bytes) -> str:
    """Return a configuration as text for the eye, line by line, with secrets masked.

    Lines without a secret keep their exact text; bytes that are no UTF-8 become ``�``.
    """
    return "".join(redact_line(raw) for raw in _LINE.findall(data))


def redact_line(raw: bytes) -> str:
    """Return one line, with its line end, with secrets masked."""
    parts = _PARTS.match(raw)
    if parts is None:
        return ""
    indent, text, end = (parts[key].decode("utf-8", "replace") for key in ("indent", "text", "end"))
    if "#" in indent:
        return indent + _redacted_comment(text) + end
    return indent + _redacted_directive(parts["text"], text) + end


def _redacted_directive(data: bytes, text: str) -> str:
    try:
        words = split(data)
        if words and not is_secret(words[0]) and masked_name(words[0]) == words[0]:
            text = _NAMED_SECRET.sub(_hide_value, text)
            words = split(text)
    except InvalidValueError:
        return _redacted_unreadable(text)
    hidden = (masked_name(words[0]), *masked(words[0], words[1:])) if words else words
    if hidden == words:
        return text
    return " ".join(quote(word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) for word in hidden)


def _redacted_unreadable(text: str) -> str:
    # The ends of its words are unclear, so everything after a secret name is masked.
    name = text.split(maxsplit=1)[0].strip("\"'\ufeff").split("\0")[0] if text.split() else ""
    if is_secret(name) or masked_name(name) != name:
        return f"{masked_name(name)} {MASK}"
    return _NAMED_SECRET.sub(lambda found: found["name"] + MASK, text)


def _redacted_comment(text: str) -> str:
    text = _NAMED_SECRET.sub(_hide_value_in_prose, text)
    if text.split(maxsplit=1)[:1] == ["user"]:
        return _RULE_WITH_SECRET.sub(lambda found: found["sign"] + MASK, text)
    return text


def _hide_value(found: re.Match[str]) -> str:
    return found["name"] + MASK + found["rest"]


def _hide_value_in_prose(found: re.Match[str]) -> str:
    # "# requirepass is not compatible …" is prose; a value stands alone, is quoted or has digits or signs.
    value, rest = found["value"], found["rest"].strip()
    alone = not rest or rest.startswith("#")
    return found["name"] + MASK + found["rest"] if alone or not value.strip(".,;:()").isalpha() else found[0]


def _masked_behind_a_name(arguments: Sequence[str]) -> tuple[str, ...]:
    # "timeout 5 # requirepass x" holds a password in what was intended as a comment.
    for position, argument in enumerate(arguments):
        named = find(argument.lstrip("#"))
        if named is not None and named.secret and named.kind is Kind.STRING:
            return (*arguments[: position + 1], *(MASK for _ in arguments[position + 1 :]))
    return tuple(_NAMED_SECRET.sub(_hide_value, argument) for argument in arguments)


def _masked_rule(rule: str, behind: str) -> str:
    if rule == ">" or (behind == ">" and not _PLAIN_RULE.fullmatch(rule)):
        # The password is empty; a word after it was intended as the password.
        return rule if rule == ">" else MASK
    if rule[:1] and rule[0] in _USER_SECRETS:
        return rule[0] + MASK
    return rule if _RULE.fullmatch(rule) else MASK


def _masked_sentinel(arguments: Sequence[str]) -> tuple[str, ...]:
    if arguments and "pass" in arguments[0].lower():
        return (arguments[0], *(MASK for _ in arguments[1:]))
    return tuple(arguments)
