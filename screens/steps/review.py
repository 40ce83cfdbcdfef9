"""Every change with its diff, its impact, and how to apply it."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Resize
from textual.widgets import DataTable, Static

from screens.base_screen import WIDE, BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Mode, Session
from screens.step import Step
from screens.text import changes, leaving_out, still_open
from screens.text.formatting import cut, lines, literal, literal_cell
from screens.text.review_groups import Choice, Group, groups
from screens.theme import TextStyle, rich_style
from screens.widgets.diff import DiffView
from screens.widgets.table import Rows
from wizard.model.change import Change, Restart
from wizard.model.plan import Plan
from wizard.model.text import counted
from wizard.model.value import replace

_OTHER_COLUMNS = 28
"""Columns of a terminal that the rest of the row takes: box, when, risk, and what is between; the file comes to it."""
_FILE_COLUMNS = 18
_OTHER_COLUMNS_BESIDE = 26
"""The same in a list beside the diff: the file is in the diff."""
_LIST_PERCENT = 55
_CHANGE_WIDTH = 34
_ROOMY = 40
"""Rows of a window in which every sentence on what stays open has room beside the changes."""
_LOW = 20
"""Rows of a window below which each of those has one row at most, for the changes to have some."""
_MORE = " · b: how to close"
_HEADINGS = ("", "when", "risk", "change", "where")
_GROUP = "group:"
"""Before the title of a group, in the key of its row: no change has such an id."""


class ReviewStep(Step):
    """Shows the plan."""

    step = "review"
    has_pane = False
    keys: ClassVar[str] = "F1 Help  Space leave out  / find  f filter  + diff  b impact  u undo  F8 Apply"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "enlarge", show=False),
        Binding("space", "leave_out", show=False),
        Binding("b", "impact", show=False),
        Binding("n", "notes", show=False),
        Binding("f", "filter", show=False),
        Binding("w", "place", show=False),
        Binding("x", "export", show=False),
        Binding("right_curly_bracket", "hunk(1)", show=False),
        Binding("left_curly_bracket", "hunk(-1)", show=False),
    ]

    class Apply(BaseScreen.Request):
        """Apply the plan that is shown."""

    class Export(BaseScreen.Request):
        """Write the plan to a file."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._summary = Static()
        self._list = Rows(_HEADINGS, id="changes")
        self._list.add_class("gone")
        self._impact = Static()
        self._diff: DiffView | None = None
        self._shown: Plan | None = None
        self._choice = Choice()
        self._groups: tuple[Group, ...] = ()
        self._file_columns = _FILE_COLUMNS
        self._drawn: dict[str, tuple[Change, int, tuple[Text, ...]]] = {}
        """By change, the cells that do not change with its box, and the columns that they were drawn for."""

    def body(self) -> ComposeResult:
        """Yield summary, list, impact and diff."""
        self._diff = DiffView(self.color_scheme)
        yield self._summary
        yield self._impact
        yield Container(self._list, self._diff, classes="beside")

    def show_session(self, session: Session) -> None:
        """Show the plan, or why there is none."""
        super().show_session(session)
        blocked = bool(session.blockers() or (session.planned and session.plan_failure))
        plan = session.plan if session.planned and not blocked else None
        self._summarize(plan)
        if plan is None and not blocked:
            # The next plan is being made: the list, its cursor and the focus stay as they are.
            return
        self._list.set_class(plan is None or not (plan.changes or session.left_out), "gone")
        self._impact.update(changes.impact_rows(plan, session, width=self.text_width))
        self._impact.set_class(self.app.size.height < _LOW, "gone")
        if plan is not self._shown:
            self._shown = plan
            self._fill(plan, session)

    def _summarize(self, plan: Plan | None) -> None:
        height = self.app.size.height
        self._summary.update(_summary(self.session, plan, self._choice, width=self.text_width, height=height))

    def _fill(self, plan: Plan | None, session: Session) -> None:
        kept = {change.id for change in plan.changes} if plan else set()
        whole = session.full_plan.changes if plan and session.full_plan else ()
        files = (min(len(changes.where(each)), _FILE_COLUMNS) for each in whole)
        self._file_columns = max(len(_HEADINGS[-1]), *files, 0)
        rows: list[tuple[str, tuple[Text, ...]]] = []
        self._groups = groups(whole, self._choice)
        for group in self._groups:
            rows.append((_GROUP + group.title, self._heading(group)))
            rows += [(each.id, self._cells(each, _sign(each, kept, session.left_out))) for each in group.changes]
        fresh = not self._list.current
        self._list.fill(rows)
        if rows and fresh:
            # The cursor starts on a change.
            self._list.move_cursor(row=1)
        if self._diff is not None:
            self._diff.show(plan.diffs if plan else ())
            self._show_diff()
        if rows and self.focused is None:
            self._list.focus()

    def _heading(self, group: Group) -> tuple[Text, ...]:
        empty = literal_cell("")
        text = cut(f"{group.title}: {counted(len(group.changes), 'change')}", self._room)
        name = literal_cell(text, rich_style(self.color_scheme, TextStyle.STRONG))
        return (empty, empty, empty, name, empty)

    @property
    def _beside(self) -> bool:
        return self.size.width >= WIDE

    @property
    def _room(self) -> int:
        """Columns for the text of a change."""
        width = self.body_width
        if self._beside:
            return max(_CHANGE_WIDTH, width * _LIST_PERCENT // 100 - _OTHER_COLUMNS_BESIDE)
        return max(_CHANGE_WIDTH, width - _OTHER_COLUMNS - self._file_columns)

    def _cells(self, change: Change, sign: str) -> tuple[Text, ...]:
        room = self._room
        drawn = self._drawn.get(change.id)
        if drawn is None or drawn[1] != room or (drawn[0] is not change and drawn[0] != change):
            drawn = (change, room, self._draw(change, room))
            self._drawn[change.id] = drawn
        return (literal_cell(sign), *drawn[2])

    def _draw(self, change: Change, room: int) -> tuple[Text, ...]:
        word, tone = changes.risk(change)
        return (
            literal_cell(changes.when(change)),
            literal_cell(word, rich_style(self.color_scheme, tone)),
            literal_cell(cut(changes.line(change), room)),
            literal_cell("" if self._beside else cut(changes.where(change), _FILE_COLUMNS)),
        )

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002 - Textual's signature
        """Draw the list for the new width. Textual calls the base's own after it."""
        self._list.headings = (*_HEADINGS[:-1], "" if self._beside else _HEADINGS[-1])
        if self._shown is not None:
            self._fill(self._shown, self.session)

    def strip(self) -> ReasonBar:
        """Return the reason of the change under the cursor."""
        change = self._current()
        group = next((each for each in self._groups if _GROUP + each.title == self._list.current), None)
        if change is None:
            return _meaning(group)
        cost = leaving_out.cost_of(change, self.session.report)
        return ReasonBar(why=change.why, source="" if cost else change.source, more=cost or f"Rollback: {change.undo}")

    def full_why(self) -> Content:
        """Return the reason, its source, the cost of leaving it out, and the rollback."""
        change = self._current()
        if change is None:
            return super().full_why()
        cost = leaving_out.cost_of(change, self.session.report)
        parts = (change.why, f"Source: {change.source}", cost, f"Rollback: {change.undo}")
        return literal("\n\n".join(part for part in parts if part))

    @property
    def _current_plan(self) -> Plan | None:
        """The plan that is shown; ``None`` while the next one is being made."""
        return self._shown if self.session.planned else None

    def _current(self) -> Change | None:
        plan = self.session.full_plan
        return next((c for c in plan.changes if c.id == self._list.current), None) if plan and self._shown else None

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()
        self._show_diff()

    def _show_diff(self) -> None:
        """Show the part of the diff that is of the change under the cursor."""
        change = self._current()
        if change is None or self._diff is None:
            return
        file = changes.target_name(change)
        if not self._diff.go_to(file, changes.search_words(change)):
            self._diff.show_aside(file, changes.aside(change))

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        change = self._current()
        if change is not None:
            self.app.push_screen(TextDialog(change.title, changes.full(change)))

    def action_enlarge(self) -> None:
        """Show the diff in the whole body, or in half of it."""
        self.toggle_class("enlarged")
        if self.has_class("enlarged") and self._diff is not None:
            self._diff.focus()
        else:
            self._list.focus()

    def action_hunk(self, by: int) -> None:
        """Move the diff while the list has the focus."""
        if self._diff is not None:
            self._diff.action_hunk(by)

    def action_leave_out(self) -> None:
        """Leave the change under the cursor out of the plan, or include it again."""
        key = self._list.current
        if key and not key.startswith(_GROUP):
            self.post_message(self.Edited(lambda session: replace(session, left_out=session.left_out ^ {key})))

    def action_filter(self) -> None:
        """List all changes, or only some of them."""
        self._choose(replace(self._choice, effect=self._choice.effect.next()))

    def action_place(self) -> None:
        """List the changes of the next file, unit or key, or all."""
        plan = self.session.full_plan
        if plan is not None:
            self._choose(self._choice.next_place([each for each in plan.changes if self._choice.effect.shows(each)]))

    def _choose(self, choice: Choice) -> None:
        if self._shown is not None:
            self._choice = choice
            self._fill(self._shown, self.session)
            self._summarize(self._shown)
            self.draw_frame()

    def action_impact(self) -> None:
        """Show who loses what, and what stays open with how to close it."""
        plan = self._current_plan
        self.app.push_screen(
            TextDialog("Impact", changes.impact(plan, self.session) if plan else literal("No plan yet."))
        )

    def action_notes(self) -> None:
        """Show the notes of the plan."""
        plan = self._current_plan
        self.app.push_screen(TextDialog("Notes", changes.notes(plan) if plan else literal("No plan yet.")))

    def action_export(self) -> None:
        """Ask where to write the plan."""
        if self._current_plan is not None:
            self.post_message(self.Export())

    def action_next(self) -> None:
        """Apply, or go to the first error."""
        blockers, plan = self.session.blockers(), self._current_plan
        if blockers:
            steps = self.session.steps
            wrong = steps.by_section(blockers[0][0].partition(".")[0]) or steps.first
            self.post_message(self.Jump(wrong.name))
        elif plan is None or (plan.empty and self.session.mode is Mode.NORMAL):
            self.app.bell()
        else:
            self.post_message(self.Apply())


def _meaning(group: Group | None) -> ReasonBar:
    """Return what the changes of a group mean, where the cursor is on one."""
    if group is None:
        return ReasonBar(why="The plan is shown here before anything changes.")
    return ReasonBar(why=f"{group.title}. {group.meaning}", more=group.items)


def _sign(change: Change, kept: set[str], left_out: frozenset[str]) -> str:
    """Return the box of a change: included, left out, or out because it needs one that is."""
    if change.id in kept:
        return "[x]"
    return "[ ]" if change.id in left_out else "[-]"


def _summary(session: Session, plan: Plan | None, chosen: Choice, *, width: int, height: int) -> Content:
    blockers = session.blockers()
    if blockers:
        rows = [literal("Fix these answers first (F8 goes to the first one)", TextStyle.FAIL)]
        return lines(*rows, *(literal(f"[err] {name}: {text}", TextStyle.FAIL) for name, text in blockers[:8]))
    if session.planned and session.plan_failure:
        return literal(f"[FAIL] {session.plan_failure}", TextStyle.FAIL)
    if plan is None:
        return literal("Planning…", TextStyle.MUTED)
    sentences = plan.exposure.sentences()
    first = [literal(f"[warn] {sentence}", TextStyle.WARN) for sentence in sentences]
    if sentences and height < _ROOMY:
        most = 1 if height < _LOW else 9
        first = still_open.rows(plan.exposure, session.instance, width, more=_MORE, most=most)
    if plan.empty:
        return lines(*first, literal(*changes.nothing_to_change(session.instance)))
    restart = "1 restart" if any(isinstance(change, Restart) for change in plan.changes) else "no restart"
    files = counted(len(plan.diffs), "file")
    losses = sum(change.requires_consent for change in plan.changes)
    if losses:
        first.append(literal(f"[FAIL] {counted(losses, 'change')} may lose data", TextStyle.FAIL))
    where = f" · w: {cut(chosen.where, 13)}" if chosen.where else ""
    notes = f"{counted(len(plan.notes), 'note')} (n) · f: {chosen.effect}{where}"
    kept = {change.id for change in plan.changes}
    if out := leaving_out.summary(session.full_plan.changes if session.full_plan else (), kept, session.report):
        first.append(literal(f"[warn] {out}", TextStyle.WARN))
    return lines(*first, literal(f"{counted(len(plan.changes), 'change')} in {files} · {restart} · {notes}"))
