"""The help texts in ``assets/help``: one plain file a screen, ``## section.field`` before each part."""

from functools import cache

from textual.content import Content

import assets
from screens.text.formatting import lines, literal
from screens.theme import TextStyle


@cache
def _parts(name: str) -> dict[str, str]:
    """Split a help file; the part before the first heading has the empty name."""
    found: dict[str, list[str]] = {"": []}
    current = ""
    for line in assets.text(f"help/{name}.md").splitlines() if name else ():
        if line.startswith("## "):
            current = line.removeprefix("## ").strip()
            found[current] = []
        else:
            found[current].append(line)
    return {key: "\n".join(text).strip() for key, text in found.items()}


def first_line(name: str, answer: str) -> str:
    """Return the one sentence that says what a field is; empty when there is none."""
    return _parts(name).get(answer, "").partition("\n")[0] if answer else ""


def text_of(name: str, answer: str = "") -> str:
    """Return the help of a screen as a whole, or of one field; empty when there is none."""
    return _parts(name).get(answer, "")


def for_field(name: str, answer: str) -> Content:
    """Return the help of a screen, that of the focused field before it."""
    parts = _parts(name)
    own = parts.get(answer, "") if answer else ""
    general = parts.get("", "") or "No help for this screen."
    return lines(literal(own, TextStyle.ACCENT), "", general) if own else literal(general)
