"""Changes as text: for the list, for one change in full, for their impact."""

from textual.content import Content

from screens.session import Session
from screens.text.formatting import cut, lines, literal, row
from screens.text.host import wrapped
from screens.theme import TextStyle
from wizard.errors import WizardError
from wizard.model.change import Change, Effect, Risk
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.plan import Note, Plan
from wizard.planning.kinds import traits_of
from wizard.planning.preview.connections import connection_preview

_WHEN = {Effect.NOW: "at once", Effect.RELOAD: "reload", Effect.RESTART: "restart", Effect.BOOT: "boot"}
_RISKS = {
    Risk.NONE: ("low", TextStyle.MUTED),
    Risk.DISCONNECT: ("client", TextStyle.WARN),
    Risk.DENY: ("access", TextStyle.WARN),
    Risk.DATA: ("DATA", TextStyle.FAIL),
}

_SEVERAL = ("clients ", "programs ")
"""How a subject begins that is more than one."""


def when(change: Change) -> str:
    """Return when it takes effect, in one word."""
    return _WHEN[change.effect]


def risk(change: Change) -> tuple[str, TextStyle]:
    """Return the risk in one word, with its tone."""
    return _RISKS[change.risk]


def line(change: Change) -> str:
    """Return title and values for a list."""
    if change.before and change.title.endswith(f" {change.after}"):
        return f"{change.title} (was {change.before})"
    if change.before and change.after:
        return f"{change.title}: {change.before} -> {change.after}"
    if change.before:
        return f"{change.title}: {change.before} -> nothing"
    return f"{change.title}: {change.after}" if change.after else change.title


def target_name(change: Change) -> str:
    """Return the file, unit or key that changes."""
    return traits_of(change).place(change)


def where(change: Change) -> str:
    """Return the target, where the title does not name it already."""
    name = target_name(change)
    return "" if name in change.title else name


def search_words(change: Change) -> str:
    """Return what a line of the diff about this change holds."""
    return traits_of(change).search(change)


def aside(change: Change) -> list[str]:
    """Return a change that is in no file as the lines of a diff, and its rollback."""
    rows = [f"-{change.before}" if change.before else "", f"+{change.after}" if change.after else f" {change.title}"]
    return [*(row for row in rows if row), "", f" effect    {_effect(change)}", f" rollback  {change.undo}"]


def _effect(change: Change) -> str:
    return f"{when(change)}{'' if change.survives_reboot else ', until the next boot'}"


def full(change: Change) -> Content:
    """Return every detail of a change."""
    pairs = (
        ("now", change.before),
        ("planned", change.after),
        ("effect", _effect(change)),
        ("risk", f"{risk(change)[0]} {change.evidence}".strip()),
        ("why", change.why),
        ("source", change.source),
        ("items", ", ".join(str(item) for item in change.items)),
        ("rollback", change.undo),
        ("needs", ", ".join(change.needs)),
    )
    return lines(*(literal(f"{label:<10}{text}") for label, text in pairs if text))


def impact(plan: Plan, session: Session) -> Content:
    """Return who loses what, with the remedy, and what stays open, with how to close it."""
    rows: list[Content | str] = []
    if not plan.impacts:
        rows.append(literal(*_unharmed(session)))
    titles = {change.id: change.title for change in plan.changes}
    for each in plan.impacts:
        change = titles.get(each.change, each.change)
        rows += [literal(each.who, TextStyle.WARN), f"  loses   {each.loses}", f"  change  {change}"]
        rows += [f"  remedy  {each.remedy}"]
    opened = (literal(text, TextStyle.WARN) for text in plan.exposure.paragraphs())
    return lines(*rows, *(each for text in opened for each in ("", text)))


def impact_rows(plan: Plan | None, session: Session, *, width: int = 76, rows: int = 1) -> Content:
    """Return how many lose something, and the first of them, in so many rows at most."""
    if plan is None or plan.empty:
        return literal("")
    if not plan.impacts:
        return _in_rows(*_unharmed(session), width, rows)
    first = plan.impacts[0]
    number = "" if len(plan.impacts) == 1 else f"{len(plan.impacts)}, the first: "
    verb = "lose" if first.who.startswith(_SEVERAL) else "loses"
    return _in_rows(f"[warn] Affected: {number}{first.who} {verb} {first.loses}", TextStyle.WARN, width, rows)


def nothing_to_change(instance: Instance | None) -> tuple[str, TextStyle]:
    """Say that the plan is empty, and of what: without a login it is made of the files alone."""
    if instance is not None and instance.asks_for_login:
        return (
            "[ ?? ] Nothing to change in the files. Log in (start screen) to compare the running server.",
            TextStyle.WARN,
        )
    return "Nothing to change: the host matches these answers.", TextStyle.OK


def _unharmed(session: Session) -> tuple[str, TextStyle]:
    """Say that no client is known to lose anything; one that could not be seen may all the same."""
    if session.facts is None or session.instance is None:
        return "", TextStyle.TEXT
    try:
        seen = connection_preview(session.facts, session.instance, session.answers)
    except WizardError:
        # The answers are wrong, and the plan of these rows is that of earlier ones.
        return "", TextStyle.TEXT
    if seen.unlisted:
        return f"[ ?? ] {seen.unlisted} Some may lose access.", TextStyle.WARN
    if seen.brief:
        return f"[ ?? ] No client connected now loses access. {seen.brief}", TextStyle.WARN
    if not (isinstance(session.instance.live, LiveServer) and session.instance.live.clients):
        return "Clients: none is connected now.", TextStyle.TEXT
    return "Clients: every client connected now keeps its access.", TextStyle.OK


def _in_rows(text: str, style: TextStyle, width: int, rows: int) -> Content:
    found = wrapped(text, width)
    shown = found if len(found) <= rows else [*found[: rows - 1], cut(" ".join(found[rows - 1 :]), width)]
    return lines(*(literal(each, style) for each in shown))


def notes(plan: Plan) -> Content:
    """Return the notes of the plan."""
    if not plan.notes:
        return literal("No notes.")
    return lines(*(row(literal(_subject(note), TextStyle.STRONG), literal(f": {note.text}")) for note in plan.notes))


def _subject(note: Note) -> str:
    return note.subject.removeprefix("kernel:").removeprefix("directive:")
