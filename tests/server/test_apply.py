"""The whole apply on a real server in a sandbox: what it promises, and what it does when something fails."""

from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench, bench
from tests.support.servers import SERVERS, Server, need
from wizard.errors import BusyError, LoginError, ServerError
from wizard.model.answers import AclRole, Answers, Durability, UserAnswer
from wizard.model.change import ChangeBase, Effect, SetDirective
from wizard.model.event import EventKind, Phase, Result
from wizard.model.facts.files import FileKind
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.sandbox.files import UNIT
from wizard.snapshots.history import History
from wizard.snapshots.store import Store

pytestmark = pytest.mark.server

KEYS = 500


def extra(wanted: Plan, name: str, *arguments: str, live: str | None = None) -> Plan:
    """The same plan with one more directive."""
    more = SetDirective(
        id=f"directive:{name}",
        title=name,
        before="",
        after=" ".join(arguments),
        why="The test wants it.",
        source="test",
        effect=Effect.RESTART,
        undo="the line as it was",
        path=wanted.config,
        name=name,
        values=(arguments,),
        live=live,
    )
    others: tuple[ChangeBase, ...] = tuple(c for c in wanted.changes if c.id != more.id)
    return replace(wanted, changes=(*others[:-1], more, *others[-1:]))


@pytest.mark.parametrize("key", list(SERVERS))
def test_hardens_every_server_and_gives_the_first_state_back(place: Path, key: str) -> None:
    server: Server = need(key)
    with bench(place, server) as box:
        box.fill(KEYS)
        before, at_first = box.picture(), box.plan()
        applied = box.apply(at_first)
        assert applied.result is Result.APPLIED, applied
        assert box.keys(box.admin) == KEYS
        with pytest.raises(LoginError), box.client() as stranger:
            stranger.ping()
        back = box.rollback(applied.snapshot, login=box.admin)
        assert back.result is Result.ROLLED_BACK
        assert any(check.startswith("SAME") for check in back.checks), back
        assert box.picture() == before
        assert box.keys() == KEYS
        # A rollback is complete only when the same answers lead to the same plan again.
        assert [change.id for change in box.plan().changes] == [change.id for change in at_first.changes]


def test_a_second_apply_has_nothing_to_do(box: Bench) -> None:
    assert box.apply(box.plan()).result is Result.APPLIED
    again = box.plan(login=box.admin)
    assert again.empty, [change.title for change in again.changes]
    assert box.apply(again, login=box.admin).result is Result.NOTHING


def test_rollback_without_a_login_restarts_in_order_and_keeps_the_keys(box: Bench) -> None:
    box.fill(KEYS)
    total, before = box.keys(), box.picture()
    applied = box.apply(box.plan())
    box.fill(50, prefix="later", login=box.admin)
    back = box.rollback(applied.snapshot)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.picture() == before
    assert box.keys() == total + 50


def test_rollback_of_a_server_that_is_down_keeps_what_only_the_append_only_file_holds(box: Bench) -> None:
    total, before = box.keys(), box.picture()
    applied = box.apply(box.plan())
    box.fill(50, prefix="later", login=box.admin)
    box.crash(box.admin)
    back = box.rollback(applied.snapshot)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.picture() == before
    assert box.keys() == total + 50
    assert box.host.status(box.host.layout.data / "appendonlydir").kind is FileKind.ABSENT


def test_a_server_that_is_down_and_always_had_an_append_only_file_keeps_its_keys(box: Bench) -> None:
    box.apply(box.plan())
    box.fill(20, prefix="later", login=box.admin)
    total, before = box.keys(box.admin), box.picture()
    outcome = box.apply(box.plan(smaller, login=box.admin), login=box.admin)
    assert outcome.result is Result.APPLIED, outcome
    box.fill(30, prefix="latest", login=box.admin)
    box.crash(box.admin)
    back = box.rollback(outcome.snapshot, login=box.admin)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.picture() == before
    assert box.keys(box.admin) == total + 30


def test_apply_after_a_rollback_does_not_replay_old_append_only_files(box: Bench) -> None:
    applied = box.apply(box.plan())
    box.rollback(applied.snapshot, login=box.admin)
    box.fill(30, prefix="between")
    total = box.keys()
    again = box.apply(box.plan())
    assert again.result is Result.APPLIED, again
    assert box.keys(box.admin) == total


def test_a_rollback_can_be_undone(box: Bench) -> None:
    applied = box.apply(box.plan())
    hardened = box.picture()
    box.rollback(applied.snapshot, login=box.admin)
    undo = next(each for each in Store(box.host).listing() if each.state == "undo")
    back = box.rollback(undo.id)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.picture() == hardened
    with pytest.raises(LoginError), box.client() as stranger:
        stranger.ping()


# --- refused: nothing is changed -------------------------------------------------------------------


def test_refuses_what_the_server_does_not_boot_with_and_names_file_and_line(box: Bench) -> None:
    reason = box.refused(extra(box.plan(), "maxmemory-policy", "no-such-policy"))
    line = box.host.layout.config
    assert f"{line} line " in reason
    assert "maxmemory-policy" in reason
    assert "must be one of the following" in reason


