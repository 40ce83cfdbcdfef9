"""A primary and its replicas keep their keys and their roles, whichever of them the product changes."""

from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, eventually
from tests.support.data_bench import (
    PERSISTENCE,
    Second,
    after_a_crash,
    configure,
    load,
    only_a_restart,
    port_of,
    second,
    write_lines,
)
from tests.support.servers import EACH_LAYOUT, EVERY_BUILD, Server
from wizard.model.change import Risk
from wizard.model.event import Result
from wizard.model.facts.service import Role
from wizard.planning.consent import accept, changes_needing_consent

pytestmark = pytest.mark.server

KEYS = 500


def filled(box: Bench, kept: str) -> None:
    configure(box, *PERSISTENCE[kept], "repl-diskless-sync-delay 0")
    with box.client() as client:
        load(client, KEYS)


def role(box: Bench) -> Role:
    with box.client() as client:
        fields = client.info("replication")
    return Role.REPLICA if fields["role"] == "slave" else Role.PRIMARY


def everything(replica: Second) -> bool:
    return replica.keys() == KEYS


@pytest.mark.parametrize("kept", ["rdb", "both"])
@EVERY_BUILD
def test_a_primary_that_is_changed_and_restarted_keeps_its_replica_full(
    box: Bench, build: Server, place: Path, kept: str
) -> None:
    filled(box, kept)
    with second(build, place.parent / "r", f"replicaof 127.0.0.1 {port_of(box)}") as replica:
        replica.wait_until_it_follows()
        wanted = box.plan(only_a_restart)
        assert not changes_needing_consent(wanted)
        outcome = box.apply(wanted)
        assert outcome.result is Result.APPLIED, outcome
        replica.wait_until_it_follows()
        assert (box.keys(), replica.keys()) == (KEYS, KEYS)
        back = box.rollback(outcome.snapshot)
        assert any(check.startswith("SAME") for check in back.checks), back
        replica.wait_until_it_follows()
        assert (box.keys(), replica.keys()) == (KEYS, KEYS)


@EACH_LAYOUT
def test_a_primary_that_keeps_nothing_is_restarted_by_the_word_alone_and_its_replica_stays_full(
    box: Bench, build: Server, place: Path
) -> None:
    filled(box, "nothing")
    with second(build, place.parent / "r", f"replicaof 127.0.0.1 {port_of(box)}") as replica:
        replica.wait_until_it_follows()
        wanted = box.plan(only_a_restart)
        (restart,) = changes_needing_consent(wanted)
        assert restart.risk is Risk.DATA
        assert "they are emptied when it starts empty" in restart.evidence
        pid = box.pid()
        outcome = box.apply(wanted)
        assert outcome.result is Result.REFUSED, outcome
        assert (box.pid(), replica.keys()) == (pid, KEYS)
        # With the word its keys are written down first all the same.
        outcome = box.apply(accept(wanted))
        assert outcome.result is Result.APPLIED, outcome
        replica.wait_until_it_follows()
        assert (box.keys(), replica.keys()) == (KEYS, KEYS)


@pytest.mark.parametrize("kept", ["rdb", "aof", "nothing"])
@EACH_LAYOUT
def test_a_replica_that_is_changed_and_restarted_follows_as_before(
    box: Bench, build: Server, place: Path, kept: str
) -> None:
    with second(build, place.parent / "r") as primary:
        with primary.client() as client:
            load(client, KEYS)
        configure(box, *PERSISTENCE[kept], f"replicaof 127.0.0.1 {primary.port}")
        eventually(lambda: box.keys() == KEYS, "the replica has not all keys")
        lines = [line for line in Path(box.host.layout.config).read_text().splitlines() if "replicaof" in line]
        wanted = box.plan(only_a_restart)
        assert not changes_needing_consent(wanted)
        outcome = box.apply(wanted)
        assert outcome.result is Result.APPLIED, outcome
        assert role(box) is Role.REPLICA
        assert lines == [line for line in Path(box.host.layout.config).read_text().splitlines() if "replicaof" in line]
        eventually(lambda: box.keys() == KEYS, "the replica has not all keys")
        with primary.client() as client:
            load(client, 1, prefix="more")
        eventually(lambda: box.keys() == KEYS + 1, "it does not follow")
        back = box.rollback(outcome.snapshot)
        assert any(check.startswith("SAME") for check in back.checks), back
        assert role(box) is Role.REPLICA
        eventually(lambda: box.keys() == KEYS + 1, "the replica has not all keys")


@EACH_LAYOUT
def test_a_replica_that_loses_its_primary_keeps_its_keys_through_a_restart(
    box: Bench, build: Server, place: Path
) -> None:
    with second(build, place.parent / "r") as primary:
        with primary.client() as client:
            load(client, KEYS)
        configure(box, *PERSISTENCE["rdb"], f"replicaof 127.0.0.1 {primary.port}")
        eventually(lambda: box.keys() == KEYS, "the replica has not all keys")
    outcome = box.apply(box.plan(only_a_restart))
    assert outcome.result is Result.APPLIED, outcome
    assert (role(box), box.keys()) == (Role.REPLICA, KEYS)
    assert after_a_crash(box) == KEYS


@EACH_LAYOUT
def test_a_replica_by_command_alone_is_not_made_a_primary_without_a_word(
    box: Bench, build: Server, place: Path
) -> None:
    with second(build, place.parent / "r") as primary, box.client() as client:
        client.execute("REPLICAOF", "127.0.0.1", str(primary.port))
        eventually(lambda: role(box) is Role.REPLICA, "it does not follow")
        (restart,) = changes_needing_consent(box.plan(only_a_restart))
        assert "it would start as a primary" in restart.evidence
        assert box.apply(box.plan(only_a_restart)).result is Result.REFUSED
        assert role(box) is Role.REPLICA


@EACH_LAYOUT
def test_a_primary_whose_file_says_replica_is_not_emptied_without_a_word(
    box: Bench, build: Server, place: Path
) -> None:
    filled(box, "rdb")
    with second(build, place.parent / "r") as other:
        write_lines(box, f"replicaof 127.0.0.1 {other.port}")
        (restart,) = changes_needing_consent(box.plan(only_a_restart))
        assert "its data would be replaced by that of" in restart.evidence
        assert box.apply(box.plan(only_a_restart)).result is Result.REFUSED
        assert (role(box), box.keys()) == (Role.PRIMARY, KEYS)


@EVERY_BUILD
def test_a_hardened_primary_keeps_a_replica_that_it_saw(box: Bench, build: Server, place: Path) -> None:
    filled(box, "rdb")
    with second(build, place.parent / "r", f"replicaof 127.0.0.1 {port_of(box)}") as replica:
        replica.wait_until_it_follows()
        outcome = box.apply(box.plan())
        assert outcome.result is Result.APPLIED, outcome
        replica.wait_until_it_follows()
        eventually(lambda: everything(replica), "the replica has not all keys")
        back = box.rollback(outcome.snapshot, login=box.admin)
        assert any(check.startswith("SAME") for check in back.checks), back
        replica.wait_until_it_follows()
        assert (box.keys(), replica.keys()) == (KEYS, KEYS)
