"""Walk through the wizard and take a picture of each screen."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from textual.pilot import Pilot

from screens.step_table import STEPS
from screens.terminal.capabilities import ColorScheme
from screens.views.done import DoneScreen
from screens.wizard import WizardApp
from tests.pictures.host import PictureEngine
from tests.support.screen import ready, screen_text, until, wizard

_WEB_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_LINE_CLIPS = re.compile(r'<clipPath id="[\w-]+-line-\d+">.*?</clipPath>', re.DOTALL)
_CLIPPED = re.compile(r' clip-path="url\(#[\w-]+-line-\d+\)"')
_BLANK = re.compile(r"<text[^>]*>\s*</text>")
_NAME = re.compile(r"terminal-\d+-")
_FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"


def svg(app: WizardApp) -> str:
    """Return the screen as Textual exports it, without web fonts and names of chance, in a third of the bytes."""
    text = app.export_screenshot(title=" ", simplify=True)
    for pattern in (_WEB_FONT, _LINE_CLIPS, _CLIPPED):
        text = pattern.sub("", text)
    text = _NAME.sub("t", text).replace("Fira Code, monospace", _FONTS)
    text = _BLANK.sub("", text.replace("&#160;", " ")).replace("</text><", "</text>\n<")
    text = text.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


async def pictures(engine: PictureEngine, size: tuple[int, int]) -> AsyncIterator[tuple[str, str]]:
    """Yield the name and picture of each screen, in the order in which an operator sees them."""
    app = wizard(engine)
    app.show_in(ColorScheme.DARK)
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        for row in STEPS.rows:
            await until(pilot, partial(_is_step, app, row.name))
            await _still(pilot)
            yield row.name, svg(app)
            await pilot.press("f8")
        await pilot.press("d", "b", "1", "enter")
        await until(pilot, lambda: "Time left to confirm: 5:00" in screen_text(app))
        await _still(pilot)
        yield "apply", svg(app)
        await pilot.press("c")
        await until(pilot, lambda: "Take these first" in screen_text(app))
        await pilot.press("s")
        await _still(pilot)
        await pilot.press("f8")
        await pilot.press("c")
        await until(pilot, lambda: "Confirm the change?" in screen_text(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "F8 continues" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        await _still(pilot)
        yield "done", svg(app)


def _is_step(app: WizardApp, name: str) -> bool:
    return getattr(app.screen, "step", "") == name


async def _still(pilot: Pilot[Any]) -> None:
    app = await ready(pilot)
    shown = ""
    while shown != (now := screen_text(app)):
        shown = now
        await pilot.pause(0.2)
