"""Snapshots: what was saved before each apply."""

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
    keys: ClassVar[str] = "F1 Help  Enter contents  r roll back                    F7 Back    F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "restore", show=False)]

    class Restore(BaseScreen.Request):
        """Roll back to a snapshot."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    class Load(BaseScreen.Request):
        """Read the list of snapshots."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._snapshots: Sequence[Snapshot] = ()
        self._in_effect: Collection[str] = ()
        self._notice = Static(literal("Reading the snapshots…", TextStyle.MUTED))
        self._list = Rows(("id", "when", "by", "what", "state"), id="snapshots")

    def body(self) -> ComposeResult:
        """Yield a notice and the list."""
        yield self._notice
        yield self._list

    def on_mount(self) -> None:
        """Hide the list while it is empty. Textual calls the base's own after it."""
        self._list.set_class(True, "gone")  # noqa: FBT003 - Textual's signature

    def on_screen_resume(self) -> None:
        """Ask for the list, also after a rollback has added one."""
        self.post_message(self.Load())

    def show(self, snapshots: Sequence[Snapshot], in_effect: Collection[str] = (), failure: str = "") -> None:
        """Show what was read, and which are in effect, or why nothing was read."""
        self._snapshots, self._in_effect = snapshots, in_effect
        if failure:
            self._notice.update(literal(f"[FAIL] {failure}", TextStyle.FAIL))
        elif not snapshots:
            self._notice.update(literal("No snapshots yet. The first apply takes one."))
        else:
            self._notice.update(literal(f"Snapshots   {len(snapshots)}, newest first", TextStyle.STRONG))
        self._list.set_class(not snapshots, "gone")
        self._list.fill([(each.id, _cells(each, self._state(each))) for each in snapshots])
        if snapshots:
            self._list.focus()

    def strip(self) -> ReasonBar:
        """Return what a rollback does."""
        return ReasonBar(
            why="A rollback restores every file, owner, mode, live value and unit.",
            more="It takes its own snapshot first, so you can roll it back too.",
        )

    def _current(self) -> Snapshot | None:
        return next((each for each in self._snapshots if each.id == self._list.current), None)

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        snapshot = self._current()
        if snapshot is not None:
            self.app.push_screen(TextDialog(f"Snapshot {snapshot.id}", _manifest(snapshot, self._state(snapshot))))

    def _state(self, snapshot: Snapshot) -> str:
        in_effect = snapshot.id in self._in_effect and snapshot.state != "open"
        return "in effect" if in_effect else snapshot.state

    def action_restore(self) -> None:
        """Ask to roll back to the snapshot under the cursor."""
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
    rows = [f"{snapshot.what}, by {snapshot.by or 'unknown'}, {day(snapshot.taken_at)}, {state}", ""]
    for path in snapshot.paths:
        status = path.status
        rows.append(f"{status.kind:<9} {status.mode:04o} {status.owner}:{status.group} {status.path}")
    rows += [f"kernel    {key} = {held}" for key, held in sorted(snapshot.kernel.items())]
    rows += [f"live      {key} {held}" for key, held in sorted(snapshot.directives.items())]
    rows += [f"unit      {unit.name} {unit.active} {unit.enabled}" for unit in snapshot.units]
    return lines(*rows)
