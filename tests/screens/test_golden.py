"""What every screen looks like at 80 columns and 24 rows."""

import pytest

from screens.step_table import STEPS
from screens.terminal.capabilities import ColorScheme
from screens.views.apply import ApplyScreen
from screens.views.done import DoneScreen
from screens.views.unfinished_apply import UnfinishedApplyScreen
from tests.screens.test_apply import take_passwords, to_apply, to_review, to_waiting
from tests.screens.test_draft import draft
from tests.screens.test_forms import to_step
from tests.screens.test_host import DRIFT, LOCKED
from tests.support import facts_builder as build
from tests.support.fake_engine import TAKEN_BACK, FakeEngine, snapshot, standing
from tests.support.screen import Golden, ready, screen_text, until, wizard
from wizard.errors import ApplyError, NotPermittedError
from wizard.model.facts.unreadable import Unreadable
from wizard.model.status import Stage

NAMES = [row.name for row in STEPS.rows]


@pytest.mark.parametrize("step", NAMES)
async def test_step(step: str, golden: Golden) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.pause()
        golden.check(f"step-{STEPS.key(step)}-{step}", screen_text(app))


@pytest.mark.parametrize("step", NAMES)
async def test_step_of_a_server_that_cannot_be_asked(step: str, golden: Golden) -> None:
    silent = build.instance(live=Unreadable(what="the running server", why="it wants a password"), process=None)
    async with wizard(FakeEngine(facts=build.host(instances=(silent,), root=False))).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.pause()
        golden.check(f"silent-{STEPS.key(step)}-{step}", screen_text(app))


async def test_an_error(golden: Golden) -> None:
    async with wizard(FakeEngine(detect_error=NotPermittedError(build.CONF))).run_test(size=(80, 24)) as pilot:
        golden.check("host-error", screen_text(await ready(pilot)))


async def test_apply_and_done(golden: Golden) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await pilot.pause()
        golden.check("apply-waiting", screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "Take these first" in screen_text(app))
        await pilot.pause()
        golden.check("passwords", screen_text(app))
        await pilot.press("f8")
        await take_passwords(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: "Confirm the change?" in screen_text(app))
        await pilot.pause()
        golden.check("apply-keep", screen_text(app))
        await pilot.press("right", "enter")
        await until(
            pilot, lambda: "F8 continues" in screen_text(app) and not app.session.reading and app.session.planned
        )
        await pilot.pause()
        golden.check("apply-done", screen_text(app))
        await pilot.press("f8")
        await until(
            pilot, lambda: isinstance(app.screen, DoneScreen) and app.session.planned and "Score 60" in screen_text(app)
        )
        golden.check("done", screen_text(app))


async def test_apply_that_works_and_is_left(golden: Golden) -> None:
    engine = FakeEngine(hold=4)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "snapshot begins" in screen_text(app))
        await pilot.pause()
        golden.check("apply-working", screen_text(app))
        await pilot.press("f10")
        await until(pilot, lambda: "continues without this window" in screen_text(app))
        await pilot.pause()
        golden.check("apply-leave", screen_text(app))
        engine.hold = 0


async def test_apply_that_was_rolled_back(golden: Golden) -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        engine.now += 301
        await until(pilot, lambda: "NOT DONE" in screen_text(app) and not app.session.reading and app.session.planned)
        await pilot.pause()
        golden.check("apply-rolled-back", screen_text(app))


async def test_apply_out_of_sight(golden: Golden) -> None:
    engine = FakeEngine(loses_sight=ApplyError("the journal of this apply cannot be read"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "UNKNOWN" in screen_text(app) and not app.session.reading and app.session.planned)
        await pilot.pause()
        golden.check("apply-out-of-sight", screen_text(app))


@pytest.mark.parametrize("stage", [Stage.WORKING, Stage.WAITING, Stage.UNDOING, Stage.INTERRUPTED])
async def test_what_is_open(stage: Stage, golden: Golden) -> None:
    async with wizard(FakeEngine(stands=standing(stage))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: isinstance(app.screen, UnfinishedApplyScreen) and app.screen.focused is not None)
        await pilot.pause()
        golden.check(f"open-{stage}", screen_text(app))


async def test_what_became_of_the_last_apply(golden: Golden) -> None:
    stands = standing(Stage.ENDED, outcome=TAKEN_BACK)
    async with wizard(FakeEngine(stands=stands)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: "10:11" in screen_text(app))
        await pilot.pause()
        golden.check("host-last-apply", screen_text(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_hardened_host_that_has_drifted(golden: Golden, size: tuple[int, int]) -> None:
    engine = FakeEngine(drifted=DRIFT, draft=draft(), facts=build.host(instances=(LOCKED,)))
    async with wizard(engine).run_test(size=size) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: app.screen.focused is not None and app.session.draft)
        # The table is filled once the rows of the window are known.
        await until(pilot, lambda: "no maxmemory" in screen_text(app))
        await pilot.pause()
        golden.check(f"host-drift-{size[0]}", screen_text(app))


async def test_dry_run(golden: Golden) -> None:
    async with wizard(dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and app.screen.finished)
        await until(pilot, lambda: "a applies" in screen_text(app))
        golden.check("dry-run-apply", screen_text(app))


async def test_lists(golden: Golden) -> None:
    async with wizard(FakeEngine(stored=(snapshot(),))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: "f not ok" in screen_text(app))
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


@pytest.mark.parametrize("no_color", ["", "1"], ids=["16 colours", "none"])
async def test_waiting_is_told_by_words_alone(golden: Golden, no_color: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    app = wizard()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_waiting(pilot)
        await pilot.pause()
        assert (app.color_scheme is ColorScheme.PLAIN) is bool(no_color)
        golden.check("apply-waiting", screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "Take these first" in screen_text(app))
        await pilot.pause()
        golden.check("passwords", screen_text(app))
