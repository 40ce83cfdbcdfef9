"""An apply where no systemd runs: in sessions of their own, a guardian sees that it comes to an end."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from screens.local_engine import LocalEngine
from tests.support.apply_bench import Bench
from tests.support.scenario import run
from wizard import app
from wizard.app import attach, generate_passwords, recover, start, start_rollback, status
from wizard.errors import ApplyError, BusyError
from wizard.host.port import Host
from wizard.jobs import journal, requests
from wizard.jobs import status as jobs_status
from wizard.model.event import EventKind, Phase, Result
from wizard.model.login import Login
from wizard.model.status import Stage
from wizard.recovery import launch, patience
from wizard.sandbox.host import SandboxHost
from wizard.snapshots.store import Store
from wizard.started_apply import Apply

PATIENCE = 60.0
KEYS = 50


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Bench]:
    host = SandboxHost.create(PurePosixPath(tmp_path / "box"))
    try:
        made = Bench(host)  # type: ignore[arg-type]  # one without faults
        made.fill(KEYS)
        yield made
    finally:
        host.close()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes(box: Bench, *words: str) -> list[int]:
    """Processes of the product that work on this sandbox, with these words among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if str(box.host.layout.directory) in arguments and set(words) <= set(arguments):
                found.append(int(entry.name))
    return found


def at_once(box: Bench, place: Path) -> tuple[str | Path, ...]:
    """Options of an apply without a question, with a TLS port of its own: every test recommends the same one."""
    answers = place / "answers.toml"
    before, tls, after = run("answers", "init", "--sandbox-dir", str(box.host.layout.directory)).out.partition("[tls]")
    answers.write_text(before + tls + re.sub(r"\bport = \d+", f"port = {box.tls_port}", after, count=1))
    return ("--yes", "--answers", answers, "--confirm-within", "0")


def waiting(box: Bench, apply: Apply) -> bool:
    return apply.status().stage is Stage.WAITING


def test_it_runs_in_a_session_of_its_own_and_is_followed_from_the_first_event_on(box: Bench) -> None:
    wanted = box.plan()
    apply = start(box.host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=60)
    until(lambda: waiting(box, apply))
    workers = processes(box, "worker", apply.identity)
    assert len(workers) == 1
    assert os.getsid(workers[0]) != os.getsid(0)
    other = attach(box.host)
    assert other.identity == apply.identity
    with pytest.raises(BusyError):
        start(box.host, wanted, login=None, passwords={})
    assert other.confirm()
    assert not other.rollback()
    events = list(other.events())
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert events[0].phase is Phase.LOCK
    assert events[-1].kind is EventKind.APPLIED
    assert apply.outcome().result is Result.APPLIED
    assert apply.confirm()
    until(lambda: not processes(box))
    assert not list(Path(box.host.state, "run").rglob("*.json"))


@pytest.mark.parametrize("how", ["silence", "revoked"])
def test_without_a_word_or_with_the_other_one_it_is_taken_back(box: Bench, how: str) -> None:
    before, wanted, total = box.picture(), box.plan(), box.keys()
    apply = start(
        box.host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=2 if how == "silence" else 60
    )
    until(lambda: waiting(box, apply) or apply.status().outcome)
    if how == "revoked":
        assert attach(box.host).rollback()
    outcome = apply.outcome()
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert not apply.confirm()
    assert box.picture() == before
    assert box.keys() == total


def test_a_killed_worker_is_followed_by_its_guardian(box: Bench) -> None:
    before, wanted = box.picture(), box.plan()
    apply = start(box.host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=60)
    until(lambda: waiting(box, apply))
    os.kill(processes(box, "worker")[0], signal.SIGKILL)
    outcome = apply.outcome()
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert "the worker was stopped" in outcome.summary
    assert box.picture() == before


