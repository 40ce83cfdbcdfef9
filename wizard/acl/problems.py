"""What is wrong in an ACL file, line by line: what the server refuses, or takes differently than it reads.

No text here holds a secret.

Source:
    Loading such files on Redis 6.2, 7.4, 8.0 and Valkey 8.1, 9.1; redis 8.0 ``src/acl.c``,
    ``ACLLoadFromFile()``.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from wizard.acl.commands import CommandTable, table
from wizard.acl.lines import decode, split_lines, user_name
from wizard.acl.rulecheck import RuleCheck, RuleProblem
from wizard.acl.user import join_selectors
from wizard.errors import InvalidValueError
from wizard.model.facts.configuration import Problem
from wizard.model.facts.service import Flavour
from wizard.model.value import replace
from wizard.model.versions import newer_than_tables

_BYTE_ORDER_MARK = "\ufeff"


_UNKNOWN_WORDS = frozenset({"unknown-command", "unknown-category"})
"""Not called wrong where the server is newer than the tables."""


def find_problems(
    path: PurePosixPath, data: bytes, version: str, *, flavour: Flavour | None = None, sentinel: bool = False
) -> tuple[Problem, ...]:
    """Return every problem of an ACL file, in the order of its lines, those of the whole file last.

    Args:
        path: Where the file is, for the texts alone.
        data: Its bytes.
        version: Of the server that reads it.
        flavour: Which server that is; where it is not said, only what Redis and Valkey of this
            version have against it.
        sentinel: A Sentinel reads it, which has commands of its own.
    """
    known = partial(table, sentinel=sentinel)
    found = _problems(path, data, known(flavour or Flavour.REDIS, version))
    if flavour is None and found:
        other = set(_problems(path, data, known(Flavour.VALKEY, version)))
        found = [problem for problem in found if problem in other]
    if newer_than_tables(flavour or Flavour.REDIS, version):
        found = [replace(each, fatal=False) if each.code in _UNKNOWN_WORDS else each for each in found]
    return tuple(found)


def _problems(path: PurePosixPath, data: bytes, known: CommandTable) -> list[Problem]:
    seen: dict[str, int] = {}
    found: list[Problem] = []
    continued = False
    for number, line, cut in _lines_as_read(data):
        flaws = [*([_CUT] if cut else []), *_line_flaws(line, known, continued=continued)]
        flaws += _duplicate(user_name(line), seen, number, known)
        found += (_problem(path, number, flaw) for flaw in _once(flaws))
        continued = _continues(line)
    if "default" not in seen:
        found.append(_problem(path, 0, _NO_DEFAULT))
    return found


def _lines_as_read(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Return each line with its number, and whether a NUL byte hides a part of it.

    The server reads a line up to a NUL, drops the rest with its line end, and joins the next line.
    """
    held, cut, first = b"", False, 0
    for number, line in enumerate(split_lines(data), start=1):
        kept, nul, _ = line.partition(b"\0")
        held, cut, first = held + kept, cut or bool(nul), first or number
        if not nul:
            yield first, held, cut
            held, cut, first = b"", False, 0
    if cut:
        yield first, held, cut


def _line_flaws(line: bytes, known: CommandTable, *, continued: bool) -> Iterator[RuleProblem]:
    text = decode(line).strip(" \t\r\n")
    if text and not user_name(line):
        yield _CONTINUATION if continued else _no_user_line(text)
    elif text:
        yield from _user_flaws(text, known)


def _no_user_line(text: str) -> RuleProblem:
    if text.startswith("#"):
        return _COMMENT
    if text.startswith(_BYTE_ORDER_MARK):
        return _MARK
    word = text.replace("\t", " ").partition(" ")[0]
    if text.startswith("user  "):
        return _NO_NAME
    if word == "user" and "\t" in text:
        return _TABS
    return _KEYWORD_CASE if word.lower() == "user" and word != "user" else _NO_USER


