"""What the answers on audit and limits do."""

import pytest

from screens.text.steps.audit import events, files, idle
from tests.screens.test_forms import to_step
from tests.support import facts_builder as build
from tests.support.fake_engine import FakeEngine
from tests.support.screen import screen_text, until, wizard
from wizard.model.answers import AuditAnswers
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        ("", "No event is published."),
        ("Ex", "Published by event: expired keys."),
        ("KEg$", "Published by key and by event: DEL, EXPIRE, RENAME, strings."),
        ("AKE", "Published by key and by event: everything."),
        ("x", "Nothing is published: it takes K (by key) or E (by event), and a class."),
        ("K", "Nothing is published: it takes K (by key) or E (by event), and a class."),
    ],
)
def test_the_letters_of_events_are_told_in_words(letters: str, said: str) -> None:
    assert events(letters) == said


def test_an_idle_client_is_named_and_a_subscriber_is_not_closed() -> None:
    quiet = replace(build.client(), name="orders", idle_seconds=400)
    listens = replace(quiet, name="listener", subscribed=True)
    server = build.instance(live=build.live(clients=(quiet, listens)))
    said = idle(server, AuditAnswers(timeout_seconds=300))
    assert said.startswith("Idle for longer now, and closed: orders at ")
    assert "listener" not in said
    assert idle(server, AuditAnswers(timeout_seconds=500)) == "No client connected now has been idle that long."
    assert idle(server, AuditAnswers(timeout_seconds=0)) == "Idle clients stay connected."
    silent = build.instance(live=Unreadable(what="the running server", why="it wants a password"))
    assert not idle(silent, AuditAnswers())


def test_the_files_of_the_process_are_compared_with_the_clients() -> None:
    server = build.instance()
    assert files(server, AuditAnswers(max_clients=10_000)).endswith("which is enough.")
    assert files(server, AuditAnswers(max_clients=100_000)) == (
        "It needs 100,032 open files and has 65,535: see the kernel step."
    )
    assert not files(build.instance(process=None), AuditAnswers())


async def test_the_sentences_follow_each_key() -> None:
    quiet = replace(build.client(), name="orders", idle_seconds=400)
    server = build.instance(live=build.live(clients=(quiet,)))
    async with wizard(FakeEngine(facts=build.host(instances=(server,)))).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "audit")
        assert "and closed: orders at" in screen_text(app)
        await pilot.press(*["down"] * 5, *"Ex")
        await until(pilot, lambda: "Published by event: expired keys." in screen_text(app))
        await pilot.press("down", *["delete"] * 3, *"never")
        await until(pilot, lambda: "Idle clients stay connected." in screen_text(app))
