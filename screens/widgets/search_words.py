"""The words that are searched for."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.widgets.field import Editor


class SearchWords(Editor):
    """The words; up and down go from match to match."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.search_next(-1)", show=False),
        Binding("down", "app.search_next(1)", show=False),
    ]
