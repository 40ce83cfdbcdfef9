"""From the first screen to a reviewed plan, and to a confirmed change, by keyboard alone."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.path import PathDialog
from screens.dialogs.quick import QuickDialog
from screens.quick_questions import quick_questions
from screens.session import Session, with_quick_answers
from screens.steps.review import ReviewStep
from screens.views.apply import ApplyScreen
from screens.views.passwords import PasswordsScreen
from screens.wizard import WizardApp
from tests.support import facts_builder as build
from tests.support.fake_engine import RECOMMENDED, FakeDetection, FakeEngine, plan
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import InvalidValueError
from wizard.model.answers import Purpose, UserAnswer
from wizard.model.event import EventKind
from wizard.model.facts.instance import Instance
from wizard.model.sources import FileContents
from wizard.model.value import replace

MOST_KEYS = 10


async def open_questions(pilot: Pilot[None]) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QuickDialog))
    await pilot.pause()
    return app


async def test_enter_after_each_question_leads_to_the_review() -> None:
    app = wizard()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_questions(pilot)
        await pilot.press(*["enter"] * 4)
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
        await pilot.pause()
        text = screen_text(app)
    assert "6 changes in 2 files" in text
    assert "maxmemory: 0 -> 19gb" in text
    assert app.session.plan == plan(app.engine.recommended)  # type: ignore[attr-defined]  # the fake one


async def test_the_three_questions_show_the_evidence_and_take_the_answers() -> None:
    seen = (build.client(name="orders-api", address="10.0.4.21", count=2), build.client(address="[bold]\x1b[31m"))
    facts = build.host(instances=(build.instance(live=build.live(clients=seen)),))
    app = wizard(FakeEngine(facts=facts))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_questions(pilot)
        text = screen_text(app)
        assert "< hosts on eth0, " in text
        assert "Connected now: " in text
        assert "orders-api at 10.0.4.21" in text
        assert "[bold]" in text
        assert "\x1b" not in text
        await pilot.press("right", "down", "right", "down", *"shop", "down", *"shop:* cart:*", "f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    answers = app.session.answers
    assert answers.network.bind == ("loopback",)
    assert answers.memory.purpose is Purpose.CACHE_HOT
    assert [(user.name, user.keys) for user in answers.acl.users] == [
        ("shop", ("shop:*", "cart:*")),
        ("admin", ("*",)),
    ]


def test_programs_that_connect_for_moments_are_evidence_too() -> None:
    brief = {"total_connections_received": "592", "uptime_in_seconds": "900"}
    server = build.instance(live=build.live(clients=(), info=brief, command_calls={"get": 592}))
    session = Session(
        detection=FakeDetection(build.host(instances=(server,)), FileContents()), instance=server, answers=RECOMMENDED
    )
    assert quick_questions(session).clients.startswith("No client is connected now. 592 connections since")


async def test_a_wrong_answer_stays_in_the_dialog() -> None:
    class Refusing(FakeEngine):
        def rules(self, user: UserAnswer, instance: Instance | None) -> str:
            if " " in user.name:
                raise InvalidValueError(f"'{user.name}' is no user name")
            return super().rules(user, instance)

    app = wizard(Refusing())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_questions(pilot)
        await pilot.press("down", "down", *"a x", "f8")
        await until(pilot, lambda: "[err] 'a x' is no user name" in screen_text(app))
        assert isinstance(app.screen, QuickDialog)


async def test_a_known_user_is_not_asked_for() -> None:
    known = build.live(acl=("user default on nopass ~* &* +@all", "user app on ~app:* +@read"))
    app = wizard(FakeEngine(facts=build.host(instances=(build.instance(live=known),))))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_questions(pilot)
        assert "No new user is planned" in screen_text(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep))


async def test_ten_keys_lead_from_the_start_to_a_confirmed_change_with_the_passwords_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    engine = FakeEngine(harmless=True)
    app = wizard(engine)
    keys = 0

    async def press(key: str, then: type) -> None:
        nonlocal keys
        keys += 1
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, then))
        await pilot.pause()

    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press("enter", QuickDialog)
        await press("f8", ReviewStep)
        await until(pilot, lambda: app.session.planned)
        await press("f8", ConfirmDialog)
        await press("f8", ApplyScreen)
        await until(pilot, lambda: "PENDING CONFIRM" in screen_text(app))
        await press("c", PasswordsScreen)
        await press("w", PathDialog)
        await press("enter", PasswordsScreen)
        await press("f8", ApplyScreen)
        await press("f8", ConfirmDialog)
        await press("f8", ApplyScreen)
        await until(pilot, lambda: engine.job is not None and engine.job.word is EventKind.CONFIRMED)
    assert keys <= MOST_KEYS
    assert _modes(tmp_path) == [0o600]


async def test_nine_times_next_ends_in_the_same_plan() -> None:
    app = wizard()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press(*["f8"] * 9)
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    assert app.session.plan == plan(app.engine.recommended)  # type: ignore[attr-defined]  # the fake one


def _modes(directory: Path) -> list[int]:
    return [path.stat().st_mode & 0o777 for path in directory.glob("redis-passwords-*")]


async def test_own_answers_stay_on_the_quick_path() -> None:
    app = wizard()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        memory = replace(app.session.answers.memory, samples=7)
        app.store.change(lambda session: with_quick_answers(session, replace(session.answers, memory=memory)))
        await until(pilot, lambda: "[ Review my answers ]" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QuickDialog))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and app.session.planned)
    assert app.session.answers.memory.samples == 7
