"""Text of the host is shown as text: no escape sequence, no markup, no bidirectional trick."""

from functools import partial
from pathlib import PurePosixPath

import pytest

from screens.step_table import STEPS
from screens.steps.host import HostStep
from screens.views.unfinished_apply import UnfinishedApplyScreen
from screens.wizard import WizardApp
from tests.support import facts_builder as build
from tests.support.fake_engine import FakeEngine, snapshot, standing
from tests.support.screen import ready, screen_text, until, wizard
from wizard.model.event import Outcome, Result
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Address, Interface, Scope
from wizard.model.status import Stage
from wizard.model.value import replace

EVIL = "[/bold]\x1b[31m\x9b31m\x1b]52;c;aGk=\x1b\\\x1bc[@click=app.bell]x[/]\u202e\u200b[red]"
FORBIDDEN = ("\x1b", "\x9b", "\u202e", "\u200b", "\x07")


def evil_facts() -> HostFacts:
    """Facts with hostile text wherever a host can put some."""
    client = build.client(user=EVIL, address=EVIL, name=EVIL, library=EVIL)
    live = build.live({"bind": EVIL, "unixsocket": EVIL, "loglevel": EVIL}, clients=(client,), command_calls={EVIL: 3})
    wall = Interface(
        name=EVIL,
        up=True,
        mtu=1500,
        default_route=False,
        addresses=(Address(address="10.0.0.1", prefix=8, scope=Scope.PRIVATE),),
    )
    return build.host(
        hostname=EVIL,
        interfaces=(wall,),
        instances=(
            build.instance(
                live=live,
                unit=build.unit(name=EVIL),
                config=build.config((f"maxmemory {EVIL}",), main=PurePosixPath(f"/etc/{EVIL}")),
                directories=(build.directory(f"/var/{EVIL}", owner=EVIL),),
            ),
        ),
        unreadable=(Unreadable(what=EVIL, why=EVIL),),
    )


async def test_hostile_text_is_shown_as_text_on_every_screen() -> None:
    engine = FakeEngine(facts=evil_facts(), stored=(snapshot(by=EVIL, what=EVIL, host=EVIL),))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        for place in range(len(STEPS.rows)):
            await pilot.press("f6", str(place))
            await until(pilot, partial(_is_at, app, place))
            await pilot.pause()
            _assert_clean(screen_text(app))
            await pilot.press("f2")
            await pilot.pause()
            _assert_clean(screen_text(app))
            await pilot.press("escape")
        await pilot.press("f6", "0")
        await until(pilot, lambda: getattr(app.screen, "step", None) == STEPS.first.name)
        await pilot.press("n")
        await until(pilot, lambda: "newest first" in screen_text(app))
        _assert_clean(screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: "F8 roll back" in screen_text(app))
        _assert_clean(screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: "Cancel" in screen_text(app))
        _assert_clean(screen_text(app))


@pytest.mark.parametrize("text", [EVIL])
async def test_an_error_of_the_host_is_shown_as_text(text: str) -> None:
    from wizard.errors import HostError  # noqa: PLC0415 - only here

    async with wizard(FakeEngine(detect_error=HostError(text))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        assert "[/bold]" in screen_text(app)
        _assert_clean(screen_text(app))


async def test_hostile_text_of_an_apply_is_shown_as_text() -> None:
    said = replace(standing(Stage.WAITING), what=EVIL, by=EVIL, instance=EVIL, text=EVIL, damage=(EVIL,))
    end = Outcome(result=Result.INCOMPLETE, summary=EVIL, seconds=1.0, checks=(EVIL,))
    engine = FakeEngine(stands=said, end=end, edits=(EVIL,), stored=(snapshot(),), says=EVIL)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: isinstance(app.screen, UnfinishedApplyScreen) and app.screen.focused is not None)
        _assert_clean(screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Time left to confirm" in screen_text(app))
        assert "[/bold]" in screen_text(app)
        _assert_clean(screen_text(app))
        assert engine.job is not None
        engine.stands = replace(said, stage=Stage.ENDED, outcome=end)
        engine.job.confirm()
        await until(pilot, lambda: "NOT DONE" in screen_text(app))
        _assert_clean(screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, HostStep) and "10:11" in screen_text(app))
        _assert_clean(screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "12 changes, 1 restart" in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: "Manual changes since" in screen_text(app))
        _assert_clean(screen_text(app))


def _is_at(app: WizardApp, place: int) -> bool:
    return getattr(app.screen, "step", None) == STEPS.rows[place].name


def _assert_clean(text: str) -> None:
    assert not [sign for sign in FORBIDDEN if sign in text], text
