"""What is pasted into a field: one line is taken, anything else is refused in words and not echoed."""

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests.screens.test_forms import to_step
from tests.support.screen import screen_text, until, wizard

PORT = "#network-port Input"
RUBBISH = "\x1b[31mred\x1b[0m\x9b\u202e"


@pytest.mark.parametrize(
    ("pasted", "value", "words"),
    [
        ("6390", "6390", ""),
        ("6390\n", "6390", ""),
        ("6390\nFLUSHALL\n", "6379", "this paste has several lines"),
        (RUBBISH, "6379", "this paste has several lines or control characters"),
        ("x" * 5000, "6379", "too long: at most 256"),
    ],
)
async def test_a_paste_is_one_line(pasted: str, value: str, words: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        line = app.screen.query_one(PORT, Input)
        line.focus()
        line.select_all()
        await pilot.pause()
        line.post_message(Paste(pasted))
        await until(pilot, lambda: line.value == value and words in " ".join(screen_text(app).split()))
        assert "FLUSHALL" not in screen_text(app)
        assert "xxxx" not in screen_text(app)


async def test_rubbish_in_a_field_is_not_repeated_in_its_error() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        line = app.screen.query_one(PORT, Input)
        line.focus()
        line.value = "rubbish " * 30
        await pilot.press("tab")
        await until(pilot, lambda: "is not a whole number" in " ".join(screen_text(app).split()))
        assert screen_text(app).count("rubbish") < 10


async def test_every_line_says_why_a_paste_was_refused() -> None:
    async with wizard().run_test(size=(80, 24), notifications=True) as pilot:
        app = await to_step(pilot, "network")
        line = app.screen.query_one("#network-bind Input", Input)
        line.post_message(Paste("one\ntwo"))
        await until(pilot, lambda: "[err] this paste has several lines" in screen_text(app))
        app = await to_step(pilot, "users")
        line = app.screen.query(Input).first()
        line.post_message(Paste("one\ntwo"))
        await until(pilot, lambda: "this paste has several lines" in " ".join(screen_text(app).split()))
        assert line.value == ""
