"""From the first screen to a reviewed plan, by keyboard alone."""

from screens.steps.review import ReviewStep
from tests.support.fake_engine import FakeEngine, plan
from tests.support.screen import ready, screen_text, until, wizard


async def test_one_enter_takes_all_that_is_recommended_to_the_review() -> None:
    engine = FakeEngine()
    app = wizard(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
        await pilot.pause()
        text = screen_text(app)
    assert "6 changes in 2 files" in text
    assert "+maxmemory 19gb" in text


async def test_nine_times_next_ends_in_the_same_plan() -> None:
    app = wizard()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press(*["f8"] * 9)
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    assert app.session.plan == plan(app.engine.recommended)  # type: ignore[attr-defined]  # the fake one
