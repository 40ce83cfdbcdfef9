"""Users that another administrator adds, changes or removes survive a rollback, and are named."""

from pathlib import Path

import pytest

from tests.server.test_other_hands import newest_undo, smaller, taken_back
from tests.support.apply_bench import Bench, Stopped, bench
from tests.support.servers import need
from wizard.acl.password import hash_password
from wizard.app import recover
from wizard.changes import live_users, registry
from wizard.changes.context import ApplyContext
from wizard.changes.handler import CommitPhase
from wizard.changes.rollback_context import RollbackContext
from wizard.model.answers import AclRole, Answers, UserAnswer
from wizard.model.event import Outcome, Result
from wizard.model.login import Login
from wizard.model.value import Secret, replace

pytestmark = pytest.mark.server

BOB = Login("bob", Secret("bob's own password"))
RULES = ("on", f">{BOB.password.reveal() if BOB.password else ''}", "~*", "&*", "+@all")
CAROL = ("on", ">carol's own password", "~carol:*", "+get", "+ping")


def set_users(box: Bench, login: Login | None, **users: tuple[str, ...]) -> None:
    with box.client(login) as client:
        for name, rules in users.items():
            client.acl_setuser(name, rules)


def users(box: Bench, login: Login | None = None) -> dict[str, str]:
    with box.client(login) as client:
        # Redis 6.2 shows this flag after some commands and not after others, and has no order of commands.
        lines = (line.replace(" sanitize-payload", "") for line in client.acl_list())
        return {line.split()[1]: " ".join(sorted(line.split()) if "~carol" in line else line.split()) for line in lines}


