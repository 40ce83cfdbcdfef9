"""A rollback that is asked for long after its apply: what was done by hand in between holds the newest data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, Stopped, eventually
from tests.support.data_bench import (
    PERSISTENCE,
    after_a_crash,
    boot,
    configure,
    durable,
    load,
    only_a_restart,
    same,
    second,
    stale_files,
    write_lines,
)
from tests.support.servers import Server
from wizard.jobs.status import unfinished_apply
from wizard.model.answers import Answers, Durability, Purpose
from wizard.model.event import EventKind, Phase, Result
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.sandbox.files import UNIT
from wizard.snapshots.store import Store

pytestmark = pytest.mark.server

KEYS, LATER = 500, 50
OLD = pytest.mark.parametrize("build", ["r62"], indirect=True)
OLD_AND_NEW = pytest.mark.parametrize("build", ["r62", "v91"], indirect=True)


def fill(box: Bench, count: int, *, prefix: str = "key", login: Login | None = None) -> None:
    with box.client(login) as client:
        load(client, count, prefix=prefix)


def hardened(box: Bench, *lines: str) -> str:
    """Give the snapshot of an apply that switched the append-only file on."""
    configure(box, *PERSISTENCE["rdb"], *lines)
    fill(box, KEYS)
    applied = box.apply(box.plan())
    assert applied.result is Result.APPLIED, applied
    return applied.snapshot


def switched_off_by_hand(box: Bench) -> None:
    """Leave the append-only files behind, as the server does, and write on."""
    with box.client(box.admin) as client:
        client.config_set({"appendonly": "no"})
        write_lines(box, "appendonly no")
        load(client, LATER, prefix="later")
    assert stale_files(box)


@OLD_AND_NEW
def test_an_append_only_file_that_was_switched_off_by_hand_is_never_loaded(box: Bench) -> None:
    snapshot = hardened(box)
    switched_off_by_hand(box)
    box.host.services.stop(UNIT)
    same(box.rollback(snapshot))
    assert box.keys() == KEYS + LATER
    assert not stale_files(box)
    assert after_a_crash(box) == KEYS + LATER


def test_a_stop_that_would_lose_what_was_written_since_is_refused(box: Bench) -> None:
    snapshot = hardened(box)
    switched_off_by_hand(box)
    with box.client(box.admin) as client:
        client.config_set({"save": ""})
    write_lines(box, 'save ""')
    pid = box.pid()
    outcome = box.rollback(snapshot)
    assert outcome.result is Result.REFUSED, outcome
    assert "would lose keys" in outcome.summary
    assert (box.pid(), box.keys(box.admin)) == (pid, KEYS + LATER)
    # What changed nothing leaves no way back.
    assert [each.id for each in Store(box.host).listing()] == [snapshot]


@OLD_AND_NEW
@pytest.mark.parametrize(("kept", "durability"), [("rdb", Durability.SECOND), ("both", Durability.SNAPSHOTS)])
def test_a_power_cut_after_the_switch_back_starts_from_what_was_written_since(
    box: Bench, kept: str, durability: Durability
) -> None:
    configure(box, *PERSISTENCE[kept])
    fill(box, KEYS)
    before = box.picture()
    applied = box.apply(box.plan(durable(durability, "900 1")))
    assert applied.result is Result.APPLIED, applied
    box.host.stops_at = box.host.layout.config
    with pytest.raises(Stopped):
        box.rollback(applied.snapshot, login=box.admin)
    with box.client(box.admin) as client:
        assert client.info("persistence")["aof_enabled"] == ("1" if kept == "both" else "0")
        load(client, LATER, prefix="later")
        if kept == "rdb":
            client.execute("SAVE")
    box.crash(box.admin)
    same(boot(box, unfinished_apply(box.host)))
    assert box.picture() == before
    assert after_a_crash(box) == KEYS + LATER


def test_a_save_during_which_everybody_is_served_is_no_time_away(box: Bench) -> None:
    snapshot = hardened(box)
    with box.client(box.admin) as client:
        # Microseconds for each key: two seconds in all.
        client.config_set({"rdb-key-save-delay": "4000"})
    outcome = box.rollback(snapshot, login=box.admin)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert 0 < outcome.downtime_seconds < 2


# --- what was moved by hand since ----------------------------------------------------------------


def moved(box: Bench) -> str:
    elsewhere = box.host.layout.directory / "elsewhere"
    Path(elsewhere).mkdir()
    return by_hand(box, dir=str(elsewhere))


def renamed(box: Bench) -> str:
    return by_hand(box, dbfilename="other.rdb")


def by_hand(box: Bench, **values: str) -> str:
    """Set a value live and in the file, as one does; give its name."""
    with box.client(box.admin) as client:
        client.config_set({"appendonly": "no", **values})
        client.execute("SAVE")
    write_lines(box, "appendonly no", *(f"{name} {value}" for name, value in values.items()))
    return f"its file says {next(iter(values))}"


def more_databases(box: Bench) -> str:
    write_lines(box, "databases 32", "appendonly no")
    with box.client(box.admin) as client:
        client.config_set({"appendonly": "no"})
        client.execute("SAVE")
    box.host.services.stop(UNIT)
    box.host.services.start(UNIT)
    with box.client(box.admin) as client:
        client.execute("SELECT", "20")
        client.execute("SET", "far", "away")
        client.execute("SAVE")
    return "its file says databases 16"


# Newer ones move their data only where their file allows that.
@OLD
@pytest.mark.parametrize("how", [moved, renamed, more_databases])
def test_a_rollback_to_a_place_where_the_keys_are_not_is_refused(box: Bench, how: Callable[[Bench], str]) -> None:
    snapshot = hardened(box)
    why = how(box)
    before, pid, count = box.picture(), box.pid(), box.keys(box.admin)
    for login in (box.admin, None):
        outcome = box.rollback(snapshot, login=login)
        assert outcome.result is Result.REFUSED, outcome
        assert why in outcome.summary
        assert "--accept-data-loss" in outcome.summary
        assert outcome.loss.startswith("the rollback may lose data")
        assert outcome.snapshot == snapshot
    assert (box.picture(), box.pid(), box.keys(box.admin)) == (before, pid, count)
    box.host.services.stop(UNIT)
    assert why in box.rollback(snapshot).summary
    assert box.picture() == before
    box.host.services.start(UNIT)
    assert box.keys(box.admin) == count


@OLD
def test_a_configuration_behind_a_link_is_judged_as_it_will_be(box: Bench) -> None:
    config = Path(box.host.layout.config)
    (config.parent / "more").mkdir()
    real = config.rename(config.parent / "more" / "real.conf")
    config.symlink_to(f"../{config.parent.name}/more/{real.name}")
    snapshot = hardened(box)
    why = renamed(box)
    box.host.services.stop(UNIT)
    outcome = box.rollback(snapshot)
    assert outcome.result is Result.REFUSED, outcome
    assert why in outcome.summary


@OLD
def test_with_the_word_it_is_done_and_what_is_lost_is_told(box: Bench) -> None:
    snapshot = hardened(box)
    moved(box)
    fill(box, LATER, prefix="later", login=box.admin)
    outcome = box.rollback(snapshot, login=box.admin, accepted=True)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert (outcome.keys_before, box.keys()) == (KEYS + LATER, KEYS)
    assert any("you accepted" in check for check in outcome.checks), outcome
    assert box.host.status(box.host.layout.directory / "elsewhere" / "dump.rdb").size


@pytest.mark.parametrize("build", ["v91"], indirect=True)
def test_a_replica_that_was_made_a_primary_since_is_not_made_a_replica_again(
    box: Bench, build: Server, place: Path
) -> None:
    with second(build, place.parent / "primary") as primary:
        configure(box, *PERSISTENCE["rdb"], f"replicaof 127.0.0.1 {primary.port}")
        with primary.client() as client:
            load(client, KEYS)
        eventually(lambda: box.keys() == KEYS, "nothing comes from the primary")
        applied = box.apply(box.plan(only_a_restart))
        assert applied.result is Result.APPLIED, applied
        with box.client() as client:
            client.execute("REPLICAOF", "NO", "ONE")
            load(client, LATER, prefix="later")
        write_lines(box, "replicaof no one")
        pid = box.pid()
        why = f"its file says replicaof 127.0.0.1 {primary.port} and it follows"
        assert why in box.rollback(applied.snapshot).summary
        assert (box.pid(), box.keys()) == (pid, KEYS + LATER)
        box.host.services.stop(UNIT)
        assert why in box.rollback(applied.snapshot).summary
        box.host.services.start(UNIT)
        assert box.keys() == KEYS + LATER


# --- memory --------------------------------------------------------------------------------------

BIG = 24
"""Keys of a megabyte each, far more than the old limit."""


def raised(answers: Answers) -> Answers:
    """A higher limit that still drops keys."""
    quiet = only_a_restart(answers)
    quiet = replace(quiet, network=replace(quiet.network, unix_socket_permissions="777"))
    return replace(quiet, memory=replace(quiet.memory, maxmemory="64mb", purpose=Purpose.CACHE_RECENT))


def grown(box: Bench) -> int:
    with box.client() as client:
        for number in range(BIG):
            client.execute("SET", f"big:{number}", "x" * (1 << 20))
    return box.keys()


def limited(box: Bench) -> Plan:
    configure(box, *PERSISTENCE["rdb"], "maxmemory 8mb", "maxmemory-policy allkeys-lru")
    fill(box, KEYS)
    return box.plan(raised)


def test_a_rollback_to_a_limit_that_the_data_have_outgrown_needs_the_word(box: Bench) -> None:
    applied = box.apply(limited(box))
    assert applied.result is Result.APPLIED, applied
    count, pid = grown(box), box.pid()
    outcome = box.rollback(applied.snapshot)
    assert outcome.result is Result.REFUSED, outcome
    assert "keys would be evicted at once" in outcome.summary
    assert (box.keys(), box.pid()) == (count, pid)
    outcome = box.rollback(applied.snapshot, accepted=True)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert any("were evicted for lack of memory" in check for check in outcome.checks), outcome
    assert box.keys() < count


@OLD_AND_NEW
def test_an_apply_that_is_taken_back_drops_no_key_by_its_old_limit(box: Bench) -> None:
    apply, count = box.start(limited(box), confirm_within=60), 0
    for event in apply.events():
        if event.phase is Phase.CONFIRM and event.kind is EventKind.BEGIN:
            count = grown(box)
            assert apply.rollback()
    outcome = apply.outcome()
    assert outcome.result is Result.INCOMPLETE, outcome
    assert "maxmemory not restored in the running server" in outcome.summary
    assert "maxmemory 8388608 with allkeys-lru is below" in outcome.summary
    assert box.keys() == count
    with box.client() as client:
        assert client.config_get("maxmemory")["maxmemory"] == str(64 << 20)
