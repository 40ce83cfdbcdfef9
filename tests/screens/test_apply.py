"""Asking before, following, and the way out of an apply."""

import base64
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.dialog import Dialog
from screens.dialogs.leave import Leave, LeaveRunning
from screens.dialogs.path import PathDialog
from screens.dialogs.quick import QuickDialog
from screens.dialogs.text import TextDialog
from screens.engine import Detection
from screens.session import Mode
from screens.steps.review import ReviewStep
from screens.views.apply import ApplyScreen
from screens.views.done import DoneScreen
from screens.views.passwords import PasswordsScreen
from screens.views.unfinished_apply import UnfinishedApplyScreen
from screens.widgets.field import Editor
from screens.wizard import WizardApp
from tests.support.fake_engine import PASSWORD, FakeEngine, FakeJob, standing
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import ApplyError, BusyError, NoSpaceError
from wizard.model.answers import Answers
from wizard.model.event import ClientReturn, EventKind, Outcome, Result
from wizard.model.plan import Note, Plan
from wizard.model.status import Stage
from wizard.model.value import replace
from wizard.model.value import replace as with_fields


async def to_review(pilot: Pilot[Any]) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QuickDialog))
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    return app


async def to_apply(pilot: Pilot[Any]) -> WizardApp:
    app = await to_review(pilot)
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
    await pilot.press("d", "b", "1", "enter")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
    return app


async def test_enter_alone_applies_nothing() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "type exactly: db1" in screen_text(app))
        assert isinstance(app.screen, ConfirmDialog)
    assert engine.done == []


async def test_keys_are_lost_only_by_the_operators_own_word() -> None:
    engine = FakeEngine(lossy=True)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        assert "[FAIL] 1 change may lose data" in screen_text(app)
        await pilot.press("f8")
        await until(pilot, lambda: "may be lost" in screen_text(app))
        assert "1,204 keys are in no file" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: "type exactly: lose data" in screen_text(app))
        await pilot.press(*"lose", "space", *"data", "enter")
        await until(pilot, lambda: "Apply to db1?" in screen_text(app))
        await pilot.press("d", "b", "1", "enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
    assert engine.done == ["apply 20260504-101112 admin,app accepting restart"]


async def test_who_does_not_give_the_word_is_back_at_the_review() -> None:
    engine = FakeEngine(lossy=True)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: "may be lost" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    assert engine.done == []


async def to_waiting(pilot: Pilot[Any]) -> WizardApp:
    app = await to_apply(pilot)
    await until(pilot, lambda: "Time left to confirm: 5:00" in screen_text(app))
    return app


async def take_passwords(pilot: Pilot[Any], app: WizardApp) -> None:
    await pilot.press("p")
    await until(pilot, lambda: isinstance(app.screen, PasswordsScreen))
    await pilot.press("s")
    await until(pilot, lambda: f"{PASSWORD}-app" in screen_text(app))
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen))


