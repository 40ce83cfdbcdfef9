"""The whole diff so far (F3)."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from screens.dialogs.dialog import Dialog
from screens.session import Session
from screens.terminal.capabilities import ColorScheme
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.diff import DiffView
from wizard.model.text import counted


class DiffDialog(Dialog[None]):
    """Shows what would change with the answers up to now."""

    quiet_seconds: ClassVar[float] = 0.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f3,ctrl+r,q", "cancel", priority=True, show=False),
    ]

    def __init__(self, session: Session, color_scheme: ColorScheme) -> None:
        super().__init__()
        self._session = session
        self._view = DiffView(color_scheme)
        self._view.styles.height = 16

    def content(self) -> ComposeResult:
        """Yield title, diff and how to close."""
        yield Static(literal(self._title(), TextStyle.STRONG))
        yield self._view
        yield Static(
            literal("arrows scroll   { } hunk   / find   Enter or Esc closes", TextStyle.MUTED), classes="keys"
        )

    def on_mount(self) -> None:
        """Fill the view."""
        plan = self._session.plan
        if plan is not None and self._session.planned:
            self._view.show(plan.diffs)
        self._view.focus()

    def _title(self) -> str:
        session = self._session
        if session.planned and session.plan is not None:
            return (
                f"So far: {counted(len(session.plan.changes), 'change')} in {counted(len(session.plan.diffs), 'file')}"
            )
        if session.blockers():
            name, text = session.blockers()[0]
            return f"No plan yet: {name}: {text}"
        return session.plan_failure or "The plan is not ready yet. Open this again in a moment."
