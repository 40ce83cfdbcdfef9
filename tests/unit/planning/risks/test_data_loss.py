"""A restart that would not load every key again is recognised by the facts, and needs the operator's word."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import STOCK, change, notes, planned, recommended, stock
from wizard.model.answers import Answers, Durability, Purpose
from wizard.model.change import Risk
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Flavour, Role
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning.consent import changes_needing_consent
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.validation.host import validate_for_host

SOURCES = FileContents({build.CONF: STOCK})


def made(facts: HostFacts, **over: object) -> Plan:
    """Plan the recommended answers with some of persistence's changed."""
    answers = recommend(facts, facts.instances[0]).answers
    return plan(facts, SOURCES, replace(answers, persistence=replace(answers.persistence, **over)))


def test_an_ordinary_hardening_needs_no_word() -> None:
    wanted = planned(stock())
    assert change(wanted, "restart").risk is Risk.DISCONNECT
    assert "10 keys are loaded again from disk" in change(wanted, "restart").evidence
    assert not changes_needing_consent(wanted)


KEEP = {"durability": Durability.KEEP}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (build.with_live(build.pristine_host(), {"dbfilename": "other.rdb"}), "says dbfilename 'dump.rdb'"),
        (build.with_file(build.pristine_host(), "appendfilename own.aof"), "says appendfilename 'own.aof'"),
        (build.with_file(build.pristine_host(), "appenddirname own"), "says appenddirname 'own'"),
        (
            build.with_instance(build.pristine_host(), next_directory=PurePosixPath("/srv/redis")),
            "says dir /srv/redis and its data is in /var/lib/redis",
        ),
        (build.with_file(build.pristine_host(), "appendonly yes"), "appendonly yes and the running server has it off"),
        (build.with_file(build.pristine_host(), "replicaof 10.0.0.9 6379"), "data would be replaced"),
        (
            build.with_live(build.pristine_host(), {"replicaof": "10.0.0.9 6379"}, role=Role.REPLICA),
            "would start as a primary",
        ),
        (
            build.with_live(
                build.with_file(build.pristine_host(), "databases 4"),
                info={**build.live().info, "db9": "keys=1,expires=0,avg_ttl=0"},
            ),
            "database 9 has keys",
        ),
        (build.with_instance(build.pristine_host(), version="7.0.15"), "an older server does not read"),
        (
            build.with_live(build.with_both(build.pristine_host(), save=""), replicas=("10.0.0.4:6379",)),
            "has 1 replica: they are emptied",
        ),
        (build.with_instance(build.pristine_host(), live=build.unreadable("the server", "NOAUTH")), "NOAUTH"),
    ],
)
def test_what_a_restart_would_not_load_again_is_evidence_and_needs_the_word(facts: HostFacts, words: str) -> None:
    restart = change(made(facts, **KEEP), "restart")
    assert restart.risk is Risk.DATA
    assert restart.requires_consent
    assert words in restart.evidence


@pytest.mark.parametrize(
    "facts",
    [
        build.pristine_host(),
        build.with_instance(build.pristine_host(), next_directory=PurePosixPath("/var/lib/redis")),
        build.with_instance(build.pristine_host(), version="8.2.1"),
        build.with_both(build.pristine_host(), appendonly="yes", dbfilename="own.rdb"),
        build.with_live(build.pristine_host(), replicas=("10.0.0.4:6379",)),
        build.with_both(build.pristine_host(), replicaof="10.0.0.9 6379"),
        # The command line wins over the file, before and after.
        build.with_instance(
            build.with_file(build.pristine_host(), "dbfilename own.rdb"),
            process=build.process(arguments=("/etc/redis/redis.conf", "--dbfilename", "dump.rdb")),
        ),
    ],
)
def test_a_file_that_says_what_is_in_force_needs_no_word(facts: HostFacts) -> None:
    assert not changes_needing_consent(made(facts, **KEEP))


def test_an_append_only_file_that_the_plan_switches_on_live_needs_no_word() -> None:
    facts = build.with_file(build.pristine_host(), "appendonly yes")
    assert not changes_needing_consent(made(facts, durability=Durability.SECOND))


def test_without_the_right_to_read_directives_info_tells_what_it_can() -> None:
    blind = build.with_live(build.with_file(build.pristine_host(), "appendonly yes"))
    blind = build.with_instance(blind, live=replace(build.live(), config={}))
    assert "appendonly yes and the running server has it off" in change(made(blind, **KEEP), "restart").evidence