def test_refuses_ciphers_that_the_server_cannot_use(box: Bench) -> None:
    assert "cipher" in box.refused(extra(box.plan(), "tls-ciphers", "NO-SUCH-CIPHER")).lower()


def test_refuses_an_address_that_no_interface_has(box: Bench) -> None:
    assert "192.0.2.77" in box.refused(extra(box.plan(), "bind", "127.0.0.1", "192.0.2.77"))


def test_refuses_a_value_that_the_server_takes_differently(box: Bench) -> None:
    reason = box.refused(extra(box.plan(), "slowlog-max-len", "77", live="78"))
    assert "slowlog-max-len" in reason


def test_refuses_a_plan_made_before_somebody_changed_the_host(box: Bench) -> None:
    wanted = box.plan()
    with Path(box.host.layout.config).open("a", encoding="utf-8") as config:
        config.write("hz 20\n")
    assert "changed" in box.refused(wanted)


def test_is_busy_while_another_apply_holds_the_lock(box: Bench) -> None:
    wanted = box.plan()
    box.apply(replace(wanted, fingerprint="0" * 64))
    with box.host.lock(box.host.state / "lock"), pytest.raises(BusyError):
        box.apply(wanted)


# --- rolled back: everything is as before ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["state/clients", "state/ca/ca.key", "redis/certs/server.crt", "redis/users.acl", "redis/redis.conf", "data"],
)
def test_a_change_that_fails_undoes_all_that_was_done(box: Bench, name: str) -> None:
    wanted, before = box.plan(), box.picture()
    total = box.keys()
    box.host.fails_at = box.host.layout.directory / name
    outcome = box.apply(wanted)
    assert outcome.result is Result.ROLLED_BACK
    assert "the test says so" in outcome.summary
    assert any(check.startswith("SAME") for check in outcome.checks), outcome
    assert box.picture() == before
    assert box.keys() == total


def test_a_configuration_that_only_the_real_server_refuses_is_undone(box: Bench) -> None:
    # The rehearsal has a log file of its own, so only the real start meets the directory in the way.
    Path(box.host.layout.log.parent, "blocked").mkdir()
    before, total = box.picture(), box.keys()
    outcome = box.apply(extra(box.plan(), "logfile", str(box.host.layout.log.parent / "blocked")))
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert any(check.startswith("SAME") for check in outcome.checks), outcome
    assert box.picture() == before
    assert box.keys() == total


# --- the operator's word ---------------------------------------------------------------------------


def test_confirming_in_time_keeps_the_change(box: Bench) -> None:
    apply = box.start(box.plan(), confirm_within=30)
    for event in apply.events():
        if event.phase is Phase.CONFIRM and event.kind is EventKind.BEGIN:
            assert apply.confirm()
    assert apply.outcome().result is Result.APPLIED
    assert not apply.rollback()


@pytest.mark.parametrize("silent", [True, False])
def test_no_word_or_a_no_takes_it_back(box: Bench, *, silent: bool) -> None:
    before = box.picture()
    apply = box.start(box.plan(), confirm_within=1 if silent else 30)
    for event in apply.events():
        if event.phase is Phase.CONFIRM and event.kind is EventKind.BEGIN and not silent:
            assert apply.rollback()
    outcome = apply.outcome()
    assert outcome.result is Result.ROLLED_BACK
    assert ("no confirmation" if silent else "requested by") in outcome.summary
    assert box.picture() == before


def test_while_it_waits_it_tells_who_is_back_and_who_is_refused_what(box: Bench) -> None:
    with box.client() as before:
        before.execute("CLIENT", "SETNAME", "orders-api")
        apply = box.start(box.plan(), confirm_within=60)
        looks = (event.clients for event in apply.events() if event.clients is not None)
        assert next(looks).missing == ("orders-api at this host (0 of 1)",)
        with box.client(box.admin) as after:
            after.execute("CLIENT", "SETNAME", "orders-api")
            with pytest.raises(ServerError):
                after.execute("FLUSHALL")
            seen = next(looks)
            while not (seen.back and seen.refused):
                seen = next(looks)
            assert seen.refused == ("orders-api at this host as admin: FLUSHALL",)
            assert seen.missing == ()
        assert apply.confirm()
        assert apply.outcome().result is Result.APPLIED


# --- hot, quiet, careful ---------------------------------------------------------------------------


def smaller(answers: Answers) -> Answers:
    return replace(
        answers,
        memory=replace(answers.memory, maxmemory="64mb"),
        acl=replace(answers.acl, users=(*answers.acl.users[:1], *answers.acl.users[1:])),
        audit=replace(answers.audit, slow_log_length=333),
    )


