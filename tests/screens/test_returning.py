"""What another login has begun: it is offered first, followed, kept, taken back, brought to its end."""

from typing import Any

import pytest
from textual.pilot import Pilot

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.quick import QuickDialog
from screens.steps.host import HostStep
from screens.steps.review import ReviewStep
from screens.views.apply import ApplyScreen
from screens.views.passwords import PasswordsScreen
from screens.views.unfinished_apply import UnfinishedApplyScreen
from screens.wizard import WizardApp
from tests.screens.test_apply import answer
from tests.support.fake_engine import APPLIED, PASSWORD, TAKEN_BACK, FakeEngine, standing
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import ApplyError, NotPermittedError
from wizard.jobs.status import INTERRUPTED_BEFORE_CHANGE
from wizard.model.event import EventKind, Outcome, Result
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.value import Secret, replace

SECRET = Secret(f"{PASSWORD}-app")


async def offered(pilot: Pilot[Any]) -> WizardApp:
    app = await ready(pilot)
    await until(pilot, lambda: isinstance(app.screen, UnfinishedApplyScreen) and app.screen.focused is not None)
    return app


async def test_what_waits_for_a_word_is_offered_first_with_all_that_is_known() -> None:
    engine = FakeEngine(stands=standing(damage=("the last line of the journal is half written",)))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        text = screen_text(app)
        assert "An apply is unfinished on this host" in text
        assert "12 changes, 1 restart" in text
        assert "by alice, 2026-05-04 10:11" in text
        assert "Time left to confirm: 4:37" in text
        assert "half written" in text
        assert "PENDING CONFIRM" in text.splitlines()[0]
        engine.now += 37
        await until(pilot, lambda: "confirm: 4:00" in screen_text(app))


async def test_following_comes_to_where_it_stands_and_keeps() -> None:
    engine = FakeEngine(stands=standing())
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and "Time left to confirm" in screen_text(app))
        assert "An apply of 2026-05-04 10:11 by alice" in screen_text(app)
        engine.stands = standing(Stage.ENDED, outcome=APPLIED)
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, HostStep))
        await pilot.pause()
        assert isinstance(app.screen, HostStep)
        assert "APPLIED" in screen_text(app).splitlines()[0]
    assert engine.done == ["attach 20260504-101112"]


async def test_keep_goes_by_the_passwords_that_wait() -> None:
    engine = FakeEngine(stands=standing(secrets_waiting=True), waiting={"app": SECRET})
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, PasswordsScreen))
        assert "without them every user is locked out" in screen_text(app)
        assert PASSWORD not in screen_text(app)
        await pilot.press("s")
        await until(pilot, lambda: f"{PASSWORD}-app" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))
        assert engine.job is not None
        assert engine.job.word is EventKind.CONFIRMED


async def test_passwords_that_lie_in_a_file_stop_nobody() -> None:
    stands = standing(secrets_waiting=True, secrets_to="/root/secrets.toml")
    engine = FakeEngine(stands=stands, waiting={"app": SECRET})
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog) and "Confirm the change?" in screen_text(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))


async def test_passwords_that_cannot_be_read_want_a_word_that_is_typed() -> None:
    waiting = ApplyError("the passwords of this apply are gone")
    engine = FakeEngine(stands=standing(secrets_waiting=True), waiting=waiting)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "[ ?? ] the new passwords cannot be read: the" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: "type exactly: confirm" in screen_text(app))
        await pilot.press(*"confirm", "enter")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))


async def test_take_back_from_the_offer() -> None:
    engine = FakeEngine(stands=standing())
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("right", "right", "enter")
        await until(
            pilot, lambda: isinstance(app.screen, ConfirmDialog) and "Roll back the change?" in screen_text(app)
        )
        await pilot.press("right", "enter")
        await until(pilot, lambda: "ROLLED BACK" in screen_text(app).splitlines()[0])
        assert engine.job is not None
        assert engine.job.word is EventKind.REVOKED


