"""The checklist browser by keyboard: filters, sections, evidence in place, the page, attestations."""

from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.steps.memory import MemoryStep
from screens.views.checklist import ChecklistScreen
from screens.wizard import WizardApp
from tests.support.fake_engine import FakeEngine
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import InvalidValueError

SIZES = ((80, 24), (120, 40))


def shows(app: WizardApp, words: str) -> bool:
    return words in screen_text(app)


async def to_checklist(pilot: Pilot[Any]) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("f9")
    await until(pilot, lambda: isinstance(app.screen, ChecklistScreen) and "Item 3" in screen_text(app))
    return app


@pytest.mark.parametrize("size", SIZES)
async def test_filters_list_what_they_say_and_f9_closes(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await to_checklist(pilot)
        assert "f not ok: 4 items" in screen_text(app)
        assert "Item 5" not in screen_text(app)
        for said in ("f failed: 2 items", "f unknown: 2 items", "f all: 25 items", "f not ok: 4 items"):
            await pilot.press("f")
            await until(pilot, partial(shows, app, said))
        await pilot.press("s")
        await until(pilot, lambda: "f not ok, Memory and eviction: 1 item" in screen_text(app))
        await pilot.press("s", "s")
        await until(pilot, lambda: "outside the wizard: 2 items" in screen_text(app))
        await pilot.press("s", "o")
        await until(pilot, lambda: "Item 5" in screen_text(app))
        await pilot.press("f9")
        await until(pilot, lambda: not isinstance(app.screen, ChecklistScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_the_evidence_follows_the_cursor_and_enter_shows_the_page(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await to_checklist(pilot)
        assert "item 3 cannot be seen from here" in screen_text(app)
        await pilot.press("down")
        await until(pilot, lambda: "anyone may log in without a password" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "6 Item 6" in screen_text(app) and "/ find" in screen_text(app))


async def test_g_goes_to_the_step_that_fixes_an_item() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("down", "down", "g")
        await until(pilot, lambda: isinstance(app.screen, MemoryStep))


async def test_g_says_where_no_step_fixes_an_item() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("g")
        await until(pilot, lambda: "No step fixes item 3" in screen_text(app))


@pytest.mark.parametrize("size", SIZES)
async def test_an_item_is_attested_with_name_day_and_words(size: tuple[int, int]) -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=size) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "You attest this item. It is kept on this host" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "type what was checked" in screen_text(app))
        await pilot.press("up", "end", *["backspace"] * 10, *"2020-01-01", "f8")
        await until(pilot, lambda: "the day must be within the last 90 days" in screen_text(app))
        await pilot.press("end", *["backspace"] * 10, *"soon", "f8")
        await until(pilot, lambda: "type a day such as" in screen_text(app))
        await pilot.press("escape", "m")
        await until(pilot, lambda: "You attest this item" in screen_text(app))
        await pilot.press(*"VLAN 7", "f8")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen) and "[man ]" in screen_text(app))
        assert [(each.item, each.note) for each in engine.attested] == [(3, "VLAN 7")]
        assert app.session.answers.attestations == (), "it is kept on the host, not in the answers"


async def test_in_a_dry_run_an_attestation_counts_in_this_run_alone() -> None:
    engine = FakeEngine()
    async with wizard(engine, dry_run=True).run_test(size=(80, 24)) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "It counts in this run alone (dry run)" in screen_text(app))
        await pilot.press(*"VLAN 7", "enter")
        await until(pilot, lambda: "[man ]" in screen_text(app))
        assert engine.attested == ()
        assert [each.item for each in app.session.answers.attestations] == [3]


async def test_what_the_host_shows_is_not_attested_and_that_is_said() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("down", "m")
        await until(pilot, lambda: "Item 6 cannot be attested" in screen_text(app))
        assert isinstance(app.screen, ChecklistScreen)


async def test_a_refused_attestation_says_why() -> None:
    engine = FakeEngine(attest_error=InvalidValueError("the state directory is not ours"))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_checklist(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "You attest this item" in screen_text(app))
        await pilot.press(*"VLAN 7", "enter")
        await until(pilot, lambda: "the state directory is not ours" in screen_text(app))