def test_what_a_running_server_takes_needs_no_restart_and_is_undone_without_one(box: Bench) -> None:
    box.apply(box.plan())
    pid, before = box.pid(), box.picture()
    outcome = box.apply(box.plan(smaller, login=box.admin), login=box.admin)
    assert outcome.result is Result.APPLIED, outcome
    assert box.pid() == pid
    with box.client(box.admin) as client:
        assert client.config_get("maxmemory")["maxmemory"] == str(64 << 20)
    back = box.rollback(outcome.snapshot, login=box.admin)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.pid() == pid
    assert box.picture() == before


def one_more_user(answers: Answers) -> Answers:
    more = UserAnswer(name="report", role=AclRole.READ_ONLY, keys=("key:*",))
    return replace(answers, acl=replace(answers.acl, users=(*answers.acl.users, more)))


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_a_user_is_added_to_a_running_server_and_taken_away_again(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        box.apply(box.plan())
        pid, before = box.pid(), box.picture()
        outcome = box.apply(box.plan(one_more_user, login=box.admin), login=box.admin)
        assert outcome.result is Result.APPLIED, outcome
        assert box.pid() == pid
        report = Login("report", box.passwords["report"])
        with box.client(report) as client, pytest.raises(LoginError):
            client.execute("SET", "key:1", "x")
        back = box.rollback(outcome.snapshot, login=box.admin)
        assert any(check.startswith("SAME") for check in back.checks), back
        assert box.pid() == pid
        assert box.picture() == before
        with pytest.raises(LoginError), box.client(report):
            pass


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_the_default_user_is_turned_off_from_a_session_of_the_new_administrator(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        users = Path(box.host.layout.config.parent, "users.acl")
        users.write_text("user default on nopass ~* &* +@all\n")
        with Path(box.host.layout.config).open("a", encoding="utf-8") as config:
            config.write(f"aclfile {users}\n")
        box.host.services.restart(UNIT)
        before, total = box.picture(), box.keys()
        with box.client() as intruder:
            intruder.ping()
            outcome = box.apply(box.plan())
            assert outcome.result is Result.APPLIED, outcome
            with pytest.raises(ServerError):
                intruder.execute("GET", "sandbox:greeting")
        back = box.rollback(outcome.snapshot, login=box.admin)
        assert any(check.startswith("SAME") for check in back.checks), back
        assert box.picture() == before
        assert box.keys() == total


def snapshots_only(answers: Answers) -> Answers:
    return replace(answers, persistence=replace(answers.persistence, durability=Durability.NOTHING_KEPT, snapshots=()))


def test_a_server_that_keeps_nothing_keeps_its_keys_through_our_restarts(box: Bench) -> None:
    box.fill(KEYS)
    total = box.keys()
    applied = box.apply(box.plan(snapshots_only))
    assert applied.result is Result.APPLIED, applied
    assert box.keys(box.admin) == total
    refused = box.rollback(applied.snapshot)
    assert refused.result is Result.REFUSED
    assert "log in" in refused.summary
    assert box.keys(box.admin) == total
    back = box.rollback(applied.snapshot, login=box.admin)
    assert any(check.startswith("SAME") for check in back.checks), back
    assert box.keys() == total


def test_no_password_reaches_a_file_or_an_event(box: Bench) -> None:
    apply = box.start(box.plan())
    events = "".join(map(str, apply.events()))
    assert apply.outcome().result is Result.APPLIED
    secrets = [secret.reveal() for secret in box.passwords.values()]
    everything = [path for path in Path(box.host.layout.directory).rglob("*") if path.is_file()]
    assert len(everything) > 20
    for secret in secrets:
        assert secret not in events
        assert not [path for path in everything if secret.encode() in path.read_bytes()]


def test_a_hand_made_edit_is_named_and_kept_in_the_newer_snapshot(box: Bench) -> None:
    applied = box.apply(box.plan())
    config = Path(box.host.layout.config)
    config.write_text(config.read_text() + "# by hand\n")
    edited = config.read_bytes()
    back = box.rollback(applied.snapshot, login=box.admin)
    assert any("changed manually" in check for check in back.checks), back
    store = Store(box.host)
    newer = next(each for each in store.listing() if each.state == "undo")
    saved = next(each for each in newer.paths if each.status.path == PurePosixPath(config))
    assert store.blob(saved.blob) == edited


def test_a_damaged_snapshot_is_not_put_back(box: Bench) -> None:
    applied = box.apply(box.plan())
    hardened = box.picture()
    store = Store(box.host)
    saved = next(each for each in store.load(applied.snapshot).paths if each.blob)
    Path(box.host.state, "blobs", saved.blob).write_bytes(b"rubbish")
    refused = box.rollback(applied.snapshot, login=box.admin)
    assert refused.result is Result.REFUSED
    assert "damaged" in refused.summary
    assert box.picture() == hardened


def test_newest_snapshot_is_the_last_one_applied(box: Bench) -> None:
    applied = box.apply(box.plan())
    store = Store(box.host)
    newest = History(store).newest()
    assert newest is not None
    assert newest.id == applied.snapshot
    assert UNIT in {unit.name for unit in newest.snapshot.units}
    box.rollback(applied.snapshot, login=box.admin)
    assert History(store).newest() is None
