"""A recovery whose own records are damaged: it says what, touches nothing, and ends it once that is mended."""

from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench, Stopped
from wizard.app import recover, status
from wizard.errors import ApplyError
from wizard.jobs import journal
from wizard.model.event import EventKind, Result
from wizard.model.status import ApplyStatus, Stage
from wizard.snapshots import capture
from wizard.snapshots.store import Store

KEYS = 50


def cut_off(box: Bench) -> ApplyStatus:
    """Apply a plan whose worker is killed when it is about to edit the configuration."""
    box.host.stops_at = box.host.layout.config
    with pytest.raises(Stopped):
        box.apply(box.plan())
    now = status(box.host)
    assert now is not None
    assert now.stage is Stage.INTERRUPTED
    return now


def refused(box: Bench) -> str:
    """Try to bring it to an end; give the reason why that cannot be, which is in the journal too."""
    half = box.picture()
    with pytest.raises(ApplyError) as caught:
        recover(box.host)
    assert box.picture() == half
    now = status(box.host)
    assert now is not None
    assert now.stage is Stage.INTERRUPTED
    assert journal.read(box.host, now.id).failure_after(0) == str(caught.value)
    return str(caught.value)


def ends_as_before(box: Bench) -> None:
    outcome = recover(box.host)
    assert outcome is not None
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert recover(box.host) is None


def test_a_torn_line_of_the_journal_is_told_and_swallows_nothing(box: Bench) -> None:
    box.fill(KEYS)
    before, total, cut = box.picture(), box.keys(), cut_off(box)
    written = len(journal.read(box.host, cut.id).events)
    said = f"line {written + 1} of the journal is incomplete and skipped"
    box.host.append(journal.path_of(box.host, cut.id), b'{"at":"2026-01-01T00:00:00.000+00:00","kind":"confi')
    now = status(box.host)
    assert now is not None
    assert now.damage == (said,)
    ends_as_before(box)
    notes = [event.text for event in journal.read(box.host, cut.id).events if event.kind is EventKind.NOTE]
    assert said in notes
    assert (box.picture(), box.keys()) == (before, total)


def test_lost_bytes_of_a_snapshot_are_told_before_anything_is_touched(box: Bench) -> None:
    box.fill(KEYS)
    before, total, cut = box.picture(), box.keys(), cut_off(box)
    saved = {each.status.path: each.blob for each in Store(box.host).load(cut.id).paths}
    lost = Path(box.host.state, "blobs", saved[box.host.layout.config])
    kept = lost.rename(lost.with_suffix(".elsewhere"))
    assert f"snapshot {cut.id} is damaged: {box.host.layout.config}: the store lacks the bytes" in refused(box)
    kept.rename(lost)
    ends_as_before(box)
    assert (box.picture(), box.keys()) == (before, total)


def test_a_snapshot_of_another_machine_is_told_before_anything_is_touched(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.fill(KEYS)
    before, total, cut = box.picture(), box.keys(), cut_off(box)
    with monkeypatch.context() as patch:
        patch.setattr(capture, "MACHINE_ID", PurePosixPath(box.host.layout.record))
        assert f"snapshot {cut.id} was taken on another machine" in refused(box)
    ends_as_before(box)
    assert (box.picture(), box.keys()) == (before, total)
