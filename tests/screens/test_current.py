"""What the host has now, beside the wanted value of each field."""

from datetime import datetime

import pytest

from screens.session import Session
from screens.steps.audit import AuditStep
from screens.text.steps.current import current, transition
from screens.text.steps.persistence import loss
from tests.screens.test_forms import to_step
from tests.support import facts_builder as build
from tests.support.fake_engine import RECOMMENDED, FakeDetection, FakeEngine
from tests.support.screen import screen_text, until, wizard
from wizard.config import configuration_of
from wizard.model.answers import Durability, PersistenceAnswers, Reason, Recommendation
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.sources import FileContents
from wizard.model.value import replace


def session_of(instance: Instance, **over: object) -> Session:
    facts = build.host(instances=(instance,))
    fields: dict[str, object] = {
        "detection": FakeDetection(facts, FileContents()),
        "instance": instance,
        "configuration": configuration_of(instance),
        "user_rules": instance.user_rules,
        "answers": RECOMMENDED,
        "recommendation": Recommendation(answers=RECOMMENDED, reasons={"x": Reason(why="", source="")}),
    }
    return Session(**{**fields, **over})  # type: ignore[arg-type]  # a builder takes a value for any field


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("network.port", "now 6379, stays"),
        ("network.unix_socket", "now off -> auto"),
        ("network.unix_socket_permissions", ""),
        ("network.protected_mode", "now on, stays"),
        ("memory.maxmemory", "now no limit -> 23.0 GiB"),
        ("memory.purpose", "now noeviction, stays"),
        ("acl.default_user", "now on, no password -> off"),
        ("acl.file", "now none -> auto"),
        ("tls.enabled", "now off -> on"),
        ("tls.port", "now off -> 6380"),
        ("tls.client_certificates", "now required, stays"),
        ("tls.authority", ""),
        ("kernel.swappiness", "now 60, stays; next boot default"),
        ("kernel.overcommit_memory", "now 0 -> 1; next boot default -> 1"),
        ("kernel.huge_pages", "now always -> never; next boot default -> never"),
        ("kernel.backlog", "now 4096, stays; next boot default"),
        ("kernel.open_files", "now 65535, stays"),
        ("persistence.durability", "now some minutes -> one second"),
        ("persistence.snapshots", "now 3600 1, 300 100, 60 10000, stays"),
        ("audit.timeout_seconds", "now never -> 300"),
        ("audit.latency_threshold_milliseconds", "now off -> 100"),
    ],
)
def test_each_value_is_told_in_the_words_of_its_field(name: str, becomes: str) -> None:
    assert transition(session_of(build.instance()), name) == becomes


def test_an_amount_is_told_with_its_unit() -> None:
    server = build.instance(live=build.live(config={**build.PRISTINE_LIVE, "maxmemory": "18253611008"}))
    assert current(session_of(server), "memory.maxmemory").text == "17.0 GiB"


def test_the_value_of_the_file_is_not_called_the_one_in_force() -> None:
    silent = build.instance(live=Unreadable(what="the running server", why="it wants a password"), process=None)
    assert current(session_of(silent), "network.port").sentence == "file 6379"
    assert transition(session_of(silent), "network.port") == "file 6379, stays"
    dark = build.instance(
        live=Unreadable(what="the running server", why="it wants a password"),
        config=Unreadable(what="the configuration", why="not permitted"),
    )
    assert current(session_of(dark), "network.port").sentence == "now [ ?? ]"


def test_another_value_than_the_last_apply_left_is_told_and_an_equivalent_one_is_not() -> None:
    left = {"timeout": "300", "appendonly": "no", "save": "3600 1 300 100 60 10000", "vm.swappiness": "1"}
    session = session_of(build.instance(), left_by_applies=left)
    assert current(session, "audit.timeout_seconds").sentence == "now never, 300 after the last apply"
    kept = replace(RECOMMENDED, audit=replace(RECOMMENDED.audit, timeout_seconds=0))
    told = transition(session_of(build.instance(), left_by_applies=left, answers=kept), "audit.timeout_seconds")
    assert told.startswith("now never, 300 after the last apply, stays; * recommended: ")
    assert current(session, "kernel.swappiness").sentence == "now 60, 1 after the last apply"
    assert not current(session, "persistence.snapshots").after_apply


async def test_a_step_shows_what_was_changed_since_the_last_apply() -> None:
    async with wizard(FakeEngine(left={"timeout": "300", "maxclients": "10000"})).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "audit")
        text = screen_text(app)
        assert "300        now never, 300 after the last apply" in text
        assert "client limit           10000      as now" in text


