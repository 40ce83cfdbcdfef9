"""Items that a host cannot prove: an operator's dated word, which lapses.

What may not live here: keeping attestations.
"""

from collections.abc import Callable
from datetime import date

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, observed, unknown
from wizard.model.answers import Attestation
from wizard.model.finding import State

LAPSES_AFTER_DAYS = 90


def attested(number: int, question: str) -> Callable[[CheckContext], Judgement]:
    """Make a check that looks for a word on this item that still holds.

    Args:
        number: The item.
        question: What the operator must know, as the end of "A host cannot prove …".
    """

    def check(subject: CheckContext) -> Judgement:
        return latest_attestation(subject, number, question)

    return check


def latest_attestation(subject: CheckContext, number: int, question: str) -> Judgement:
    """Judge an item by the newest word on it."""
    words = [(_day(each), each) for each in subject.attestations if each.item == number]
    dated = sorted(((day, each) for day, each in words if day is not None), key=lambda pair: pair[0])
    if not dated:
        return unknown(f"A host cannot prove {question}.", fix=_how(number))
    day, newest = dated[-1]
    evidence = observed("attestation", f"word of {newest.by} on {newest.on}", newest.note or "yes")
    age = (subject.today - day).days
    if age < 0:
        return unknown(f"The attestation is dated {newest.on}, which is yet to come.", evidence, fix=_how(number))
    if age > LAPSES_AFTER_DAYS:
        return unknown(
            f"The attestation of {newest.on} lapsed after {LAPSES_AFTER_DAYS} days.", evidence, fix=_how(number)
        )
    summary = f"{newest.by} vouched for it on {newest.on}; the word lapses in {LAPSES_AFTER_DAYS - age} days."
    return Judgement(state=State.ATTESTED, summary=summary, evidence=(evidence,))


def _how(number: int) -> str:
    return f"Look into it and attest item {number} in the answers file ([[attestations]] with item, by, on, note)."


def _day(attestation: Attestation) -> date | None:
    try:
        return date.fromisoformat(attestation.on)
    except ValueError:
        return None
