"""The changes of a plan by what they mean for the operator, worst first, and which of them are shown. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from textual.content import Content

from screens.text.changes import line, target_name
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from wizard.model.change import Change, Effect, Risk
from wizard.model.plan import Plan
from wizard.model.text import counted
from wizard.model.value import Value

_OVERVIEW = 100
"""Lines of each part: one that is longer is read in the review."""


class Filter(StrEnum):
    """Which changes the review lists."""

    ALL = "all"
    RISKY = "risky"
    RESTART = "restart or boot"

    def next(self) -> "Filter":
        """Return the filter that follows; the first follows the last."""
        every = tuple(Filter)
        return every[(every.index(self) + 1) % len(every)]

    def shows(self, change: Change) -> bool:
        """Return whether a change is listed."""
        match self:
            case Filter.ALL:
                return True
            case Filter.RISKY:
                return change.risk is not Risk.NONE or change.requires_consent
            case Filter.RESTART:
                return change.effect in {Effect.RESTART, Effect.BOOT}


class Group(Value, frozen=True):
    """Changes of one effect."""

    title: str
    changes: tuple[Change, ...]
    meaning: str
    """What they mean for clients, in one sentence."""

    @property
    def items(self) -> str:
        """Return the items of the checklist that they fix; empty for none."""
        found = dict.fromkeys(str(item) for change in self.changes for item in change.items)
        return f"Items that they fix: {', '.join(found)}" if found else ""


_KINDS = (
    ("May lose data", "How keys are stored or dropped changes: read each reason, and have a backup."),
    ("May refuse clients", "A client that uses what is refused gets an error; b names each."),
    (
        "May disconnect clients",
        "Connections close once; a client that does not reconnect by itself must be restarted.",
    ),
    ("Makes the host safer", "No client loses a command, a key or its connection by these."),
    ("Prepares the rest", "Directories, files and packages that the other changes need."),
)
"""Title and meaning of each group, by what `_place` gives."""


class Choice(Value, frozen=True):
    """What the review lists."""

    effect: Filter = Filter.ALL
    where: str = ""
    """A file, unit or key; empty for all."""

    def shows(self, change: Change) -> bool:
        """Return whether a change is listed."""
        return self.effect.shows(change) and self.where in {"", target_name(change)}

    def next_place(self, changes: Sequence[Change]) -> "Choice":
        """Return the choice of the next file, unit or key that changes; after the last one all are listed."""
        every = ("", *dict.fromkeys(target_name(change) for change in changes))
        place = every.index(self.where) if self.where in every else 0
        return Choice(self.effect, every[(place + 1) % len(every)])


def groups(changes: Sequence[Change], chosen: Choice | None = None) -> tuple[Group, ...]:
    """Return the groups that have changes, worst first; within one the order of the plan stays."""
    shown = [change for change in changes if chosen is None or chosen.shows(change)]
    of_place = {place: tuple(each for each in shown if _place(each) == place) for place in range(len(_KINDS))}
    return tuple(
        Group(title=title, changes=of_place[place], meaning=meaning)
        for place, (title, meaning) in enumerate(_KINDS)
        if of_place[place]
    )


def _place(change: Change) -> int:
    if change.risk is Risk.DATA or change.requires_consent:
        return 0
    if change.risk is Risk.DENY:
        return 1
    if change.risk is Risk.DISCONNECT:
        return 2
    return 3 if change.items else 4


def overview(plan: Plan) -> Content:
    """Return the plan on a page, to read beside a question: what stays open, who loses what, every change by group."""
    rows: list[Content] = [literal(f"[warn] {sentence}", TextStyle.WARN) for sentence in plan.exposure.sentences()]
    if plan.impacts:
        rows.append(literal(f"Who loses what: {counted(len(plan.impacts), 'impact')}", TextStyle.STRONG))
    rows += [literal(f"  {each.who}: {each.loses}", TextStyle.WARN) for each in plan.impacts[:_OVERVIEW]]
    if len(plan.impacts) > _OVERVIEW:
        rows.append(literal(f"  and {len(plan.impacts) - _OVERVIEW} more", TextStyle.WARN))
    for group in groups(plan.changes):
        rows.append(literal(f"{group.title}: {counted(len(group.changes), 'change')}", TextStyle.STRONG))
        rows += [literal(f"  {line(change)}") for change in group.changes[:_OVERVIEW]]
        if len(group.changes) > _OVERVIEW:
            rows.append(literal(f"  and {len(group.changes) - _OVERVIEW} more: Review lists them", TextStyle.MUTED))
    return lines(*rows)
