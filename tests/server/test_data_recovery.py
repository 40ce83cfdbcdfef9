"""A power cut in the middle of a change of persistence: the start reads the newest data, and then all is as before."""

import secrets
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench, Stopped
from tests.support.data_bench import (
    FULL,
    PERSISTENCE,
    after_a_crash,
    aside,
    boot,
    configure,
    durable,
    full_disk,
    load,
    same,
    stale_files,
    write_lines,
)
from tests.support.servers import EACH_LAYOUT, EVERY_BUILD
from wizard.jobs.journal import path_of, read
from wizard.jobs.status import unfinished_apply
from wizard.model.answers import Durability
from wizard.model.event import Result
from wizard.model.facts.files import FileStatus
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import Secret
from wizard.persistence import dataset
from wizard.recovery.recover import Trigger, recover
from wizard.server.client import Client

pytestmark = pytest.mark.server

KEYS, WINDOW = 500, 50
OPERATOR = Login("default", Secret("the operator's own"))


def fill(box: Bench, count: int, *, prefix: str = "key", login: Login | None = None) -> None:
    with box.client(login) as client:
        load(client, count, prefix=prefix)


def cut_off(box: Bench, identity: str) -> None:
    """Take decision and end of an apply out of its journal: its worker was killed before it could write them."""
    record = read(box.host, identity)
    assert record.decision is not None
    assert record.outcome is not None
    journal = Path(path_of(box.host, identity))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: record.decision.sequence - 1]))


def killed_at(box: Bench, path: PurePosixPath, wanted: Plan) -> str:
    """Apply a plan whose worker is killed when it is about to change a path; give the name of the apply."""
    box.host.stops_at = path
    with pytest.raises(Stopped):
        box.apply(wanted)
    identity = unfinished_apply(box.host)
    assert identity
    return identity


def power_cut_in_the_window(box: Bench) -> tuple[Mapping[PurePosixPath, FileStatus], str]:
    """Apply, write in the window, and cut the power; give the first state and the name of the apply."""
    configure(box, *PERSISTENCE["rdb"])
    fill(box, KEYS)
    before = box.picture()
    applied = box.apply(box.plan())
    assert applied.result is Result.APPLIED, applied
    cut_off(box, applied.snapshot)
    fill(box, WINDOW, prefix="window", login=box.admin)
    box.crash(box.admin)
    return before, applied.snapshot


@EVERY_BUILD
def test_a_power_cut_in_the_window_loses_no_key_that_only_the_append_only_file_has(box: Bench) -> None:
    before, identity = power_cut_in_the_window(box)
    same(boot(box, identity))
    assert box.picture() == before
    assert box.keys() == KEYS + WINDOW
    assert not stale_files(box)
    assert aside(box)
    assert after_a_crash(box) == KEYS + WINDOW


@EACH_LAYOUT
def test_a_server_that_lets_nobody_in_after_the_boot_saves_when_it_is_stopped_in_order(box: Bench) -> None:
    configure(box, *PERSISTENCE["rdb"], 'requirepass "the operator\'s own"')
    fill(box, KEYS, login=OPERATOR)
    before = box.picture()
    applied = box.apply(box.plan(login=OPERATOR), login=OPERATOR)
    assert applied.result is Result.APPLIED, applied
    cut_off(box, applied.snapshot)
    fill(box, WINDOW, prefix="window", login=box.admin)
    box.crash(box.admin)
    # The login of the operator went with the machine's memory.
    same(boot(box, applied.snapshot))
    assert box.picture() == before
    assert not stale_files(box)
    assert after_a_crash(box, OPERATOR) == KEYS + WINDOW


