"""How host text, amounts and times are written; all data that is drawn passes here."""

import re
from datetime import datetime

from rich.text import Text
from textual.content import Content

from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import escape, format_amount

_ECHO = 32
_LONG_WORD = re.compile(r"\S{64,}")
_HEAD = re.compile(r" *(?:\[[^\]]{2,4}\] |\d+\. |[-*] |\S+ {2,})?")
"""What later rows of a line stand behind: a sign, a number, or a label with its blanks."""


def literal(text: str, style: str = "") -> Content:
    """Return literal content of any text, for every widget but tables."""
    return Content.styled(escape(text, lines=True), style)


def literal_cell(text: str, style: str = "") -> Text:
    """Return a literal table cell of any text; tables draw only rich's own type right."""
    return Text(escape(text), style=style, no_wrap=True, overflow="ellipsis")


def lines(*parts: Content | str) -> Content:
    """Return parts below each other; a plain text is cleaned."""
    return Content("\n").join([literal(part) if isinstance(part, str) else part for part in parts])


def row(*parts: Content | str) -> Content:
    """Return parts beside each other; a plain text is cleaned."""
    return Content("").join([literal(part) if isinstance(part, str) else part for part in parts])


def marked(text: Content, words: str) -> Content:
    """Return a text with each place of some words in reverse; capitals count only where the words have some."""
    if not words:
        return text
    flags = re.NOFLAG if words != words.lower() else re.IGNORECASE
    return text.highlight_regex(re.compile(re.escape(words), flags), style="reverse")


def hanging(text: Content, width: int) -> Content:
    """Return a text whose long lines are wrapped, each behind the sign, number or label of its first row."""
    return Content("\n").join([part for each in text.split("\n", allow_blank=True) for part in _rows(each, width)])


def _rows(line: Content, width: int) -> list[Content]:
    if line.cell_length <= width:
        return [line]
    found = _HEAD.match(line.plain)
    head = found.end() if found else 0
    blank = line.plain[:head].isspace()
    indent = head + 2 if blank else head
    if indent > width // 2:
        return line.wrap(width)
    first, *more = line[head:].wrap(width - indent)
    return [line[:head] + first, *(Content(" " * indent) + each for each in more)]


def amount_or_unknown(value: int | Unreadable) -> str:
    """Return an amount, or that it could not be read."""
    return "[ ?? ]" if isinstance(value, Unreadable) else format_amount(value)


def clock(moment: str) -> str:
    """Return the time of day of an ISO 8601 moment, ``14:02``, in the zone of this host."""
    return _local(moment, "%H:%M")


def day(moment: str) -> str:
    """Return date and time of an ISO 8601 moment, ``2026-03-01 14:02``, in the zone of this host."""
    return _local(moment, "%Y-%m-%d %H:%M")


def _local(moment: str, form: str) -> str:
    try:
        return datetime.fromisoformat(moment).astimezone().strftime(form)
    except ValueError:
        return escape(moment)


def cut(text: str, width: int) -> str:
    """Return a text cut to a number of characters, with ``…`` where something is missing."""
    shown = escape(text)
    return shown if len(shown) <= width else shown[: max(0, width - 1)] + "…"


def short_echo(message: str, raw: str) -> str:
    """Return a message about a typed text that repeats no more of it than its beginning.

    Args:
        message: One sentence.
        raw: The text that it is about.
    """
    told = raw.strip()
    shown = message.replace(told, cut(told, _ECHO)) if len(told) > _ECHO else message
    return _LONG_WORD.sub(lambda word: cut(word[0], _ECHO), shown)
