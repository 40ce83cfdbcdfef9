"""An apply to a tree while it waits, its worker killed: what can be said to it then, by the commands alone."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.scenario import ENVIRONMENT, assert_silent, command, debian, owned, run
from tests.support.small_answers import SMALL_ANSWERS


class Waiting:
    """A tree on which an apply waits for a confirmation."""

    def __init__(self, place: Path) -> None:
        self.root = owned(debian(place))
        answers = place / "answers.toml"
        answers.write_text(SMALL_ANSWERS, encoding="ascii")
        self.before = self.configuration()
        words = ("apply", "--root", self.root, "--yes", "--answers", answers, "--confirm-within", "3600")
        self.front_end = subprocess.Popen(
            command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True
        )
        self.wait_for("waiting")

    def status(self) -> dict[str, Any]:
        ran = run("status", "--root", self.root, "--json")
        assert (ran.status, ran.err) == (0, "")
        document: dict[str, Any] = json.loads(ran.out)
        return document

    def wait_for(self, stage: str) -> None:
        deadline = time.monotonic() + 60
        while self.status()["stage"] != stage:
            assert self.front_end.poll() is None, self.front_end.communicate()
            assert time.monotonic() < deadline, self.status()
            time.sleep(0.05)

    def kill_everybody(self) -> None:
        """End the front end, the worker, and whoever watches over the worker, without a word."""
        self.front_end.kill()
        self.front_end.communicate()
        deadline = time.monotonic() + 30
        while found := self.at_work():
            assert time.monotonic() < deadline
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        assert self.status()["stage"] == "interrupted"

    def at_work(self, *kinds: bytes) -> list[int]:
        mine = os.fsencode(self.root)
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                words = (directory / "cmdline").read_bytes().split(b"\0")
                alive = b"\nState:\tZ" not in (directory / "status").read_bytes()
            except OSError:
                continue
            if alive and mine in words and set(kinds or (b"worker", b"guard", b"recover")) & set(words):
                found.append(int(directory.name))
        return found

    def changed(self) -> bool:
        return self.configuration() != self.before

    def configuration(self) -> tuple[bytes, int]:
        path = self.root / "etc/redis/redis.conf"
        return path.read_bytes(), path.stat().st_mode


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    made = Waiting(tmp_path)
    yield made
    if made.status()["stage"] not in {"ended", "none"}:
        run("rollback", "--yes", "--root", made.root)
    made.front_end.kill()
    made.front_end.communicate()


def test_a_dead_worker_is_seen_and_recover_takes_the_change_back(waiting: Waiting) -> None:
    assert waiting.changed()
    waiting.kill_everybody()
    shown = run("status", "--root", waiting.root)
    assert "was interrupted" in shown.out
    assert "redis-wizard recover" in shown.out
    refused = run("apply", "--yes", "--root", waiting.root)
    assert (refused.status, refused.out) == (1, "")
    assert "finish it with redis-wizard recover" in refused.err
    ran = run("recover", "--root", waiting.root)
    assert ran.status == 4
    assert ran.out.startswith("Rolled back")
    assert not waiting.changed()
    again = run("recover", "--root", waiting.root)
    assert (again.status, again.out) == (0, "Nothing to recover: no apply or rollback is open.\n")
    assert_silent(shown.out, refused.err, ran.out, ran.err)


def test_what_cannot_be_put_back_is_said_and_can_be_left(waiting: Waiting) -> None:
    waiting.kill_everybody()
    for blob in (waiting.root / "var/lib/redis-wizard/blobs").iterdir():
        blob.write_bytes(b"spoilt")
    for words in (("recover",), ("rollback", "--yes")):
        stuck = run(*words, "--root", waiting.root)
        assert (stuck.status, stuck.out) == (1, "")
        assert "are damaged" in stuck.sentence
    assert waiting.status()["stage"] == "interrupted"
    left = run("recover", "--leave", "--yes", "--root", waiting.root)
    assert left.status == 0
    assert left.out.startswith("Left as it is")
    assert waiting.status()["stage"] == "ended"
    assert waiting.changed()


def test_what_was_verified_can_be_kept_though_its_worker_is_dead(waiting: Waiting) -> None:
    waiting.kill_everybody()
    ran = run("confirm", "--root", waiting.root)
    assert ran.status == 0, ran
    assert ran.out.startswith("Applied")
    assert waiting.changed()
    assert waiting.status()["outcome"]["ending"] == "applied"
    assert run("rollback", "--yes", "--root", waiting.root).status == 0


def test_rollback_needs_no_worker_either(waiting: Waiting) -> None:
    waiting.kill_everybody()
    ran = run("rollback", "--yes", "--root", waiting.root)
    assert ran.status == 0, ran
    assert not waiting.changed()


def test_the_front_end_hears_of_it_from_another_login(waiting: Waiting) -> None:
    kept = run("confirm", "--root", waiting.root)
    assert kept.status == 0
    out, err = waiting.front_end.communicate(timeout=60)
    assert waiting.front_end.returncode == 0
    assert out == kept.out
    assert "Confirm with 'redis-wizard confirm'" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_front_end_that_is_ended_leaves_it_waiting(number: signal.Signals, waiting: Waiting) -> None:
    waiting.front_end.send_signal(number)
    out, err = waiting.front_end.communicate(timeout=60)
    assert (waiting.front_end.returncode, out) == (6, "")
    assert err.endswith("'redis-wizard confirm' confirms it\n")
    assert waiting.status()["stage"] == "waiting"
    assert waiting.changed()


def test_nobody_watches_over_a_tree_that_was_removed(waiting: Waiting) -> None:
    waiting.root.rename(waiting.root.with_name("elsewhere"))
    waiting.root.mkdir()
    (worker,) = waiting.at_work(b"worker")
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while waiting.at_work():
        assert time.monotonic() < deadline, waiting.at_work()
        time.sleep(0.1)
