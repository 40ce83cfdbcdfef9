"""Which findings the checklist lists, and the evidence of one. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from textual.content import Content

from screens.step_table import StepTable
from screens.text import facts
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from wizard.checklist import ATTESTABLE, page_of
from wizard.model.finding import Finding, Report, State
from wizard.model.text import counted
from wizard.model.value import Value

ELSEWHERE = "outside the wizard"
"""The section of items that no step fixes."""


class Filter(StrEnum):
    """Which states are listed."""

    OPEN = "not ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ALL = "all"

    def next(self) -> "Filter":
        """Return the filter that follows; the first follows the last."""
        every = tuple(Filter)
        return every[(every.index(self) + 1) % len(every)]

    def shows(self, finding: Finding) -> bool:
        """Return whether a finding is listed."""
        match self:
            case Filter.OPEN:
                return finding.state not in {State.PASS, State.NOT_APPLICABLE}
            case Filter.FAILED:
                return finding.state is State.FAIL
            case Filter.UNKNOWN:
                return finding.state is State.UNKNOWN
            case Filter.ALL:
                return True


class Choice(Value, frozen=True):
    """What the checklist lists."""

    states: Filter = Filter.OPEN
    section: str = ""
    """Title of a step, or `ELSEWHERE`; empty for all."""

    def of(self, report: Report | None, steps: StepTable) -> tuple[Finding, ...]:
        """Return the findings that are listed."""
        found = (*report.items, *report.extra) if report else ()
        return tuple(
            each for each in found if self.states.shows(each) and self.section in {"", section_of(each, steps)}
        )

    def next_section(self, report: Report | None, steps: StepTable) -> "Choice":
        """Return the choice of the next section that has findings; after the last one all are listed."""
        found = (*report.items, *report.extra) if report else ()
        known = {section_of(each, steps) for each in found}
        every = ("", *(row.title for row in steps.rows if row.title in known), *({ELSEWHERE} & known))
        place = every.index(self.section) if self.section in every else 0
        return Choice(self.states, every[(place + 1) % len(every)])


def section_of(finding: Finding, steps: StepTable) -> str:
    """Return the title of the step that fixes an item."""
    row = steps.by_section(finding.step)
    return row.title if row else ELSEWHERE


def heading(report: Report | None, choice: Choice, shown: Sequence[Finding]) -> Content:
    """Return the score, and what is listed."""
    what = f"{choice.states}{f', {choice.section}' if choice.section else ''}"
    return lines(
        literal(facts.score(report), TextStyle.STRONG),
        literal(f"f {what}: {counted(len(shown), 'item')}   s section", TextStyle.MUTED),
    )


def evidence(finding: Finding) -> Content:
    """Return what was seen and what to do, without the page of the item."""
    return lines(*facts.evidence(finding))


def page(finding: Finding) -> Content:
    """Return the evidence, then the page of the item."""
    return lines(*facts.evidence(finding), "", page_of(finding.id))


def why_not_attestable(finding: Finding) -> str:
    """Return why an operator cannot attest an item; empty when one can."""
    if finding.number not in ATTESTABLE:
        return f"Item {finding.id} cannot be attested: what the host shows decides it."
    if finding.state not in {State.UNKNOWN, State.ATTESTED, State.FAIL}:
        return f"Item {finding.id} needs no attestation: the host shows it."
    return ""
