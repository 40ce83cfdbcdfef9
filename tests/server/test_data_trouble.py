"""Saves that fail, work that is under way, files that say otherwise: no key is lost, and nothing is stopped blindly."""

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, eventually
from tests.support.data_bench import (
    FULL,
    PERSISTENCE,
    after_a_crash,
    configure,
    durable,
    failing_saves,
    full_disk,
    launch,
    load,
    only_a_restart,
    write_lines,
)
from tests.support.servers import EACH_LAYOUT, EVERY_BUILD, SERVERS
from wizard.errors import ApplyError, LoadingError, ServerError
from wizard.model.answers import Answers, Durability, Purpose
from wizard.model.change import Effect, Restart, Risk, SetDirective
from wizard.model.event import EventKind, Phase, Result
from wizard.model.login import Endpoint
from wizard.model.value import replace
from wizard.persistence import quiesce
from wizard.planning.consent import accept, changes_needing_consent
from wizard.recovery.recover import recover
from wizard.sandbox.files import UNIT
from wizard.server.client import Client, connect

pytestmark = pytest.mark.server

KEYS = 500


def filled(box: Bench, kept: str) -> None:
    configure(box, *PERSISTENCE[kept])
    with box.client() as client:
        load(client, KEYS - 1)
        # Random, so that no dump of it is small.
        client.execute("SET", "big", secrets.token_hex(2 * FULL))


def save_points(box: Bench) -> str:
    with box.client() as client:
        return client.config_get("save")["save"]


# --- saves that fail -----------------------------------------------------------------------------


def in_the_way(box: Bench) -> AbstractContextManager[None]:
    return failing_saves(box)


def disk_full(box: Bench) -> AbstractContextManager[None]:
    return full_disk(box.pid())


TROUBLES: list[Callable[[Bench], AbstractContextManager[None]]] = [in_the_way, disk_full]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("kept", ["rdb", "nothing"])
@EACH_LAYOUT
def test_an_apply_is_refused_before_the_first_change_when_the_server_cannot_save(
    box: Bench, kept: str, trouble: Callable[[Bench], AbstractContextManager[None]]
) -> None:
    filled(box, kept)
    points = save_points(box)
    with trouble(box):
        assert "could not save its data" in box.refused(box.plan(only_a_restart))
        assert "could not save its data" in box.refused(box.plan())
        assert box.keys() == KEYS
    assert save_points(box) == points
    with box.client() as client:
        # With save points the server refuses writes until it can save again, as it is told to by its own configuration.
        client.execute("SAVE")
        load(client, 1, prefix="writes go on")
        assert client.info("persistence")["aof_enabled"] == "0"
    outcome = box.apply(box.plan(only_a_restart))
    assert outcome.result is Result.APPLIED, outcome
    assert box.keys() == KEYS + 1