async def answer(pilot: Pilot[Any], app: WizardApp, key: str, question: str) -> None:
    """Give a word and say yes to the question."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, ConfirmDialog) and question in screen_text(app))
    await pilot.press("right", "enter")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen))


async def to_end(pilot: Pilot[Any]) -> WizardApp:
    app = await to_waiting(pilot)
    await take_passwords(pilot, app)
    await answer(pilot, app, "c", "Confirm the change?")
    await until(pilot, lambda: "F8 continues" in screen_text(app))
    return app


@pytest.mark.parametrize("key", ["plus", "equals_sign"])
async def test_a_key_gives_five_minutes_more(key: str) -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        assert screen_text(app).splitlines()[0].endswith("PENDING CONFIRM 5:00")
        await pilot.press(key)
        await until(pilot, lambda: screen_text(app).splitlines()[0].endswith("PENDING CONFIRM 10:00"))
        assert "Time left to confirm: 10:00" in screen_text(app)
        engine.now += 301
        await until(pilot, lambda: screen_text(app).splitlines()[0].endswith("PENDING CONFIRM 4:59"))
        engine.now += 300
        await until(pilot, lambda: "NOT DONE" in screen_text(app))


async def test_more_time_that_is_refused_says_why() -> None:
    engine = FakeEngine(word_error=ApplyError("an apply waits at most 60 minutes from now"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await pilot.press("plus")
        await until(pilot, lambda: "The deadline stays: an apply waits at most 60 minutes" in screen_text(app))
        assert "PENDING CONFIRM 5:00" in screen_text(app)


async def test_the_command_that_confirms_elsewhere_means_this_host() -> None:
    async with wizard(FakeEngine(command_options="--sandbox-dir /tmp/box")).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        assert "redis-wizard confirm --sandbox-dir /tmp/box --secrets-to FILE" in screen_text(app)


async def test_it_waits_for_a_word_and_is_kept() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        text = screen_text(app)
        assert "PENDING CONFIRM" in text.splitlines()[0]
        assert "then it is rolled back, also after a reboot." in text
        assert "nobody enters without a password" in text
        assert "take the new passwords of admin, app first" in text
        await take_passwords(pilot, app)
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))
        assert "DONE" in screen_text(app).splitlines()[0]
        assert engine.job is not None
        assert engine.job.word is EventKind.CONFIRMED
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
    assert engine.done == ["apply 20260504-101112 admin,app"]


CLIENTS = ClientReturn(
    back=("orders-api at 10.0.4.21 (2 connections)",),
    missing=("billing at 10.0.4.30 (0 of 2)",),
    refused=("worker at 10.0.4.31 as app: KEYS",),
)


async def test_it_names_the_clients_that_are_back_that_are_not_and_that_are_refused() -> None:
    async with wizard(FakeEngine(clients=CLIENTS)).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await until(pilot, lambda: "not back  billing at 10.0.4.30 (0 of 2)" in screen_text(app))
        assert "refused   worker at 10.0.4.31 as app: KEYS" in screen_text(app)
        assert "back      orders-api (2) at 10.0.4.21" in screen_text(app)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await pilot.press("enter")
        await take_passwords(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "Not back yet: billing at 10.0.4.30 (0 of 2)." in screen_text(app)


@pytest.mark.parametrize("key", ["c", "f8"])
async def test_who_has_no_passwords_is_brought_to_them_before_the_change_is_kept(key: str) -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, PasswordsScreen))
        assert "without them every user is locked out" in screen_text(app)
        assert PASSWORD not in screen_text(app)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        assert engine.job is not None
        assert engine.job.word is None


async def test_enter_and_keys_typed_ahead_keep_nothing() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await take_passwords(pilot, app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)
        Dialog.quiet_seconds = 60.0
        await pilot.press("f8", "f8", "f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.pause()
        assert isinstance(app.screen, ConfirmDialog)
        Dialog.quiet_seconds = 0.0
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        assert engine.job is not None
        assert engine.job.word is None


async def test_the_time_runs_down_and_no_word_takes_it_back() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        engine.now += 23
        await until(pilot, lambda: "confirm: 4:37" in screen_text(app))
        engine.now += 278
        await until(pilot, lambda: "No confirmation came" in screen_text(app))
        text = screen_text(app)
        assert "NOT DONE" in text.splitlines()[0]
        assert "[ ok ] SAME: 9 paths" in text
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
        assert "NOTHING CHANGED YET" in screen_text(app).splitlines()[0]
        assert app.passwords.delivery.users == ()


async def test_r_takes_it_back_at_once() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await answer(pilot, app, "r", "Roll back the change?")
        await until(pilot, lambda: "ROLLED BACK" in screen_text(app).splitlines()[0])
        assert "[ ok ] SAME: 9 paths" in screen_text(app)
        assert engine.job is not None
        assert engine.job.word is EventKind.REVOKED


@pytest.mark.parametrize(("other", "key"), [(EventKind.REVOKED, "c"), (EventKind.CONFIRMED, "r")])
async def test_a_word_that_comes_too_late_is_told_so(other: EventKind, key: str) -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await take_passwords(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert engine.job is not None
        engine.job.word = other
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Too late" in screen_text(app))


async def test_a_word_that_cannot_be_written_down_is_told_so_and_can_be_given_again() -> None:
    engine = FakeEngine(word_error=NoSpaceError(PurePosixPath("/var/lib/redis-wizard")))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await take_passwords(pilot, app)
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "Confirmation failed: no space left" in screen_text(app))
        engine.word_error = None
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "4 changes applied and verified" in screen_text(app))


@pytest.mark.parametrize("hold", [4, 0])
@pytest.mark.parametrize("key", ["f10", "ctrl+q", "ctrl+c", "f7"])
async def test_it_may_be_left_while_it_works_or_waits(hold: int, key: str) -> None:
    engine = FakeEngine(hold=hold)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await (to_apply(pilot) if hold else to_waiting(pilot))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, LeaveRunning))
        text = screen_text(app)
        assert "The apply continues without this window." in text
        assert "Return from any login: redis-wizard, or redis-wizard status" in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, LeaveRunning))
        await pilot.press("right", "enter")
        await until(pilot, lambda: app.return_code is not None)
        engine.hold = 0
    assert app.return_code == 6
    assert engine.job is not None
    assert engine.job.word is None


async def test_an_apply_that_was_undone_is_no_success() -> None:
    end = Outcome(result=Result.ROLLED_BACK, summary="TLS did not answer; it was undone", seconds=1.0)
    engine = FakeEngine(end=end, waits=False)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "[FAIL] TLS did not answer" in screen_text(app))
        assert "NOT DONE" in screen_text(app).splitlines()[0]
        await until(pilot, lambda: len(engine.logins) > 1)
        assert engine.logins[-1] is None
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
        assert "NOTHING CHANGED YET" in screen_text(app).splitlines()[0]


async def test_what_is_left_of_an_undoing_that_failed_in_part_is_told() -> None:
    summary = "Not as before: /etc/redis/redis.conf was changed by hand"
    engine = FakeEngine(end=Outcome(result=Result.INCOMPLETE, summary=summary, seconds=1.0), waits=False)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: f"[FAIL] {summary}" in screen_text(app))
        assert "Next   restore what is named above, then redis-wizard rollback" in screen_text(app)


async def test_what_gets_out_of_sight_is_looked_for_again() -> None:
    engine = FakeEngine(loses_sight=ApplyError("the journal of the apply cannot be read"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "[FAIL] the journal of the apply cannot be read" in screen_text(app))
        text = screen_text(app)
        assert "UNKNOWN" in text.splitlines()[0]
        assert "redis-wizard status" in text
        assert app.passwords.delivery.users == ("admin", "app")
        engine.stands = standing()
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, UnfinishedApplyScreen))


async def test_another_apply_in_the_way_is_named_and_offered(tmp_path: Path) -> None:
    target = tmp_path / "secrets.toml"
    engine = FakeEngine(start_error=BusyError("another apply is at work on this host"))
    async with wizard(engine, secrets_to=target).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "[FAIL] another apply is at work on this host" in screen_text(app))
        assert "Nothing was started" in screen_text(app)
        await until(pilot, lambda: not target.exists())
        engine.stands = standing(Stage.WORKING)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, UnfinishedApplyScreen))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))


async def test_passwords_show_on_one_screen_only_on_demand() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        assert PASSWORD not in screen_text(app)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PasswordsScreen))
        assert PASSWORD not in screen_text(app)
        assert "Time left to confirm: 5:00" in screen_text(app)
        await pilot.press("s")
        await until(pilot, lambda: f"{PASSWORD}-app" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: PASSWORD not in screen_text(app))
        await pilot.press("s", "f7")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
        assert PASSWORD not in screen_text(app)
        assert "the new passwords (shown)" in screen_text(app)


async def test_passwords_of_a_change_that_is_taken_back_leave_the_screen() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await pilot.press("p", "s")
        await until(pilot, lambda: f"{PASSWORD}-app" in screen_text(app))
        engine.now += 301
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and "No confirmation came" in screen_text(app))
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)


async def test_where_no_word_is_waited_for_leaving_without_the_passwords_asks() -> None:
    async with wizard(FakeEngine(waits=False)).run_test(size=(80, 24)) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 continues" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert "not shown or written yet" in screen_text(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, Leave))
        assert "The new passwords were not shown" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        await pilot.press("p", "s", "f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert "not shown or written yet" not in screen_text(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, Leave))
        assert "The new passwords" not in screen_text(app)


class Wordy(FakeEngine):
    """A plan with a note that is longer than a line."""

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        note = Note(subject="firewall", text=f"Close {', '.join(str(port) for port in range(6379, 6420))}.")
        return with_fields(super().plan(detection, answers, instance, left_out), notes=(note,))


@pytest.mark.parametrize(("size", "whole"), [((80, 24), False), ((120, 40), True)])
async def test_the_last_screen_cuts_nothing_where_there_is_room(size: tuple[int, int], *, whole: bool) -> None:
    async with wizard(Wordy(waits=False)).run_test(size=size) as pilot:
        app = await to_apply(pilot)
        await until(pilot, lambda: "F8 continues" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen) and "item 6" in screen_text(app))
        assert ("6419." in screen_text(app)) is whole


async def test_w_writes_a_new_file_for_its_owner_alone(tmp_path: Path) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Take these first" in screen_text(app))
        await pilot.press("w")
        await until(pilot, lambda: "Write the passwords" in screen_text(app))
        target = tmp_path / "out.toml"
        app.screen.query_one(Editor).value = str(target)  # typing a path costs a second
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PasswordsScreen))
        assert str(target)[:40] in screen_text(app)
        assert "They are taken. Next: F8, then c confirms the change." in screen_text(app)
        assert "Take these first" not in screen_text(app)
    assert target.stat().st_mode & 0o777 == 0o600
    assert f'"app" = "{PASSWORD}-app"' in target.read_text()


async def test_secrets_to_writes_before_anything_is_applied_and_counts_as_handed_over(tmp_path: Path) -> None:
    target = tmp_path / "secrets.toml"
    async with wizard(secrets_to=target).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        assert "[passwords]" in target.read_text()
        assert str(target)[:30] in screen_text(app)
        await answer(pilot, app, "c", "Confirm the change?")
        await until(pilot, lambda: "F8 continues" in screen_text(app))
    assert "[passwords]" in target.read_text()


async def test_secrets_to_goes_where_the_passwords_never_came_into_force(tmp_path: Path) -> None:
    target, engine = tmp_path / "secrets.toml", FakeEngine()
    async with wizard(engine, secrets_to=target).run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        engine.now += 301
        await until(pilot, lambda: "No confirmation came" in screen_text(app) and not target.exists())


async def test_secrets_that_cannot_be_written_apply_nothing(tmp_path: Path) -> None:
    target, engine = tmp_path / "secrets.toml", FakeEngine()
    target.write_text("mine")
    async with wizard(engine, secrets_to=target).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("d", "b", "1", "enter")
        await until(pilot, lambda: "Nothing was applied" in screen_text(app))
        assert "already exists; name a new file" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    assert engine.done == []
    assert target.read_text() == "mine"


async def test_after_the_apply_the_administrator_looks() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        await to_end(pilot)
        await until(pilot, lambda: len(engine.logins) > 1)
    login = engine.logins[1]
    assert login is not None
    assert login.user == "admin"


async def to_dry_run(pilot: Pilot[None]) -> WizardApp:
    app = await to_review(pilot)
    app.store.change(lambda session: replace(session, mode=Mode.DRY_RUN))
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and app.screen.finished)
    return app


async def test_a_dry_run_rehearses_walks_to_the_end_and_applies_nothing() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_dry_run(pilot)
        await until(pilot, lambda: "a applies this plan now" in screen_text(app))
        text = screen_text(app)
        assert "DRY RUN" in text.splitlines()[0]
        assert "2 checks passed. Nothing was changed." in text
        assert "[ ok ] the server starts with the planned configuration" in text
        assert "commit" not in text
        await pilot.press("p")
        assert isinstance(app.screen, ApplyScreen)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        assert "nothing was written" in screen_text(app)
    assert engine.done == []
    assert len(engine.logins) == 1, "a dry run leaves the host as it was read"


async def test_a_dry_run_whose_rehearsal_fails_says_why_and_applies_nothing() -> None:
    engine = FakeEngine(rehearsal_fails="Nothing was changed: redis.conf line 3: 'maxmemory' wants bytes")
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_dry_run(pilot)
        await until(pilot, lambda: "[FAIL] Nothing was changed: redis.conf line 3" in screen_text(app))
        assert "a apply" not in screen_text(app)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    assert engine.done == []


async def test_a_dry_run_leads_to_the_apply_of_the_same_plan() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_dry_run(pilot)
        await until(pilot, lambda: "a applies this plan now" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("d", "b", "1", "enter")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen))
    assert engine.done == ["apply 20260504-101112 admin,app"]


async def test_a_run_that_may_change_nothing_offers_no_apply() -> None:
    engine = FakeEngine(may_change=False)
    async with wizard(engine, dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: "for redis-wizard apply FILE" in screen_text(app))
        assert "Not rehearsed: with --dry-run no server is started." in screen_text(app)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))
    assert engine.done == []


async def test_a_snippet_goes_to_a_file_and_to_the_clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    async with wizard(FakeEngine(), dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and app.screen.finished)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
        monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: sent.append(data))
        await pilot.press("y")
        copied = next(text for text in sent if text.startswith("\x1b]52;c;"))
        monkeypatch.undo()
        code = base64.b64decode(copied.removeprefix("\x1b]52;c;").removesuffix("\a")).decode()
        compile(code, "snippet", "exec")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.query_one(Editor).value = str(tmp_path / "app.py")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DoneScreen))
    assert (tmp_path / "app.py").read_text() == f"{code}\n"


@pytest.mark.parametrize("key", ["f8", "enter"])
async def test_keys_typed_ahead_do_not_answer_the_question(key: str) -> None:
    engine = FakeEngine()
    app = wizard(engine)
    ConfirmDialog.quiet_seconds = 30.0
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await to_review(pilot)
            await pilot.press("f8")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press(key, "escape")
            await pilot.pause()
            assert isinstance(app.screen, ConfirmDialog)
    finally:
        del ConfirmDialog.quiet_seconds


# --- the last screen -------------------------------------------------------------------------


async def to_done(pilot: Pilot[Any]) -> WizardApp:
    app = await to_end(pilot)
    await until(pilot, lambda: not app.session.reading and app.session.planned)
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, DoneScreen) and "Score" in screen_text(app))
    return app


async def test_the_report_of_the_apply_is_written_without_a_secret(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_done(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        assert "redis-hardening-db1.txt" in screen_text(app)
        app.screen.query_one(Editor).value = str(target)  # typing a path costs a second
        await pilot.press("enter")
        await until(pilot, target.exists)
    text = target.read_text()
    assert text.startswith("Hardening of redis-server on db1\n")
    assert "1. 10.0.4.30, user default: give it app" in text
    assert "maxmemory: 0 -> 19gb" in text
    assert PASSWORD not in text
    assert target.stat().st_mode & 0o777 == 0o600


async def test_a_bigger_window_shows_everything_that_is_left() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_done(pilot)
        await pilot.resize_terminal(80, 18)
        await until(pilot, lambda: "t shows all 4" in screen_text(app))
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "  4. item" in screen_text(app))
        assert "t shows all" not in screen_text(app)


async def test_a_decision_is_not_asked_for_again_before_its_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeJob, "confirm", lambda _: True)  # the job has not ended yet
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_waiting(pilot)
        await take_passwords(pilot, app)
        await answer(pilot, app, "c", "Confirm the change?")
        await pilot.press("f8", "c", "r")
        await pilot.pause()
        assert isinstance(app.screen, ApplyScreen)
