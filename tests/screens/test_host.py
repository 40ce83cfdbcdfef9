"""The first screen."""

import re
from pathlib import Path

import pytest

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.login import AskLogin
from screens.dialogs.preview import PreviewDialog
from screens.dialogs.text import TextDialog
from screens.steps.host import HostStep
from screens.steps.memory import MemoryStep
from screens.steps.users import UsersStep
from screens.views.snapshots import SnapshotsScreen
from screens.widgets.field import Editor
from screens.wizard import WizardApp
from tests.support import facts_builder as build
from tests.support.fake_engine import FakeEngine, snapshot
from tests.support.screen import ready, screen_text, until, wizard
from wizard.drift import Drift
from wizard.drift.state import Deviation, DriftKind
from wizard.errors import NotPermittedError
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Login
from wizard.model.network import ProbeAnswer
from wizard.model.value import Secret, replace


async def test_shows_score_risks_and_what_the_host_is() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        text = screen_text(await ready(pilot))
    assert "Score 60/100   2 FAIL" in text
    assert re.search(r"\[FAIL\]  anyone may log in without a password +step 3", text)
    assert "redis 8.0.2 · unit redis-server" in text
    assert "eth0 203.0.113.7/24 PUBLIC" in text


async def test_enter_on_a_risk_goes_to_the_step_that_fixes_it() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, (UsersStep, MemoryStep)))


async def test_a_host_that_cannot_be_looked_at_says_why() -> None:
    engine = FakeEngine(detect_error=NotPermittedError(build.CONF))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "[FAIL] cannot read /etc/redis/redis.conf: permission denied; run as root" in screen_text(app)
        engine.detect_error = None
        await pilot.press("f5")
        await until(pilot, lambda: "Score 60" in screen_text(app))


async def test_of_several_instances_one_is_picked() -> None:
    facts = build.host(instances=(build.instance(), build.instance(name="redis-second")))
    async with wizard(FakeEngine(facts=facts)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "redis-second" in screen_text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.session.instance is not None)
        assert app.session.instance is not None
        assert app.session.instance.name == "redis-second"


async def test_another_of_several_instances_can_be_chosen_later() -> None:
    facts = build.host(instances=(build.instance(), build.instance(name="redis-second")))
    async with wizard(FakeEngine(facts=facts)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "2 servers are on this host. Choose one" in screen_text(app)
        assert "redis-second  redis 8.0.2 · port 6379" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.session.planned and focused(app) == "quick")
        await pilot.press("down", "down", "down", "down", "down")
        assert focused(app) == "other"
        await pilot.press("enter")
        await until(pilot, lambda: app.session.instance is None and focused(app) == "risks")


LOCKED = build.instance(
    live=Unreadable(what="the running server", why="it wants a password"),
    probes=(build.probe(answer=ProbeAnswer.NEEDS_LOGIN),),
)


async def test_a_server_that_asks_for_a_login_comes_first() -> None:
    async with wizard(FakeEngine(facts=build.host(instances=(LOCKED,)))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: focused(app) == "login")
        assert "The server asks for a login." in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AskLogin))


DRIFT = Drift(
    snapshot="20260504-101112",
    applied_at="2026-05-04T10:11:12+00:00",
    applied_by="alice",
    what="12 changes, 1 restart",
    deviations=tuple(
        Deviation(kind=DriftKind.LIVE, name=f"directive{number}", written="1", now="2", text=f"difference {number}.")
        for number in range(1, 30)
    ),
)


async def test_the_last_apply_is_told_with_what_differs_since() -> None:
    async with wizard(FakeEngine(drifted=DRIFT)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        text = screen_text(app)
        assert "Last apply 2026-05-04 10:11 by alice (12 changes, 1 restart): 29 differences." in text
        assert "difference 1." in text
        assert "[ Roll back ]" in text
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, TextDialog) and "difference 13." in screen_text(app))


