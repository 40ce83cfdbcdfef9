"""What a check says, and how the parts of one are put together."""

from collections.abc import Iterable

from wizard.model.finding import Evidence, State
from wizard.model.value import Value


class Judgement(Value, frozen=True, kw_only=True):
    """The state of one item, why, and the evidence."""

    state: State
    summary: str
    """One sentence."""
    evidence: tuple[Evidence, ...] = ()
    fix: str = ""
    """Better than the item's own words, where the check knows more; else empty."""


def observed(what: str, source: str, value: object) -> Evidence:
    """Return one thing that was read or tried, as evidence."""
    return Evidence(what=what, source=source, value=str(value))


def passed(summary: str, first: Evidence, *more: Evidence) -> Judgement:
    """Return a pass; there is none without evidence."""
    return Judgement(state=State.PASS, summary=summary, evidence=(first, *more))


def failed(summary: str, *evidence: Evidence, fix: str = "") -> Judgement:
    """Return a failure."""
    return Judgement(state=State.FAIL, summary=summary, evidence=evidence, fix=fix)


def unknown(summary: str, *evidence: Evidence, fix: str = "") -> Judgement:
    """Return that it could not be read; the summary says why and `fix` what makes it possible."""
    return Judgement(state=State.UNKNOWN, summary=summary, evidence=evidence, fix=fix)


def not_applicable(summary: str, *evidence: Evidence) -> Judgement:
    """Return that the item does not apply."""
    return Judgement(state=State.NOT_APPLICABLE, summary=summary, evidence=evidence)


_ORDER = (State.FAIL, State.UNKNOWN, State.PASS, State.ATTESTED, State.NOT_APPLICABLE)


def all_of(parts: Iterable[Judgement], *, summary: str) -> Judgement:
    """Join parts that must all hold: one failure fails, one unknown leaves it open.

    Args:
        parts: At least one; parts that do not apply are left out where another one does.
        summary: What to say when all hold; else the sentences of the parts that decide are said.
    """
    known = tuple(parts)
    state = min((part.state for part in known), key=_ORDER.index)
    deciding = [part for part in known if part.state is state]
    # The first place of a file that is named is the one that decided.
    ordered = (*deciding, *(part for part in known if part.state is not state))
    said = summary if state is State.PASS else " ".join(dict.fromkeys(part.summary for part in deciding))
    remedies = dict.fromkeys(part.fix for part in deciding if part.fix)
    return Judgement(
        state=state,
        summary=said,
        evidence=tuple(dict.fromkeys(each for part in ordered for each in part.evidence)),
        fix=" ".join(remedies),
    )
