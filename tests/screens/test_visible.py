"""Every dialog and screen: what is typed, each button and the focus are inside the frame, and nothing is faint."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button

from screens.dialogs.dialog import Dialog
from screens.terminal import capabilities
from screens.terminal.capabilities import ColorScheme
from screens.widgets.field import Editor
from screens.wizard import WizardApp
from tests.support.every_screen import EVERY, QUESTIONS, SCREENS, found_questions, found_screens
from tests.support.screen import Golden, ready, screen_text, until, wizard
from tests.support.visible import drawn, faint, looks, visible_part

MARKER = "Qz7"
CORNERS = [["┌"], ["└"], ["┐"], ["┘"]]
HIDDEN = "•" * len(MARKER)
LEAST = {ColorScheme.DARK: 4.5, ColorScheme.LIGHT: 4.5, ColorScheme.SIXTEEN: 2.5, ColorScheme.PLAIN: 4.5}
"""Contrast that text needs; the sixteen colours are the terminal's own choice."""
LOOKS = [
    ((80, 24), ColorScheme.DARK),
    ((120, 40), ColorScheme.DARK),
    ((80, 24), ColorScheme.LIGHT),
    ((80, 24), ColorScheme.SIXTEEN),
    ((80, 24), ColorScheme.PLAIN),
    ((60, 16), ColorScheme.PLAIN),
]
RECORDED = [((80, 24), ColorScheme.DARK), ((120, 40), ColorScheme.DARK), ((80, 24), ColorScheme.PLAIN)]


def test_every_screen_and_question_has_an_example() -> None:
    assert {kind.__name__ for kind in found_screens()} == {kind.__name__ for kind in SCREENS}
    assert {ask.__name__ for ask in found_questions()} == {ask.__name__ for ask in QUESTIONS}


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=str)
async def test_everything_is_visible(
    size: tuple[int, int], scheme: ColorScheme, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """Whatever has the focus is visible; what each screen then looks like, with every field typed into, is recorded."""
    monkeypatch.setattr(capabilities, "choose_color_scheme", lambda *_: scheme)
    wrong: list[str] = []
    pages: list[str] = []
    async with wizard().run_test(size=size) as pilot:
        app = await ready(pilot)
        for name, make in EVERY.items():
            session = app.session
            screen = make(app)
            app.push_screen(screen)
            await until(pilot, lambda screen=screen: app.screen is screen and screen.is_mounted)  # type: ignore[misc]
            await pilot.pause()
            found = [problem async for problem in problems(pilot, app, screen, scheme)]
            wrong += [f"{name}: {problem}" for problem in dict.fromkeys(found)]
            await until(pilot, lambda: app.session.planned or app.session.blockers())
            await pilot.pause()
            pages.append(f"{'=' * size[0]}\n{name}\n{screen_text(app)}")
            app.pop_screen()
            app.store.current = session
            await until(pilot, lambda screen=screen: app.screen is not screen)  # type: ignore[misc]
    assert not wrong, "\n".join(wrong)
    if (size, scheme) in RECORDED:
        golden.check(f"every-{size[0]}x{size[1]}-{scheme.name.lower()}", "\n".join(pages))


async def problems(pilot: Pilot[Any], app: WizardApp, screen: Screen[Any], scheme: ColorScheme) -> Any:
    """Name what cannot be seen of an open screen."""
    frame = screen.query_one("#box").region if isinstance(screen, Dialog) else screen.region
    if not screen.region.contains_region(frame):
        yield f"the frame {frame} is not on the screen"
    if isinstance(screen, Dialog) and [drawn(app, corner) for corner in corners(frame)] != CORNERS:
        yield "a corner of the frame is not drawn"
    for each in faint_texts(app, frame, scheme):
        yield each
    for widget in tuple(screen.focus_chain):
        widget.focus()
        await settled(pilot, lambda widget=widget: visible_part(app, widget).area)  # type: ignore[misc]
        for each in focus_problems(app, frame, widget):
            yield each
        if isinstance(widget, Editor):
            await pilot.press(*MARKER)
            await pilot.pause()
            text = "".join(drawn(app, visible_part(app, widget)))
            if (HIDDEN if widget.password else MARKER) not in text:
                yield f"{MARKER} is not where it was typed ({widget.ancestors_with_self[1]}): {text!r}"
        for each in faint_texts(app, frame, scheme):
            yield each


async def settled(pilot: Pilot[Any], true: Callable[[], object]) -> None:
    """Give the App time to draw; what is not so then is a problem that the caller names."""
    deadline = time.monotonic() + 10
    await pilot.pause()
    while not true() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        await pilot.pause()


def focus_problems(app: WizardApp, frame: Region, widget: Widget) -> Iterator[str]:
    part = visible_part(app, widget)
    if app.screen.focused is not widget:
        yield f"{widget} takes no focus"
    if not part.area or not frame.contains_region(part):
        yield f"{widget} with the focus is out of sight: {part}"
    if isinstance(widget, Button) and str(widget.label) not in "".join(drawn(app, part)):
        yield f"the button {widget.label} is cut: {drawn(app, part)}"


def faint_texts(app: WizardApp, frame: Region, scheme: ColorScheme) -> Iterator[str]:
    rows = looks(app, frame)
    for background in ("dark", "light"):
        for each in faint(rows, background, LEAST[scheme]):
            yield f"faint on a {background} terminal: {each}"
    if scheme is ColorScheme.PLAIN and any(cell.coloured for row in rows for cell in row):
        yield "a colour, where none is wanted"


def corners(box: Region) -> tuple[Region, ...]:
    return tuple(Region(x, y, 1, 1) for x in (box.x, box.right - 1) for y in (box.y, box.bottom - 1))
