"""Any number of steps: another table makes another wizard."""

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from screens import layout
from screens.options import Options
from screens.session import Session, StepState
from screens.step import Step
from screens.step_table import STEPS, StepRow, StepTable
from screens.text.formatting import literal
from screens.wizard import WizardApp
from tests.support.fake_engine import FakeEngine
from tests.support.screen import NO_HOST, ready, screen_text, until
from wizard.model.value import replace


class ExtraStep(Step):
    """A step that no release has."""

    step = "extra"
    help = "audit"

    def body(self) -> ComposeResult:
        """Say so."""
        yield Static(literal("Nothing to ask here"))


def extra(number: int) -> StepRow:
    return StepRow(
        name="extra" if number == 1 else f"extra{number}",
        title=f"Extra {number}",
        short=f"Extra{number}",
        screen=f"{ExtraStep.__module__}:ExtraStep",
    )


def table(count: int) -> StepTable:
    """The product's steps with others before the review, or fewer of them."""
    others = (extra(number) for number in range(1, count - len(STEPS.rows) + 1))
    rows = (*STEPS.rows[:-1][: count - 1], *others)
    return StepTable((*rows, STEPS.last))


async def test_an_eleventh_step_is_walked_to_by_next_and_by_its_key() -> None:
    app = WizardApp(Options(host=NO_HOST, acting=NO_HOST), FakeEngine(), table(11))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press(*["f8"] * 9)
        await until(pilot, lambda: "Nothing to ask here" in screen_text(app))
        assert ">9 Extra1" in screen_text(app).splitlines()[1]
        await pilot.press("f8")
        await until(pilot, lambda: ">a Review" in screen_text(app).splitlines()[1] and app.session.planned)
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ExtraStep))
        await pilot.press("f6")
        await until(pilot, lambda: "a  Review" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: ">a Review" in screen_text(app).splitlines()[1])


@pytest.mark.parametrize("count", [3, 14])
async def test_the_jump_dialog_shows_every_step_at_80_by_24(count: int) -> None:
    steps = table(count)
    app = WizardApp(Options(host=NO_HOST, acting=NO_HOST), FakeEngine(), steps)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("f6")
        await until(pilot, lambda: "Jump to step" in screen_text(app))
        rows = screen_text(app)
        assert all(f"{steps.key(row.name)}  {row.title}" in rows for row in steps.rows)
        assert "Esc closes" in rows


@pytest.mark.parametrize("count", [3, 10, 11, 12, 14])
@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_progress_bar_fits_and_tells_every_state(count: int, width: int) -> None:
    steps = table(count)
    seen = Session(steps=steps, visited=frozenset(row.name for row in steps.rows))
    wrong = replace(seen, typed={"network.port": "x"})
    for current in (steps.first.name, "network", steps.last.name):
        names, marks = layout.step_bar(wrong, current, width).plain.split("\n")
        assert len(names) == len(marks) <= width
        assert f">{steps.key(current)} {steps.named(current).short}" in names
        assert all(f"{steps.key(row.name)}" in names for row in steps.rows)
        assert marks.split() == ["ok" if row.name != "network" else marks.split()[1] for row in steps.rows]
        assert StepState.ERROR.startswith(marks.split()[1])
