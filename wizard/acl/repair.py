"""Fixing an ACL file where it is evident what the operator intended.

Lines that the server takes stay byte for byte. What is a guess (a hash of 63 digits, an unknown
command, two different lines for one user) stays as it is, for the operator to decide.
"""

import re

from wizard.acl.aclfile import AclDocument
from wizard.acl.commands import CommandTable, table
from wizard.acl.equivalence import same
from wizard.acl.lines import decode, user_name
from wizard.acl.password import HASH
from wizard.acl.rulecheck import RuleCheck, is_comment
from wizard.acl.user import join_passwords, join_selectors, parse_line
from wizard.errors import InvalidValueError
from wizard.model.facts.service import Flavour

_KEYWORD = re.compile(r"user(?=\s)", re.IGNORECASE)


def repair(document: AclDocument, *, flavour: Flavour, version: str) -> AclDocument:
    """Return the file as it was evidently intended.

    Comments go, continuation lines become one, tabs become blanks, ``USER`` becomes ``user``, hashes
    become lower case, a password behind a lone ``>`` is joined to it, patterns without effect behind
    ``*`` go, a missing ``resetchannels`` is put before channels on 6.2, and of lines that say the same
    of one user the last one stays.
    """
    known = table(flavour, version)
    fixed = (_fixed_line(block, known) for block in _blocks(document.lines))
    return AclDocument(tuple(_without_repeats([line for line in fixed if line is not None])))


def _blocks(lines: tuple[bytes, ...]) -> list[list[bytes]]:
    """Return the lines in groups, each with the lines that continue it."""
    blocks: list[list[bytes]] = []
    continued = False
    for line in lines:
        if continued:
            blocks[-1].append(line)
        else:
            blocks.append([line])
        continued = line.rstrip().endswith(b"\\") and line.split()[-1] == b"\\"
    return blocks


def _fixed_line(block: list[bytes], known: CommandTable) -> bytes | None:
    """Return the one line that a block means, ``None`` where it is a comment."""
    text = " ".join(_without_continuation(decode(line)) for line in block).removeprefix("\ufeff")
    if text.lstrip(" \t").startswith("#"):
        return None
    ending = block[-1][len(block[-1].rstrip(b"\r\n")) :]
    if not _KEYWORD.match(text.strip()):
        return b"".join(block)
    words = text.split()
    if len(block) == 1 and user_name(block[0]) and _accepted(words, text, known):
        return block[0]
    return " ".join(["user", *words[1:2], *_fixed_rules(words[2:], known)]).encode("utf-8", "surrogateescape") + ending


def _without_continuation(text: str) -> str:
    stripped = text.rstrip()
    return stripped.removesuffix("\\") if stripped.endswith((" \\", "\t\\")) or stripped == "\\" else stripped


def _accepted(words: list[str], text: str, known: CommandTable) -> bool:
    """Return whether the server accepts the rules as they are, so that there is nothing to fix."""
    rules = [word.strip("\t\r\n") for word in text.strip().split(" ") if word.strip("\t\r\n")]
    if rules != words:
        return False
    check = RuleCheck(known)
    try:
        flaws = [check.flaw(rule) for rule in join_selectors(words[2:])]
    except InvalidValueError:
        return False
    return not any(flaw is not None and flaw.fatal for flaw in flaws)


def _fixed_rules(words: list[str], known: CommandTable) -> list[str]:
    check = RuleCheck(known)
    fixed: list[str] = []
    try:
        rules = list(join_selectors(join_passwords(_before_comment(words))))
    except InvalidValueError:
        return _before_comment(words)
    for word in rules:
        rule = word.lower() if word[0] == "#" and HASH.fullmatch(word[1:].lower()) else word
        flaw = check.flaw(rule)
        if flaw is None or flaw.code != "pattern-after-all":
            fixed.append(rule)
        elif not known.subcommands and rule[0] == "&" and "&*" not in fixed and "allchannels" not in fixed:
            # The operator did not write this, so it was not intended: 6.2 itself gave every channel.
            check.flaw("resetchannels")
            check.flaw(rule)
            fixed += ["resetchannels", rule]
    return fixed


def _before_comment(words: list[str]) -> list[str]:
    """Return the rules before a trailing comment: a lone ``#``, or ``#`` with a word that is no hash."""
    starts = (place for place, word in enumerate(words) if word == "#" or (word[0] == "#" and is_comment(word[1:])))
    return words[: next(starts, len(words))]


def _without_repeats(lines: list[bytes]) -> list[bytes]:
    last = {name: number for number, line in enumerate(lines) if (name := user_name(line))}
    return [
        line for number, line in enumerate(lines) if not _says_the_same(line, lines[last.get(user_name(line), number)])
    ]


def _says_the_same(line: bytes, later: bytes) -> bool:
    """Return whether a later line makes this one needless."""
    if line is later:
        return False
    try:
        return same(parse_line(decode(line)), parse_line(decode(later)))
    except InvalidValueError:
        return False
