"""The lower part of the host step: risks (or servers to choose from), differences, facts, and what can be done."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, DataTable, Static

from screens.base_screen import BaseScreen
from screens.dialogs.dialog import buttons, name_button
from screens.session import Mode, Session
from screens.terminal.capabilities import ColorScheme
from screens.text import draft as drafts
from screens.text import facts, host
from screens.text.formatting import cut, lines, literal, literal_cell, row
from screens.theme import TextStyle, rich_style
from screens.widgets.table import Rows
from wizard.model.finding import Finding

RECOMMENDED = "Review recommended plan"
_OWN = "Review my answers"
_FIX = "  step 9"
"""The evidence of a risk."""
_SIGN = len("[FAIL]") + 4
"""Columns of the sign and of the padding between the cells of a table."""
_ALWAYS = 5
"""Rows of the buttons, and blank rows."""
_MARGIN = 3
"""Columns of the padding of the body and of its scroll bar."""

Row = tuple[str, tuple[Text, ...]]


class HostDetails(Vertical):
    """What was detected; Enter begins what comes first here."""

    class Chosen(Message):
        """The operator pressed a button, or chose a server."""

        def __init__(self, what: str, name: str = "") -> None:
            super().__init__()
            self.what = what
            self.name = name

    def __init__(self, color_scheme: ColorScheme) -> None:
        super().__init__()
        self._color_scheme = color_scheme
        self._session = Session()
        self._above = 1
        self._risks = Rows(("", ""), id="risks")
        self._since = Static()
        self._about = Static(classes="gap")
        self._draft = Static()
        self._placed = ""
        """The button that the focus was given to."""
        self._taken = False
        """The focus was on a button that was disabled; it returns when the host is read."""

    def compose(self) -> ComposeResult:
        """Stack risks, differences, facts and buttons."""
        yield self._risks
        yield self._since
        yield self._about
        yield self._draft
        yield buttons(("quick", RECOMMENDED), ("guided", "Step by step"), ("dry", "Dry run"))
        under = buttons(
            ("login", "Log in"),
            ("resume", "Resume draft"),
            ("rollback", "Roll back"),
            ("snapshots", "Snapshots"),
            ("other", "Other server"),
        )
        yield under.add_class("under")

    def on_mount(self) -> None:
        """Show what is known, and again once the rows of the body are known."""
        self._show()
        self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        # It may have been closed in between.
        if self.is_attached:
            self._show()

    def show_session(self, session: Session, *, above: int) -> None:
        """Show what was detected, once the widgets are mounted.

        Args:
            session: With the facts.
            above: Rows of the body that are taken already.
        """
        self._session, self._above = session, above
        if self.is_mounted and self.is_attached:
            self._show()

    def _show(self) -> None:
        session, choices = self._session, self._instances()
        draft = drafts.describe(session)
        width = self._width
        found = facts.distinct_risks(session.report)
        texts = host.Texts(
            risks=tuple(each.summary for each in found),
            drift=session.drift.texts if session.drift else (),
            about=host.about(session.facts, session.instance) if session.facts else (),
        )
        room = width - _SIGN - len(_FIX)
        last = host.last_apply(session.drift)
        height = self.screen.query_one("#body").size.height - self._above - _ALWAYS - len(choices)
        height -= len(host.wrapped(last, width)) if last else 0
        height -= sum(len(host.wrapped(each, width)) for each in draft)
        layout = host.arrange(texts, width=width, height=height, room=room)
        rows = choices or [(each.id, self._cells(each, layout, room)) for each in found[: layout.risks]]
        self._risks.set_class(not rows, "gone")
        self._risks.fill(rows)
        self._since.update(_since(session, layout, texts, last, width))
        self._since.set_class(not last, "gone")
        self._about.update(_about(texts, layout, width))
        self._draft.update(lines(*(literal(each, TextStyle.ACCENT) for each in draft)))
        self._draft.set_class(not draft, "gone")
        self._offer(may=session.ready and session.mode is not Mode.VIEW)
        self._place_focus(choosing=bool(choices))

    @property
    def _width(self) -> int:
        """Columns for a text of the body."""
        screen = self.screen
        return (screen.body_width if isinstance(screen, BaseScreen) else screen.size.width) - _MARGIN

    def _offer(self, *, may: bool) -> None:
        """Show the buttons of what can be done."""
        session = self._session
        several = session.facts is not None and len(session.facts.instances) > 1
        for name in ("quick", "guided", "dry"):
            button = self.query_one(f"#{name}", Button)
            # Textual takes the focus from a button that is disabled, and moves it into the list.
            self._taken = self._taken or (not may and button.has_focus)
            button.disabled = not may
        shown = {
            "login": session.instance is not None,
            "resume": may and session.offered_draft is not None,
            "rollback": may and session.drift is not None and session.mode is Mode.NORMAL,
            "snapshots": True,
            "other": several and session.ready,
        }
        for name, wanted in shown.items():
            self.query_one(f"#{name}").set_class(not wanted, "gone")
        name_button(self.query_one("#quick", Button), RECOMMENDED if session.as_recommended else _OWN)

    def _place_focus(self, *, choosing: bool) -> None:
        """Give the focus to what comes first, unless the operator has moved it."""
        session = self._session
        if choosing:
            wanted = "risks"
        elif session.instance is not None and session.instance.asks_for_login:
            wanted = "login"
        elif session.offered_draft is not None and session.mode is not Mode.VIEW:
            wanted = "resume"
        else:
            wanted = "quick"
        focused = self.screen.focused
        unmoved = focused is not None and (focused.id in {self._placed, None} or focused.has_class("gone"))
        here = unmoved or self._taken or not self._placed
        if not here or (not choosing and not session.ready):
            return
        self._placed, self._taken = wanted, False
        widget = self.query_one(f"#{wanted}")
        if not widget.disabled:
            self.call_after_refresh(widget.focus)

    def _cells(self, finding: Finding, layout: host.Layout, room: int) -> tuple[Text, ...]:
        sign, tone = facts.sign(finding)
        steps = self._session.steps
        step = steps.by_section(finding.step)
        where = f"  step {steps.key(step.name)}" if step else ""
        shown = host.wrapped(finding.summary, room) if layout.wrap_risks else [cut(finding.summary, room)]
        text = literal_cell(shown[0].ljust(room) if where else shown[0])
        text.append(where, rich_style(self._color_scheme, TextStyle.MUTED))
        for line in shown[1:]:
            text.append("\n").append_text(literal_cell(line))
        return literal_cell(sign, rich_style(self._color_scheme, tone)), text

    def _instances(self) -> list[Row]:
        """Return the servers to choose from, while that is not clear."""
        session = self._session
        if session.facts is None or session.ready:
            return []
        room = self._width - max((len(each.name) for each in session.facts.instances), default=0)
        return [
            (each.name, (literal_cell(each.name), literal_cell(cut(host.choice(each), room - 4))))
            for each in session.facts.instances
        ]

    @on(DataTable.RowSelected)
    def _open_row(self) -> None:
        if self._instances():
            self.post_message(self.Chosen("server", self._risks.current))
            return
        finding = next((each for each in facts.risks(self._session.report) if each.id == self._risks.current), None)
        step = self._session.steps.by_section(finding.step) if finding else None
        if step:
            self.post_message(BaseScreen.Jump(step.name))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.post_message(self.Chosen(message.button.id or ""))


def _since(session: Session, layout: host.Layout, texts: host.Texts, last: str, width: int) -> Content:
    """Return the last apply with the first differences."""
    drift = session.drift
    clean = drift is not None and not texts.drift
    head = [literal(each, TextStyle.OK if clean else TextStyle.WARN) for each in host.wrapped(last, width)]
    shown = [literal(f"  {cut(each, width - 2)}") for each in texts.drift[: layout.drift]]
    return lines(*head, *shown)


def _about(texts: host.Texts, layout: host.Layout, width: int) -> Content:
    rows = host.about_rows(texts.about, width, whole=layout.wrap_about)
    return lines(*(row(literal(f"{label:<{host.LABEL}}", TextStyle.MUTED), literal(text)) for label, text in rows))
