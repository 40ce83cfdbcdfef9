"""What every controller uses: the stack of screens, the session, the engine, threads."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar

from textual.screen import Screen

from screens.background import TaskRunner
from screens.base_screen import BaseScreen
from screens.controllers import history
from screens.engine import Engine
from screens.session import Session
from wizard.errors import WizardError
from wizard.model.value import Value, replace

_Result = TypeVar("_Result")


class Display(Protocol):
    """The part of the App that controllers use."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""
        ...

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """Every open screen, the top one last."""
        ...

    def push_screen(self, screen: Screen[_Result], callback: Callable[[_Result | None], None] | None = None) -> object:
        """Open a screen, unless a dialog is open; the callback gets its result."""
        ...

    def push_when_free(self, screen: Screen[_Result], callback: Callable[[_Result | None], None] | None = None) -> None:
        """Open a screen that no key asked for, as soon as no dialog is open."""
        ...

    def pop_screen(self) -> object:
        """Close the screen on top."""
        ...

    def switch_screen(self, screen: Screen[Any]) -> object:
        """Put a screen in the place of the one on top."""
        ...

    def bell(self) -> None:
        """Tell that a key does nothing here."""
        ...

    def notify(self, message: str, *, markup: bool, severity: Literal["warning", "information"]) -> None:
        """Show a short notice."""
        ...

    def exit(self, *, return_code: int = 0) -> None:
        """End the App."""
        ...


class SessionStore:
    """The session, and the screens that show it."""

    def __init__(self, session: Session, engine: Engine, display: Display) -> None:
        self.current = session
        self._engine = engine
        self._display = display
        self._edits: tuple[history.Edit, ...] = ()

    def change(self, change: Callable[[Session], Session]) -> None:
        """Change the session, judge the answers again and show it everywhere."""
        self.current = self._judged(change(self.current))
        for screen in self._display.screen_stack:
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.show_session(self.current)
            elif isinstance(screen, BaseScreen):
                screen.session = self.current

    def edit(self, change: Callable[[Session], Session]) -> None:
        """Change the session as `change` does, as an edit of the operator that Undo restores."""
        before = self.current
        self.change(change)
        self._edits = history.with_edit(self._edits, before, self.current)

    def undo(self) -> str:
        """Undo the last edit, and return what it was; empty when there is none."""
        if not self._edits:
            return ""
        *left, last = self._edits
        self._edits = tuple(left)
        self.change(lambda session: history.undone(session, last))
        return history.describe(self.current, last)

    def _judged(self, session: Session) -> Session:
        if session.facts is None or not session.ready or self._still_without_problem(session):
            return session
        return replace(session, problems=self._engine.problems(session.answers, session.facts, session.instance))

    def _still_without_problem(self, session: Session) -> bool:
        # With thousands of users a judgement takes half a second, and each field that is left asks for one. A problem
        # may have been solved on the host, so where there is one it is judged again.
        before = self.current
        return (
            before.ready
            and not before.problems
            and session.facts is before.facts
            and session.instance is before.instance
            and session.answers == before.answers
        )


class Context(Value, frozen=True, kw_only=True):
    """What every controller uses."""

    display: Display
    store: SessionStore
    engine: Engine
    tasks: TaskRunner

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self.store.current


def error_text(error: Exception) -> str:
    """Return the one sentence of an error; of a programming mistake only its kind."""
    if isinstance(error, WizardError):
        return str(error)
    return f"internal error ({type(error).__name__}): please report it"
