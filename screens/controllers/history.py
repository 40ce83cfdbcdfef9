"""The operator's edits of the answers, for Undo. Pure."""

from collections.abc import Mapping

from screens import fields
from screens.session import Session
from wizard.model.answers import Answers
from wizard.model.text import counted
from wizard.model.value import Value, replace

MOST_EDITS = 200
_FIELDS_SHOWN = 3


class Choices(Value, frozen=True):
    """What the operator decides."""

    answers: Answers
    typed: Mapping[str, str]
    left_out: frozenset[str]


class Edit(Value, frozen=True):
    """One edit."""

    before: Choices
    after: Choices


def choices_of(session: Session) -> Choices:
    """Return what the operator decided so far."""
    return Choices(session.answers, session.typed, session.left_out)


def with_edit(edits: tuple[Edit, ...], before: Session, after: Session) -> tuple[Edit, ...]:
    """Return the edits with one more; the same ones where nothing was decided otherwise."""
    edit = Edit(choices_of(before), choices_of(after))
    return edits if edit.before == edit.after else (*edits, edit)[-MOST_EDITS:]


def undone(session: Session, edit: Edit) -> Session:
    """Return the session without an edit; what else has changed since, by a new look at the host, stays."""
    answers, before, after = session.answers, edit.before, edit.after
    for section in _changed_sections(session, edit):
        answers = fields.with_section(answers, section, before.answers)
    typed = dict(session.typed)
    for name in before.typed.keys() | after.typed.keys():
        if before.typed.get(name) != after.typed.get(name):
            typed.pop(name, None)
            typed |= {name: before.typed[name]} if name in before.typed else {}
    left_out = session.left_out ^ (before.left_out ^ after.left_out)
    return replace(session, answers=answers, typed=typed, left_out=left_out)


def describe(session: Session, edit: Edit) -> str:
    """Return what an edit changed: the step and its fields, or how many changes were left out."""
    before, after = edit.before, edit.after
    parts = []
    for section in _changed_sections(session, edit):
        row = session.steps.by_section(section)
        old, new = getattr(before.answers, section), getattr(after.answers, section)
        names = [name.replace("_", " ") for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name)]
        shown = ", ".join(names[:_FIELDS_SHOWN]) + (" and more" if len(names) > _FIELDS_SHOWN else "")
        parts.append(f"{row.short if row else section}: {shown}")
    if changed := before.left_out ^ after.left_out:
        parts.append(f"Review: {counted(len(changed), 'change')}")
    typed = sorted(n for n in before.typed.keys() | after.typed.keys() if before.typed.get(n) != after.typed.get(n))
    if not parts:
        parts = [name.partition(".")[2].replace("_", " ") for name in typed]
    return "; ".join(parts)


def _changed_sections(session: Session, edit: Edit) -> tuple[str, ...]:
    before, after = edit.before.answers, edit.after.answers
    return tuple(each for each in session.steps.sections if getattr(before, each) != getattr(after, each))