def no_hash(outcome: Outcome) -> None:
    texts = (outcome.summary, *outcome.checks)
    assert not [text for text in texts if any(len(word.strip("#")) == 64 for word in text.split())]


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_through_a_restart_that_leaves_no_acl_file(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        set_users(box, None, carol=CAROL)
        before = users(box)

        def others() -> None:
            set_users(box, box.admin, bob=RULES)
            # Carol is in the ACL file now, with the password that was in memory alone.
            with box.client(Login("carol", Secret("carol's own password"))) as client:
                client.execute("GET", "carol:1")

        outcome = taken_back(box, box.plan(), others)
        assert outcome.result is Result.INCOMPLETE, outcome
        assert "in memory only until CONFIG REWRITE: user bob was added" in outcome.summary
        after = users(box, BOB)
        assert after.keys() == {*before, "bob"}
        # Carol was in memory alone before, and is again.
        assert {name: after[name] for name in before} == before
        no_hash(outcome)


def test_users_in_memory_alone_come_back_after_a_rollback(box: Bench) -> None:
    set_users(box, None, carol=CAROL)
    before = users(box)
    outcome = taken_back(box, box.plan(), lambda: None)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert users(box) == before


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_without_a_restart_into_the_acl_file(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        box.apply(box.plan())
        wanted = box.plan(more_users, login=box.admin)

        def others() -> None:
            set_users(box, box.admin, bob=RULES, extra=("+info",), app=(">another password",))

        admin, before, pid = box.admin, users(box, box.admin), box.pid()
        outcome = taken_back(box, wanted, others, login=admin)
        assert outcome.result is Result.INCOMPLETE, outcome
        file = box.host.layout.config.parent / "users.acl"
        assert (
            f"{file} keeps the changes of another administrator: user app was changed, user bob was added"
            in outcome.summary
        )
        # The apply had created this one, so nothing of it stays.
        assert "user extra was removed: this apply created it" in outcome.summary
        after = users(box, BOB)
        assert after.keys() == {*before, "bob"}
        assert after["admin"] == before["admin"]
        assert len(after["app"].split("#")) == len(before["app"].split("#")) + 1
        assert box.pid() == pid
        # A load reads them from the file, and a new plan finds nothing else than before.
        with box.client(BOB) as client:
            client.acl_load()
        assert users(box, BOB) == after
        no_hash(outcome)


def more_users(answers: Answers) -> Answers:
    extra = UserAnswer(name="extra", role=AclRole.HEALTH)
    return replace(smaller(answers), acl=replace(answers.acl, users=(*answers.acl.users, extra)))


def test_a_user_that_another_administrator_removed_stays_removed(box: Bench) -> None:
    box.apply(box.plan())
    file = Path(box.host.layout.config.parent / "users.acl")
    file.write_bytes(file.read_bytes() + f"user carol on #{hash_password('x')} ~carol:* +get\n".encode())
    with box.client(box.admin) as client:
        client.acl_load()

    def remove() -> None:
        with box.client(admin) as client:
            client.acl_deluser("carol")

    admin = box.admin
    outcome = taken_back(box, box.plan(more_users, login=admin), remove, login=admin)
    assert "carol" not in users(box, box.admin)
    assert b"carol " not in file.read_bytes()
    assert f"{file} keeps the changes of another administrator: user carol was removed" in outcome.summary


def test_what_is_changed_during_the_commit_ends_it_and_stays(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = registry.do

    def meddled(run: ApplyContext, phase: CommitPhase) -> None:
        if phase is CommitPhase.UNITS:
            set_users(box, run.login, bob=RULES)
        whole(run, phase)

    monkeypatch.setattr(registry, "do", meddled)
    outcome = box.apply(box.plan())
    assert "another administrator changed user bob in the running server while the apply ran" in outcome.summary
    assert outcome.result is Result.INCOMPLETE, outcome
    assert users(box, BOB).keys() == {"default", "bob"}


@pytest.mark.parametrize("key", ["r62", "r80"])
def test_what_is_changed_just_before_the_users_are_loaded_stays(
    place: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(place, need(key)) as box:
        box.apply(box.plan())
        before = users(box, box.admin)
        admin, whole = box.admin, registry.do

        def meddled(run: ApplyContext, phase: CommitPhase) -> None:
            if phase is CommitPhase.LOAD_USERS:
                set_users(box, admin, bob=RULES)
            whole(run, phase)

        monkeypatch.setattr(registry, "do", meddled)
        outcome = box.apply(box.plan(more_users, login=admin), login=admin)
        assert "another administrator changed user bob" in outcome.summary
        assert "users.acl keeps the changes of another administrator: user bob was added" in outcome.summary
        assert users(box, BOB).keys() == {*before, "bob"}


def test_an_undo_cut_off_after_its_restart_still_knows_them(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = live_users.set_again

    def killed(_work: RollbackContext) -> None:
        monkeypatch.setattr(live_users, "set_again", whole)
        raise Stopped

    monkeypatch.setattr(live_users, "set_again", killed)
    with pytest.raises(Stopped):
        taken_back(box, box.plan(), lambda: set_users(box, box.admin, bob=RULES))
    outcome = recover(box.host)
    assert outcome is not None
    assert "user bob was added" in outcome.summary
    assert users(box, BOB).keys() == {"default", "bob"}


def test_a_rollback_that_was_asked_for_keeps_them_too(box: Bench) -> None:
    first = users(box)
    applied = box.apply(box.plan())
    made = users(box, box.admin)
    set_users(box, box.admin, bob=RULES)
    back = box.rollback(applied.snapshot, login=box.admin)
    assert "in memory only until CONFIG REWRITE: user bob was added" in back.summary
    assert users(box, BOB).keys() == {*first, "bob"}
    # Bob's login ends with the restart, so only the file can bring it back.
    again = box.rollback(newest_undo(box), login=BOB)
    assert "users.acl has users that were in memory only: bob" in again.summary
    assert users(box, BOB).keys() == {*made, "bob"}


def test_each_change_of_others_is_named_once(box: Bench) -> None:
    config = Path(box.host.layout.config)

    def others() -> None:
        set_users(box, box.admin, default=("on", ">their own password", "~*", "&*", "+@all"))
        config.write_bytes(config.read_bytes() + b"# theirs\n")

    outcome = taken_back(box, box.plan(), others)
    assert outcome.result is Result.INCOMPLETE, outcome
    assert outcome.summary.count("user default") == 1
    assert outcome.summary.count(f"{config} was") == 1


def test_nothing_of_others_is_said_where_there_is_none(box: Bench) -> None:
    applied = box.apply(box.plan())
    back = box.rollback(applied.snapshot, login=box.admin)
    assert back.result is Result.ROLLED_BACK, back
    again = box.rollback(newest_undo(box))
    assert again.result is Result.ROLLED_BACK, again
    assert "admin" in users(box, box.admin)


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_an_acl_file_that_the_server_saved_goes_with_the_apply(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:

        def save() -> None:
            with box.client(box.admin) as client:
                client.execute("ACL", "SAVE")

        outcome = taken_back(box, box.plan(), save)
        assert outcome.result is Result.ROLLED_BACK, outcome
        assert not Path(box.host.layout.config.parent / "users.acl").exists()


def test_of_such_a_file_the_users_of_others_alone_are_left(box: Bench) -> None:
    def save() -> None:
        set_users(box, box.admin, bob=RULES)
        with box.client(box.admin) as client:
            client.execute("ACL", "SAVE")

    outcome = taken_back(box, box.plan(), save)
    file = Path(box.host.layout.config.parent / "users.acl")
    assert [line.split()[1] for line in file.read_text().splitlines()] == ["bob"]
    assert f"{file} keeps only the users of another administrator" in outcome.summary
    assert "in memory only until CONFIG REWRITE: user bob was added" in outcome.summary
