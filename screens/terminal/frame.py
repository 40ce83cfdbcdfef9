"""What the terminal shows, cell by cell, so that only what changes is sent to it.

Textual sends each widget that was laid out again as a whole; over a slow line that is most of the waiting. Here each
frame is compared with the one before. Anything but text, colours and positions is passed on as it is.

Source:
    Measured with Textual 8.2.8: a Tab sent 5 to 9 kB at 80×24, most of it equal to what was there. Decision 50.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[(?P<style>[\d;]*)m|(?P<end>\r?\n)|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_HARMLESS = re.compile(r"(?:\x1b\[\?(?!1049|47|1047)[\d;]+[hl]|\x07|\x1b\](?!8;)[^\x07\x1b]*(?:\x07|\x1b\\))*")
"""Modes, the bell, a title, the clipboard: what moves no cursor and draws no cell."""
_GAP = 5
"""So many equal cells between two changed ones cost as much to send again as to step over."""

Cell = tuple[str, str]
"""A character with what combines with it, empty behind a wide one; and its colours as Textual wrote them."""


@dataclass(slots=True)
class _Pen:
    """Where the next character goes, and how it looks."""

    row: int = 0
    column: int = 0
    style: str = ""


@dataclass(slots=True)
class Frame:
    """The cells of a terminal."""

    _cells: dict[int, dict[int, Cell]] = field(default_factory=dict)
    """By row and column, counted from 1; what is not in it is not known."""

    def forget(self) -> None:
        """Know nothing of the terminal any more, so that all of the next frame is sent."""
        self._cells.clear()

    def changes(self, data: str) -> str:
        """Return what must be sent for a frame, and take it as shown.

        Args:
            data: What Textual would send.
        """
        new = self._read(data)
        if new is None:
            if not _HARMLESS.fullmatch(data):
                self.forget()
            return data
        cells, pen = new
        out = []
        for row in sorted(cells):
            known = self._cells.setdefault(row, {})
            out += _runs(row, known, cells[row])
            known.update(cells[row])
        return "".join((*out, f"\x1b[{pen.row};{pen.column}H")) if pen.row else "".join(out)

    def _read(self, data: str) -> tuple[dict[int, dict[int, Cell]], _Pen] | None:
        """Return the cells that a frame draws, and where it leaves the cursor; ``None`` when it does anything else."""
        cells: dict[int, dict[int, Cell]] = {}
        pen, place = _Pen(), 0
        while place < len(data):
            token = _TOKEN.match(data, place)
            if token is None:
                return None
            place = token.end()
            if token["text"] is not None:
                if not pen.row:
                    return None
                _draw(cells.setdefault(pen.row, {}), token["text"], pen)
            elif token["style"] is not None:
                pen.style = "" if token["style"] in {"", "0"} else token["style"]
            elif token["end"] is not None:
                pen.row, pen.column = (pen.row + 1, 1) if pen.row else (0, 0)
            else:
                pen.row, pen.column = int(token["row"]), int(token["column"])
        return cells, pen


def _draw(line: dict[int, Cell], text: str, pen: _Pen) -> None:
    if text.isascii():
        for letter in text:
            line[pen.column] = (letter, pen.style)
            pen.column += 1
        return
    for letter in text:
        width = cell_len(letter)
        if width == 0:
            before, style = line.get(pen.column - 1, (" ", pen.style))
            line[pen.column - 1] = (before + letter, style)
            continue
        line[pen.column] = (letter, pen.style)
        for column in range(pen.column + 1, pen.column + width):
            line[column] = ("", pen.style)
        pen.column += width


def _runs(row: int, known: dict[int, Cell], line: dict[int, Cell]) -> list[str]:
    """Return what draws the changed cells of a row."""
    changed = [column for column in sorted(line) if known.get(column) != line[column]]
    if not changed:
        return []
    if any(len(cell[0]) != 1 for cell in (*line.values(), *(known[c] for c in line.keys() & known.keys()))):
        # Half of a wide character cannot be sent, and terminals differ in how wide a character is.
        changed = sorted(line)
    runs = [[changed[0]]]
    for column in changed[1:]:
        between = range(runs[-1][-1] + 1, column)
        if len(between) < _GAP and all(each in line for each in between):
            runs[-1] += [*between, column]
        else:
            runs.append([column])
    return [_run(row, [line[column] for column in columns], columns[0]) for columns in runs]


def _run(row: int, cells: list[Cell], column: int) -> str:
    parts = (
        f"\x1b[{style}m{''.join(letter for letter, _ in group)}\x1b[0m" if style else "".join(c for c, _ in group)
        for style, group in groupby(cells, key=lambda cell: cell[1])
    )
    return f"\x1b[{row};{column}H{''.join(parts)}"
