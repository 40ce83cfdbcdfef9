"""Checklist, snapshots, the list of changes."""

from typing import Any

from textual.pilot import Pilot

from screens.steps.host import HostStep
from screens.steps.review import ReviewStep
from screens.views.apply import ApplyScreen
from screens.views.snapshots import SnapshotsScreen
from screens.widgets.field import Editor
from screens.wizard import WizardApp
from tests.screens.test_apply import to_review
from tests.screens.test_forms import to_step
from tests.support import facts_builder as build
from tests.support.fake_engine import FakeEngine, snapshot
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import SnapshotError
from wizard.model.event import Outcome, Result
from wizard.model.login import Login
from wizard.model.value import Secret


async def test_a_snapshot_is_put_back_after_a_question() -> None:
    engine = FakeEngine(stored=(snapshot(),))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "12 changes, 1 restart" in screen_text(app))
        assert isinstance(app.screen, SnapshotsScreen)
        await to_question(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
        assert engine.done == []
        await to_question(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and "F8 continues" in screen_text(app))
        assert "ROLLED BACK" in screen_text(app).splitlines()[0]
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, HostStep) and "ROLLED BACK" in screen_text(app))
        await until(pilot, lambda: app.focused is not None and app.focused.id == "quick")
    assert engine.done == ["rollback 20260504-101112"]


async def test_the_list_tells_which_applies_are_in_force() -> None:
    older = snapshot(id="20260504-090000")
    async with wizard(FakeEngine(stored=(snapshot(), older), stands_on={older.id})).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("n")
        await until(pilot, lambda: older.id in screen_text(app))
        rows = [row for row in screen_text(app).splitlines() if "2026" in row]
        assert ["in effect" in row for row in rows] == [False, True]


async def to_question(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, WizardApp)
    await pilot.press("r")
    await until(pilot, lambda: "F8 roll back" in screen_text(app))
    await pilot.press("f8")
    await until(pilot, lambda: "Roll back db1 to" in screen_text(app))


async def to_restore(pilot: Pilot[Any]) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("n")
    await until(pilot, lambda: "12 changes, 1 restart" in screen_text(app))
    await to_question(pilot)
    return app


async def test_a_rollback_may_be_left_too() -> None:
    engine = FakeEngine(stored=(snapshot(),), hold=4)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_restore(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and "WORKING" in screen_text(app))
        await pilot.press("f10")
        await until(pilot, lambda: "The rollback continues without this window." in screen_text(app))
        assert "waits for your confirmation" not in screen_text(app)
        await pilot.press("right", "enter")
        await until(pilot, lambda: app.return_code is not None)
        engine.hold = 0
    assert engine.done == ["rollback 20260504-101112"]


async def test_after_a_rollback_that_removes_the_user_the_host_is_read_without_a_login() -> None:
    hardened = build.host(instances=(build.instance(live=build.live(user="admin")),))
    engine = FakeEngine(facts=hardened, stored=(snapshot(),))
    async with wizard(engine, login=Login("admin", Secret("gone after it"))).run_test(size=(80, 24)) as pilot:
        app = await to_restore(pilot)
        engine.facts = build.host()
        await pilot.press("right", "enter")
        await until(
            pilot, lambda: "F8 continues" in screen_text(app) and app.host.login is None and not app.session.reading
        )
        assert isinstance(app.screen, ApplyScreen)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, HostStep) and "ROLLED BACK" in screen_text(app))
    assert [login and login.user for login in engine.logins] == ["admin", "admin", None]


async def test_what_others_wrote_since_is_shown_before_it_is_overwritten() -> None:
    edits = ("/etc/redis/redis.conf was changed by hand since.", *(f"    -line {number}" for number in range(40)))
    engine = FakeEngine(stored=(snapshot(),), edits=edits)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_restore(pilot)
        assert "redis.conf was changed by hand since" in screen_text(app)
        assert "line 20" not in screen_text(app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until(pilot, lambda: "line 20" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
    assert engine.done == []


async def test_what_others_wrote_that_cannot_be_looked_for_is_said() -> None:
    engine = FakeEngine(stored=(snapshot(),), edits=SnapshotError("the footprint is damaged"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_restore(pilot)
        assert "[ ?? ] manual changes are unknown: the footprint is damaged" in screen_text(app)


async def test_a_snapshot_whose_turn_it_is_not_is_not_asked_about() -> None:
    engine = FakeEngine(stored=(snapshot(),), barred="20260505-101112 is in force on top of it; first roll it back")
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "12 changes, 1 restart" in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: "Not the newest" in screen_text(app))
        assert "20260505-101112 is in force on top of it; first roll it back" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
    assert engine.done == []


def refused_for(loss: str) -> Outcome:
    return Outcome(
        result=Result.REFUSED, snapshot=snapshot().id, summary=f"{loss}; nothing was changed", seconds=0.1, loss=loss
    )


async def test_a_rollback_that_may_lose_keys_wants_the_word() -> None:
    loss = "the rollback may lose data: dir was /a and is /b"
    engine = FakeEngine(stored=(snapshot(),), end=refused_for(loss))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_restore(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Data may be lost" in screen_text(app))
        assert loss in screen_text(app)
        await pilot.press(*"lose data", "enter")
        await until(pilot, lambda: "type exactly" not in screen_text(app) and len(engine.done) > 1)
    assert engine.done == ["rollback 20260504-101112", "rollback 20260504-101112 accepted"]


async def test_a_change_is_left_out_and_put_back() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "5 changes" in screen_text(app))
        await until(pilot, lambda: "[ ]  restart  client  Restart redis-server" in screen_text(app))
        await pilot.press("space")
        await until(pilot, lambda: "6 changes" in screen_text(app) and "[x]  restart" in screen_text(app))


async def test_the_worst_group_comes_first_and_a_filter_shows_it_alone() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        text = screen_text(app)
        assert text.index("May disconnect clients: 1 change") < text.index("Makes the host safer: 5 changes")
        await pilot.press("f")
        await until(pilot, lambda: "f: risky" in screen_text(app))
        assert "gets safer" not in screen_text(app)
        assert "[x]  restart  client" in screen_text(app)


async def test_the_heading_of_a_group_is_no_change_to_leave_out() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("up", "space")
        await pilot.pause()
        assert app.session.left_out == frozenset()


async def test_the_diff_of_the_last_change_grows() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("end", "plus")
        await until(
            pilot, lambda: "at once" not in screen_text(app) and "user admin on #~generated" in screen_text(app)
        )
        await pilot.press("plus")
        await until(pilot, lambda: "at once" in screen_text(app))


async def test_a_plan_is_written_where_the_operator_says(tmp_path: object) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("x")
        await until(pilot, lambda: "Write the plan" in screen_text(app))
        target = f"{tmp_path}/plan.json"
        app.screen.query_one(Editor).value = target  # typing a path costs a second
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    with open(target, encoding="utf-8") as file:  # noqa: PTH123, ASYNC230 - a small file in a test
        assert '"schema": "redis-wizard/plan"' in file.read()


async def test_a_command_is_taken_away_for_everyone_and_given_back() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "commands")
        await pilot.press("space")
        await until(pilot, lambda: app.session.answers.commands.disable == ("flushall",))
        await pilot.press("space")
        await until(pilot, lambda: app.session.answers.commands.disable == ())
