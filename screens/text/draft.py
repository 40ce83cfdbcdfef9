"""The draft of an earlier run: what is in it, and what the host suggests otherwise since. Pure."""

from collections.abc import Iterator
from contextlib import suppress

from screens import fields
from screens.session import Session, sections_that_differ
from screens.text.formatting import day
from wizard.model.answers import Answers
from wizard.model.text import counted
from wizard.settings import setting_of


def describe(session: Session) -> tuple[str, ...]:
    """Return what the draft holds and what has changed on the host since; empty where none is offered."""
    draft, recommendation = session.offered_draft, session.recommendation
    if draft is None or recommendation is None:
        return ()
    own = ", ".join(sections_that_differ(session, draft.answers, draft.recommended)) or "none"
    out = f", {counted(len(draft.left_out), 'change')} left out" if draft.left_out else ""
    first = f"Draft of {day(draft.saved_at)} with own answers in: {own}{out}."
    if session.instance is not None and session.instance.asks_for_login:
        return (first, "Log in to see what has changed on this host since then.")
    changed = [*differences(session, draft.recommended, recommendation.answers)]
    since = "; ".join(changed) if changed else "nothing that changes a recommendation"
    return (first, f"On this host since then: {since}.")


def differences(session: Session, one: Answers, other: Answers) -> Iterator[str]:
    """Return the step, label and both values of each field in which two sets of answers differ."""
    for section in session.steps.sections:
        row, sides = session.steps.by_section(section), [getattr(each, section) for each in (one, other)]
        for field in getattr(sides[0], "__struct_fields__", ()):
            name = f"{section}.{field}"
            if getattr(sides[0], field) == getattr(sides[1], field):
                continue
            label = _label(name)
            values = [fields.read(side, name) or "none" for side in (one, other)]
            shown = f" {values[0]} → {values[1]}" if field != "users" else ""
            yield f"{row.short if row else section}: {label}{shown}"


def _label(name: str) -> str:
    with suppress(KeyError):
        if label := setting_of(name).label:
            return label
    return name.partition(".")[2].replace("_", " ")
