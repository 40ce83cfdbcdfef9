"""The frame around every step, as text: header, step bar, why strip, key line.

Pure functions of the session. What may not live here: widgets.
"""

from textual.content import Content

from screens.session import Mode, Session, StepState
from screens.step_order import ORDER, SHORT, StepName
from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from wizard.model.facts import Instance, Unreadable
from wizard.model.text import escape

KEYS = "F1 Help  F2 Why  F3 Diff  F4 Recommended  F7 Back  F8 Next         F10 Quit"
_MARK_TONES = {
    StepState.OK: TextStyle.OK,
    StepState.EDIT: TextStyle.ACCENT,
    StepState.ERROR: TextStyle.FAIL,
    StepState.BLANK: TextStyle.TEXT,
}


def header(session: Session, width: int, state: str = "") -> Content:
    """Write the first row: whose host this is, and whether anything has changed."""
    right = state or _state(session)
    room = max(10, width - len(right) - 4)
    left = cut(f"redis-wizard  {subject(session)}", room)
    return row(literal(f" {left.ljust(room)}  ", TextStyle.STRONG), literal(right, TextStyle.ACCENT))


def subject(session: Session) -> str:
    """Name the host, its system and the server, for example ``db1 · Debian 13 · redis 8.0.2 :6379``."""
    facts = session.facts
    if facts is None:
        return "looking at this host…" if session.looking else ""
    parts = [facts.hostname, _system(facts.os.name)]
    if session.instance is not None:
        parts.append(server(session.instance))
    return " · ".join(part for part in parts if part)


def _system(name: str) -> str:
    return name.replace("GNU/Linux ", "").partition(" (")[0]


def server(instance: Instance) -> str:
    """Name a server with version and first port."""
    version = "" if isinstance(instance.version, Unreadable) else f" {instance.version}"
    port = next((f" :{listener.port}" for listener in instance.listeners if listener.port), "")
    return f"{instance.flavour}{version}{port}"


def _state(session: Session) -> str:
    count = f"  {len(session.plan.changes)}" if session.plan is not None and session.planned else ""
    match session.mode:
        case Mode.VIEW:
            return "ONLY LOOKING"
        case Mode.DRY_RUN:
            return f"DRY RUN{count}"
        case Mode.NORMAL:
            return f"{session.done}{count}"


def step_bar(session: Session, current: StepName | None, width: int) -> Content:
    """Write rows two and three: the steps, and the mark below each."""
    names: list[Content] = []
    marks: list[Content] = []
    tight = width < sum(len(SHORT[step]) + 3 for step in ORDER)
    for place, step in enumerate(ORDER):
        pointer = ">" if step is current else " "
        name = f"{pointer}{place}" if tight and step is not current else f"{pointer}{place} {SHORT[step]}"
        mark = session.mark(step)
        names.append(literal(name + " " * tight, TextStyle.ACCENT if step is current else TextStyle.MUTED))
        marks.append(literal(f" {mark}"[: len(name)].ljust(len(name) + tight), _MARK_TONES[mark]))
    return lines(row(*names), row(*marks))


def top(session: Session, current: StepName | None, width: int, state: str = "") -> Content:
    """Write the three rows above the body."""
    return lines(header(session, width, state), step_bar(session, current, width))


def why(text: str, source: str, more: str, width: int) -> Content:
    """Write the three rows below the body: a rule, why with its source, and a second line."""
    rule = " ─ why ".ljust(width - 1, "─")
    shown = cut(text, width - 2)
    second = _beside(escape(more), escape(f"source: {source}" if source else ""), width - 16)
    return lines(
        literal(rule, TextStyle.MUTED),
        literal(f" {shown}"),
        row(literal(f" {second}", TextStyle.MUTED), literal(" F2 full text", TextStyle.ACCENT)),
    )


def _beside(left: str, right: str, width: int) -> str:
    """Put two texts into a row; where both do not fit the right one has the whole of it."""
    if not right:
        return cut(left, width).ljust(width)
    room = width - len(right) - 2
    if len(left) > room:
        return cut(right, width).ljust(width)
    return f"{left.ljust(room)}  {right}"
