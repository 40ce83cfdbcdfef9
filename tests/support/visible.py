"""What an operator sees of a screen: the cells as they are drawn, with their colours."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.geometry import Region
from textual.widget import Widget

from screens.wizard import WizardApp
from tests.support.screen import strips

VGA = (
    *((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)),
    *((85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255)),
    (255, 255, 255),
)
"""The sixteen colours of a Linux console: drivers/tty/vt/vt.c, default_red and its like."""
BACKGROUNDS = {
    "dark": (ColorTriplet(0, 0, 0), ColorTriplet(170, 170, 170)),
    "light": (ColorTriplet(255, 255, 255), ColorTriplet(0, 0, 0)),
}
"""Ground and text of a terminal that has its own colours."""


class Cell(NamedTuple):
    """One drawn character."""

    text: str
    style: Style

    @property
    def coloured(self) -> bool:
        """Whether it has a colour that is not the terminal's own text or background."""
        colors = (self.style.color, self.style.bgcolor)
        return any(each is not None and each.type is not ColorType.DEFAULT for each in colors)


def cells(app: WizardApp) -> list[list[Cell]]:
    """Every cell of the screen, row by row."""
    return [
        [Cell(sign, segment.style or Style()) for segment in strip for sign in segment.text] for strip in strips(app)
    ]


def drawn(app: WizardApp, region: Region) -> list[str]:
    """The text in a region, row by row."""
    return ["".join(cell.text for cell in row) for row in looks(app, region)]


def looks(app: WizardApp, region: Region) -> list[list[Cell]]:
    """The cells of a region."""
    return [row[max(0, region.x) : region.right] for row in cells(app)[max(0, region.y) : region.bottom]]


def visible_part(app: WizardApp, widget: Widget) -> Region:
    """The part of a widget that no scrolling and no other edge hides; empty when it is out of sight."""
    return app.screen.find_widget(widget).visible_region


def faint(rows: list[list[Cell]], background: str, least: float) -> Iterator[str]:
    """Words in drawn rows whose contrast with what is behind them is too small, with the contrast."""
    for row in rows:
        for cell in row:
            if not cell.text.isspace() and (found := contrast(cell.style, background)) < least:
                yield f"{''.join(each.text for each in row).strip()!r}: {found:.1f} ({cell.style})"
                break


@cache
def contrast(style: Style, background: str) -> float:
    """Contrast of text and its background on a dark or light terminal, 1 to 21.

    Source: WCAG 2.2, contrast ratio.
    """
    behind, before = BACKGROUNDS[background]
    text, back = _triplet(style.color, before), _triplet(style.bgcolor, behind)
    if style.reverse:
        text, back = back, text
    brighter, darker = sorted((_luminance(text), _luminance(back)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _triplet(color: Color | None, default: ColorTriplet) -> ColorTriplet:
    if color is None or color.type is ColorType.DEFAULT:
        return default
    if color.type is ColorType.STANDARD and color.number is not None:
        return ColorTriplet(*VGA[color.number])
    return color.get_truecolor()


def _luminance(color: ColorTriplet) -> float:
    red, green, blue = (_linear(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
