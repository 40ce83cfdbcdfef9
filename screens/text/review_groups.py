"""The changes of a plan by what they mean for the operator, worst first, and which of them are shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from wizard.model.change import Change, Effect, Risk


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


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one effect."""

    title: str
    changes: tuple[Change, ...]


_TITLES = (
    "May lose data",
    "May refuse clients",
    "May disconnect clients",
    "Makes the host safer",
    "Prepares the rest",
)


def groups(changes: Sequence[Change], chosen: Filter = Filter.ALL) -> tuple[Group, ...]:
    """Return the groups that have changes, worst first; within one the order of the plan stays."""
    shown = [change for change in changes if chosen.shows(change)]
    of_place = {place: tuple(each for each in shown if _place(each) == place) for place in range(len(_TITLES))}
    return tuple(Group(_TITLES[place], found) for place, found in of_place.items() if found)


def _place(change: Change) -> int:
    if change.risk is Risk.DATA or change.requires_consent:
        return 0
    if change.risk is Risk.DENY:
        return 1
    if change.risk is Risk.DISCONNECT:
        return 2
    return 3 if change.items else 4
