"""The outcome of an apply as a text file, for a ticket or a colleague. Pure; it holds no secret."""

from collections.abc import Iterator, Sequence

from screens.text import changes, facts
from wizard.model.event import Outcome
from wizard.model.finding import Report, State
from wizard.model.plan import Plan
from wizard.model.text import counted, escape


def closed(before: Report | None, after: Report | None) -> tuple[str, ...]:
    """Return the titles of what failed before and passes now, the worst first."""
    if before is None or after is None:
        return ()
    passed = {each.id for each in (*after.items, *after.extra) if each.state is State.PASS}
    return tuple(each.title for each in facts.risks(before) if each.id in passed)


def outcome_report(
    plan: Plan, outcome: Outcome, before: Report | None, after: Report | None, todo: Sequence[str]
) -> str:
    """Return the result, the score, what was closed, what is left in its order, the checks and every change."""
    return "\n".join(escape(line) for line in _lines(plan, outcome, before, after, todo)) + "\n"


def _lines(
    plan: Plan, outcome: Outcome, before: Report | None, after: Report | None, todo: Sequence[str]
) -> Iterator[str]:
    yield f"Hardening of {plan.instance or 'redis'} on {plan.host}"
    yield ""
    yield from outcome.first
    yield outcome.rest
    if outcome.snapshot:
        yield f"To restore the earlier state: redis-wizard rollback {outcome.snapshot}"
    if after is not None:
        yield f"Score {after.score} of 100" + (f", {before.score} before" if before is not None else "")
    yield from _section("Closed", closed(before, after))
    yield from _section("Left to do, in this order", [f"{place}. {text}" for place, text in enumerate(todo, 1)])
    yield from _section("Checked from outside", outcome.checks)
    yield from _section(counted(len(plan.changes), "change"), [changes.line(each) for each in plan.changes])


def _section(title: str, rows: Sequence[str]) -> Iterator[str]:
    if rows:
        yield from ("", title, "-" * len(title), *rows)
