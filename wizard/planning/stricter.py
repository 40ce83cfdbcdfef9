"""The stricter of what a host has and what is recommended."""

from wizard.model.answers import Answers, Reason
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.settings import SETTINGS, Direction, Setting, is_weaker, setting_for

_BY_CLIENTS = frozenset({"audit.timeout_seconds", "audit.keyspace_events"})
"""Decided by the clients that were observed, in `wizard.planning.recommend.host`."""
_ROWS = tuple(
    row
    for row in SETTINGS
    if (row.answer.startswith("audit.") or row.answer == "network.unix_socket_permissions")
    and row.answer not in _BY_CLIENTS
    and row.stricter is not Direction.NONE
)
"""Answers that are the value of their directive."""


def stricter_of(context: Context, name: str, wanted: str) -> str:
    """Return the value of the running server or of the next start where it is stricter than `wanted`, else `wanted`.

    A value that differs in the order of its words alone is returned as the host has it.
    """
    row, best = setting_for(name), wanted
    for found in (context.configuration.value(name), context.configuration.after_start(name)):
        same_words = sorted(found.lower().split()) == sorted(best.lower().split())
        if same_words or (is_weaker(row, found, best) and _is_possible(row, found)):
            best = found
    return best


def _is_possible(row: Setting, text: str) -> bool:
    """Return whether an answer can have the value."""
    return row.range is None or (text.removeprefix("-").isdecimal() and int(text) in row.range)


def never_weaker(context: Context, answers: Answers, reasons: dict[str, Reason]) -> Answers:
    """Return the answers without any that would loosen what the host has already; their reasons say so."""
    for row in _ROWS:
        section, _, field = row.answer.partition(".")
        part = getattr(answers, section)
        now = getattr(part, field)
        best = stricter_of(context, row.targets[0], str(now))
        if best != str(now):
            why = f"{row.reason} {best} is stricter than the usual {now}, so it stays."
            reasons[row.answer] = Reason(why=why, source="the configuration")
            answers = replace(answers, **{section: replace(part, **{field: type(now)(best)})})
    return answers
