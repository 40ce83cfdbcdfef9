"""Items that a host cannot prove: an operator's dated attestation, which expires."""

from collections.abc import Callable
from datetime import date

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, observed, unknown
from wizard.model.answers import Attestation
from wizard.model.finding import State
from wizard.model.text import counted

VALID_DAYS = 90


def attested(number: int, question: str) -> Callable[[CheckContext], Judgement]:
    """Return a check that wants a valid attestation of an item.

    Args:
        number: The item.
        question: What the operator must know, as the end of "A host cannot prove …".
    """

    def check(subject: CheckContext) -> Judgement:
        return latest_attestation(subject, number, question)

    return check


def latest_attestation(subject: CheckContext, number: int, question: str) -> Judgement:
    """Judge an item by its newest attestation."""
    attestations = [(_day(each), each) for each in subject.attestations if each.item == number]
    dated = sorted(((day, each) for day, each in attestations if day is not None), key=lambda pair: pair[0])
    if not dated:
        return unknown(f"A host cannot prove {question}.", fix=_how(number))
    day, newest = dated[-1]
    evidence = observed("attestation", f"{newest.by} on {newest.on}", newest.note or "yes")
    age = (subject.today - day).days
    if age < 0:
        return unknown(f"The attestation is dated {newest.on}, in the future.", evidence, fix=_how(number))
    if age > VALID_DAYS:
        return unknown(f"The attestation of {newest.on} expired after {VALID_DAYS} days.", evidence, fix=_how(number))
    summary = f"{newest.by} attested it on {newest.on}; the attestation expires in {counted(VALID_DAYS - age, 'day')}."
    return Judgement(state=State.ATTESTED, summary=summary, evidence=(evidence,))


def _how(number: int) -> str:
    return f"Check it and attest item {number} in the answers file ([[attestations]] with item, by, on, note)."


def _day(attestation: Attestation) -> date | None:
    try:
        return date.fromisoformat(attestation.on)
    except ValueError:
        return None