async def test_what_was_cut_off_is_brought_to_its_end() -> None:
    engine = FakeEngine(stands=standing(Stage.INTERRUPTED), end=TAKEN_BACK)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        text = screen_text(app)
        assert "INTERRUPTED" in text.splitlines()[0]
        assert "no worker is running" in text
        assert "[ Follow ]" not in text
        await pilot.press("enter")
        await until(pilot, lambda: "F8 continues" in screen_text(app))
        assert "[ ok ] Rolled back, everything is as before" in screen_text(app)
        engine.stands = standing(Stage.ENDED, outcome=TAKEN_BACK)
        await pilot.press("f8")
        await until(pilot, lambda: "[warn] 2026-05-04 10:11 rolled back: no" in screen_text(app))
    assert engine.done == ["recover 20260504-101112"]


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        (standing(Stage.WORKING), "running"),
        (standing(Stage.UNDOING), "rolling back"),
        (standing(Stage.WORKING, kind=Operation.ROLLBACK), "A rollback is unfinished on this host"),
    ],
    ids=["working", "undoing", "rollback"],
)
async def test_what_runs_can_only_be_followed(stands: ApplyStatus, words: str) -> None:
    engine = FakeEngine(stands=stands, waits=False)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        assert words in screen_text(app)
        assert "[ Confirm ]" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and "F8 continues" in screen_text(app))


@pytest.mark.parametrize("keys", [("f7",), ("left", "enter"), ("escape",)])
async def test_it_may_be_left_alone_to_look_at_the_host(keys: tuple[str, ...]) -> None:
    engine = FakeEngine(stands=standing())
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: isinstance(app.screen, HostStep) and "Score 60" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QuickDialog))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    assert engine.done == []


@pytest.mark.parametrize("option", ["dry_run", "view"])
async def test_who_only_looks_is_told_in_one_line(option: str) -> None:
    engine = FakeEngine(stands=standing())
    options: dict[str, Any] = {option: True}
    async with wizard(engine, **options).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: "[warn] An apply of 2026-05-04 10:11 by alice" in screen_text(app))
        assert isinstance(app.screen, HostStep)


async def test_a_rollback_of_another_login_that_may_lose_keys_wants_the_word_too() -> None:
    loss = "the rollback may lose data: dir was /a and is /b"
    refused = Outcome(result=Result.REFUSED, snapshot="20260101-000000", summary=loss, seconds=0.1, loss=loss)
    engine = FakeEngine(stands=standing(Stage.WORKING, kind=Operation.ROLLBACK), end=refused)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await offered(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Data may be lost" in screen_text(app))
        await pilot.press(*"lose data", "enter")
        await until(pilot, lambda: len(engine.done) > 1)
    assert engine.done == ["attach 20260504-101112", "rollback 20260101-000000 accepted"]


async def test_an_apply_that_was_cut_off_before_its_first_change_is_told() -> None:
    engine = FakeEngine(stands=standing(Stage.ENDED, outcome=INTERRUPTED_BEFORE_CHANGE))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        told = "[warn] 2026-05-04 10:11 Interrupted before its first change; nothing to do."
        await until(pilot, lambda: told in screen_text(app))


@pytest.mark.parametrize(
    ("outcome", "kind", "words"),
    [
        (TAKEN_BACK, Operation.APPLY, "[warn] 2026-05-04 10:11 rolled back: no confirmation came within 300 s"),
        (replace(TAKEN_BACK, result=Result.INCOMPLETE), Operation.APPLY, "[FAIL] 2026-05-04 10:11 Rolled back"),
        (TAKEN_BACK, Operation.ROLLBACK, ""),
        (APPLIED, Operation.APPLY, ""),
    ],
    ids=["rolled back", "in part", "a rollback", "kept"],
)
async def test_an_apply_that_was_taken_back_is_told_with_its_reason(outcome: Any, kind: Operation, words: str) -> None:
    engine = FakeEngine(stands=standing(Stage.ENDED, outcome=outcome, kind=kind))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        if not words:
            await pilot.pause()
            assert "10:11" not in screen_text(app)
            return
        await until(pilot, lambda: words in screen_text(app))
        await pilot.press("f2")
        await until(pilot, lambda: "confirmation came within 300 s" in screen_text(app))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApplyError("the journal of 20260504-101112 is damaged"), "[FAIL] the status of the last apply is unknown"),
        (NotPermittedError(standing, "look into"), ""),  # type: ignore[arg-type]  # any path
    ],
)
async def test_what_cannot_be_known_is_told_but_to_who_is_not_root(error: Exception, words: str) -> None:
    engine = FakeEngine(stands=error)  # type: ignore[arg-type]  # one of ours
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        if words:
            await until(pilot, lambda: words in screen_text(app))
        else:
            await pilot.pause()
            assert "the status of the last apply" not in screen_text(app)
