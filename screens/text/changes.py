"""Changes as text: for the list, for one change in full, for their impact."""

from textual.content import Content

from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from wizard.model.change import Change, Effect, Risk
from wizard.model.plan import Note, Plan
from wizard.model.text import counted
from wizard.planning.kinds import traits_of

_WHEN = {Effect.NOW: "at once", Effect.RELOAD: "reload", Effect.RESTART: "restart", Effect.BOOT: "boot"}
_RISKS = {
    Risk.NONE: ("low", TextStyle.MUTED),
    Risk.DISCONNECT: ("client", TextStyle.WARN),
    Risk.DENY: ("access", TextStyle.WARN),
    Risk.DATA: ("DATA", TextStyle.FAIL),
}


def when(change: Change) -> str:
    """Return when it takes effect, in one word."""
    return _WHEN[change.effect]


def risk(change: Change) -> tuple[str, TextStyle]:
    """Return the risk in one word, with its tone."""
    return _RISKS[change.risk]


def line(change: Change) -> str:
    """Return title and values for a list."""
    if change.before and change.after:
        return f"{change.title}: {change.before} -> {change.after}"
    if change.before:
        return f"{change.title}: {change.before} -> nothing"
    return f"{change.title}: {change.after}" if change.after else change.title


def target_name(change: Change) -> str:
    """Return the file, unit or key that changes."""
    return traits_of(change).place(change)


def search_words(change: Change) -> str:
    """Return what a line of the diff about this change holds."""
    return traits_of(change).search(change)


def full(change: Change) -> Content:
    """Return every detail of a change."""
    pairs = (
        ("now", change.before),
        ("planned", change.after),
        ("effect", f"{when(change)}{'' if change.survives_reboot else ', until the next boot'}"),
        ("risk", f"{risk(change)[0]} {change.evidence}".strip()),
        ("why", change.why),
        ("source", change.source),
        ("items", ", ".join(str(item) for item in change.items)),
        ("rollback", change.undo),
        ("needs", ", ".join(change.needs)),
    )
    return lines(*(literal(f"{label:<10}{text}") for label, text in pairs if text))


def impact(plan: Plan) -> Content:
    """Return who loses what, with the remedy, and what stays open, with how to close it."""
    rows: list[Content | str] = []
    if not plan.impacts:
        rows.append(literal("Every client connected now keeps its access.", TextStyle.OK))
    for each in plan.impacts:
        rows += [literal(each.who, TextStyle.WARN), f"  loses   {each.loses}", f"  change  {each.change}"]
        rows += [f"  remedy  {each.remedy}"]
    opened = (literal(text, TextStyle.WARN) for text in plan.exposure.paragraphs())
    return lines(*rows, *(each for text in opened for each in ("", text)))


def impact_line(plan: Plan | None, width: int = 76) -> Content:
    """Return the first impact, in one line."""
    if plan is None:
        return literal("")
    if not plan.impacts:
        return literal("Clients: every client connected now keeps its access.", TextStyle.OK)
    first = plan.impacts[0]
    text = f"Affected: {counted(len(plan.impacts), 'client')}. First: {first.who} loses {first.loses}"
    return literal(cut(text, width), TextStyle.WARN)


def notes(plan: Plan) -> Content:
    """Return the notes of the plan."""
    if not plan.notes:
        return literal("No notes.")
    return lines(*(row(literal(_subject(note), TextStyle.STRONG), literal(f": {note.text}")) for note in plan.notes))


def _subject(note: Note) -> str:
    return note.subject.removeprefix("kernel:").removeprefix("directive:")
