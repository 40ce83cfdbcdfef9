"""A plan as plain text for an 80-column terminal: changes, diffs, what breaks, what to know."""

from collections.abc import Iterator

from wizard.cli.output import wrapped
from wizard.model.change import Change, ChangeBase, Risk
from wizard.model.plan import Plan
from wizard.model.text import counted, escape, painted_diff


def render(plan: Plan, *, color: bool = False) -> str:
    """Lay the whole plan out."""
    if plan.empty:
        return render_summary(plan)
    blocks = [*_opening(plan), "\n".join(_change(change) for change in plan.changes)]
    blocks += _sizing(plan)
    blocks += render_diffs(plan, color=color)
    blocks += _losses(plan)
    blocks += _breakages(plan)
    blocks += _notes(plan)
    return "\n\n".join(blocks)


def render_summary(plan: Plan) -> str:
    """Lay out what must be known before the details: what stays open, how much changes, what it costs, the notes."""
    bases: tuple[ChangeBase, ...] = plan.changes
    risky = [wrapped(f"{base.title}  [{base.risk}]", indent="  ") for base in bases if base.risk is not Risk.NONE]
    noticed = ["\n".join(["What clients notice", *risky])] if risky else []
    return "\n\n".join([*_opening(plan), *noticed, *_losses(plan), *_breakages(plan), *_notes(plan)])


def _opening(plan: Plan) -> Iterator[str]:
    """Yield what stays open, and how much changes."""
    if paragraphs := [wrapped(text, hanging="  ") for text in plan.exposure.paragraphs()]:
        yield "\n".join(paragraphs)
    yield "Nothing to change." if plan.empty else _summary(plan)


def _summary(plan: Plan) -> str:
    restarts = sum(change.effect == "restart" for change in plan.changes)
    words = f"{counted(len(plan.changes), 'change')} in {counted(len(plan.diffs), 'file')} for {plan.instance}"
    words += f" on {plan.host}" if plan.host else ""
    need = "needs" if restarts == 1 else "need"
    return wrapped(words + (f", {restarts} of them {need} a restart" if restarts else ", no restart"))


def _change(change: Change) -> str:
    base: ChangeBase = change
    risk = "" if base.risk is Risk.NONE else f"  [{base.risk}]"
    values = f"{base.before or '-'} → {base.after}" if base.after else base.before
    items = f"  items {', '.join(map(str, base.items))}" if base.items else ""
    head = escape(f"{base.effect:<8} {base.title}{risk}{items}")
    lines = [head, wrapped(values, indent=" " * 9)] if values else [head]
    return "\n".join([*lines, wrapped(base.why, indent=" " * 9)])


def render_diffs(plan: Plan, *, color: bool) -> list[str]:
    """Return the diff of each file."""
    return [painted_diff(_diff(diff.text), color=color) for diff in plan.diffs]


def _diff(text: str) -> str:
    # Only a line feed ends a line here: any other sign that could look like one would let a comment pose as a change.
    return "\n".join(escape(line) for line in text.removesuffix("\n").split("\n"))


def _sizing(plan: Plan) -> Iterator[str]:
    if plan.sizing:
        rows = (f"  {term.amount / 2**20:>12,.0f} MiB  {escape(term.label)}" for term in plan.sizing)
        yield "\n".join(["Memory", *rows])


def _losses(plan: Plan) -> Iterator[str]:
    """Changes that are made only with the operator's word, each with what it may lose."""
    bases: tuple[ChangeBase, ...] = plan.changes
    losing = [base for base in bases if base.requires_consent]
    if losing:
        rows = (
            wrapped(f"{base.id}: {base.evidence}{_word(plan, base)}", indent="  ", hanging="    ") for base in losing
        )
        yield "\n".join(["May lose data", *rows])


def _word(plan: Plan, base: ChangeBase) -> str:
    return ". Accepted." if base.id in plan.consents else f". To accept it: --accept-data-loss {base.id}"


def _breakages(plan: Plan) -> Iterator[str]:
    if plan.impacts:
        rows = (wrapped(f"{b.who}: {b.loses}. {b.remedy}", indent="  ", hanging="    ") for b in plan.impacts)
        yield "\n".join(["Who loses access", *rows])


def _notes(plan: Plan) -> Iterator[str]:
    if plan.notes:
        rows = (wrapped(f"{note.subject}: {note.text}", indent="  ", hanging="    ") for note in plan.notes)
        yield "\n".join(["Notes", *rows])