def test_a_server_without_a_unit_is_told_before_the_operator_restarts_it() -> None:
    facts = build.with_instance(
        build.with_file(build.pristine_host(), "appendonly yes", "enable-debug-command yes"), unit=None
    )
    assert "may lose data: its file says appendonly yes" in notes(made(facts, **KEEP))["restart"]


def test_a_server_that_is_down_has_nothing_to_lose_by_a_start() -> None:
    assert not changes_needing_consent(planned(stock(running=False)))


# --- memory --------------------------------------------------------------------------------------


def limited(maxmemory: str, purpose: Purpose, *, live: dict[str, str] | None = None) -> Plan:
    facts = build.with_live(
        build.pristine_host(), live, info={**build.live().info, "used_memory": str(6 << 30)}, keys=1000
    )
    return plan(facts, SOURCES, answers_of(facts, maxmemory, purpose))


def answers_of(facts: HostFacts, maxmemory: str, purpose: Purpose) -> Answers:
    answers = recommend(facts, facts.instances[0]).answers
    return replace(answers, memory=replace(answers.memory, maxmemory=maxmemory, purpose=purpose))


def test_a_limit_below_the_memory_in_use_with_a_policy_that_evicts_needs_the_word() -> None:
    found = {each.id: each for each in changes_needing_consent(limited("1gb", Purpose.CACHE_HOT))}
    assert set(found) == {"directive:maxmemory", "directive:maxmemory-policy"}
    assert found["directive:maxmemory"].risk is Risk.DATA
    assert "6.0 GiB are in use now, more than this limit: keys are evicted" in found["directive:maxmemory"].evidence


def test_a_limit_below_the_memory_in_use_that_evicts_nothing_says_that_writes_are_refused() -> None:
    limit = change(limited("1gb", Purpose.STORE), "directive:maxmemory")
    assert limit.risk is Risk.DENY
    assert "writes are refused at once" in limit.evidence
    assert not limit.requires_consent


def test_a_policy_that_evicts_under_a_limit_that_is_full_already_needs_the_word() -> None:
    full = limited("keep", Purpose.CACHE_HOT, live={"maxmemory": str(4 << 30)})
    assert [each.id for each in changes_needing_consent(full)] == ["directive:maxmemory-policy"]
    assert "6.0 GiB of 4.0 GiB are in use: that is at once" in changes_needing_consent(full)[0].evidence


def test_a_limit_with_room_needs_no_word() -> None:
    assert not changes_needing_consent(limited("12gb", Purpose.CACHE_HOT))


@pytest.mark.parametrize(("purpose", "blocking"), [(Purpose.CACHE_HOT, False), (Purpose.STORE, True)])
def test_the_field_says_what_such_a_limit_does(purpose: Purpose, *, blocking: bool) -> None:
    facts = build.with_live(build.pristine_host(), info={**build.live().info, "used_memory": str(6 << 30)})
    found = validate_for_host(answers_of(facts, "1gb", purpose), facts, facts.instances[0])
    (problem,) = [each for each in found if each.field == "memory.maxmemory"]
    assert problem.blocking is blocking
    assert "6.0 GiB" in problem.text


# --- persistence ---------------------------------------------------------------------------------


def test_a_primary_that_is_told_to_keep_nothing_takes_its_replicas_with_it() -> None:
    facts = build.with_live(build.pristine_host(), replicas=("10.0.0.4:6379",))
    found = {
        each.id: each for each in changes_needing_consent(made(facts, durability=Durability.NOTHING_KEPT, snapshots=()))
    }
    assert set(found) == {"directive:save", "restart"}
    assert "its replicas (1) are emptied" in found["directive:save"].evidence


def test_a_server_that_keeps_nothing_is_told_that_its_keys_are_written_for_the_restart() -> None:
    facts = build.with_live(build.with_both(build.pristine_host(), save=""), keys=7)
    assert "7 keys are loaded again from disk, which are saved there for it" in (
        change(made(facts, **KEEP), "restart").evidence
    )


def test_keeping_nothing_is_the_answer_itself_where_nobody_else_loses() -> None:
    world = stock(flavour=Flavour.VALKEY, version="8.1.1")
    answers = recommended(world)
    wanted = replace(answers.persistence, durability=Durability.NOTHING_KEPT, snapshots=())
    assert not changes_needing_consent(planned(world, replace(answers, persistence=wanted)))
