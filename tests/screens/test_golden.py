"""What every screen looks like at 80 columns and 24 rows."""

import pytest

from screens.apply import ApplyScreen
from screens.done import DoneScreen
from screens.steps import ORDER, StepName
from tests.screens.test_apply import to_apply, to_review
from tests.screens.test_forms import to_step
from tests.support import facts_builder as build
from tests.support.fake_engine import FakeEngine, snapshot
from tests.support.screen import Golden, ready, screen_text, until, wizard
from wizard.errors import NotPermittedError, RolledBackError
from wizard.model.facts import Unreadable


@pytest.mark.parametrize("step", ORDER)
async def test_step(step: StepName, golden: Golden) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.pause()
        golden.check(f"step-{ORDER.index(step)}-{step}", screen_text(app))


@pytest.mark.parametrize("step", ORDER)
async def test_step_of_a_server_that_cannot_be_asked(step: StepName, golden: Golden) -> None:
    silent = build.instance(live=Unreadable(what="the running server", why="it wants a password"), process=None)
    async with wizard(FakeEngine(facts=build.host(instances=(silent,), root=False))).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.pause()
        golden.check(f"silent-{ORDER.index(step)}-{step}", screen_text(app))


async def test_an_error(golden: Golden) -> None:
    async with wizard(FakeEngine(detect_error=NotPermittedError(build.CONF))).run_test(size=(80, 24)) as pilot:
        golden.check("host-error", screen_text(await ready(pilot)))


async def test_apply_and_done(golden: Golden) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 goes on" in screen_text(app) and not app.session.looking and app.session.planned)
        await pilot.pause()
        golden.check("apply-done", screen_text(app))
        await pilot.press("f8")
        await until(
            pilot, lambda: isinstance(app.screen, DoneScreen) and app.session.planned and "score 60" in screen_text(app)
        )
        golden.check("done", screen_text(app))


async def test_apply_that_failed(golden: Golden) -> None:
    engine = FakeEngine(end=RolledBackError("the server did not start; everything was put back"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(
            pilot,
            lambda: (
                "[FAIL] the server did not start" in screen_text(app)
                and not app.session.looking
                and app.session.planned
            ),
        )
        await pilot.pause()
        golden.check("apply-failed", screen_text(app))


async def test_dry_run(golden: Golden) -> None:
    async with wizard(dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        await pilot.pause()
        golden.check("dry-run-apply", screen_text(app))


async def test_lists(golden: Golden) -> None:
    async with wizard(FakeEngine(stored=(snapshot(),))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: "o: not ok" in screen_text(app))
        await pilot.pause()
        golden.check("checklist", screen_text(app))
        await pilot.press("f7", "n")
        await until(pilot, lambda: "12 changes, 1 restart" in screen_text(app))
        await pilot.pause()
        golden.check("snapshots", screen_text(app))


async def test_wide(golden: Golden) -> None:
    async with wizard().run_test(size=(100, 30)) as pilot:
        app = await to_review(pilot)
        await pilot.pause()
        golden.check("review-100x30", screen_text(app))
