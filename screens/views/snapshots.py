"""Snapshots: what was saved before each apply, whether it is intact, and what a rollback to it changes."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Mode, Session
from screens.text.formatting import cut, day, lines, literal, literal_cell
from screens.theme import TextStyle
from screens.widgets.table import Rows
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.model.text import counted, format_amount
from wizard.snapshots.listing import Listing

_SHORTEST_WHAT = 10
_OTHER_COLUMNS = 51
"""Columns of a terminal that a row takes without its state and what came after it."""
_NOTHING = Listing(snapshots=())


class SnapshotsScreen(BaseScreen):
    """Lists the snapshots."""

    help = "snapshots"
    has_pane = False
    keys: ClassVar[str] = "F1 Help  d diff  v verify  Space keep  p prune  r roll back  / find  F7 Back"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "restore", show=False),
        Binding("d", "diff", show=False),
        Binding("v", "verify", show=False),
        Binding("space", "keep", show=False),
        Binding("p", "prune", show=False),
    ]

    class OfOne(BaseScreen.Request):
        """A request about one snapshot."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    class Restore(OfOne):
        """Show what a rollback to a snapshot changes, then ask."""

    class Diff(OfOne):
        """Show what changed since a snapshot."""

    class Verify(OfOne):
        """Read every byte of a snapshot."""

    class Keep(OfOne):
        """Exempt a snapshot from pruning, or let it be pruned again."""

    class Prune(BaseScreen.Request):
        """Show what pruning removes, then ask."""

    class Load(BaseScreen.Request):
        """Read the list of snapshots."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._listing = _NOTHING
        self._verdicts: dict[str, str] = {}
        """By id, what verifying a snapshot gave."""
        self._notice = Static(literal("Reading the snapshots…", TextStyle.MUTED))
        self._list = Rows(("keep", "id", "when", "size", "state", "before"), id="snapshots")

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

    def show(self, listing: Listing, failure: str = "") -> None:
        """Show what was read, or why nothing was read."""
        self._listing = listing
        count = len(listing.snapshots) + len(listing.damaged)
        if failure:
            self._notice.update(literal(f"[FAIL] {failure}", TextStyle.FAIL))
        elif not count:
            self._notice.update(literal("No snapshots yet. The first apply takes one."))
        else:
            damaged = f", {len(listing.damaged)} damaged" if listing.damaged else ""
            self._notice.update(literal(f"{counted(count, 'snapshot')}, newest first{damaged}", TextStyle.STRONG))
        self._list.set_class(not count, "gone")
        self._fill()
        if count and not isinstance(self.focused, Rows):
            self._list.focus()

    def show_verdict(self, snapshot_id: str, verdict: str) -> None:
        """Show what verifying a snapshot gave."""
        self._verdicts[snapshot_id] = verdict
        self._fill()

    def _fill(self) -> None:
        room = self._room
        rows = [(each.id, self._cells(each, room)) for each in self._listing.snapshots]
        rows += [(each.id, _damaged_cells(each, room)) for each in self._listing.damaged]
        self._list.fill(sorted(rows, key=lambda row: row[0], reverse=True))
        self.draw_frame()

    def _state_of(self, snapshot: Snapshot) -> str:
        state = self._listing.state_of(snapshot)
        if verdict := self._verdicts.get(snapshot.id):
            return "damaged" if verdict.startswith("[FAIL]") else f"{state}, intact"
        return state

    @property
    def _room(self) -> int:
        """Columns for what came after a snapshot: what the longest state leaves."""
        states = ("damaged", *map(self._state_of, self._listing.snapshots))
        return max(_SHORTEST_WHAT, (self.size.width or 0) - _OTHER_COLUMNS - max(map(len, states)))

    def _cells(self, snapshot: Snapshot, room: int) -> tuple[Text, ...]:
        return (
            literal_cell("[x]" if snapshot.kept else "[ ]"),
            literal_cell(cut(snapshot.id, 16)),
            literal_cell(day(snapshot.taken_at)[5:]),
            literal_cell(_size(self._listing, snapshot)),
            literal_cell(self._state_of(snapshot)),
            literal_cell(cut(snapshot.what, room)),
        )

    def strip(self) -> ReasonBar:
        """Return what is known of the snapshot under the cursor."""
        snapshot = self._current()
        more = "A rollback takes its own snapshot first, so you can roll it back too."
        if damaged := self._damaged():
            return ReasonBar(why=f"[FAIL] {damaged.why}", more="It cannot be restored; p prune removes old ones.")
        if snapshot is None:
            return ReasonBar(why="A rollback restores every file, owner, mode, live value and unit.", more=more)
        verdict = self._verdicts.get(snapshot.id, "")
        kept = ", kept: never pruned" if snapshot.kept else ""
        what = f"{snapshot.what}, by {snapshot.by or 'unknown'}, {counted(len(snapshot.paths), 'path')}{kept}"
        return ReasonBar(why=verdict or what, more=what if verdict else more)

    def _current(self) -> Snapshot | None:
        return next((each for each in self._listing.snapshots if each.id == self._list.current), None)

    def _damaged(self) -> DamagedSnapshot | None:
        return next((each for each in self._listing.damaged if each.id == self._list.current), None)

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        snapshot = self._current()
        if snapshot is not None:
            self.app.push_screen(TextDialog(f"Snapshot {snapshot.id}", _manifest(snapshot, self._listing)))
        elif damaged := self._damaged():
            self.app.push_screen(TextDialog(f"Snapshot {damaged.id}", literal(f"[FAIL] {damaged.why}")))

    def action_restore(self) -> None:
        """Show what a rollback to the snapshot under the cursor changes."""
        self._request(self.Restore)

    def action_diff(self) -> None:
        """Show what changed since the snapshot under the cursor."""
        self._request(self.Diff)

    def action_verify(self) -> None:
        """Verify the snapshot under the cursor."""
        self._request(self.Verify)

    def action_keep(self) -> None:
        """Keep the snapshot under the cursor, or no longer."""
        if self.session.mode is Mode.NORMAL:
            self._request(self.Keep)
        else:
            self.app.bell()

    def action_prune(self) -> None:
        """Show what pruning removes."""
        self.post_message(self.Prune())

    def _request(self, request: type[OfOne]) -> None:
        snapshot = self._current()
        if snapshot is None:
            self.app.bell()
        else:
            self.post_message(request(snapshot))


def _size(listing: Listing, snapshot: Snapshot) -> str:
    return format_amount(listing.sizes[snapshot.id]) if snapshot.id in listing.sizes else ""


def _damaged_cells(damaged: DamagedSnapshot, room: int) -> tuple[Text, ...]:
    texts = ("", cut(damaged.id, 16), "", "", "damaged", cut(damaged.why, room))
    return tuple(literal_cell(text) for text in texts)


def _manifest(snapshot: Snapshot, listing: Listing) -> Content:
    size, kept = _size(listing, snapshot), ", kept" if snapshot.kept else ""
    first = (
        f"{snapshot.what}, by {snapshot.by or 'unknown'}, {day(snapshot.taken_at)}, {listing.state_of(snapshot)}{kept}"
    )
    rows = [first, f"size {size} with the files that other snapshots share" if size else "", ""]
    rows += [f"secret    private key {path}" for path in listing.private_keys.get(snapshot.id, ())]
    for path in snapshot.paths:
        status = path.status
        rights = f"{status.mode:04o} {status.owner}:{status.group}" if status.owner else ""
        rows.append(f"{status.kind:<9} {rights:<22} {status.path}")
    rows += [f"kernel    {key} = {held}" for key, held in sorted(snapshot.kernel.items())]
    rows += [f"live      {key} {held}" for key, held in sorted(snapshot.directives.items())]
    rows += [f"unit      {unit.name} {unit.active} {unit.enabled}" for unit in snapshot.units]
    return lines(*rows)
