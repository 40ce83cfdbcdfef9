"""One key undoes the last edit, in every step; an older one after it."""

import pytest
from textual.widgets import Input

from screens import session as sessions
from screens.controllers import history
from screens.session import Session
from screens.step_table import STEPS
from screens.steps.tls import TlsStep
from tests.screens.test_apply import to_review
from tests.screens.test_forms import to_step
from tests.support.fake_engine import RECOMMENDED
from tests.support.screen import screen_text, until, wizard
from wizard.model import value
from wizard.model.answers import Recommendation
from wizard.model.value import replace

SIZES = ((80, 24), (120, 40))


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_typed_is_undone_field_by_field(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size, notifications=True) as pilot:
        app = await to_step(pilot, "audit")
        assert "^Z Undo" in screen_text(app)
        before = app.session.answers
        fields = list(app.screen.query(Input))[:2]
        for field, digit in zip(fields, "78", strict=True):
            field.focus()
            await pilot.press("end", digit)
        typed = fields[1].value
        await pilot.press("ctrl+z")
        await until(pilot, lambda: fields[1].value == typed[:-1])
        assert app.session.answers != before, "the first field keeps what was typed"
        await until(pilot, lambda: "Undone: Audit: " in screen_text(app))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.session.answers == before)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "Nothing to undo." in screen_text(app))


async def test_a_wrong_text_is_undone_too() -> None:
    async with wizard().run_test(size=(80, 24), notifications=True) as pilot:
        app = await to_step(pilot, "audit")
        field = app.screen.query(Input).first()
        was = field.value
        field.focus()
        await pilot.press("end", "x", "tab")
        await until(pilot, lambda: app.session.typed)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: not app.session.typed and field.value == was)


async def test_a_change_left_out_is_included_again_and_it_is_said() -> None:
    async with wizard().run_test(size=(80, 24), notifications=True) as pilot:
        app = await to_review(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "5 changes" in screen_text(app))
        await pilot.press("u")
        await until(pilot, lambda: "6 changes" in screen_text(app))
        await until(pilot, lambda: "Undone: Review: 1 change" in screen_text(app))


async def test_an_edit_of_another_step_is_undone_and_named() -> None:
    async with wizard().run_test(size=(80, 24), notifications=True) as pilot:
        app = await to_step(pilot, "commands")
        await pilot.press("space", "f8")
        await until(pilot, lambda: app.session.answers.commands.disable and isinstance(app.screen, TlsStep))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "Undone: Cmds: disable" in screen_text(app))
        assert app.session.answers.commands.disable == ()


def test_what_a_new_look_at_the_host_changed_since_stays() -> None:
    recommendation = Recommendation(answers=RECOMMENDED, reasons={})
    start = Session(steps=STEPS, answers=RECOMMENDED, recommendation=recommendation)
    edited = sessions.with_stored_fields(start, {"memory.maxmemory": "2gb"})
    (edit,) = history.with_edit((), start, edited)
    network = value.replace(RECOMMENDED.network, port=7000)
    looked = replace(edited, answers=value.replace(edited.answers, network=network))
    found = history.undone(looked, edit)
    assert found.answers == value.replace(RECOMMENDED, network=network)


def test_what_changes_nothing_is_no_edit() -> None:
    start = Session(steps=STEPS, answers=RECOMMENDED)
    assert history.with_edit((), start, replace(start, reading=False)) == ()
