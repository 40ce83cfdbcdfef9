"""The last moment before a restart: writes wait where something rests on it, and never longer than until it failed."""

from collections.abc import Callable

import pytest

from tests.support.apply_bench import Bench
from tests.support.data_bench import PERSISTENCE, configure, load, only_a_restart
from wizard.app import start_rollback
from wizard.errors import HostError, ProgramError, ServerError
from wizard.jobs import journal_writer
from wizard.model.dataset import DatasetStats
from wizard.model.event import Outcome, Phase, Result
from wizard.model.login import Endpoint
from wizard.persistence import dataset, quiesce
from wizard.rollback.engine import RollbackTask, roll_back
from wizard.sandbox.services import SandboxServices
from wizard.server.client import Client, connect

pytestmark = [pytest.mark.server, pytest.mark.parametrize("build", ["r62", "v81"], indirect=True)]

KEYS = 50


def filled(box: Bench, kept: str) -> None:
    configure(box, *PERSISTENCE[kept])
    with box.client() as client:
        load(client, KEYS)


def goes_on(box: Bench) -> bool:
    """Whether a write is answered at once."""
    try:
        with connect(Endpoint(socket=box.host.layout.socket), seconds=1) as client:
            client.execute("SET", "goes", "on")
    except ServerError:
        return False
    return True


def nothing(_client: Client) -> None:
    pass


def write(client: Client) -> None:
    client.execute("SET", "one", "more")


def remove(client: Client) -> None:
    client.execute("DEL", "key:1")


def expire(client: Client) -> None:
    client.execute("SET", "one", "more", "EX", "1000")


@pytest.mark.parametrize(
    ("kept", "meanwhile", "waits", "saves"),
    [
        ("aof", write, False, False),
        ("aof", remove, True, False),
        ("both", expire, True, False),
        ("rdb", nothing, True, False),
        ("rdb", write, False, True),
        ("rdb", remove, True, True),
    ],
)
def test_writes_wait_only_where_a_save_or_the_count_rests_on_it(
    box: Bench, kept: str, meanwhile: Callable[[Client], None], *, waits: bool, saves: bool
) -> None:
    filled(box, kept)
    with box.client() as client:
        brought = quiesce.persist(client, from_append_only=kept != "rdb")
        meanwhile(client)
        stilled = quiesce.quiesce(client, brought)
        assert stilled.last is not None
        assert stilled.last.keys == client.key_total()
        assert stilled.paused is waits
        assert goes_on(box) is not waits
        assert bool(client.config_get("save")["save"]) is saves
        stilled.resume(client)
        assert goes_on(box)


class OfNobodyError(Exception):
    """An error that nobody expects."""


@pytest.mark.parametrize("kept", ["rdb", "aof"])
def test_a_hold_that_fails_half_way_lets_go(box: Bench, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(box, kept)
    looks = iter([dataset.read_dataset_stats])

    def once(client: Client) -> DatasetStats:
        look = next(looks, None)
        if look is None:
            raise OfNobodyError
        return look(client)

    with box.client() as client:
        client.execute("DEL", "nothing")
        brought = quiesce.persist(client, from_append_only=kept == "aof")
        points = client.config_get("save", "hz")
        monkeypatch.setattr(dataset, "read_dataset_stats", once)
        with pytest.raises(OfNobodyError):
            quiesce.quiesce(client, brought)
        assert client.config_get("save", "hz") == points
    assert goes_on(box)


@pytest.mark.parametrize("error", [ProgramError("systemctl restart", 1, "no"), OfNobodyError()])
@pytest.mark.parametrize("kept", ["rdb", "aof"])
def test_a_server_that_is_not_restarted_after_all_is_let_go_before_anything_is_put_back(
    box: Bench, kept: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(box, kept)
    with box.client() as client:
        client.execute("DEL", "nothing")
        points = client.config_get("save", "hz")
    wanted, pid = box.plan(only_a_restart), box.pid()
    seen = []

    def refuse(_services: SandboxServices, _unit: str, *, seconds: float = 90) -> None:
        del seconds
        assert not goes_on(box), "writes wait until the stop"
        raise error

    def look(task: RollbackTask) -> Outcome:
        with box.client() as client:
            seen.append((box.pid(), goes_on(box), client.config_get("save", "hz")))
        return roll_back(task)

    monkeypatch.setattr(SandboxServices, "restart", refuse)
    monkeypatch.setattr("wizard.apply.worker.roll_back", look)
    outcome = box.apply(wanted)
    assert seen == [(pid, True, points)]
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert box.keys() == KEYS + 1


def test_nobody_waits_for_a_stop_that_a_new_session_cannot_call_off(box: Bench) -> None:
    """Without a way in the error is told all the same."""
    filled(box, "aof")
    with box.client() as client:
        brought = quiesce.persist(client, from_append_only=True)
        with pytest.raises(HostError, match="no"), quiesce.quiesced(client, brought, enter=lambda: None):
            raise HostError("no")


def test_who_waits_for_a_long_save_on_the_way_back_is_heard_of_all_the_time(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(box, "rdb")
    applied = box.apply(box.plan(only_a_restart))
    with box.client() as client:
        # Microseconds for each key: a second in all.
        client.config_set({"rdb-key-save-delay": "20000"})
    monkeypatch.setattr(journal_writer, "TICK_SECONDS", 0.1)
    undo = start_rollback(box.host, applied.snapshot, login=None)
    assert undo.outcome().result is Result.ROLLED_BACK
    told = [event.text for event in undo.events() if event.phase is Phase.ROLLBACK]
    assert sum(text.startswith("Still running") for text in told) > 2
