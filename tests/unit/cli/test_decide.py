"""Commands to an open apply from any login: status, confirm, rollback, recover."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_apply import outcome
from tests.support.fake_client import WAITING, FakeClient
from tests.support.scenario import assert_refused, assert_silent, run
from wizard.errors import ApplyError, BusyError
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.value import Secret, from_json, replace

SECRETS = {"admin": Secret("drawn-for-a-test"), "app": Secret("another-one")}
OPEN = (Stage.WORKING, Stage.WAITING, Stage.UNDOING, Stage.INTERRUPTED)


def order(client: FakeClient, *words: str | Path) -> Any:
    """Give a command on the made-up host."""
    return run(*words, "--root", client.root)


# --- status ------------------------------------------------------------------------------------


def test_status_without_anything_is_no_error(fake_client: FakeClient) -> None:
    ran = order(fake_client, "status")
    assert (ran.status, ran.out, ran.err) == (0, "No apply was started on this host yet.\n", "")
    document = json.loads(order(fake_client, "status", "--json").out)
    assert document == {"schema": "redis-wizard/status", "version": 1, "stage": "none"}


@pytest.mark.parametrize("stage", [*OPEN, Stage.ENDED])
def test_status_as_a_document_comes_back(stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage)
    ran = order(fake_client, "status", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert from_json(ApplyStatus, ran.out) == fake_client.now
    assert json.loads(ran.out)["stage"] == stage


@pytest.mark.parametrize(
    ("stage", "changes", "words"),
    [
        (Stage.WAITING, {}, ["Apply 20260504-101112 waits", "4 min 12 s", "redis-wizard confirm\n", "rollback\n"]),
        (Stage.WAITING, {"secrets_waiting": True}, ["in no file yet", "redis-wizard confirm --secrets-to FILE\n"]),
        (Stage.WAITING, {"secrets_waiting": True, "secrets_to": "/root/s.toml"}, ["/root/s.toml", "confirm\n"]),
        (Stage.WAITING, {}, ["redis-wizard status --follow\n"]),
        (Stage.WORKING, {"phase": Phase.COMMIT, "text": "write"}, ["is running", "commit: write", "rollback\n"]),
        (Stage.WORKING, {"kind": Operation.ROLLBACK}, ["redis-wizard status --follow\n"]),
        (Stage.UNDOING, {"phase": Phase.ROLLBACK}, ["is being rolled back", "redis-wizard status --follow\n"]),
        (Stage.INTERRUPTED, {}, ["was interrupted", "redis-wizard recover\n"]),
        (Stage.INTERRUPTED, {"damage": ("line 7 is half written",)}, ["line 7 is half written"]),
        (Stage.ENDED, {"outcome": outcome(Result.APPLIED)}, ["This is how it was.", "rollback 20260504-101112\n"]),
        (
            Stage.ENDED,
            {"outcome": outcome(Result.ROLLED_BACK), "secrets_to": "/root/s.toml"},
            ["those in /root/s.toml are not valid"],
        ),
    ],
)
def test_status_says_what_can_be_done_now(
    stage: Stage, changes: dict[str, object], words: list[str], fake_client: FakeClient
) -> None:
    fake_client.stands(stage, **changes)
    ran = order(fake_client, "status")
    assert (ran.status, ran.err) == (0, "")
    shown = ran.out.replace(f" --root {fake_client.root}", "")
    assert [word for word in words if word not in shown] == [], ran.out
    assert "anna, started 2026-05-04 10:11:12 UTC" in ran.out
    assert max(map(len, shown.splitlines())) <= 80
    assert ("redis-wizard confirm" in ran.out) is (stage is Stage.WAITING)


@pytest.mark.parametrize("stage", OPEN)
def test_every_open_stage_says_what_can_be_done(stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage)
    assert "  redis-wizard " in order(fake_client, "status").out


@pytest.mark.parametrize(
    ("kind", "ending", "status"),
    [
        (Operation.APPLY, Result.APPLIED, 0),
        (Operation.APPLY, Result.ROLLED_BACK, 4),
        (Operation.ROLLBACK, Result.ROLLED_BACK, 0),
    ],
)
def test_status_follows_to_the_end(kind: Operation, ending: Result, status: int, fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WORKING, kind=kind)
    fake_client.apply.does("the first act").ends(ending)
    ran = order(fake_client, "status", "--follow")
    assert (ran.status, "the first act" in ran.err) == (status, True)
    assert WAITING.id in ran.out


@pytest.mark.parametrize("stage", [Stage.INTERRUPTED, Stage.ENDED])
def test_status_follows_nothing_that_nobody_is_at(stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage)
    assert order(fake_client, "status", "--follow").status == 0


def test_status_names_the_host_that_its_commands_mean(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    shown = order(fake_client, "status").out.split()
    assert f"confirm redis-wizard confirm --root {fake_client.root} roll back" in " ".join(shown)


def test_confirm_can_ask_for_more_time_instead(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    ran = order(fake_client, "confirm", "--extend", "5")
    assert (ran.status, ran.err) == (0, "")
    assert "20260504-101112 waits for a confirmation for " in ran.out
    assert fake_client.apply.decided is None
    assert order(fake_client, "confirm", "--extend", "61").status == 64
    dry = order(fake_client, "confirm", "--extend", "5", "--dry-run")
    assert dry.out == "Would wait 5 minutes more for 20260504-101112.\n"


def test_status_shows_nothing_that_steers_a_terminal(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WORKING, what="\x1b[31m12 changes\x9b", by="\u202eanna", text="\x07done\nkeep it  x")
    ran = order(fake_client, "status")
    assert_silent(ran.out)
    assert not [line for line in ran.out.splitlines() if line.startswith("keep it")]


# --- while something is open -------------------------------------------------------------------


@pytest.mark.parametrize("stage", OPEN)
@pytest.mark.parametrize("command", ["apply", "rollback"])
def test_nothing_else_is_begun_while_one_is_open(command: str, stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage)
    words = [command, "--yes"] if command == "apply" else [command, "20200101-000000", "--yes"]
    remedy = {Stage.WAITING: "redis-wizard confirm", Stage.INTERRUPTED: "redis-wizard recover"}
    ran = order(fake_client, *words)
    status = 1 if stage is Stage.INTERRUPTED else 5
    said = "the apply 20260504-101112, started by anna"
    assert_refused(ran, said, remedy.get(stage, "redis-wizard status"), status=status)


# --- confirm -----------------------------------------------------------------------------------


def test_confirm_keeps_what_waits(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    fake_client.apply.does("act").waits()
    ran = order(fake_client, "confirm")
    assert ran.status == 0
    assert fake_client.apply.decided is EventKind.CONFIRMED
    assert ran.out == "This is how it was.\nTo roll back: redis-wizard rollback 20260101-000000\n"
    assert ran.err == "[ .. ] confirm: decided\n"


@pytest.mark.parametrize(
    ("now", "words", "status"),
    [
        (None, "no apply waits", 1),
        (replace(WAITING, kind=Operation.ROLLBACK, stage=Stage.WORKING), "no apply waits", 1),
        (replace(WAITING, stage=Stage.WORKING, phase=Phase.VERIFY, text="look"), "not verified yet (verify: look)", 1),
        (replace(WAITING, stage=Stage.INTERRUPTED, phase=Phase.COMMIT), "roll it back with redis-wizard recover", 1),
        (replace(WAITING, stage=Stage.ENDED, outcome=outcome(Result.ROLLED_BACK)), "too late: this is how it was", 4),
        (replace(WAITING, stage=Stage.ENDED, outcome=outcome(Result.REFUSED)), "no apply waits", 1),
    ],
)
def test_confirm_says_why_there_is_nothing_to_keep(
    now: ApplyStatus | None, words: str, status: int, fake_client: FakeClient
) -> None:
    fake_client.now = now
    assert_refused(order(fake_client, "confirm"), words, status=status)
    assert fake_client.apply.decided is None


def test_confirm_of_what_was_confirmed_a_moment_ago_waits_for_its_end(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WORKING, phase=Phase.CONFIRM)
    fake_client.apply.decide(EventKind.CONFIRMED)
    assert order(fake_client, "confirm").status == 0


def test_confirm_twice_is_no_error(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.ENDED, outcome=outcome(Result.APPLIED))
    ran = order(fake_client, "confirm")
    assert (ran.status, ran.err) == (0, "")
    assert "is already confirmed" in ran.out


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.UNDOING])
def test_confirm_too_late_is_said_with_the_reason(stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage)
    fake_client.apply.decide(EventKind.REVOKED)
    ran = order(fake_client, "confirm")
    assert (ran.status, ran.sentence) == (4, "too late: this is how it was.")
    assert ran.out == ""


def test_confirm_keeps_what_waits_though_its_worker_is_dead(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.INTERRUPTED)
    assert order(fake_client, "confirm").status == 0
    assert fake_client.apply.decided is EventKind.CONFIRMED


def test_confirm_writes_passwords_that_are_in_no_file(fake_client: FakeClient, tmp_path: Path) -> None:
    fake_client.stands(Stage.WAITING, secrets_waiting=True)
    fake_client.secrets = SECRETS
    refused = order(fake_client, "confirm")
    assert_refused(refused, "would be lost", "--secrets-to FILE", status=64)
    assert fake_client.apply.decided is None
    target = tmp_path / "secrets.toml"
    ran = order(fake_client, "confirm", "--secrets-to", target)
    assert ran.status == 0
    assert tomllib.loads(target.read_text())["passwords"] == {"admin": "drawn-for-a-test", "app": "another-one"}
    assert target.stat().st_mode & 0o777 == 0o600
    assert "drawn-for-a-test" not in ran.out + ran.err


def test_the_file_of_a_confirmation_that_came_too_late_is_removed(fake_client: FakeClient, tmp_path: Path) -> None:
    fake_client.stands(Stage.WAITING, secrets_waiting=True)
    fake_client.secrets = SECRETS
    fake_client.apply.decide(EventKind.REVOKED)
    target = tmp_path / "secrets.toml"
    assert order(fake_client, "confirm", "--secrets-to", target).status == 4
    assert not target.exists()


@pytest.mark.parametrize("there", [True, False])
def test_confirm_asks_for_no_file_where_there_is_one(there: bool, fake_client: FakeClient, tmp_path: Path) -> None:  # noqa: FBT001 - a column
    kept = tmp_path / "kept.toml"
    if there:
        kept.touch()
    fake_client.stands(Stage.WAITING, secrets_waiting=True, secrets_to=str(kept))
    fake_client.secrets = SECRETS
    assert order(fake_client, "confirm").status == (0 if there else 64)


def test_confirm_never_overwrites(fake_client: FakeClient, tmp_path: Path) -> None:
    fake_client.stands(Stage.WAITING, secrets_waiting=True)
    fake_client.secrets = SECRETS
    (tmp_path / "there").write_text("mine")
    assert_refused(order(fake_client, "confirm", "--secrets-to", tmp_path / "there"), "already exists")
    assert fake_client.apply.decided is None


@pytest.mark.parametrize("command", ["confirm", "rollback", "recover"])
def test_a_dry_run_decides_nothing(command: str, fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    ran = order(fake_client, command, "--dry-run")
    assert (ran.status, ran.err) == (0, "")
    assert "Would " in ran.out
    assert WAITING.id in ran.out
    assert fake_client.apply.decided is None


# --- rollback ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", OPEN)
@pytest.mark.parametrize("name", [(), (WAITING.id,)])
def test_rollback_takes_the_open_apply_back(name: tuple[str, ...], stage: Stage, fake_client: FakeClient) -> None:
    fake_client.stands(stage, secrets_to="/root/s.toml")
    ran = order(fake_client, "rollback", *name, "--yes")
    assert ran.status == 0
    assert fake_client.apply.decided is EventKind.REVOKED
    assert ran.out == "This is how it was.\nThe passwords in /root/s.toml are not in force.\n"


def test_rollback_wants_a_word(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    assert_refused(order(fake_client, "rollback"), "add --yes", status=64)
    assert fake_client.apply.decided is None


def test_rollback_of_what_was_kept_says_how_to_go_on(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    fake_client.apply.decide(EventKind.CONFIRMED)
    ran = order(fake_client, "rollback", "--yes")
    assert ran.status == 1
    assert ran.sentence.startswith(
        "too late: it was confirmed before; roll it back with redis-wizard rollback 20260504-101112"
    )


def test_a_rollback_in_part_is_an_error(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.WAITING)
    fake_client.apply.undone = Result.INCOMPLETE
    assert order(fake_client, "rollback", "--yes").status == 1


# --- recover -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ended", "status"),
    [
        (Operation.APPLY, None, 0),
        (Operation.APPLY, outcome(Result.APPLIED), 0),
        (Operation.APPLY, outcome(Result.ROLLED_BACK), 4),
        (Operation.ROLLBACK, outcome(Result.ROLLED_BACK), 0),
        (Operation.APPLY, outcome(Result.INCOMPLETE), 1),
    ],
)
def test_recover_tells_how_it_ended(
    kind: Operation, ended: Outcome | None, status: int, fake_client: FakeClient
) -> None:
    fake_client.stands(Stage.INTERRUPTED, kind=kind)
    fake_client.recovered = ended
    ran = order(fake_client, "recover")
    assert ran.status == status
    said = ran.sentence if status == 1 else ran.out.strip()
    assert said == ("This is how it was." if ended else "Nothing to recover: no apply or rollback is open.")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ApplyError("it stopped; fix that, then run redis-wizard recover"), 1, ", or redis-wizard recover --leave"),
        (BusyError("another process is working on it"), 5, "another process is working on it\n"),
    ],
)
def test_recover_says_what_to_do_when_it_cannot(
    error: ApplyError, status: int, words: str, fake_client: FakeClient
) -> None:
    fake_client.stands(Stage.INTERRUPTED)
    fake_client.stuck = error
    assert_refused(order(fake_client, "recover"), str(error), words, status=status)


def test_the_host_is_left_as_it_is_by_a_word_only(fake_client: FakeClient) -> None:
    fake_client.stands(Stage.INTERRUPTED)
    assert_refused(order(fake_client, "recover", "--leave"), "add --yes", status=64)
    assert "Would close" in order(fake_client, "recover", "--leave", "--dry-run").out
    assert not fake_client.abandoned
    ran = order(fake_client, "recover", "--leave", "--yes")
    assert (ran.status, ran.out, ran.err) == (0, "This is how it was.\n", "")
    assert fake_client.abandoned


@pytest.mark.parametrize("stage", [None, Stage.ENDED])
def test_without_anything_open_nothing_is_left(stage: Stage | None, fake_client: FakeClient) -> None:
    if stage:
        fake_client.stands(stage)
    ran = order(fake_client, "recover", "--leave", "--yes")
    assert (ran.status, ran.out) == (0, "Nothing to recover: no apply or rollback is open.\n")
    assert not fake_client.abandoned
