"""What a detached process forbids to itself before it holds a secret."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.apply_memory import make_plan, tree
from tests.support.memory_host.host import MemoryHost
from wizard.apply import process
from wizard.jobs import journal, lock, requests, watchdog
from wizard.model.event import EventKind
from wizard.recovery import guard_once

TELL = """
import ctypes, os, resource
from wizard.apply.process import main
try:
    main([])
except SystemExit:
    pass
PR_GET_DUMPABLE = 3
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))
"""


def test_no_memory_of_it_reaches_a_file_and_no_file_of_it_others() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "0", "0o77"]


def test_a_guardian_ends_a_worker_that_is_frozen_before_it_could_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    host = tree("debian13-redis")
    identity = requests.create_apply(host, make_plan(host), confirm_within=0, secrets_to="").id
    monkeypatch.setattr(watchdog, "WORK_SECONDS", 0.5)
    with lock.hold(host), subprocess.Popen(["sleep", "600"]) as worker:
        process.attend(host, identity, worker)
    assert worker.returncode < 0
    decision = journal.read(host, identity).decision
    assert decision is not None
    assert decision.kind is EventKind.REVOKED


@pytest.mark.parametrize("pending", [False, True])
def test_a_recovery_ends_where_the_record_was_removed_and_nothing_is_open(tmp_path: Path, *, pending: bool) -> None:
    (tmp_path / "var/lib/redis-wizard").mkdir(parents=True, mode=0o700)
    if pending:
        (tmp_path / "var/lib/redis-wizard/pending").write_text("20260101-000000\n", encoding="ascii")
    words = ("recover", "stopped", "20260101-000000", "--root", str(tmp_path))
    program = "import sys; from wizard.apply.process import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", program, *words], check=False, timeout=60)
    assert done.returncode == pending


def test_a_look_ends_where_the_record_was_removed() -> None:
    assert guard_once(tree("debian13-redis"), "20260101-000000")


def test_a_machine_without_systemd_says_what_no_unit_watches() -> None:
    host = MemoryHost()
    assert watchdog.missing_watchdogs(host) == ""
    host.reopen_arguments = ()
    assert "after a power cut" in watchdog.missing_watchdogs(host)
    host.put_directory(watchdog.RUNNING)
    assert watchdog.missing_watchdogs(host) == ""
