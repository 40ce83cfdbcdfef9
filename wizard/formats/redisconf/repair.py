"""What an operator evidently intended by a line that the server refuses."""

import re
from collections.abc import Callable
from fractions import Fraction

from wizard.formats.redisconf.directives import Directive, Kind, find
from wizard.formats.redisconf.document import Line
from wizard.formats.redisconf.memory import render_memory
from wizard.formats.redisconf.quoting import comment_after
from wizard.formats.redisconf.value_syntax import value_problem
from wizard.model.value import Memory
from wizard.model.versions import columns

_BACKSLASH = "\\"
_BOOLS = {"true": "yes", "on": "yes", "1": "yes", "false": "no", "off": "no", "0": "no"}
_AMOUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)(kb|mb|gb|tb|t)", re.ASCII)
_SHIFTS = {"kb": 10, "mb": 20, "gb": 30, "tb": 40, "t": 40}


def repaired_arguments(line: Line) -> tuple[str, ...] | None:
    """Return the arguments that were evidently intended.

    Fixed are: a trailing comment, a backslash at the end, ``true`` and its like for yes and no,
    amounts such as ``1.5gb``, ``2tb`` and ``1 gb``, TLS words without quotes around them.

    Returns:
        Arguments that some server takes, ``None`` when there is nothing to fix or the intention is not
        evident.
    """
    directive = find(line.name)
    if directive is None:
        return None
    comment_free = without_comment(line)
    if comment_free is not None and _taken_somewhere(directive, comment_free):
        return comment_free
    if line.problem or (_taken_somewhere(directive, line.arguments) and line.arguments[-1:] != (_BACKSLASH,)):
        return None
    meant = _without_backslash(directive, line.arguments if comment_free is None else comment_free)
    meant = _MENDERS.get(directive.kind, _as_it_is)(directive, meant)
    return meant if meant != line.arguments and _taken_somewhere(directive, meant) else None


def without_comment(line: Line) -> tuple[str, ...] | None:
    """Return the arguments before a ``#`` that was intended to start a comment, ``None`` when there is none.

    A value that starts with ``#`` is none: ``requirepass #x`` and the hashes of a ``user`` line.
    """
    directive = find(line.name)
    words = comment_after(line.raw)
    if words is None or directive is None:
        return None
    before = words[1:]
    if directive.kind is Kind.USER:
        return _rules_before_comment(line)
    if not before or not _taken_somewhere(directive, before):
        return None
    return before


def _without_backslash(directive: Directive, arguments: tuple[str, ...]) -> tuple[str, ...]:
    return arguments[:-1] if arguments[-1:] == (_BACKSLASH,) and directive.kind is not Kind.USER else arguments


def _as_it_is(_directive: Directive, arguments: tuple[str, ...]) -> tuple[str, ...]:
    return arguments


def _bool(_directive: Directive, arguments: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_BOOLS.get(argument.lower(), argument) for argument in arguments)


def _amount(_directive: Directive, arguments: tuple[str, ...]) -> tuple[str, ...]:
    found = _AMOUNT.fullmatch("".join(arguments).lower())
    if found is None:
        return arguments
    exact = Fraction(found[1]) * (1 << _SHIFTS[found[2]])
    return (render_memory(Memory(int(exact))),) if exact.denominator == 1 else arguments


def _tls_words(directive: Directive, arguments: tuple[str, ...]) -> tuple[str, ...]:
    return (" ".join(arguments),) if directive.name.startswith("tls-") and arguments else arguments


_MENDERS: dict[Kind, Callable[[Directive, tuple[str, ...]], tuple[str, ...]]] = {
    Kind.BOOL: _bool,
    Kind.MEMORY: _amount,
    Kind.MEMORY_OR_PERCENT: _amount,
    Kind.STRING: _tls_words,
}


def _rules_before_comment(line: Line) -> tuple[str, ...] | None:
    # In a user line "#" and 64 digits is a hash; only a "#" that stands alone starts a comment.
    if line.problem or "#" not in line.arguments[1:]:
        return None
    return line.arguments[: line.arguments.index("#", 1)]


def _taken_somewhere(directive: Directive, arguments: tuple[str, ...]) -> bool:
    return any(not value_problem(directive, arguments, server) for server in columns())