async def test_the_why_strip_follows_each_key_and_says_whose_reason_it_gives() -> None:
    reasons = {"memory.maxmemory": Reason(why="17.0 GiB are left.", source="chapter 5.1")}
    async with wizard(FakeEngine(reasons=reasons)).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await until(pilot, lambda: " 17.0 GiB are left." in screen_text(app))
        assert "now no limit -> 23.0 GiB" in screen_text(app)
        await pilot.press("end", *["backspace"] * 4, *"5g")
        await until(pilot, lambda: "now no limit -> 4.7 GiB; * recommended: auto" in screen_text(app))
        assert "Why auto: 17.0 GiB are left." in screen_text(app)


async def test_a_tag_without_room_keeps_its_sign() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        await pilot.press("tab", *["down"] * 5, "space", "down", "down", "space")
        await until(pilot, lambda: "(o) allkeys-lru" in screen_text(app))
        assert "keys stay  *" in screen_text(app)
        assert "* rec…" not in screen_text(app)


async def test_a_word_is_typed_for_a_number_that_means_none() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "audit")
        await pilot.press(*["delete"] * 4, *"off", "tab")
        await until(pilot, lambda: app.session.answers.audit.slow_log_microseconds == -1)
        assert isinstance(app.screen, AuditStep)
        assert "slowlog threshold (us) off" in screen_text(app)
        await pilot.press("shift+tab", "f2")
        await until(pilot, lambda: "Source: chapter 8" in screen_text(app))


def test_a_higher_limit_of_the_host_is_enough_and_a_container_sets_none() -> None:
    server = build.instance()
    high = tuple(
        replace(each, live="65535") if each.key == "net.core.somaxconn" else each for each in build.host().kernel
    )
    session = session_of(server, detection=FakeDetection(build.host(instances=(server,), kernel=high), FileContents()))
    assert transition(session, "kernel.backlog") == "now 65535, enough, stays; next boot default"
    fixed = tuple(replace(each, writable=False) for each in high)
    session = session_of(server, detection=FakeDetection(build.host(instances=(server,), kernel=fixed), FileContents()))
    assert transition(session, "kernel.overcommit_memory") == "now 0, next boot default; read-only here"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (PersistenceAnswers(durability=Durability.ALWAYS), "A crash loses no write; each write waits for the disk."),
        (
            PersistenceAnswers(durability=Durability.SECOND),
            "A crash loses 1 second of writes at most, about 20 at the present rate.",
        ),
        (
            PersistenceAnswers(durability=Durability.SNAPSHOTS),
            "A crash loses up to 5 minutes of writes, about 6,000 at the present rate.",
        ),
        (
            PersistenceAnswers(durability=Durability.SNAPSHOTS, snapshots=("60 12000",)),
            "A crash loses up to 10 minutes of writes, about 12,000 at the present rate.",
        ),
        (
            PersistenceAnswers(durability=Durability.SNAPSHOTS, snapshots=()),
            "A crash loses everything since the last manual save: 9 keys now.",
        ),
        (PersistenceAnswers(durability=Durability.NOTHING_KEPT), "A crash or a restart loses everything: 9 keys now."),
        (
            PersistenceAnswers(durability=Durability.KEEP),
            "As now: a crash loses up to 5 minutes of writes, about 6,000 at the present rate.",
        ),
    ],
)
def test_a_crash_loses_what_is_written_between_two_saves(answers: PersistenceAnswers, said: str) -> None:
    taken = int(datetime.fromisoformat(build.TAKEN_AT).timestamp())
    info = {"rdb_last_save_time": str(taken - 100), "rdb_changes_since_last_save": "2000"}
    server = build.instance(live=build.live(info=info, keys=9))
    assert loss(build.host(instances=(server,)), server, answers) == said


async def test_the_sentence_on_a_crash_follows_each_key() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "persistence")
        assert "A crash loses 1 second of writes at most" in screen_text(app)
        await pilot.press("down", "space")
        await until(pilot, lambda: "A crash loses up to " in screen_text(app))
        await pilot.press("down", "space")
        await until(pilot, lambda: "A crash or a restart loses everything: " in screen_text(app))


def test_an_automatic_limit_that_is_in_force_stays() -> None:
    server = build.instance(live=build.live(config={**build.PRISTINE_LIVE, "maxmemory": str(3 << 30)}))
    answers = replace(RECOMMENDED, memory=replace(RECOMMENDED.memory, maxmemory="3gb"))
    assert transition(session_of(server, answers=answers), "memory.maxmemory").startswith("now 3.0 GiB, stays")
