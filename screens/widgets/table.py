"""A table whose rows are chosen with arrows; the cheapest list over SSH."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable


class Rows(DataTable[Text]):
    """A table with a row cursor; at its ends the focus moves on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "cursor_up", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]

    def __init__(self, headings: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(cursor_type="row", cell_padding=1, show_header=any(headings), id=id)
        self.headings = tuple(headings)
        """Of the columns, from the next rows on."""
        self._drawn_headings = self.headings
        self.keys: tuple[str, ...] = ()
        """The key of each row, from the top."""
        self._cells: list[Sequence[Text]] = []
        self._also: tuple[str, ...] = ()

    def name_columns(self, headings: Sequence[str]) -> None:
        """Give the columns other headings; `fill` shows them."""
        self.headings = tuple(headings)
        self.show_header = any(headings)

    def fill(self, rows: Sequence[tuple[str, Sequence[Text]]], also: Sequence[str] = ()) -> None:
        """Show these rows, each with its key; the cursor stays on its key where it still is.

        Args:
            rows: Key and cells of each.
            also: What a search finds a row by besides its cells.
        """
        more = also or [""] * len(rows)
        keys = tuple(key for key, _ in rows)
        if keys == self.keys and self.headings == self._drawn_headings and self._update([cells for _, cells in rows]):
            self._also = tuple(more)
            return
        kept = self.current
        self.clear(columns=True)
        self._drawn_headings = self.headings
        for place, heading in enumerate(self.headings):
            # Textual measures when idle, and has lost the measure of rows that came twice before that.
            widths = (line.cell_len for _, cells in rows for line in cells[place].split())
            self.add_column(heading, width=max(len(heading), *widths, 0))
        for _, cells in rows:
            self.add_row(*cells, height=max((len(cell.split()) for cell in cells), default=1))
        self.keys, self._cells, self._also = keys, [cells for _, cells in rows], tuple(more)
        self.go_to(kept)

    def _update(self, rows: list[Sequence[Text]]) -> bool:
        """Draw the cells that differ, of rows with the same keys; false where one does not fit its place."""
        changed = [
            (Coordinate(place, column), cell)
            for place, (old, new) in enumerate(zip(self._cells, rows, strict=True))
            for column, (was, cell) in enumerate(zip(old, new, strict=True))
            if was is not cell and (was.plain, was.style) != (cell.plain, cell.style)
        ]
        columns = self.ordered_columns
        if any("\n" in cell.plain or cell.cell_len > columns[at.column].width for at, cell in changed):
            return False
        for at, cell in changed:
            self.update_cell_at(at, cell)
        self._cells = rows
        return True

    @property
    def current(self) -> str:
        """The key of the row under the cursor, empty when there is none."""
        return self.keys[self.cursor_row] if 0 <= self.cursor_row < len(self.keys) else ""

    @property
    def search_place(self) -> int:
        """The row under the cursor."""
        return self.cursor_row

    def search_texts(self) -> Sequence[str]:
        """Return every row."""
        rows = zip(self._cells, self._also, strict=True)
        return tuple(" ".join((*(cell.plain for cell in cells), also)) for cells, also in rows)

    def show_match(self, place: int, words: str) -> None:  # noqa: ARG002 - the cursor marks the row
        """Move the cursor to a row."""
        self.move_cursor(row=place)

    def forget_match(self) -> None:
        """Leave the cursor where it is."""

    def go_to(self, key: str) -> None:
        """Move the cursor to a row, where it is there."""
        if key in self.keys:
            self.move_cursor(row=self.keys.index(key))

    def action_cursor_down(self) -> None:
        """Move down, or on to the next field."""
        if self.cursor_row >= len(self.keys) - 1:
            self.screen.focus_next()
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """Move up, or back to the field before."""
        if self.cursor_row <= 0:
            self.screen.focus_previous()
        else:
            super().action_cursor_up()
