"""Snapshots: what was kept before each apply, and the way back.

What may not live here: how one is restored.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from screens.dialogs.text import TextDialog
from screens.session import Mode, Session
from screens.step import BaseScreen, ReasonBar
from screens.text.formatting import cut, day, lines, literal, literal_cell
from screens.theme import TextStyle
from screens.widgets.table import Rows
from wizard.model.snapshot import Snapshot


class SnapshotsScreen(BaseScreen):
    """Lists the snapshots."""

    help = "snapshots"
    keys: ClassVar[str] = "F1 Help  Enter what is in it  r roll back to it         F7 Back    F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "restore", show=False)]

    class Restore(BaseScreen.Request):
        """Put a snapshot back."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    class Load(BaseScreen.Request):
        """Read the list of snapshots."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._snapshots: Sequence[Snapshot] = ()
        self._in_force: Collection[str] = ()
        self._word = Static(literal("Reading the snapshots…", TextStyle.MUTED))
        self._list = Rows(("id", "when", "by", "what", "state"), id="snapshots")

    def body(self) -> ComposeResult:
        """Give a word and the list."""
        yield self._word
        yield self._list

    def on_mount(self) -> None:
        """Hide the list while it is empty. Textual calls the base's own after it."""
        self._list.set_class(True, "gone")  # noqa: FBT003 - Textual's signature

    def on_screen_resume(self) -> None:
        """Ask for the list, also after a rollback has made another one."""
        self.post_message(self.Load())

    def show(self, snapshots: Sequence[Snapshot], in_force: Collection[str] = (), trouble: str = "") -> None:
        """Show what was read, and what of it is in force, or why nothing was."""
        self._snapshots, self._in_force = snapshots, in_force
        if trouble:
            self._word.update(literal(f"[FAIL] {trouble}", TextStyle.FAIL))
        elif not snapshots:
            self._word.update(literal("No snapshots yet. The first apply makes one."))
        else:
            self._word.update(literal(f"Snapshots   {len(snapshots)}, the newest first", TextStyle.STRONG))
        self._list.set_class(not snapshots, "gone")
        self._list.fill([(each.id, _cells(each, self._state(each))) for each in snapshots])
        if snapshots:
            self._list.focus()

    def strip(self) -> ReasonBar:
        """Say what going back does."""
        return ReasonBar(
            why="Going back restores every file, owner, mode, live value and unit.",
            more="It takes a snapshot of its own first, so it can be undone.",
        )

    def _current(self) -> Snapshot | None:
        return next((each for each in self._snapshots if each.id == self._list.current), None)

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        snapshot = self._current()
        if snapshot is not None:
            self.app.push_screen(TextDialog(f"Snapshot {snapshot.id}", _manifest(snapshot, self._state(snapshot))))

    def _state(self, snapshot: Snapshot) -> str:
        stands = snapshot.id in self._in_force and snapshot.state != "open"
        return "in force" if stands else snapshot.state

    def action_restore(self) -> None:
        """Ask to put the snapshot under the cursor back."""
        snapshot = self._current()
        if snapshot is None or self.session.mode is not Mode.NORMAL:
            self.app.bell()
        else:
            self.post_message(self.Restore(snapshot))


def _cells(snapshot: Snapshot, state: str) -> tuple[Text, ...]:
    return (
        literal_cell(snapshot.id),
        literal_cell(day(snapshot.taken_at)),
        literal_cell(cut(snapshot.by, 10)),
        literal_cell(cut(snapshot.what, 24)),
        literal_cell(state),
    )


def _manifest(snapshot: Snapshot, state: str) -> Content:
    rows = [f"{snapshot.what}, by {snapshot.by or 'nobody known'}, {day(snapshot.taken_at)}, {state}", ""]
    for path in snapshot.paths:
        status = path.status
        rows.append(f"{status.kind:<9} {status.mode:04o} {status.owner}:{status.group} {status.path}")
    rows += [f"kernel    {key} = {held}" for key, held in sorted(snapshot.kernel.items())]
    rows += [f"live      {key} {held}" for key, held in sorted(snapshot.directives.items())]
    rows += [f"unit      {unit.name} {unit.active} {unit.enabled}" for unit in snapshot.units]
    return lines(*rows)
