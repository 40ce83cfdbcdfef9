"""Answers in fields: kept, judged, refused with a reason, never lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from screens.engine import FieldProblem
from screens.step_table import STEPS
from screens.steps.memory import MemoryStep
from screens.steps.network import NetworkStep
from screens.steps.review import ReviewStep
from screens.widgets.field import Editor
from screens.wizard import WizardApp
from tests.support.fake_engine import FakeEngine, FakeProblem
from tests.support.screen import ready, screen_text, until, wizard
from wizard.model.answers import Answers, DefaultUser, Durability, Purpose
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance


async def to_step(pilot: Pilot[Any], step: str) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("f6", STEPS.key(step))
    await until(pilot, lambda: getattr(app.screen, "step", None) == step and app.screen.is_mounted)
    await pilot.pause()
    return app


async def test_text_that_is_no_number_stays_with_its_error_through_back_and_forward() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        await pilot.press("down", "down", "down", "down")
        assert app.screen.focused is not None
        await pilot.press("end", "x", "f7")
        await until(pilot, lambda: app.screen.step == "host")  # type: ignore[attr-defined]  # a step
        await pilot.press("f6", "1")
        await until(pilot, lambda: isinstance(app.screen, NetworkStep) and "6379x" in screen_text(app))
        assert "[err] '6379x' is not a whole number" in screen_text(app)
        assert app.session.answers.network.port == 6379


async def test_next_is_refused_at_a_wrong_answer_and_goes_to_it() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        await pilot.press("down", "down", "down", "down", "end", "9", "9", "f8")
        await until(pilot, lambda: "is not between 0 and 65535" in screen_text(app))
        assert isinstance(app.screen, NetworkStep)
        assert app.screen.focused_answer == "network.port"
        assert "err" in screen_text(app).splitlines()[2]
        await pilot.press("backspace", "backspace", "f8")
        await until(pilot, lambda: isinstance(app.screen, MemoryStep))


async def test_an_error_comes_on_leaving_the_field_and_not_while_typing() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("home", *["delete"] * 4, "1", "p", "b")
        await pilot.pause()
        assert "[err]" not in screen_text(app)
        await pilot.press("tab")
        await until(pilot, lambda: "[err] 1pb is more than this host has" in screen_text(app))


async def test_a_blocked_review_names_the_answer_and_leads_to_it() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("home", *["delete"] * 4, "1", "p", "b", "f6", "9")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and "Fix these answers first" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, MemoryStep))


async def test_recommended_takes_a_step_back_to_what_it_was() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("end", "x", "tab", "down", "space")
        await until(pilot, lambda: app.session.answers.memory.purpose is Purpose.CACHE_HOT)
        assert "edit" in screen_text(app).splitlines()[2]
        await pilot.press("f4")
        await until(pilot, lambda: app.session.answers == app.engine.recommended)  # type: ignore[attr-defined]  # the fake one
        await until(pilot, lambda: "autox" not in screen_text(app))


async def test_changed_answers_change_the_plan() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("home", *["delete"] * 4, "4", "g", "b", "f6", "9")
        await until(pilot, lambda: isinstance(app.screen, ReviewStep) and "maxmemory: 0 -> 4gb" in screen_text(app))


async def test_looking_again_keeps_what_the_operator_changed() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "persistence")
        await pilot.press("up", "space", "f5")
        await until(pilot, lambda: not app.session.reading)
        assert app.session.answers.persistence.durability is Durability.ALWAYS


async def test_a_word_is_turned_with_the_arrows() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "tab", "tab", "right")
        await until(pilot, lambda: app.session.answers.acl.default_user is DefaultUser.KEEP)


@pytest.mark.parametrize("step", [row.name for row in STEPS.rows[1:]])
async def test_every_step_shows_and_goes_by_the_keyboard(step: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        rows = screen_text(app).splitlines()
        assert f">{STEPS.key(step)} {STEPS.named(step).short}" in rows[1]
        assert len(rows) == 24
        await pilot.press("f1")
        await until(pilot, lambda: "Enter or Esc closes" in screen_text(app))
        await pilot.press("escape", "f2")
        await until(pilot, lambda: "Enter or Esc closes" in screen_text(app))
        await pilot.press("escape", "f3")
        await until(pilot, lambda: "So far: 6 changes" in screen_text(app))
        await pilot.press("escape", "f7")
        before = STEPS.before(step).name
        await until(pilot, lambda: getattr(app.screen, "step", None) == before)


@pytest.mark.parametrize(
    ("key", "twin", "words"),
    [
        ("f1", "ctrl+g", "Help"),
        ("f2", "ctrl+o", "Why"),
        ("f3", "ctrl+r", "So far"),
        ("f6", "ctrl+t", "Jump to step"),
        ("f10", "ctrl+q", "Leave redis-wizard?"),
        ("f10", "ctrl+c", "Leave redis-wizard?"),
    ],
)
async def test_every_function_key_has_a_twin(key: str, twin: str, words: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        for pressed in (key, twin):
            await pilot.press(pressed)
            await until(pilot, lambda: words in screen_text(app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, NetworkStep))


async def test_a_warning_is_shown_and_does_not_stop() -> None:
    async with wizard(Warning6400()).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        await pilot.press("down", "down", "down", "down", "end", "9", "tab")
        await until(pilot, lambda: "[warn] a high port" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, MemoryStep))


class Warning6400(FakeEngine):
    """An engine that thinks about high ports."""

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        """Warn."""
        port = answers.network.port
        return [FakeProblem("network.port", "a high port", blocking=False)] if port > 60000 else []


async def test_the_memory_bar_moves_at_each_key() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        assert "# maxmemory 23.0 GiB" in screen_text(app)
        await pilot.press(*["backspace"] * 4, *"4gb")
        await until(pilot, lambda: "# maxmemory 4.0 GiB" in screen_text(app))
        assert "+ copies in a save 1.0 GiB" in screen_text(app)
        await pilot.press("home", "4")
        await until(pilot, lambda: "more than there is" in screen_text(app))


async def test_a_purpose_says_at_once_what_happens_when_memory_is_full() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("down", "down", "space")
        await until(pilot, lambda: "drops least often used keys; writes go on" in screen_text(app))


async def test_a_box_and_the_typed_addresses_are_one_answer() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "network")
        await pilot.press("end", "down", *"-10.0.4.7")
        await until(pilot, lambda: "[x] eth1" in screen_text(app))
        await pilot.press("up", "space")
        await until(pilot, lambda: "[ ] eth1" in screen_text(app))
        assert app.session.answers.network.bind == ("loopback", "interface:eth0")
        await pilot.press("space")
        await until(
            pilot, lambda: app.session.answers.network.bind == ("loopback", "interface:eth0", "-interface:eth1")
        )
        assert [line for line in screen_text(app).splitlines() if line.strip() == "other addresses"]


@pytest.mark.parametrize(
    ("step", "keys", "marked", "recommended"),
    [
        ("network", ("down", "down", "down", "down", "end", "9", "tab"), " *port ", "* recommended: 6379"),
        ("audit", ("end", "9", "tab"), " *slowlog threshold", "* recommended: 5000"),
        ("tls", ("space",), ">*TLS ", "now off, stays; * recommended: on"),
    ],
)
async def test_an_answer_that_differs_from_the_recommended_one_is_marked(
    step: str, keys: Sequence[str], marked: str, recommended: str
) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, step)
        assert "*" not in screen_text(app)
        await pilot.press(*keys)
        await until(pilot, lambda: marked in screen_text(app))
        if keys[-1] == "tab":
            await pilot.press("shift+tab")
        await until(pilot, lambda: recommended in screen_text(app))
        await pilot.press("f4")
        await until(pilot, lambda: marked not in screen_text(app))


async def test_keys_that_come_in_one_burst_keep_their_order() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        editor = app.screen.focused
        assert isinstance(editor, Editor)
        keys = [*[("backspace", None)] * 4, ("8", "8"), ("left", None), ("4", "4"), ("end", None), ("g", "g")]
        for key, character in keys:
            app.post_message(Key(key, character))
        await until(pilot, lambda: editor.value == "48g")


async def test_a_plan_that_comes_while_one_types_does_not_move_the_bar_back() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press(*["backspace"] * 4, *"4gb")
        app.navigation.change(lambda session: session)
        await pilot.pause()
        assert "# maxmemory 4.0 GiB" in screen_text(app)
