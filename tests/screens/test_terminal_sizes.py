"""Smaller and larger windows."""

import pytest

from tests.support.screen import ready, screen_text, until, wizard


async def test_a_tiny_window_says_so_and_keeps_the_answers() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f8")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "window too small (40x10)\nneeded: 60x16; answers kept" in screen_text(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Who can reach Redis" in screen_text(app))


async def test_a_narrow_window_gives_the_why_strip_away() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f8")
        await pilot.resize_terminal(60, 16)
        await until(pilot, lambda: "─ why" not in screen_text(app))
        assert "port" in screen_text(app)


@pytest.mark.parametrize("size", [(1, 1), (2, 10), (200, 60), (100, 30)])
async def test_no_size_crashes(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await ready(pilot)
        await pilot.press("f8", "f8", "f9", "f7", "f6", "9")
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "db1 · Debian 13" in screen_text(app))