@pytest.mark.parametrize("by", ["recover", "rollback"])
def test_with_the_guardian_killed_too_the_next_command_ends_it(box: Bench, by: str) -> None:
    before, wanted = box.picture(), box.plan()
    passwords = generate_passwords(wanted)
    apply = start(box.host, wanted, login=None, passwords=passwords, confirm_within=60)
    until(lambda: waiting(box, apply))
    for number in (*processes(box, "guard"), *processes(box, "worker")):
        os.kill(number, signal.SIGKILL)
    until(lambda: apply.status().stage is Stage.INTERRUPTED)
    with pytest.raises(ApplyError, match="recover"):
        start(box.host, wanted, login=None, passwords={})
    if by == "recover":
        outcome = recover(box.host)
        assert outcome is not None
    else:
        outcome = start_rollback(box.host, apply.identity, login=Login("admin", passwords["admin"])).outcome()
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert recover(box.host) is None
    assert box.picture() == before
    now = status(box.host)
    assert now is not None
    assert now.stage is Stage.ENDED


def test_a_confirmation_counts_although_the_worker_is_dead(box: Bench) -> None:
    wanted = box.plan()
    apply = start(box.host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=60)
    until(lambda: waiting(box, apply))
    for number in (*processes(box, "guard"), *processes(box, "worker")):
        os.kill(number, signal.SIGKILL)
    until(lambda: apply.status().stage is Stage.INTERRUPTED)
    journal.decide(box.host, apply.identity, EventKind.CONFIRMED, "said in the last moment")
    outcome = recover(box.host)
    assert outcome is not None
    assert outcome.result is Result.APPLIED, outcome
    assert Store(box.host).load(apply.identity).state == "applied"


def test_a_worker_that_is_slow_to_begin_is_followed_and_its_passwords_stay(
    box: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd has its unit already, and it has no lock yet: whoever follows cannot start another one."""
    begin, asked = launch.start, []

    def taken(host: Host, identity: str) -> None:
        asked.append(identity)
        if len(asked) > 1:
            begin(host, identity)
            raise BusyError("unit redis-wizard-apply.service already exists; wait until it finishes")

    monkeypatch.setattr(app, "launch_job", taken)
    monkeypatch.setattr(launch, "start", taken)
    monkeypatch.setattr(patience, "UNBEGUN_SECONDS", 10.0)
    secrets = tmp_path / "secrets.toml"
    ran = run("apply", "--sandbox-dir", tmp_path / "box", *at_once(box, tmp_path), "--secrets-to", secrets)
    assert (ran.status, len(asked)) == (0, 2), ran.err
    assert secrets.stat().st_size


def test_an_order_whose_front_end_died_keeps_no_command_out(
    box: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = requests.create_apply(box.host, box.plan(), confirm_within=0, secrets_to="").id
    monkeypatch.setattr(jobs_status, "BEGINNING_SECONDS", 0.0)
    where = ("--sandbox-dir", str(box.host.layout.directory))
    assert "it was never started: nothing was changed" in run("status", *where).out
    ran = run("apply", *where, *at_once(box, tmp_path), "--secrets-to", tmp_path / "secrets.toml")
    assert ran.status == 0, ran.err
    ended = journal.read(box.host, left).outcome
    assert ended is not None
    assert ended.result is Result.REFUSED


def test_a_guardian_ends_a_worker_that_is_frozen_in_the_window(box: Bench) -> None:
    before, wanted = box.picture(), box.plan()
    apply = start(box.host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=2)
    until(lambda: waiting(box, apply))
    os.kill(processes(box, "worker")[0], signal.SIGSTOP)
    outcome = apply.outcome()
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert "the worker did not answer" in outcome.summary
    assert box.picture() == before


def test_the_wizard_waits_five_minutes_for_a_word(box: Bench) -> None:
    engine, wanted = LocalEngine(box.host, box.host), box.plan()
    job = engine.apply(wanted, None, engine.passwords(wanted), "")
    until(lambda: any(event.deadline for event in job.events()))
    now = engine.status()
    assert now is not None
    assert now.seconds_left is not None
    assert 300 - PATIENCE < now.seconds_left <= 300
    assert job.rollback()
    assert job.outcome().result is Result.ROLLED_BACK
