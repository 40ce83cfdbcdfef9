"""The snapshots browser by keyboard: contents, diff, verify, keep, prune, and what a rollback changes before it."""

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.dialogs.preview import PreviewDialog
from screens.dialogs.text import TextDialog
from screens.views.snapshots import SnapshotsScreen
from screens.wizard import WizardApp
from tests.support.fake_engine import FakeEngine, snapshot
from tests.support.screen import ready, screen_text, until, wizard
from wizard.errors import BusyError
from wizard.model.snapshot import DamagedSnapshot

OLDER = "20260101-101112"
SIZES = ((80, 24), (120, 40))


def engine(**over: Any) -> FakeEngine:
    return FakeEngine(**{"stored": (snapshot(), snapshot(OLDER)), **over})


async def to_snapshots(pilot: Pilot[Any]) -> WizardApp:
    app = await ready(pilot)
    await pilot.press("n")
    await until(pilot, lambda: OLDER in screen_text(app))
    assert isinstance(app.screen, SnapshotsScreen)
    return app


@pytest.mark.parametrize("size", SIZES)
async def test_each_key_does_what_the_footer_says(size: tuple[int, int]) -> None:
    asked = engine()
    async with wizard(asked).run_test(size=size) as pilot:
        app = await to_snapshots(pilot)
        text = screen_text(app)
        assert "18 KiB" in text
        assert "2 snapshots, newest first" in text
        assert "d diff  v verify  Space keep  p prune  r roll back  / find  F7 Back" in text
        await pilot.press("d")
        await until(pilot, lambda: "From 20260504-101112 to now" in screen_text(app))
        assert "-maxmemory 19gb" in screen_text(app)
        await pilot.press("escape", "v")
        await until(pilot, lambda: "every byte of 20260504-101112 is as it was stored" in screen_text(app))
        assert "applied, intact" in screen_text(app)
        await pilot.press("down", "space")
        await until(pilot, lambda: asked.kept == {OLDER} and "[x]" in screen_text(app))
        assert "kept: never pruned" in screen_text(app)
        await pilot.press("p")
        await until(pilot, lambda: "Nothing to prune" in screen_text(app))
        await pilot.press("escape", "space")
        await until(pilot, lambda: asked.kept == frozenset() and "[x]" not in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: f"Snapshot {OLDER}" in screen_text(app))


async def test_what_pruning_removes_is_asked_first() -> None:
    asked = engine()
    async with wizard(asked).run_test(size=(80, 24)) as pilot:
        app = await to_snapshots(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "Prune 1 snapshot?" in screen_text(app))
        assert f"remove  {OLDER}: older than the newest 10" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
        assert asked.done == []
        await pilot.press("p")
        await until(pilot, lambda: "Prune 1 snapshot?" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: "1 snapshot removed" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen) and OLDER not in screen_text(app))
    assert asked.done == ["prune"]


@pytest.mark.parametrize("size", SIZES)
async def test_a_rollback_shows_what_it_changes_and_a_dry_run_goes_no_further(size: tuple[int, int]) -> None:
    asked = engine(edits=("redis.conf was changed manually since.",))
    async with wizard(asked, dry_run=True).run_test(size=size) as pilot:
        app = await to_snapshots(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        await until(pilot, lambda: "-maxmemory 19gb" in screen_text(app))
        assert "changed manually since" in screen_text(app)
        assert "dry run: nothing is changed" in screen_text(app)
        await pilot.press("f8")
        await pilot.pause()
        assert isinstance(app.screen, PreviewDialog)
        await pilot.press("escape", "space")
        await until(pilot, lambda: isinstance(app.screen, SnapshotsScreen))
    assert (asked.done, asked.kept) == ([], frozenset())


async def test_a_damaged_snapshot_says_what_is_wrong() -> None:
    bad = DamagedSnapshot(id="20260202-101112", why="the manifest is damaged: its checksum does not match")
    async with wizard(engine(damaged=(bad,), bad_bytes=("the store lacks bytes",))).run_test(size=(80, 24)) as pilot:
        app = await to_snapshots(pilot)
        assert "3 snapshots, newest first, 1 damaged" in screen_text(app)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, TextDialog) and "store lacks bytes" in screen_text(app))
        await pilot.press("escape", "down")
        await until(pilot, lambda: "checksum does not match" in screen_text(app))
        await pilot.press("r", "d", "v", "space")
        await pilot.pause()
        assert isinstance(app.screen, SnapshotsScreen), "there is nothing to do with it"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))


async def test_a_refused_act_says_why() -> None:
    class Busy(FakeEngine):
        def keep_snapshot(self, snapshot: str, *, kept: bool) -> None:
            raise BusyError("an apply is running")

    async with wizard(Busy(stored=(snapshot(), snapshot(OLDER)))).run_test(size=(80, 24)) as pilot:
        app = await to_snapshots(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "an apply is running" in screen_text(app))


def test_a_manifest_of_before_has_no_mark() -> None:
    assert not replace(engine()).snapshots().snapshots[0].kept
