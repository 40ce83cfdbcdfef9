"""Keys live through every stage of a server's life with the product, whatever way they are kept in.

Written before, in the window and after; counted as the disk has them, by a crash and a start.
"""

import pytest

from tests.support.apply_bench import Bench
from tests.support.data_bench import (
    PERSISTENCE,
    after_a_crash,
    aside,
    configure,
    durable,
    load,
    only_a_restart,
    same,
    stale_files,
)
from tests.support.servers import EACH_LAYOUT, LAYOUTS, SERVERS
from wizard.model.answers import Durability
from wizard.model.event import Result
from wizard.model.login import Login
from wizard.sandbox.files import UNIT

pytestmark = pytest.mark.server

BEFORE, WINDOW, BETWEEN, AGAIN = 500, 50, 30, 20


def way_back(box: Bench, how: str) -> Login | None:
    """Bring the server into the state in which the rollback meets it; give the login for it."""
    if how == "down":
        box.crash(box.admin)
    return box.admin if how == "login" else None


WAYS = (
    ("rdb", "login"),
    ("rdb", "no login"),
    ("rdb", "down"),
    ("nothing", "login"),
    ("aof", "login"),
    ("aof", "down"),
    ("both", "no login"),
)
"""How keys are kept, and how the rollback meets the server."""
LIVES = [
    *((build, *way) for build in LAYOUTS for way in WAYS),
    *((build, *way) for build in SERVERS if build not in LAYOUTS for way in (("rdb", "login"), ("aof", "down"))),
]


@pytest.mark.parametrize(("build", "kept", "how"), LIVES, indirect=["build"])
def test_no_key_is_lost_from_the_first_apply_to_the_second(box: Bench, kept: str, how: str) -> None:
    configure(box, *PERSISTENCE[kept])
    with box.client() as client:
        load(client, BEFORE)
    before = box.picture()

    applied = box.apply(box.plan())
    assert applied.result is Result.APPLIED, applied
    assert (applied.keys_before, applied.keys_after) == (BEFORE, BEFORE)
    assert after_a_crash(box, box.admin) == BEFORE

    box.fill(WINDOW, prefix="window", login=box.admin)
    back = box.rollback(applied.snapshot, login=way_back(box, how))
    same(back)
    assert box.picture() == before
    assert box.keys() == BEFORE + WINDOW
    if kept != "nothing":
        assert after_a_crash(box) == BEFORE + WINDOW
    if kept in {"rdb", "nothing"}:
        assert not stale_files(box), "a later start could load old append-only files"
        assert aside(box), "they are kept, not deleted"

    box.fill(BETWEEN, prefix="between")
    # In order, so that what the server keeps in its own way is kept.
    if kept != "nothing":
        box.host.services.restart(UNIT)
    assert box.keys() == BEFORE + WINDOW + BETWEEN
    again = box.apply(box.plan())
    assert again.result is Result.APPLIED, again
    assert (again.keys_before, again.keys_after) == (BEFORE + WINDOW + BETWEEN,) * 2
    assert after_a_crash(box, box.admin) == BEFORE + WINDOW + BETWEEN


@pytest.mark.parametrize("how", ["login", "no login", "down"])
@EACH_LAYOUT
def test_an_append_only_file_that_is_switched_off_loses_nothing_and_is_never_loaded_again(box: Bench, how: str) -> None:
    configure(box, *PERSISTENCE["both"])
    with box.client() as client:
        load(client, BEFORE)
    before = box.picture()
    applied = box.apply(box.plan(durable(Durability.SNAPSHOTS, "900 1")))
    assert applied.result is Result.APPLIED, applied
    assert not stale_files(box)
    assert aside(box)
    assert after_a_crash(box, box.admin) == BEFORE

    box.fill(WINDOW, prefix="window", login=box.admin)
    if how == "down":
        # Its only copy is the dump: a crash before a save loses what its own way of keeping lets go.
        box.host.services.stop(UNIT)
    back = box.rollback(applied.snapshot, login=box.admin if how == "login" else None)
    same(back)
    assert box.picture() == before
    assert box.keys() == BEFORE + WINDOW
    assert after_a_crash(box) == BEFORE + WINDOW


@EACH_LAYOUT
def test_a_server_that_is_told_to_keep_nothing_keeps_its_keys_through_the_restart(box: Bench) -> None:
    configure(box, *PERSISTENCE["both"])
    with box.client() as client:
        load(client, BEFORE)
    applied = box.apply(box.plan(durable(Durability.NOTHING_KEPT)))
    assert applied.result is Result.APPLIED, applied
    assert box.keys(box.admin) == BEFORE
    with box.client(box.admin) as client:
        assert client.config_get("save")["save"] == ""
    same(box.rollback(applied.snapshot, login=box.admin))
    assert after_a_crash(box) == BEFORE


@pytest.mark.parametrize("kept", ["rdb", "nothing", "both"])
@EACH_LAYOUT
def test_a_restart_alone_changes_neither_keys_nor_the_way_they_are_kept(box: Bench, kept: str) -> None:
    configure(box, *PERSISTENCE[kept])
    with box.client() as client:
        load(client, BEFORE)
        points = client.config_get("save")["save"]
        saved_at = int(client.info("persistence")["rdb_last_save_time"])
    pid = box.pid()
    outcome = box.apply(box.plan(only_a_restart))
    assert outcome.result is Result.APPLIED, outcome
    assert box.pid() != pid
    with box.client() as client:
        assert client.config_get("save")["save"] == points
        load(client, 1, prefix="writes go on")
    assert box.keys() == BEFORE + 1
    # The state of the last save is told before and after.
    held = (outcome.dataset_before, outcome.dataset_after)
    assert all(each is not None and each.keys == BEFORE and each.on_disk and each.saves for each in held), held
    assert outcome.dataset_before is not None
    assert outcome.dataset_before.append_only is (kept == "both")
    assert outcome.dataset_before.saved_at >= saved_at
    if kept != "both":
        assert outcome.dataset_before.unsaved == 0
