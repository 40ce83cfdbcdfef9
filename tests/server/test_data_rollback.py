"""A rollback that is asked for long after its apply: what was done by hand in between holds the newest data."""

import pytest

from tests.support.apply_bench import Bench, Stopped
from tests.support.data_bench import (
    PERSISTENCE,
    after_a_crash,
    boot,
    configure,
    durable,
    load,
    stale_files,
    write_lines,
)
from wizard.apply.recover import open_apply
from wizard.host.sandboxfiles import UNIT
from wizard.model.answers import Durability
from wizard.model.event import Ending, Outcome
from wizard.model.login import Login

pytestmark = pytest.mark.server

KEYS, LATER = 500, 50
OLD_AND_NEW = pytest.mark.parametrize("build", ["r62", "v91"], indirect=True)


def fill(box: Bench, count: int, *, prefix: str = "key", login: Login | None = None) -> None:
    with box.client(login) as client:
        load(client, count, prefix=prefix)


def same(outcome: Outcome) -> None:
    assert outcome.ending is Ending.ROLLED_BACK, outcome
    assert any(check.startswith("SAME") for check in outcome.checks), outcome


def hardened(box: Bench, *lines: str) -> str:
    """Give the snapshot of an apply that switched the append-only file on."""
    configure(box, *PERSISTENCE["rdb"], *lines)
    fill(box, KEYS)
    applied = box.apply(box.plan())
    assert applied.ending is Ending.APPLIED, applied
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
    assert outcome.ending is Ending.REFUSED, outcome
    assert "would lose keys" in outcome.summary
    assert (box.pid(), box.keys(box.admin)) == (pid, KEYS + LATER)


@OLD_AND_NEW
@pytest.mark.parametrize(("kept", "durability"), [("rdb", Durability.SECOND), ("both", Durability.SNAPSHOTS)])
def test_a_power_cut_after_the_switch_back_starts_from_what_was_written_since(
    box: Bench, kept: str, durability: Durability
) -> None:
    configure(box, *PERSISTENCE[kept])
    fill(box, KEYS)
    before = box.picture()
    applied = box.apply(box.plan(durable(durability, "900 1")))
    assert applied.ending is Ending.APPLIED, applied
    box.host.stops_at = box.host.layout.config
    with pytest.raises(Stopped):
        box.rollback(applied.snapshot, login=box.admin)
    with box.client(box.admin) as client:
        assert client.info("persistence")["aof_enabled"] == ("1" if kept == "both" else "0")
        load(client, LATER, prefix="later")
        if kept == "rdb":
            client.execute("SAVE")
    box.crash(box.admin)
    same(boot(box, open_apply(box.host)))
    assert box.picture() == before
    assert after_a_crash(box) == KEYS + LATER
