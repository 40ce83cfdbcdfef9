"""Small widgets that are one piece of text each: choose one, select several, turn through a few.

A line costs a few hundred bytes over SSH where a widget a line costs thousands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.text.formatting import lines, literal, row
from screens.theme import TextStyle

LABEL_WIDTH = 22


def beside(now: Content, hint: str) -> Content:
    """Return what the host has now, and what to write, as one hint."""
    return row(now, literal(f"{' · ' if now.plain and hint else ''}{hint}", TextStyle.MUTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line to choose."""

    key: str
    label: str
    detail: str = ""
    refused: str = ""
    """Why it cannot be chosen; it stays visible with this reason."""


class CheckboxList(Widget, can_focus=True):
    """Any number of options below each other, with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("space,enter", "choose", show=False),
    ]
    cursor = reactive(0)
    values: reactive[frozenset[str]] = reactive(frozenset())
    """Keys of the options that are on."""
    marked = reactive(default=False)
    """The answer differs from the recommended one; shown where there is a label."""
    now: reactive[Content] = reactive(Content(""))
    """What the host has now; in front of the detail, where there is a label."""
    tags: reactive[Mapping[str, str]] = reactive(dict)
    """What is to be said of some options, by key; behind their details."""

    class Changed(Message):
        """The operator chose."""

        def __init__(self, ticks: "CheckboxList") -> None:
            super().__init__()
            self.ticks = ticks

        @property
        def control(self) -> "CheckboxList":
            """The widget."""
            return self.ticks

    def __init__(self, options: tuple[Option, ...], values: Iterable[str]) -> None:
        super().__init__()
        self.options = options
        self.set_reactive(CheckboxList.values, frozenset(values))

    def chosen(self, option: Option) -> bool:
        """Return whether an option is on."""
        return option.key in self.values

    def sign(self, option: Option) -> str:
        """Return the box in front of an option."""
        return "[x]" if self.chosen(option) else "[ ]"

    def choose(self, option: Option) -> None:
        """Turn an option on or off."""
        self.values = self.values ^ {option.key}

    def render(self) -> Content:
        """Draw all options."""
        return lines(*(self.line(place, option) for place, option in enumerate(self.options)))

    def line(self, place: int, option: Option) -> Content:
        """Draw one option."""
        here = self.has_focus and place == self.cursor
        tone = TextStyle.MUTED if option.refused else TextStyle.ACCENT if here else TextStyle.TEXT
        detail = f"({option.refused})" if option.refused else option.detail
        pointer = ">" if here else " "
        tag = self.tags.get(option.key, "")
        weight = f"{TextStyle.STRONG} " if self.chosen(option) else ""
        label = f"{self.sign(option)} {option.label}"
        if self.size.width and len(f"{pointer} {label}  {detail}  {tag}") > self.size.width:
            # The why strip has the words; the sign is what must be seen.
            tag = tag.replace(" recommended", "")
        return row(
            literal(f"{pointer} ", tone),
            literal(label, f"{weight}{tone}"),
            literal(f"  {detail}", TextStyle.MUTED),
            literal(f"  {tag}" if tag else ""),
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return one row an option."""
        return max(1, len(self.options))

    @property
    def search_place(self) -> int:
        """The option under the cursor."""
        return self.cursor

    def search_texts(self) -> Sequence[str]:
        """Return every option."""
        return tuple(f"{each.label} {each.detail} {each.refused}" for each in self.options)

    def show_match(self, place: int, words: str) -> None:  # noqa: ARG002 - the cursor marks the option
        """Move the cursor to an option."""
        self.cursor = place
        self.scroll_visible(animate=False)

    def forget_match(self) -> None:
        """Leave the cursor where it is."""

    def action_move(self, by: int) -> None:
        """Move the cursor; at an end the focus moves on."""
        wanted = self.cursor + by
        if 0 <= wanted < len(self.options):
            self.cursor = wanted
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_first(self) -> None:
        """Move the cursor to the first option."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the last option."""
        self.cursor = max(0, len(self.options) - 1)

    def action_choose(self) -> None:
        """Choose the option under the cursor."""
        if self.options and not self.options[self.cursor].refused:
            self.choose(self.options[self.cursor])
            self.post_message(self.Changed(self))


