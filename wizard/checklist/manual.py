"""Items that a host cannot prove: an operator's dated attestation, which expires and overrides no evidence."""

from collections.abc import Callable
from datetime import date

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, observed, unknown
from wizard.model.answers import Attestation
from wizard.model.finding import State
from wizard.model.text import counted
from wizard.model.value import replace

VALID_DAYS = 90
ATTESTABLE = frozenset({2, 3, 4, 14, 22, 23, 24})
"""The items that a host may leave unknown for good."""

Check = Callable[[CheckContext], Judgement]


def attested(number: int, question: str) -> Check:
    """Return a check that has nothing to look at: it wants a valid attestation of an item.

    Args:
        number: The item.
        question: What the operator must know, as the end of "A host cannot prove …".
    """
    return attestable(number, lambda _: unknown(f"A host cannot prove {question}."))


def attestable(number: int, look: Check) -> Check:
    """Return a check of an item that an attestation decides where the evidence leaves it unknown."""
    return lambda subject: attested_otherwise(subject, number, look(subject))


def attested_otherwise(subject: CheckContext, number: int, seen: Judgement) -> Judgement:
    """Judge an item by what was seen; by its newest attestation where that leaves it unknown.

    What would show more comes first: an attestation is asked for where nothing does.
    """
    given = _newest(subject, number)
    if seen.state is State.FAIL and given is not None and given.state is State.ATTESTED:
        words = f"{seen.summary} An attestation does not change what was seen."
        return replace(seen, summary=words, evidence=(*seen.evidence, *given.evidence))
    if seen.state is not State.UNKNOWN:
        return seen
    fix = seen.fix or _how(number)
    if given is None:
        return replace(seen, fix=fix)
    evidence = (*given.evidence, *seen.evidence)
    if given.state is State.ATTESTED:
        return replace(given, evidence=evidence)
    return replace(seen, summary=f"{seen.summary} {given.summary}", evidence=evidence, fix=fix)


def _newest(subject: CheckContext, number: int) -> Judgement | None:
    """Judge the newest attestation of an item; ``None`` when there is none with a date."""
    attestations = [(_day(each), each) for each in subject.attestations if each.item == number]
    dated = sorted(((day, each) for day, each in attestations if day is not None), key=lambda pair: pair[0])
    if not dated:
        return None
    day, newest = dated[-1]
    evidence = observed("attestation", f"{newest.by} on {newest.on}", newest.note)
    age = (subject.today - day).days
    if age < 0:
        return unknown(f"The attestation is dated {newest.on}, in the future.", evidence)
    if age > VALID_DAYS:
        return unknown(f"The attestation by {newest.by} on {newest.on} expired after {VALID_DAYS} days.", evidence)
    if not newest.by.strip() or not newest.note.strip():
        return unknown(f"The attestation of {newest.on} lacks a name, or a note of what was checked.", evidence)
    summary = f"{newest.by} attested it on {newest.on}; the attestation expires in {counted(VALID_DAYS - age, 'day')}."
    return Judgement(state=State.ATTESTED, summary=summary, evidence=(evidence,))


def _how(number: int) -> str:
    return f"Check and attest item {number} with redis-wizard attest."


def _day(attestation: Attestation) -> date | None:
    try:
        return date.fromisoformat(attestation.on)
    except ValueError:
        return None
