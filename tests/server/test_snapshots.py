"""Live values that no file has, through an apply with a restart, the way back, and the way back from that."""

from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, bench
from tests.support.servers import SERVERS, need
from wizard.model.answers import Answers
from wizard.model.event import Result
from wizard.model.login import Login
from wizard.model.value import Secret, replace
from wizard.snapshots.history import History
from wizard.snapshots.store import Store

pytestmark = pytest.mark.server

ALIVE = {"timeout": "33", "slowlog-max-len": "77", "hash-max-listpack-entries": "99"}
"""Of the plan, of the plan too, and of nobody but the operator."""
PASSWORD = "set-live-and-nowhere-else"


def alive(box: Bench, login: Login | None = None) -> dict[str, str]:
    with box.client(login) as client:
        values = client.config_get()
    return {name: values[name] for name in ALIVE if name in values}


@pytest.mark.parametrize("key", list(SERVERS))
def test_values_that_only_the_running_server_had_come_back_after_the_restart(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        with box.client() as client:
            known = client.config_get()
            for name in ALIVE.keys() & known.keys():
                client.config_set({name: ALIVE[name]})
        first = alive(box)
        pid = box.pid()
        applied = box.apply(box.plan())
        assert applied.result is Result.APPLIED, applied
        assert box.pid() != pid, "without a restart this proves nothing"
        hardened = alive(box, box.admin)
        for login in (box.admin, None):
            back = box.rollback(applied.snapshot if login else newest_undo(box), login=login)
            assert back.result is Result.ROLLED_BACK, back
            assert alive(box) == first
            again = box.rollback(newest_undo(box))
            assert again.result is Result.ROLLED_BACK, again
            assert alive(box, box.admin) == hardened


def newest_undo(box: Bench) -> str:
    return next(each.id for each in Store(box.host).listing() if each.state == "undo")


def test_a_password_that_no_file_has_is_named_when_it_is_lost(place: Path) -> None:
    login = Login("default", Secret(PASSWORD))
    with bench(place) as box:
        with box.client() as client:
            client.config_set({"requirepass": PASSWORD})
        applied = box.apply(box.plan(login=login), login=login)
        assert applied.result is Result.APPLIED, applied
        assert "requirepass" in Store(box.host).load(applied.snapshot).secrets
        back = box.rollback(applied.snapshot, login=box.admin)
        assert back.result is Result.INCOMPLETE
        assert "requirepass was set in the running server only" in back.summary
        everything = [path for path in Path(box.host.layout.directory).rglob("*") if path.is_file()]
        assert not [path for path in everything if PASSWORD.encode() in path.read_bytes()]


def test_applies_on_top_of_each_other_are_taken_back_one_by_one(box: Bench) -> None:
    def sized(answers: Answers) -> Answers:
        return replace(answers, memory=replace(answers.memory, maxmemory="300mb"))

    def newest() -> str:
        found = History(Store(box.host)).newest()
        return found.id if found else ""

    first, keys = box.picture(), box.keys()
    hardened = box.apply(box.plan())
    pid, hard = box.pid(), box.picture()
    resized = box.apply(box.plan(sized, login=box.admin), login=box.admin)
    assert (resized.result, box.pid()) == (Result.APPLIED, pid), "it was to be hot"
    both = box.picture()
    refused = box.rollback(hardened.snapshot, login=box.admin)
    assert refused.result is Result.REFUSED
    assert f"first roll back {resized.snapshot}: redis-wizard rollback {resized.snapshot}" in refused.summary
    assert (box.picture(), newest()) == (both, resized.snapshot)
    assert box.rollback(newest(), login=box.admin).result is Result.ROLLED_BACK
    assert (box.picture(), newest()) == (hard, hardened.snapshot)
    # What made the second one again is what a rollback takes back next.
    assert box.rollback(newest_undo(box), login=box.admin).result is Result.ROLLED_BACK
    assert (box.picture(), newest()) == (both, newest_undo(box))
    assert box.rollback(newest(), login=box.admin).result is Result.ROLLED_BACK
    assert box.rollback(newest(), login=box.admin).result is Result.ROLLED_BACK
    assert (box.picture(), newest(), box.keys()) == (first, "", keys)