@EACH_LAYOUT
def test_a_save_that_fails_at_the_last_moment_stops_nothing_and_is_undone(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(box, "rdb")
    points, before, pid = save_points(box), box.picture(), box.pid()
    persist = quiesce.persist

    def in_trouble(client: Client, *, from_append_only: bool, rewrite: bool = False) -> quiesce.PersistedDataset:
        with failing_saves(box):
            return persist(client, from_append_only=from_append_only, rewrite=rewrite)

    monkeypatch.setattr(quiesce, "persist", in_trouble)
    outcome = box.apply(box.plan(only_a_restart))
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert "could not save its data" in outcome.summary
    assert (box.picture(), box.pid(), box.keys(), save_points(box)) == (before, pid, KEYS, points)
    with box.client() as client:
        client.execute("SAVE")
        load(client, 1, prefix="writes go on")


@EACH_LAYOUT
def test_a_rollback_is_refused_before_it_changes_anything_when_the_server_cannot_save(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(box, "rdb")
    before = box.picture()
    applied = box.apply(box.plan())
    box.fill(20, prefix="window", login=box.admin)
    hardened, pid = box.picture(), box.pid()
    with failing_saves(box):
        outcome = box.rollback(applied.snapshot, login=box.admin)
        assert outcome.result is Result.REFUSED, outcome
        assert "could not save its data" in outcome.summary
        assert (box.picture(), box.pid(), box.keys(box.admin)) == (hardened, pid, KEYS + 20)
        # Nobody is let in: it cannot stop, and whatever happens to it then, it starts with every key.
        monkeypatch.setattr("wizard.rollback.orderly_stop.STOP_SECONDS", 2.0)
        monkeypatch.setattr("wizard.rollback.restore.START_SECONDS", 2.0)
        with pytest.raises(ApplyError, match="could not be restarted"):
            box.rollback(applied.snapshot)
        assert box.pid() == pid
    box.crash(box.admin)
    box.host.services.start(UNIT)
    assert box.keys() == KEYS + 20
    finished = recover(box.host)
    assert finished is not None
    assert any(check.startswith("SAME") for check in finished.checks), finished
    assert box.picture() == before
    assert after_a_crash(box) == KEYS + 20


# --- under way -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kept", "command"), [("rdb", "BGSAVE"), ("both", "BGREWRITEAOF")])
@EACH_LAYOUT
def test_a_save_or_rewrite_that_is_under_way_is_waited_for(box: Bench, kept: str, command: str) -> None:
    filled(box, kept)
    with box.client() as client:
        # Microseconds for each key: a second in all, also for the saves of the apply.
        client.config_set({"rdb-key-save-delay": "2000"})
        client.execute(command)
        fields = client.info("persistence")
        assert "1" in (fields["rdb_bgsave_in_progress"], fields["aof_rewrite_in_progress"])
    outcome = box.apply(box.plan(only_a_restart))
    assert outcome.result is Result.APPLIED, outcome
    assert after_a_crash(box) == KEYS


@pytest.mark.parametrize("how", ["", "nosave"])
@EVERY_BUILD
def test_writes_wait_for_the_stop_and_none_that_was_answered_is_lost(box: Bench, how: str) -> None:
    filled(box, "rdb")
    if how:
        with box.client() as client, suppress(ServerError):
            # Since 7.0; 6.2 saves when it is told to stop.
            client.config_set({"shutdown-on-sigterm": how})
    answered = 0

    def write() -> None:
        """Write one key after the other, until the server is gone."""
        nonlocal answered
        with suppress(ServerError), connect(Endpoint(socket=box.host.layout.socket), seconds=60) as client:
            while True:
                client.execute("SET", f"late:{answered}", "x")
                answered += 1

    writer = threading.Thread(target=write)
    writer.start()
    outcome = box.apply(box.plan(only_a_restart))
    writer.join(timeout=60)
    assert outcome.result is Result.APPLIED, outcome
    assert answered > KEYS
    # One may have been taken and not answered.
    assert KEYS + answered <= box.keys() <= KEYS + answered + 1


@pytest.mark.parametrize("kept", list(PERSISTENCE))
@EACH_LAYOUT
def test_a_server_that_is_not_stopped_after_all_goes_on_as_before(box: Bench, kept: str) -> None:
    filled(box, kept)
    points = save_points(box)
    with box.client() as client, box.client() as another:
        # A count that can fall is why writes wait.
        client.execute("DEL", "nothing")
        held = quiesce.persist_and_quiesce(client, from_append_only=kept in {"aof", "both"})
        assert save_points(box) == ""
        assert held.is_safe_to_kill(client)
        replace_run(held).resume(client)
        assert save_points(box) == "", "another process is left alone"
        held.resume(client)
        assert save_points(box) == points
        # Nobody waits: a pause would outlast the patience of this session.
        another.execute("SET", "goes", "on")


def replace_run(held: quiesce.QuiescedServer) -> quiesce.QuiescedServer:
    return quiesce.QuiescedServer(run="of another process", points="1 1", paused=True)


@EACH_LAYOUT
def test_a_server_that_still_loads_is_not_stopped(box: Bench) -> None:
    configure(box, *PERSISTENCE["rdb"])
    with box.client() as client:
        # While it loads it answers after every 2 MiB that it has read.
        client.config_set({"rdbcompression": "no"})
        for number in range(1, 101):
            client.execute("SET", f"key:{number}", "x" * (1 << 20))
        client.execute("SAVE")
    write_lines(box, "key-load-delay 30000")
    box.crash()
    launch(box)
    eventually(lambda: is_loading(box), "it does not load")
    wanted = box.plan(only_a_restart)
    assert [each.id for each in changes_needing_consent(wanted)] == ["restart"]
    assert "still reads its data" in changes_needing_consent(wanted)[0].evidence
    pid = box.pid()
    assert box.apply(wanted).result is Result.REFUSED
    eventually(lambda: not is_loading(box), "it still loads", seconds=60)
    assert (box.pid(), box.keys()) == (pid, 100)


def is_loading(box: Bench) -> bool:
    try:
        with box.client() as client:
            client.ping()
    except LoadingError:
        return True
    except ServerError:
        pass
    return False


# --- files that say otherwise --------------------------------------------------------------------


def other_dir(box: Bench) -> tuple[str, ...]:
    elsewhere = box.host.layout.directory / "elsewhere"
    Path(elsewhere).mkdir(exist_ok=True)
    return (f"dir {elsewhere}",)


def other_name(_box: Bench) -> tuple[str, ...]:
    return ("dbfilename other.rdb",)


def switched_on_by_hand(_box: Bench) -> tuple[str, ...]:
    return ("appendonly yes",)


DRIFTS: list[Callable[[Bench], tuple[str, ...]]] = [other_dir, other_name, switched_on_by_hand]


@pytest.mark.parametrize("drift", DRIFTS)
@EACH_LAYOUT
def test_a_file_that_would_start_the_server_without_its_data_is_recognised_and_needs_the_word(
    box: Bench, drift: Callable[[Bench], tuple[str, ...]]
) -> None:
    filled(box, "rdb")
    write_lines(box, *drift(box))
    wanted = box.plan(only_a_restart)
    (restart,) = changes_needing_consent(wanted)
    assert isinstance(restart, Restart)
    assert restart.risk is Risk.DATA
    assert "restart may lose data" in box.refused(wanted)
    assert box.keys() == KEYS

    # With his word it is done, and what is lost is said; the old data stays where it is.
    outcome = box.apply(accept(wanted))
    assert outcome.result is Result.APPLIED, outcome
    assert box.keys() == 0
    assert any("the plan accepts" in check for check in outcome.checks), outcome
    assert outcome.keys_before == KEYS
    assert box.host.status(box.host.layout.data / "dump.rdb").size > KEYS


@pytest.mark.parametrize("drift", [other_dir, other_name])
@EACH_LAYOUT
def test_who_moves_the_data_by_hand_in_the_window_loses_nothing_by_the_way_back(
    box: Bench, drift: Callable[[Bench], tuple[str, ...]]
) -> None:
    filled(box, "rdb")
    apply = box.start(box.plan(only_a_restart), confirm_within=60)
    for event in apply.events():
        if event.phase is Phase.CONFIRM and event.kind is EventKind.BEGIN:
            write_lines(box, *drift(box))
            assert apply.rollback()
    outcome = apply.outcome()
    # His edit would start the server without its data, so it gives way, and lies where it is told.
    assert outcome.result is Result.INCOMPLETE, outcome
    assert "changed by another administrator" in outcome.summary
    assert after_a_crash(box) == KEYS
    with box.client() as client:
        load(client, 1, prefix="writes go on")


@EACH_LAYOUT
def test_a_data_directory_behind_a_link_is_no_other_place(box: Bench) -> None:
    link = box.host.layout.directory / "link"
    Path(link).symlink_to(box.host.layout.data)
    configure(box, *PERSISTENCE["rdb"], f"dir {link}")
    with box.client() as client:
        load(client, KEYS)
    wanted = box.plan(only_a_restart)
    assert not changes_needing_consent(wanted)
    outcome = box.apply(wanted)
    assert outcome.result is Result.APPLIED, outcome
    assert box.keys() == KEYS


@pytest.mark.parametrize("name", ["dir", "dbfilename", "appendfilename", "appenddirname"])
@EACH_LAYOUT
def test_a_plan_that_moves_the_data_is_refused(box: Bench, name: str) -> None:
    if name == "appenddirname" and SERVERS["r62"].binary == str(box.host.services.record().binary):
        pytest.skip("6.2 has no such directive")
    filled(box, "rdb")
    value = str(box.host.layout.directory / "elsewhere") if name == "dir" else "other"
    Path(box.host.layout.directory / "elsewhere").mkdir()
    wanted = box.plan(only_a_restart)
    more = SetDirective(
        id=f"directive:{name}", title=name, before="", after=value, why="", source="test", effect=Effect.RESTART,
        undo="", path=wanted.config, name=name, values=((value,),),
    )  # fmt: skip
    said = box.refused(replace(wanted, changes=(*wanted.changes[:-1], more, wanted.changes[-1])))
    assert f"its file says {name}" in said
    assert box.keys() == KEYS


# --- memory --------------------------------------------------------------------------------------


def memory(maxmemory: str, purpose: Purpose) -> Callable[[Answers], Answers]:
    def change(answers: Answers) -> Answers:
        quiet = only_a_restart(answers)
        quiet = replace(quiet, network=replace(quiet.network, unix_socket_permissions="777"))
        return replace(quiet, memory=replace(quiet.memory, maxmemory=maxmemory, purpose=purpose))

    return change


def megabytes(box: Bench, count: int, *, prefix: str = "big") -> None:
    with box.client() as client:
        for number in range(count):
            client.execute("SET", f"{prefix}:{number}", "x" * (1 << 20))


@EACH_LAYOUT
def test_a_limit_below_the_memory_in_use_that_evicts_is_set_by_the_word_alone(box: Bench) -> None:
    filled(box, "rdb")
    megabytes(box, 24)
    total, pid = box.keys(), box.pid()
    wanted = box.plan(memory("16mb", Purpose.CACHE_RECENT))
    assert {each.id for each in changes_needing_consent(wanted)} == {
        "directive:maxmemory",
        "directive:maxmemory-policy",
    }
    assert all(each.risk is Risk.DATA and "in use" in each.evidence for each in changes_needing_consent(wanted))
    outcome = box.apply(wanted)
    assert outcome.result is Result.REFUSED, outcome
    assert (box.keys(), box.pid()) == (total, pid)
    with box.client() as client:
        assert client.config_get("maxmemory")["maxmemory"] == "0"
    outcome = box.apply(accept(wanted))
    assert outcome.result is Result.APPLIED, outcome
    assert box.keys() < total
    assert box.pid() == pid


@EACH_LAYOUT
def test_memory_that_grew_since_the_plan_is_seen_before_the_limit_is_set(box: Bench) -> None:
    filled(box, "rdb")
    wanted = box.plan(memory("16mb", Purpose.CACHE_RECENT))
    assert not changes_needing_consent(wanted)
    megabytes(box, 24)
    total = box.keys()
    outcome = box.apply(wanted)
    assert outcome.result is Result.REFUSED, outcome
    assert "the server would evict keys at once" in outcome.summary
    assert box.keys() == total


@EACH_LAYOUT
def test_a_limit_below_the_memory_in_use_that_evicts_nothing_says_that_writes_are_refused(box: Bench) -> None:
    filled(box, "rdb")
    megabytes(box, 24)
    wanted = box.plan(memory("16mb", Purpose.STORE))
    (limit,) = [each for each in wanted.changes if each.id == "directive:maxmemory"]
    assert limit.risk is Risk.DENY
    assert "writes are refused at once" in limit.evidence
    total = box.keys()
    assert box.apply(wanted).result is Result.APPLIED
    assert box.keys() == total


@EACH_LAYOUT
def test_from_a_policy_that_evicts_to_a_low_limit_that_does_not_no_key_is_dropped_in_between(box: Bench) -> None:
    filled(box, "rdb")
    with box.client() as client:
        client.config_set({"maxmemory-policy": "allkeys-lru"})
    megabytes(box, 24)
    total = box.keys()
    outcome = box.apply(box.plan(memory("16mb", Purpose.STORE)))
    assert outcome.result is Result.APPLIED, outcome
    assert box.keys() == total
    back = box.rollback(outcome.snapshot)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.keys() == total


# --- all kinds of data ---------------------------------------------------------------------------


@EACH_LAYOUT
def test_keys_that_expire_or_are_removed_meanwhile_are_no_loss(box: Bench) -> None:
    filled(box, "rdb")
    apply = box.start(box.plan(only_a_restart))
    with box.client() as client:
        for number in range(40):
            client.execute("SET", f"short:{number}", "x", "PX", "1500")
    assert apply.outcome().result is Result.APPLIED
    eventually(lambda: box.keys() == KEYS, "short keys stay")
    with box.client() as client:
        for number in range(40):
            client.execute("SET", f"short:{number}", "x", "PX", "200")
    outcome = box.apply(box.plan(durable(Durability.SECOND, "900 1")))
    assert outcome.result is Result.APPLIED, outcome


@EVERY_BUILD
def test_every_database_script_and_a_hundred_thousand_keys_come_back(box: Bench) -> None:
    configure(box, *PERSISTENCE["rdb"])
    with box.client() as client:
        load(client, 100_000)
        for number in (1, 7, 15):
            client.execute("SELECT", str(number))
            load(client, 10, prefix=f"db{number}")
        new = not client.info("server")["redis_version"].startswith("6.")
        if new:
            client.execute(
                "FUNCTION", "LOAD", "#!lua name=kept\nredis.register_function('one', function() return 1 end)"
            )
    applied = box.apply(box.plan())
    assert applied.result is Result.APPLIED, applied
    assert (applied.keys_before, applied.keys_after) == (100_030, 100_030)
    back = box.rollback(applied.snapshot, login=box.admin)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert after_a_crash(box) == 100_030
    with box.client() as client:
        keyspace = client.info("keyspace")
        assert [keyspace[f"db{number}"].split(",")[0] for number in (1, 7, 15)] == ["keys=10"] * 3
        if new:
            assert client.execute("FCALL", "one", "0") == 1
