"""The page of an item: what is so on this host, its rule, and what ``assets/help/items`` says of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import assets
from wizard.checklist.item import Item
from wizard.checklist.report.table import evidence, remedy, tag, wrapped
from wizard.model.finding import Finding
from wizard.model.text import escape

HEADINGS = ("Why", "How it is decided", "How to fix it", "Where the usual advice is wrong")
"""The parts of each page, in this order."""
_INDENT = "  "


def render(items: Iterable[Item], findings: Mapping[str, Finding], *, doubt: str = "", width: int = 80) -> str:
    """Return the pages of items with an empty line between them.

    Args:
        items: The items to explain.
        findings: What was found of them on this host, by id.
        doubt: Why nothing was found.
        width: Columns; no line of the host's own text is longer.
    """
    return "\n\n".join("\n".join(_page(each, findings.get(each.id), doubt, width)) for each in items) + "\n"


@cache
def page_of(item_id: str) -> str:
    """Return why an item matters, how it is decided, how to fix it, and where the usual advice is wrong.

    Each statement is one line, however long.
    """
    text = re.sub(r"\n +", " ", assets.text(f"help/items/{item_id}.md").strip())
    return re.sub(r"^## ", "", text, flags=re.MULTILINE)


def _page(item: Item, finding: Finding | None, doubt: str, width: int) -> Iterator[str]:
    yield f"{item.id}  {item.title}"
    if finding is None:
        yield from wrapped(f"Not judged: {escape(doubt)}.", width, "") if doubt else ()
    else:
        yield from _verdict(finding, width)
    yield ""
    for name, text in (("severity", item.severity.value), ("rule", item.sentence), ("source", item.source)):
        yield from wrapped(text, width, f"{name:<9} ")
    yield ""
    for line in page_of(item.id).splitlines():
        lead = "- " if line.startswith("- ") else ""
        yield from wrapped(line.removeprefix(lead), width, lead) or [""]


def _verdict(finding: Finding, width: int) -> Iterator[str]:
    yield from wrapped(escape(finding.summary), width, f"{tag(finding)} ")
    yield from evidence(finding, width, _INDENT)
    yield from remedy(finding, width, _INDENT)
