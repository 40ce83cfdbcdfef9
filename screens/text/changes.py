"""Changes in words: for the list, for one change in full, for what breaks.

What may not live here: which changes there are.
"""

from textual.content import Content

from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle
from wizard.model.change import Change, Effect, Risk
from wizard.model.plan import Plan
from wizard.planning.kinds import traits_of

_WHEN = {Effect.NOW: "hot", Effect.RELOAD: "reload", Effect.RESTART: "restart", Effect.BOOT: "boot"}
_RISKS = {
    Risk.NONE: ("low", TextStyle.MUTED),
    Risk.DISCONNECT: ("cuts", TextStyle.WARN),
    Risk.DENY: ("denies", TextStyle.WARN),
    Risk.DATA: ("DATA", TextStyle.FAIL),
}


def when(change: Change) -> str:
    """Say when it acts, in one word."""
    return _WHEN[change.effect]


def risk(change: Change) -> tuple[str, TextStyle]:
    """Give the risk in one word, with its tone."""
    return _RISKS[change.risk]


def line(change: Change) -> str:
    """Write title and values for a list."""
    if change.before and change.after:
        return f"{change.title}: {change.before} -> {change.after}"
    if change.before:
        return f"{change.title}: {change.before} -> nothing"
    return f"{change.title}: {change.after}" if change.after else change.title


def place(change: Change) -> str:
    """Name the file, unit or key that changes."""
    return traits_of(change).place(change)


def search_words(change: Change) -> str:
    """Give what a line of the diff about this change holds."""
    return traits_of(change).search(change)


def full(change: Change) -> Content:
    """Write all that a change says of itself."""
    pairs = (
        ("now", change.before),
        ("wanted", change.after),
        ("acts", f"{when(change)}{'' if change.survives_reboot else ', and is lost at the next boot'}"),
        ("risk", f"{risk(change)[0]} {change.evidence}".strip()),
        ("why", change.why),
        ("source", change.source),
        ("items", ", ".join(str(item) for item in change.items)),
        ("undo", change.undo),
        ("needs", ", ".join(change.needs)),
    )
    return lines(*(literal(f"{label:<8}{text}") for label, text in pairs if text))


def breaks(plan: Plan) -> Content:
    """Write who loses what and what to do about it."""
    if not plan.impacts:
        return literal("Nobody that was seen loses anything.", TextStyle.OK)
    rows: list[Content | str] = []
    for breakage in plan.impacts:
        rows += [literal(breakage.who, TextStyle.WARN), f"  loses   {breakage.loses}", f"  by      {breakage.change}"]
        rows += [f"  remedy  {breakage.remedy}"]
    return lines(*rows)


def breaks_line(plan: Plan | None) -> Content:
    """Write the first of what breaks, in one line."""
    if plan is None:
        return literal("")
    if not plan.impacts:
        return literal("Would break   nobody that was seen", TextStyle.OK)
    first = plan.impacts[0]
    text = f"Would break   {len(plan.impacts)}: {first.who} loses {first.loses}"
    return literal(cut(text, 76), TextStyle.WARN)


def notes(plan: Plan) -> Content:
    """Write what the plan leaves out or to others."""
    if not plan.notes:
        return literal("There are no notes.")
    return lines(*(literal(f"{note.subject}: {note.text}") for note in plan.notes))
