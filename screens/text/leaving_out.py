"""What it costs in the checklist to leave changes out. Pure."""

from collections.abc import Collection, Sequence

from wizard.model.change import Change
from wizard.model.finding import Report, State
from wizard.model.text import counted

_SHOWN = 6


def open_items(changes: Sequence[Change], report: Report | None) -> tuple[str, ...]:
    """Return the items that stay open without these changes, as number and title, in order."""
    numbers = {item for change in changes for item in change.items}
    found = report.items if report else ()
    not_met = (each for each in found if each.number in numbers and each.state in {State.FAIL, State.UNKNOWN})
    return tuple(f"{each.id} {each.title}" for each in not_met)


def cost_of(change: Change, report: Report | None) -> str:
    """Return what stays open when one change is left out; empty where nothing does."""
    items = open_items((change,), report)
    return f"Without it stays open: item {'; '.join(items)}" if items else ""


def summary(whole: Sequence[Change], kept: Collection[str], report: Report | None) -> str:
    """Return how many changes are left out, with what stays open; empty where none is."""
    out = [change for change in whole if change.id not in kept]
    if not out:
        return ""
    numbers = [item.partition(" ")[0] for item in open_items(out, report)]
    more = ", …" if len(numbers) > _SHOWN else ""
    word = "item" if len(numbers) == 1 else "items"
    cost = f"{word} {', '.join(numbers[:_SHOWN])}{more} stay{'s' if len(numbers) == 1 else ''} open"
    return f"{counted(len(out), 'change')} left out: {cost if numbers else 'no item of the checklist is affected'}"
