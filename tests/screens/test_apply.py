"""Asking before, following, and the way out of an apply."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.apply import ApplyScreen
from screens.dialogs.confirm import Confirm
from screens.dialogs.leave import Leave, StillRunning
from screens.done import DoneScreen
from screens.review import ReviewStep
from screens.wizard import Wizard
from tests.support.fake_engine import PASSWORD, FakeEngine
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import RolledBackError
from wizard.model.event import Ending, Outcome


async def to_review(pilot: Pilot[Any]) -> Wizard:
    app = await ready(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    return app


async def to_apply(pilot: Pilot[Any]) -> Wizard:
    app = await to_review(pilot)
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, Confirm))
    await pilot.press("d", "b", "1", "enter")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
    return app


async def test_enter_alone_applies_nothing() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "type exactly: db1" in screen_text(app))
        assert isinstance(app.screen, Confirm)
    assert engine.done == []


async def test_the_host_name_applies_and_the_result_is_shown() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))
        assert "[ ok ] verify" in screen_text(app)
        assert "DONE" in screen_text(app).splitlines()[0]
    assert engine.done == ["apply 20260504-101112 admin,app"]


async def test_while_it_runs_leaving_is_refused() -> None:
    engine = FakeEngine(hold=4)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        for key in ("f10", "ctrl+q", "ctrl+c", "f7"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, StillRunning))
            assert "An apply is running" in screen_text(app)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        await pilot.press("f8")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)
        engine.hold = 0
        await until(pilot, lambda: "F8 goes on" in screen_text(app))


async def test_a_failure_says_why_and_what_was_undone() -> None:
    engine = FakeEngine(end=RolledBackError("the server did not start; everything was put back"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "everything was put back" in screen_text(app))
        assert "NOT DONE" in screen_text(app).splitlines()[0]
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))


async def test_an_apply_that_was_undone_is_no_success() -> None:
    end = Outcome(ending=Ending.ROLLED_BACK, summary="TLS did not answer; it was undone", seconds=1.0)
    engine = FakeEngine(end=end)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "[FAIL] TLS did not answer" in screen_text(app))
        assert "NOT DONE" in screen_text(app).splitlines()[0]
        await until(pilot, lambda: len(engine.logins) > 1)
        assert engine.logins[-1] is None
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
        assert "NOTHING CHANGED YET" in screen_text(app).splitlines()[0]


async def test_passwords_show_only_on_demand_and_leaving_without_asks() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 goes on" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert PASSWORD not in screen_text(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, Leave))
        assert "New passwords were not shown" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        await pilot.press("s")
        await until(pilot, lambda: f"{PASSWORD}-app" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: PASSWORD not in screen_text(app))
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, Leave))
        assert "New passwords" not in screen_text(app)


async def test_w_writes_a_new_file_for_its_owner_alone(tmp_path: Path) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 goes on" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        await pilot.press("w")
        await until(pilot, lambda: "Write the passwords" in screen_text(app))
        target = tmp_path / "out.toml"
        app.screen._path.value = str(target)  # type: ignore[attr-defined]  # typing a path costs a second
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert str(target)[:40] in screen_text(app)
    assert target.stat().st_mode & 0o777 == 0o600
    assert f'"app" = "{PASSWORD}-app"' in target.read_text()


async def test_secrets_to_writes_without_asking(tmp_path: Path) -> None:
    target = tmp_path / "secrets.toml"
    async with wizard(secrets_to=target).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 goes on" in screen_text(app))
    assert "[passwords]" in target.read_text()


async def test_after_the_apply_the_administrator_looks() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 goes on" in screen_text(app) and len(engine.logins) > 1)
    login = engine.logins[-1]
    assert login is not None
    assert login.user == "admin"


async def test_a_dry_run_walks_to_the_end_and_applies_nothing() -> None:
    engine = FakeEngine()
    async with wizard(engine, dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        assert "DRY RUN" in screen_text(app).splitlines()[0]
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        assert "Nothing was written" in screen_text(app)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert "nothing was written" in screen_text(app)
    assert engine.done == []


@pytest.mark.parametrize("key", ["f8", "enter"])
async def test_keys_typed_ahead_do_not_answer_the_question(key: str) -> None:
    engine = FakeEngine()
    app = wizard(engine)
    Confirm.quiet_seconds = 30.0
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await to_review(pilot)
            await pilot.press("f8")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press(key, "escape")
            await pilot.pause()
            assert isinstance(app.screen, Confirm)
    finally:
        del Confirm.quiet_seconds
