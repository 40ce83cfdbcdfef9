"""Answers that were not applied, saved and offered."""

import pytest

from screens.steps.network import NetworkStep
from tests.screens.test_apply import to_review
from tests.support.fake_engine import RECOMMENDED, FakeEngine
from tests.support.screen import ready, screen_text, until, wizard
from wizard.model.answers import Draft
from wizard.model.value import replace

EDITED = replace(RECOMMENDED, network=replace(RECOMMENDED.network, port=7000))
OLD = replace(RECOMMENDED, memory=replace(RECOMMENDED.memory, samples=9))


def draft(instance: str = "redis-server") -> Draft:
    return Draft(instance=instance, saved_at="2026-05-04T10:11:12+00:00", answers=EDITED, recommended=OLD)


async def test_an_answer_is_saved_when_it_is_left_and_not_before() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        app.drafts.save_now()
        assert engine.draft is None
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, NetworkStep))
        app.screen.query_one("#network-port Editor").value = "7000"  # type: ignore[attr-defined]  # an Editor
        await pilot.press("f8")
        await until(pilot, lambda: engine.draft is not None)
    assert engine.draft is not None
    assert engine.draft.answers == EDITED
    assert engine.draft.recommended == RECOMMENDED


@pytest.mark.parametrize("key", ["enter", "d"])
async def test_a_draft_is_offered_with_what_has_changed_and_resumed(key: str) -> None:
    async with wizard(FakeEngine(draft=draft())).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: "Draft of 2026-05-04 10:11 with own answers in: Net, Mem." in screen_text(app))
        assert "On this host since then: Mem: eviction samples 9 → 5." in screen_text(app)
        await until(pilot, lambda: app.screen.focused is not None and app.screen.focused.id == "resume")
        await pilot.press(key)
        await until(pilot, lambda: app.session.answers == EDITED and app.session.planned)
        await until(pilot, lambda: app.screen.focused is not None and app.screen.focused.id == "quick")
        assert "Draft of" not in screen_text(app)
        assert "Resume draft" not in screen_text(app)


async def test_a_resumed_draft_keeps_only_what_the_operator_changed() -> None:
    then = replace(RECOMMENDED, tls=replace(RECOMMENDED.tls, port=7777, server_days=30))
    own = replace(then, tls=replace(then.tls, server_days=60))
    saved = replace(draft(), answers=own, recommended=then)
    async with wizard(FakeEngine(draft=saved)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: app.session.offered_draft is not None)
        app.drafts.resume()
        assert app.session.answers.tls == replace(RECOMMENDED.tls, server_days=60)


async def test_what_was_left_out_is_in_the_draft_and_a_draft_without_own_choices_is_removed() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("space")
        await until(pilot, lambda: engine.draft is not None and bool(engine.draft.left_out))
        kept = engine.draft
        await until(pilot, lambda: app.session.planned)
        await pilot.press("space")
        await until(pilot, lambda: engine.draft is None)
    assert kept is not None
    async with wizard(FakeEngine(draft=kept)).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: "own answers in: none, 1 change left out." in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: app.session.left_out == frozenset(kept.left_out) and app.session.planned)


async def test_what_is_being_typed_when_the_program_ends_is_in_the_draft() -> None:
    engine = FakeEngine()
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, NetworkStep))
        app.screen.query_one("#network-port Editor").value = "7000"  # type: ignore[attr-defined]  # an Editor
        app.end_when_safe(129)
    assert engine.draft is not None
    assert engine.draft.answers == EDITED


async def test_a_draft_for_another_instance_is_not_offered() -> None:
    async with wizard(FakeEngine(draft=draft("other"))).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await until(pilot, lambda: app.session.draft is not None)
        await pilot.press("d")
        await pilot.pause()
        assert "Resume draft" not in screen_text(app)
        assert app.session.answers == RECOMMENDED


async def test_leaving_says_when_no_answer_is_lost() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, NetworkStep))
        await pilot.press("f10")
        await until(pilot, lambda: "No answer is lost: all of them are recommended" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, NetworkStep))
        app.screen.query_one("#network-port Editor").value = "7000"  # type: ignore[attr-defined]  # an Editor
        await pilot.press("f8")
        await until(pilot, lambda: app.session.answers.network.port == 7000)
        await pilot.press("f10")
        await until(pilot, lambda: "stay on this host as a draft" in screen_text(app))
