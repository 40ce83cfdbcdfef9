"""One search for every list and long text of a screen: `/` opens it, n and N go on, Escape ends it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from screens.text.formatting import cut, literal
from screens.theme import TextStyle

if TYPE_CHECKING:
    from textual.widgets import Input

    from screens.widgets.search_words import SearchWords

_HINT = "n next  N previous  Esc ends"
_WORDS_SHOWN = 28
Place = tuple[int, int]
"""The number of a widget on its screen, and the number of a line in it."""


@runtime_checkable
class Searchable(Protocol):
    """A list or text that can be searched."""

    @property
    def search_place(self) -> int:
        """The line that the cursor is in, or that is shown first."""
        ...

    def search_texts(self) -> Sequence[str]:
        """Return every line as text."""
        ...

    def show_match(self, place: int, words: str) -> None:
        """Show a line that has the words."""
        ...

    def forget_match(self) -> None:
        """Draw what was marked as it was."""
        ...


@runtime_checkable
class FiltersItself(Protocol):
    """A screen that may have a search of its own, such as a filter of thousands of rows."""

    filters_itself: ClassVar[bool]


def matching(texts: Sequence[str], words: str) -> Iterator[int]:
    """Yield the places of the texts that have the words; capitals count only where the words have some."""
    exact = words != words.lower()
    if words:
        yield from (place for place, text in enumerate(texts) if words in (text if exact else text.lower()))


def following(places: Sequence[Place], here: Place, by: int) -> Place | None:
    """Return the match after a place, or before it; the first follows the last. By 0 the place itself counts."""
    if not places:
        return None
    if by < 0:
        return next((place for place in reversed(places) if place < here), places[-1])
    return next((place for place in places if place > here or (by == 0 and place == here)), places[0])


class SearchLine(Horizontal):
    """The line in which the words are typed; afterwards it tells the match, in the place of the keys."""

    def __init__(self) -> None:
        super().__init__()
        self._editor: SearchWords | None = None
        """Made by the first search, so that a screen without one is painted sooner."""
        self._said = Static()
        self._widgets: tuple[Widget, ...] = ()
        self._start: Place = (0, 0)
        self._here: Place = (0, 0)
        self.typing = False
        """The words are being typed."""
        self.active = False
        """There are words to go on with."""

    def open(self) -> None:
        """Begin a search at the cursor."""
        if self._editor is None:
            self._editor = self._mounted_editor()
        self._widgets = tuple(searchable(self.screen))
        focused = next((i for i, each in enumerate(self._widgets) if each is self.screen.focused), 0)
        self._start = self._here = (focused, _searched(self._widgets[focused]).search_place)
        self.typing = self.active = True
        self.screen.add_class("searching", "typing")
        self._editor.can_focus = True
        self._editor.value = ""
        self._editor.focus()
        self._tell(())

    def _mounted_editor(self) -> "SearchWords":
        """Put the sign, the words and the match into the line."""
        from screens.widgets.search_words import SearchWords  # noqa: PLC0415 - as above

        editor = SearchWords("", longest=64)
        self.mount(Static(literal(" find /", TextStyle.ACCENT), classes="sign"), editor, self._said)
        return editor

    @property
    def _words(self) -> str:
        return self._editor.value.strip() if self._editor else ""

    def done(self) -> None:
        """Return to the list; n and N go on."""
        self.typing = False
        self.screen.remove_class("typing")
        if not self._words:
            self.end()
            return
        self._focus()
        self._tell(self._places())

    def end(self) -> None:
        """End the search; the cursor stays at the match."""
        typed, self.typing, self.active = self.typing, False, False
        self.screen.remove_class("searching", "typing")
        for widget in self._widgets:
            _searched(widget).forget_match()
        if typed:
            self._focus()

    def next(self, by: int) -> None:
        """Go to the next match, or to the one before."""
        if not self.typing and self._widgets:
            # The cursor may have been moved since.
            place = self._here[0]
            self._here = (place, _searched(self._widgets[place]).search_place)
        self._go(by, self._here)

    def on_input_changed(self, message: "Input.Changed") -> None:
        """Go to the first match of what is typed."""
        message.stop()
        if self.typing:
            self._go(0, self._start)

    def on_input_submitted(self, message: "Input.Submitted") -> None:
        """Return to the list."""
        message.stop()
        self.done()

    def _go(self, by: int, here: Place) -> None:
        places = self._places()
        found = following(places, here, by)
        if found is not None:
            for number, widget in enumerate(self._widgets):
                if number != found[0]:
                    _searched(widget).forget_match()
            self._here = found
            _searched(self._widgets[found[0]]).show_match(found[1], self._editor.value if self._editor else "")
            if not self.typing:
                self._focus()
        elif self.is_mounted and by:
            self.app.bell()
        self._tell(places)

    def _places(self) -> list[Place]:
        words = self._words
        return [
            (n, at) for n, each in enumerate(self._widgets) for at in matching(_searched(each).search_texts(), words)
        ]

    def _focus(self) -> None:
        if self._editor is not None:
            # Hidden, it would still be the first to get the focus of a dialog without another field.
            self._editor.can_focus = False
        widget = self._widgets[self._here[0]] if self._widgets else None
        self.screen.set_focus(widget if widget is not None and widget.can_focus and widget.is_attached else None)

    def _tell(self, places: Sequence[Place]) -> None:
        words = self._words
        at = places.index(self._here) + 1 if self._here in places else 0
        count = (f"{at} of {len(places)}" if places else "no match") if words else "type what to find"
        tone = TextStyle.MUTED if places or not words else TextStyle.WARN
        if self.typing:
            self._said.update(literal(f"{count}   Enter stays here  Esc ends", tone))
        else:
            self._said.update(literal(f"{cut(words, _WORDS_SHOWN)}   {count}   {_HINT}", tone))


def searchable(screen: Screen[Any]) -> Iterator[Widget]:
    """Yield the lists and texts of a screen that are shown, from the top."""
    for widget in screen.query("*"):
        if isinstance(widget, Searchable) and widget.display and widget.size.height:
            yield widget


def _searched(widget: Widget) -> Searchable:
    assert isinstance(widget, Searchable)  # noqa: S101 - as `searchable` found it
    return widget


class SearchApp(App[None]):
    """An App whose screens can be searched: their keys come first while a search is open, and only then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", priority=True, show=False),
        Binding("n", "search_next(1)", priority=True, show=False),
        Binding("N", "search_next(-1)", priority=True, show=False),
        Binding("enter", "search_done", priority=True, show=False),
        Binding("escape", "search_end", priority=True, show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse the keys of a search where there is none: they mean something else then."""
        from textual.widgets import Input  # noqa: PLC0415 - as above

        line = self._line if action.startswith("search") else None
        match action:
            case "search":
                own = isinstance(self.screen, FiltersItself) and self.screen.filters_itself
                # Textual knows of most letters that a line of text takes them, but not of this one.
                types = isinstance(self.focused, Input)
                return line is not None and not own and not types and any(searchable(self.screen))
            case "search_next" | "search_end":
                return line is not None and line.active
            case "search_done":
                return line is not None and line.typing
            case _:
                return super().check_action(action, parameters)

    @property
    def _line(self) -> SearchLine | None:
        return next(iter(self.screen.query(SearchLine)), None)

    def action_search(self) -> None:
        """Begin a search."""
        if self._line is not None:
            self._line.open()

    def action_search_next(self, by: int) -> None:
        """Go to the next match, or to the one before."""
        if self._line is not None:
            self._line.next(by)

    def action_search_done(self) -> None:
        """Return to the list."""
        if self._line is not None:
            self._line.done()

    def action_search_end(self) -> None:
        """End the search."""
        if self._line is not None:
            self._line.end()