class RadioList(CheckboxList):
    """Exactly one of several."""

    def __init__(self, options: tuple[Option, ...], value: str) -> None:
        super().__init__(options, (value,))
        self.set_reactive(CheckboxList.cursor, next((i for i, o in enumerate(options) if o.key == value), 0))

    @property
    def value(self) -> str:
        """The key that is on; empty when none is."""
        return next(iter(self.values), "")

    def sign(self, option: Option) -> str:
        """Draw a round box."""
        return "(o)" if self.chosen(option) else "( )"

    def choose(self, option: Option) -> None:
        """Make this one the value."""
        self.values = frozenset({option.key})


class Checkbox(CheckboxList):
    """One value that is on or off, with its label in front like other fields."""

    def __init__(self, label: str, *, on: bool, detail: str = "", refused: str = "") -> None:
        super().__init__((Option(key="on", label=label, detail=detail, refused=refused),), ("on",) if on else ())

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return bool(self.values)

    def line(self, place: int, option: Option) -> Content:
        """Draw label, box and detail."""
        here = self.has_focus and place == self.cursor
        tone = TextStyle.MUTED if option.refused else TextStyle.ACCENT if here else TextStyle.TEXT
        detail = f"({option.refused})" if option.refused else option.detail
        label = f"{'>' if here else ' '}{'*' if self.marked else ' '}{option.label.ljust(LABEL_WIDTH)} "
        return row(
            literal(label, tone),
            literal(self.sign(option), f"{TextStyle.STRONG} {tone}"),
            "  ",
            beside(self.now, detail),
        )


class Cycle(RadioList):
    """One of a few words in one line; left, right and Space turn it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", show=False),
        Binding("right,l", "turn(1)", show=False),
    ]

    def __init__(self, label: str, options: tuple[Option, ...], value: str, *, narrow: bool = False) -> None:
        super().__init__(options, value)
        self.label = label
        self._narrow = narrow
        """Show the chosen word alone: there are too many for a line."""

    def search_texts(self) -> Sequence[str]:
        """Return the label with all words: they are one line."""
        return (" ".join((self.label, *(each.label for each in self.options))),)

    def show_match(self, place: int, words: str) -> None:  # noqa: ARG002 - a match chooses nothing
        """Show the line."""
        self.scroll_visible(animate=False)

    def render(self) -> Content:
        """Draw the label and all words in one line, the chosen one in brackets."""
        words = [self._word(option) for option in self.options if self.chosen(option) or not self._narrow]
        detail = next((o.detail for o in self.options if self.chosen(o)), "")
        pointer, tone = (">", TextStyle.ACCENT) if self.has_focus else (" ", TextStyle.TEXT)
        return row(
            literal(f"{pointer}{'*' if self.marked else ' '}{self.label.ljust(LABEL_WIDTH)}", tone),
            *words,
            *(("  ", also) if (also := beside(self.now, detail)) else ()),
        )

    def _word(self, option: Option) -> Content:
        if not self.chosen(option):
            return literal(f" {option.label} ", TextStyle.MUTED)
        return literal(f"< {option.label} >" if self._narrow else f"[{option.label}]", TextStyle.STRONG)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return one row."""
        return 1

    def action_turn(self, by: int) -> None:
        """Choose the next word; the first follows the last."""
        place = next((i for i, o in enumerate(self.options) if self.chosen(o)), 0)
        self.cursor = (place + by) % len(self.options)
        super().action_choose()

    def action_choose(self) -> None:
        """Choose the next word."""
        self.action_turn(1)

    def action_move(self, by: int) -> None:
        """Move the focus on: there is one line only."""
        if by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()