def _user_flaws(text: str, known: CommandTable) -> Iterator[RuleProblem]:
    words = text.split(" ")
    yield from _name_flaws(words[1])
    rules = [rule for word in words[2:] if (rule := word.strip("\t\r\n"))]
    if "#" in rules:
        yield _TRAILING_COMMENT
        rules = rules[: rules.index("#")]
    if rules and rules[-1] == "\\":
        yield _CONTINUATION
        rules.pop()
    check = RuleCheck(known)
    try:
        for rule in join_selectors(rules):
            flaw = check.flaw(rule)
            if flaw is not None:
                yield _TABS if flaw.code == "unknown-rule" and "\t" in rule else flaw
    except InvalidValueError:
        yield _OPEN_SELECTOR


def _name_flaws(name: str) -> Iterator[RuleProblem]:
    if any(character in name for character in "\t\v\f\r"):
        yield _TABS
    elif not name.isprintable() or set(name) & _SIGNS or name.startswith("-"):
        what = f"{name!r:.80} is the whole name of a user, with its signs"
        yield RuleProblem(code="user-name", what=what, remedy="choose a plain name", fatal=False)


def _duplicate(name: str, seen: dict[str, int], number: int, known: CommandTable) -> list[RuleProblem]:
    if not name:
        return []
    first = seen.setdefault(name, number)
    if first == number:
        return []
    effect = "the server refuses the file" if known.subcommands else "the server uses the last line without a warning"
    return [
        RuleProblem(
            code="duplicate-user",
            what=f"user {name!r:.80} is already in line {first}, so {effect}",
            remedy="keep one of the lines",
            fatal=known.subcommands,
        )
    ]


def _once(flaws: list[RuleProblem]) -> list[RuleProblem]:
    return list({(flaw.code, flaw.what): flaw for flaw in flaws}.values())


def _continues(line: bytes) -> bool:
    return line.split()[-1:] == [b"\\"]


def _problem(path: PurePosixPath, number: int, flaw: RuleProblem) -> Problem:
    return Problem(path=path, line=number, code=flaw.code, what=flaw.what, remedy=flaw.remedy, fatal=flaw.fatal)


_NO_DEFAULT = RuleProblem(
    code="no-default-user",
    what="no line names the default user, so every client has full access without a password, "
    "whatever requirepass says",
    remedy="add a line for it, for example user default off",
    fatal=False,
)
_SIGNS = frozenset("\"'#\\")
"""Signs of other languages, which are a part of the name here."""
_COMMENT = RuleProblem(
    code="comment-line",
    what="this is a comment, and the server accepts none in an ACL file",
    remedy="remove the line",
)
_TRAILING_COMMENT = RuleProblem(
    code="trailing-comment",
    what="a comment follows the rules, and the server reads it as a password hash",
    remedy="remove it; an ACL file has no comments",
)
_CONTINUATION = RuleProblem(
    code="continuation",
    what="a user is written over several lines, and an ACL file has no continuation lines",
    remedy="write the user in one line",
)
_TABS = RuleProblem(
    code="tab-separator",
    what="a tab or another control character is between words, and only blanks separate them",
    remedy="write blanks",
)
_CUT = RuleProblem(
    code="control-character",
    what="the line holds a NUL byte, so the server skips the text after it and joins the next line",
    remedy="remove the byte; a file full of them is typical after a power cut",
    fatal=False,
)
_KEYWORD_CASE = RuleProblem(
    code="keyword-case", what="the word user must be written in lower case", remedy="write user in lower case"
)
_MARK = RuleProblem(
    code="byte-order-mark", what="the file begins with a byte order mark", remedy="save it as UTF-8 without the mark"
)
_NO_USER = RuleProblem(
    code="no-user-line",
    what="the line does not begin with the word user and a name",
    remedy="correct it, or remove it",
)
_NO_NAME = RuleProblem(
    code="no-name",
    what="two blanks follow the word user, so the name is empty",
    remedy="write one blank before the name",
)
_OPEN_SELECTOR = RuleProblem(
    code="open-selector",
    what="a parenthesis is opened and not closed; Redis 7 and later crash when they load it",
    remedy="close it in the same line",
)