async def test_a_host_as_the_last_apply_left_it_says_so() -> None:
    async with wizard(FakeEngine(drifted=replace(DRIFT, deviations=()))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "(12 changes, 1 restart): unchanged." in screen_text(app)
        await pilot.press("v")
        await pilot.pause()
        assert isinstance(app.screen, HostStep)


async def test_without_root_the_rest_is_shown() -> None:
    engine = FakeEngine(drifted=NotPermittedError(build.CONF))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "Score 60/100" in screen_text(app)
        assert "Last apply" not in screen_text(app)
        assert "[ Roll back ]" not in screen_text(app)


async def test_roll_back_asks_about_the_last_apply() -> None:
    engine = FakeEngine(
        drifted=DRIFT, stored=(snapshot("20260601-000000", taken_at="2026-06-01T00:00:00Z"), snapshot(DRIFT.snapshot))
    )
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("down", "down", "down", "down")
        assert focused(app) == "rollback"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "Roll back db1 to 2026-05-04 10:11?" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, HostStep))


async def test_a_bigger_window_cuts_nothing() -> None:
    async with wizard(FakeEngine(drifted=DRIFT)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "difference 13." in screen_text(app))
        assert "…" not in screen_text(app)
        assert "[ Roll back ]" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "difference 13." not in screen_text(app))
        assert "[ Roll back ]" in screen_text(app)


def focused(app: WizardApp) -> str | None:
    return app.screen.focused.id if app.screen.focused else None


async def test_without_a_server_the_package_is_offered() -> None:
    async with wizard(FakeEngine(facts=build.host(instances=()))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "No Redis or Valkey was found" in screen_text(app)


async def test_a_login_is_asked_hidden_and_used() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, AskLogin))
        await until(pilot, lambda: "│ user                     default" in screen_text(app))
        await pilot.press(*"hunter2")
        await until(pilot, lambda: "•••••••" in screen_text(app))
        assert "hunter2" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: len(engine.logins) > 1)
    login = engine.logins[-1]
    assert login is not None
    assert login.password is not None
    assert login.password.reveal() == "hunter2"


async def test_a_login_that_opens_nothing_is_asked_for_again() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        app.host.read_as(Login("app", Secret("wrong")))
        await until(pilot, lambda: isinstance(app.screen, AskLogin))
        assert 'User "app" cannot log in to redis-server: the server refuses the' in " ".join(screen_text(app).split())
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, AskLogin))
        assert app.host.login is None


async def test_a_login_that_an_apply_made_is_not_asked_for_again() -> None:
    async with wizard(FakeEngine()).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        app.host.read_after_job(Login("admin", Secret("of an apply")))
        await until(pilot, lambda: app.host.login is None and not app.session.reading)
        await pilot.pause()
        assert not isinstance(app.screen, AskLogin)


async def test_view_only_looks() -> None:
    engine = FakeEngine()
    async with wizard(engine, view=True).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "READ ONLY" in screen_text(app)
        await pilot.press("f8", "enter", "f6")
        await pilot.pause()
        assert isinstance(app.screen, HostStep)
        await pilot.press("f9")
        await until(pilot, lambda: "Item 6" in screen_text(app))


async def test_given_answers_stand_before_recommended_ones() -> None:
    engine = FakeEngine()
    given = replace(engine.recommended, network=replace(engine.recommended.network, port=7000))
    async with wizard(engine, answers=given).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert app.session.answers.network.port == 7000


@pytest.mark.parametrize("key", ["f7", "escape", "f10"])
async def test_there_is_a_question_before_it_ends(key: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press(key)
        await until(pilot, lambda: "Leave redis-wizard?" in screen_text(app))
        await pilot.press("right", "right", "enter")
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == 0


async def test_answers_are_saved_on_leaving(tmp_path: Path) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f10")
        await until(pilot, lambda: "Leave redis-wizard?" in screen_text(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Save the answers" in screen_text(app))
        target = tmp_path / "answers.toml"
        app.screen.query_one(Editor).value = str(target)  # typing a path costs a second
        await pilot.press("enter")
        await until(pilot, lambda: app.return_code is not None)
    assert target.read_text() == "port = 6379\n"


async def test_the_focus_returns_to_the_buttons_when_a_server_has_come() -> None:
    engine = FakeEngine(facts=build.host(instances=()))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: focused(app) == "quick")
        engine.facts = build.host()
        await pilot.press("f5")
        await until(pilot, lambda: app.session.instance is not None and not app.session.reading)
        await until(pilot, lambda: focused(app) == "quick")
