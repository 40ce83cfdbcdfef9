"""The memory of a host as a bar with its legend: pure."""

from collections.abc import Iterator

from textual.content import Content

from screens.text.formatting import lines, literal, row
from screens.theme import TextStyle
from wizard.model.text import format_amount
from wizard.planning.preview.memory import MemoryUse

_EDGES = 2
"""Columns of the brackets."""
_SYSTEM, _OTHERS, _DATA, _COPIES, _LEFT = "=", "o", "#", "+", "."
_TONES = {_DATA: TextStyle.ACCENT, _COPIES: TextStyle.WARN, _SYSTEM: TextStyle.MUTED, _OTHERS: TextStyle.MUTED}
_OVER = "!"


def use(memory: MemoryUse, width: int) -> Content:
    """Return the bar, a legend with the amounts, and what the limit does."""
    said = literal(f"[warn] {memory.consequence}", TextStyle.FAIL) if memory.harmful else literal(memory.consequence)
    return lines(_bar(memory, width - _EDGES), *_legend(memory, width), said)


def _parts(memory: MemoryUse) -> Iterator[tuple[str, str, int]]:
    """Yield sign, label and bytes of each part; the first of those kept is the system's."""
    for part in memory.kept:
        yield (_SYSTEM if part.label == "system" else _OTHERS), part.label, part.amount
    yield _DATA, memory.data.label, memory.data.amount
    yield _COPIES, memory.copies.label, memory.copies.amount


def _bar(memory: MemoryUse, width: int) -> Content:
    whole = memory.total.amount or sum(size for _, _, size in _parts(memory)) or 1
    pieces, used, amount = [], 0, 0
    for sign, _, size in _parts(memory):
        amount += max(0, size)
        end = min(width, round(amount * width / whole))
        # A part that is there has a column: nothing that takes memory is invisible.
        end = min(width, max(end, used + 1)) if size > 0 else max(end, used)
        pieces.append(literal(sign * (end - used), _TONES.get(sign, TextStyle.TEXT)))
        used = end
    edge = literal(_OVER, TextStyle.FAIL) if amount > whole else literal("]", TextStyle.MUTED)
    return row(literal("[", TextStyle.MUTED), *pieces, literal(_LEFT * (width - used), TextStyle.MUTED), edge)


def _legend(memory: MemoryUse, width: int) -> Iterator[Content]:
    shown = [each for each in _parts(memory) if each[-1] or each[0] == _DATA]
    texts = [f"{sign} {label} {_amount(sign, size)}" for sign, label, size in shown]
    texts += [f"{_LEFT} left {format_amount(max(0, memory.left))}"] if memory.total.amount else []
    total = memory.total
    texts.append(f"of {format_amount(total.amount)}, the {total.label}" if total.amount else "of an unknown size")
    line = ""
    for text in texts:
        joined = f"{line}   {text}" if line else text
        if len(joined) > width:
            yield literal(line, TextStyle.MUTED)
            line = text
        else:
            line = joined
    yield literal(line, TextStyle.MUTED)


def _amount(sign: str, size: int) -> str:
    return "no limit" if sign == _DATA and not size else format_amount(size)
