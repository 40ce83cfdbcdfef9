"""Cursor and focus: after a key that changes a list, at the ends of lists, behind a dialog, in every step."""

from typing import Any

import pytest
from textual.pilot import Pilot

from screens.dialogs.dialog import Dialog
from screens.dialogs.login import AskLogin
from screens.dialogs.text import TextDialog
from screens.step_table import STEPS
from screens.widgets.option_widgets import CheckboxList
from screens.widgets.table import Rows
from screens.wizard import WizardApp
from tests.screens.test_apply import to_review
from tests.screens.test_forms import to_step
from tests.support.screen import ready, screen_text, until, wizard
from wizard.model.login import Login
from wizard.model.value import Secret

STEP_NAMES = [row.name for row in STEPS.rows]


def changes(app: WizardApp) -> Rows:
    """The list of changes in Review."""
    return app.screen.query_one("#changes", Rows)


async def planned(pilot: Pilot[Any], app: WizardApp, left_out: int) -> None:
    await until(pilot, lambda: len(app.session.left_out) == left_out and app.session.planned)
    await pilot.pause()


async def test_after_space_the_cursor_stays_on_its_change() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("down", "down", "space")
        await planned(pilot, app, 1)
        assert changes(app).has_focus
        assert changes(app).current == "directive:maxmemory"
        assert app.session.left_out == {"directive:maxmemory"}
        await pilot.press("space")
        await planned(pilot, app, 0)
        assert changes(app).current == "directive:maxmemory"


async def test_a_second_space_before_the_next_plan_is_for_the_same_change() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("down", "down", "space", "space", "down", "space")
        await planned(pilot, app, 1)
        assert len(app.session.left_out) == 1
        assert app.session.left_out != {"directive:port"}
        assert changes(app).current in app.session.left_out


async def test_end_and_home_go_to_the_last_and_first_row_and_not_sideways() -> None:
    async with wizard().run_test(size=(60, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("end")
        await pilot.pause()
        assert changes(app).cursor_row == len(changes(app).keys) - 1
        assert changes(app).scroll_x == 0
        assert "[x]" in screen_text(app)
        await pilot.press("home")
        await pilot.pause()
        assert changes(app).cursor_row == 0


async def test_paging_goes_through_a_list_and_back() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: app.screen.query("#findings") and app.screen.query_one("#findings", Rows).has_focus)
        await pilot.press("o")
        rows = app.screen.query_one("#findings", Rows)
        await until(pilot, lambda: len(rows.keys) == 25)
        before = rows.cursor_row
        await pilot.press("pagedown")
        await pilot.pause()
        assert 5 < rows.cursor_row < 25
        assert f" {rows.current} " in screen_text(app)
        await pilot.press("pageup")
        await pilot.pause()
        assert rows.cursor_row == before


async def test_end_and_home_move_the_cursor_of_a_choice() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        choice = next(each for each in app.screen.query(CheckboxList) if len(each.options) > 2)
        choice.focus()
        await pilot.press("end")
        assert choice.cursor == len(choice.options) - 1
        await pilot.press("home")
        assert choice.cursor == 0


@pytest.mark.parametrize("step", STEP_NAMES)
async def test_the_focus_is_on_a_visible_widget_whatever_was_pressed(step: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await until(pilot, lambda: app.screen.focused is not None)
        for key in ("down", "space", "tab", "end", "pagedown", "up", "space", "home", "pageup", "shift+tab"):
            await pilot.press(key)
            # A wrong answer, such as a blank for a port, has no plan.
            await until(pilot, lambda: app.session.planned or app.session.blockers())
            await pilot.pause()
            assert_focus_is_visible(app, key)


@pytest.mark.parametrize("step", STEP_NAMES)
async def test_the_focus_returns_when_a_tiny_window_grows(step: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await pilot.press("tab")
        await until(pilot, lambda: app.screen.focused is not None)
        before = app.screen.focused
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "window too small" in screen_text(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "db1 · Debian 13" in screen_text(app))
        await pilot.pause()
        assert app.screen.focused is before
        assert_focus_is_visible(app, "resize")


@pytest.mark.parametrize("step", STEP_NAMES)
async def test_the_focus_returns_when_a_dialog_closes(step: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await pilot.press("tab")
        await until(pilot, lambda: app.screen.focused is not None)
        before = app.screen.focused
        for key in ("f1", "f2", "f3", "f6", "f10"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, Dialog))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, Dialog))
            await pilot.pause()
            assert app.screen.focused is before, key


def assert_focus_is_visible(app: WizardApp, key: str) -> None:
    """Fail when no widget has the focus, or when none of its cells is on the screen."""
    focused = app.screen.focused
    assert focused is not None, f"no focus after {key}:\n{screen_text(app)}"
    visible = app.screen.find_widget(focused).visible_region
    assert visible.area, f"{focused} is out of sight after {key}:\n{screen_text(app)}"


@pytest.mark.parametrize(
    "keys", [("diff", "jump"), ("jump", "help"), ("leave", "diff"), ("why", "leave"), ("diff", "checklist")]
)
async def test_keys_of_one_burst_open_one_dialog(keys: tuple[str, str]) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        screen = app.screen
        for key in keys:
            # Both keys reach the step before the App has answered the first, as in one read of a paste.
            getattr(screen, f"action_{key}")()
        await until(pilot, lambda: isinstance(app.screen, Dialog))
        await pilot.pause()
        assert [isinstance(each, Dialog) for each in app.screen_stack] == [False, False, True]


async def test_a_dialog_of_finished_work_waits_until_the_open_one_is_closed() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        app.host.read_as(Login("app", Secret("wrong")))
        await until(pilot, lambda: app.host.login is None)
        await pilot.pause()
        assert isinstance(app.screen, TextDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, AskLogin))
        assert sum(isinstance(each, Dialog) for each in app.screen_stack) == 1
