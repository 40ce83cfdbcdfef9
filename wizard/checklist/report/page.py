"""The page of an item: its rule, its fix and where it comes from, without a look at any host."""

from collections.abc import Iterable

from wizard.checklist.item import Item
from wizard.checklist.report.table import wrapped


def render(items: Iterable[Item], *, width: int = 80) -> str:
    """Return the pages of items with an empty line between them, in lines of at most `width` columns."""
    return "\n".join(_page(item, width) for item in items)


def _page(item: Item, width: int) -> str:
    step = f" [step {item.step}]" if item.step else ""
    rows = {
        "rule": item.sentence,
        "severity": item.severity.value,
        "fix": f"{item.fix}{step}",
        "source": item.source,
    }
    lines = [line for name, text in rows.items() for line in wrapped(text, width, f"{name:<9} ")]
    return "\n".join((f"{item.id}  {item.title}", *lines)) + "\n"
