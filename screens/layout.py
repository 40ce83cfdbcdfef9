"""The frame around every step, as text: header, step bar, why strip, key line.

Pure functions of the session.
"""

import re

from textual.content import Content

from screens.session import Mode, Session, StepState
from screens.step_table import StepRow
from screens.text import help_text
from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import counted, escape

KEYS = "F1 Help  F3 Diff  F4 Recommended  ^Z Undo  / Find  F7 Back  F8 Next  F10 Quit"
_NARROWEST_CELL = 3
"""Columns in which a step has its key and a mark of two letters."""
_WIDEST_CELL = 5
"""Columns in which the longest mark fits."""
_SHORTEST_SOURCE = 16
"""Columns in which a source still says something."""
_BODY = 82
"""Columns of the body that the pane leaves it at least; the steps fit into them."""
_PANE = (28, 60)
_KEYS_LEAST = 2
_GAPS = re.compile(r" {2,}")
_BROKEN = re.compile(r"(?<=\S)\n(?=\S)")
_COLUMNS = re.compile(r"^(  \S.*?) {2,}(?=\S)", re.MULTILINE)
_MARK_TONES = {
    StepState.OK: TextStyle.OK,
    StepState.EDIT: TextStyle.ACCENT,
    StepState.ERROR: TextStyle.FAIL,
    StepState.BLANK: TextStyle.TEXT,
}


def header(session: Session, width: int, state: str = "") -> Content:
    """Return the first row: the host, and whether this run has changed it."""
    right = state or _state(session)
    room = max(10, width - len(right) - 4)
    named = f"redis-wizard  {subject(session)}"
    # Host and server say more than the name of the program.
    left = cut(named if len(named) <= room else subject(session), room)
    return row(literal(f" {left.ljust(room)}  ", TextStyle.STRONG), literal(right, TextStyle.ACCENT))


def subject(session: Session) -> str:
    """Return the host, its system and the server, for example ``db1 · Debian 13 · redis 8.0.2 :6379``."""
    facts = session.facts
    if facts is None:
        return "reading this host…" if session.reading else ""
    parts = [facts.hostname, _system(facts.os.name)]
    if session.instance is not None:
        parts.append(server(session.instance))
    return " · ".join(part for part in parts if part)


def _system(name: str) -> str:
    return name.replace("GNU/Linux ", "").partition(" (")[0]


def server(instance: Instance) -> str:
    """Return a server with version and first port."""
    version = "" if isinstance(instance.version, Unreadable) else f" {instance.version}"
    port = next((f" :{listener.port}" for listener in instance.listeners if listener.port), "")
    return f"{instance.flavour}{version}{port}"


def _state(session: Session) -> str:
    count = f" · {counted(len(session.plan.changes), 'change')}" if session.plan is not None and session.planned else ""
    match session.mode:
        case Mode.VIEW:
            return "READ ONLY"
        case Mode.DRY_RUN:
            return f"DRY RUN{count}"
        case Mode.NORMAL:
            return f"{session.done}{count}"


def step_bar(session: Session, current: str, width: int) -> Content:
    """Return rows two and three: the steps, and the mark below each.

    Where the short names do not fit, the other steps show their keys alone.
    """
    rows = session.steps.rows
    names = {row.name: f"{session.steps.key(row.name)} {row.short}" for row in rows}
    cells = {name: len(text) + 1 for name, text in names.items()}
    if sum(cells.values()) > width:
        room = width - cells.get(current, 0) - 1
        cell = max(_NARROWEST_CELL, min(_WIDEST_CELL, room // len(rows)))
        cells = {name: cells[name] + 1 if name == current else cell for name in names}
        names = {name: text if name == current else text[0] for name, text in names.items()}
    return lines(
        row(*(_name(each, names, cells, current) for each in rows)),
        row(*(_mark(session, each, cells) for each in rows)),
    )


def _name(step: StepRow, names: dict[str, str], cells: dict[str, int], current: str) -> Content:
    here = step.name == current
    text = f"{'>' if here else ' '}{names[step.name]}".ljust(cells[step.name])
    return literal(text, TextStyle.ACCENT if here else TextStyle.MUTED)


def _mark(session: Session, step: StepRow, cells: dict[str, int]) -> Content:
    mark, cell = session.step_state(step.name), cells[step.name]
    return literal(f" {mark[: cell - 1]}".ljust(cell), _MARK_TONES[mark])


def top(session: Session, current: str, width: int, state: str = "") -> Content:
    """Return the three rows above the body."""
    return lines(header(session, width, state), step_bar(session, current, width))


def why(text: str, source: str, more: str, width: int) -> Content:
    """Return the three rows below the body: a rule, why with its source, and a second line."""
    rule = " ─ why ".ljust(width - 1, "─")
    shown = cut(text, width - 2)
    second = _beside(escape(more), escape(f"source: {source}" if source else ""), width - 16)
    return lines(
        literal(rule, TextStyle.MUTED),
        literal(f" {shown}"),
        row(literal(f" {second}", TextStyle.MUTED), literal(" F2 full text", TextStyle.ACCENT)),
    )


def _beside(left: str, right: str, width: int) -> str:
    """Put two texts into a row; where both do not fit, the left one has the whole of it."""
    room = width - len(left) - 2
    if not right or room < _SHORTEST_SOURCE:
        return cut(left, width).ljust(width)
    return f"{left}  {cut(right, room).rjust(room)}"


def key_line(keys: str, width: int) -> Content:
    """Return the last row: the keys, those behind the first left out where they do not fit; the way out stays."""
    shown = keys
    if len(keys) >= width:
        parts = _GAPS.split(keys)
        while len(shown := "  ".join(parts)) >= width and len(parts) > _KEYS_LEAST:
            del parts[1]
    return literal(f" {shown}", TextStyle.MUTED)


def pane_width(width: int) -> int:
    """Return the columns of the pane beside the body; 0 where there is no room for one."""
    least, most = _PANE
    return min(width - _BODY, most) if width >= _BODY + least else 0


def pane(why: str, source: str, more: str, *, name: str, answer: str) -> Content:
    """Return the texts beside the body: why the focused field matters, and its help."""
    own, general = help_text.text_of(name, answer) if answer else "", help_text.text_of(name)
    parts = (
        why,
        f"Source: {source}" if source else "",
        "" if own.startswith(more) else _GAPS.sub("\n", more),
    )
    return lines(
        literal("Why", TextStyle.STRONG),
        literal("\n\n".join(part for part in parts if part)),
        "",
        literal("Help", TextStyle.STRONG),
        *((literal(_paragraphs(own)), "") if own else ()),
        literal(_paragraphs(general), TextStyle.MUTED if own else TextStyle.TEXT),
    )


def _paragraphs(text: str) -> str:
    """Return a text without its line ends and columns, so that it fills any width; indented lines stay lines."""
    return _COLUMNS.sub(r"\1: ", _BROKEN.sub(" ", text))