@EACH_LAYOUT
def test_without_login_and_save_points_the_append_only_file_stays_on_and_that_is_said(box: Bench) -> None:
    configure(box, *PERSISTENCE["nothing"], 'requirepass "the operator\'s own"')
    fill(box, KEYS, login=OPERATOR)
    before = box.picture()
    applied = box.apply(box.plan(durable(Durability.SECOND), login=OPERATOR), login=OPERATOR)
    assert applied.result is Result.APPLIED, applied
    cut_off(box, applied.snapshot)
    fill(box, WINDOW, prefix="window", login=box.admin)
    box.crash(box.admin)
    outcome = boot(box, applied.snapshot)
    assert outcome.result is Result.INCOMPLETE, outcome
    assert f"run redis-wizard rollback {applied.snapshot} with --user" in outcome.summary
    assert stale_files(box)
    assert after_a_crash(box, OPERATOR) == KEYS + WINDOW
    # Once more, with a login, and it is done.
    same(box.rollback(applied.snapshot, login=OPERATOR))
    assert box.picture() == before
    assert box.keys(OPERATOR) == KEYS + WINDOW


@EACH_LAYOUT
def test_a_power_cut_between_the_switch_and_its_line_loses_no_key(box: Bench) -> None:
    configure(box, *PERSISTENCE["rdb"])
    fill(box, KEYS)
    before = box.picture()
    identity = killed_at(box, box.host.layout.config, box.plan())
    with box.client() as client:
        assert client.info("persistence")["aof_enabled"] == "1"
    fill(box, WINDOW, prefix="between")
    box.crash()
    same(boot(box, identity))
    assert box.picture() == before
    assert after_a_crash(box) == KEYS + WINDOW


@EACH_LAYOUT
def test_a_power_cut_while_the_line_is_put_back_loses_no_key(box: Bench) -> None:
    before, identity = power_cut_in_the_window(box)
    # The file is put back, its line is not held yet, and the power goes once more.
    box.host.stops_at, box.host.skips = box.host.layout.config, 1
    with pytest.raises(Stopped):
        recover(box.host, reason=Trigger.BOOT, identity=identity)
    assert b"\nappendonly no" in Path(box.host.layout.config).read_bytes()
    same(boot(box, identity))
    assert box.picture() == before
    assert after_a_crash(box) == KEYS + WINDOW


@EVERY_BUILD
def test_old_append_only_files_are_never_taken_for_new_ones(box: Bench) -> None:
    configure(box, *PERSISTENCE["both"])
    fill(box, 10, prefix="old")
    with box.client() as client:
        client.execute("SAVE")
        client.config_set({"appendonly": "no"})
    write_lines(box, "appendonly no")
    fill(box, KEYS)
    assert stale_files(box)
    with box.client() as client:
        client.execute("SAVE")
    before, (name,) = box.picture(), stale_files(box)
    identity = killed_at(box, box.host.layout.data / name, box.plan())
    box.crash()
    same(boot(box, identity))
    assert box.picture() == before
    assert box.keys() == KEYS + 10
    assert stale_files(box) == [name]
    applied = box.apply(box.plan())
    assert applied.result is Result.APPLIED, applied
    assert any("no longer uses were moved" in check for check in applied.checks), applied
    assert after_a_crash(box, box.admin) == KEYS + 10


@EACH_LAYOUT
def test_an_append_only_file_that_cannot_be_written_is_off_again(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(box, *PERSISTENCE["rdb"])
    fill(box, KEYS - 1)
    with box.client() as client:
        # Random, so that no file with it is small.
        client.execute("SET", "big", secrets.token_hex(2 * FULL))
    before, pid = box.picture(), box.pid()
    switch_on = dataset.append_only_on

    def with_a_full_disk(client: Client) -> None:
        with full_disk(pid):
            switch_on(client)

    monkeypatch.setattr(dataset, "append_only_on", with_a_full_disk)
    outcome = box.apply(box.plan())
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert "could not write its append-only file" in outcome.summary
    assert (box.picture(), box.pid(), box.keys()) == (before, pid, KEYS)
    with box.client() as client:
        assert client.info("persistence")["aof_enabled"] == "0"
    assert not stale_files(box)
