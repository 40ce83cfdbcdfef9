"""Goes from step to step."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from screens import session as sessions
from screens.controllers.context import Context
from screens.controllers.passwords import PasswordsController
from screens.controllers.planning import PlanController
from screens.session import Mode, Session
from screens.step import Step
from screens.step_table import StepRow
from screens.steps.host import HostStep
from screens.terminal.capabilities import ColorScheme
from screens.text.steps.fixes import field_that_fixes
from wizard.model.value import Value, replace

# ruff: noqa: PLC0415 - a screen is imported when it is first opened

_STEP_ALONE = 2
"""Screens on the stack: the App's own blank one and the step."""


class Fix(Value, frozen=True, kw_only=True):
    """An item of the checklist that the operator fixes now."""

    item: str
    step: str
    """The step that fixes it."""
    origin: str
    """The step below the checklist that it was chosen from."""


class NavigationController:
    """Shows steps."""

    def __init__(self, context: Context, plans: PlanController, passwords: PasswordsController) -> None:
        self._context = context
        self._plans = plans
        self._passwords = passwords
        self._fixing: Fix | None = None

    @property
    def current(self) -> str:
        """The name of the step on top; empty while another screen is."""
        screen = self._context.display.screen
        return screen.step if isinstance(screen, Step) else ""

    def change(self, change: Callable[[Session], Session]) -> None:
        """Change the session for the operator, and plan again."""
        self._context.store.edit(change)
        self._plans.make()

    def store_typed(self, open_screens: Sequence[object]) -> None:
        """Store what is typed into the fields of an open step: the program ends."""
        for step in open_screens:
            if isinstance(step, Step) and (texts := step.texts()):
                self._context.store.edit(partial(sessions.with_stored_fields, texts=texts))

    def undo(self) -> None:
        """Undo the operator's last edit, and say what it was: it may be of another step."""
        what = self._context.store.undo()
        text = f"Undone: {what}" if what else "Nothing to undo."
        self._context.display.notify(text, markup=False, severity="information")
        self._plans.make()

    def go(self, step: str, field: str = "") -> None:
        """Show a step in the place of every open screen, if the steps may be shown now.

        Args:
            step: Its name.
            field: The field that fixes an item of the checklist, to start at.
        """
        session = self._context.session
        if not self._steps_are_open or not self._passwords.release():
            return
        self._close_all()
        current = self.current
        visited = session.visited | ({current} if current else frozenset())
        self._context.store.current = replace(self._context.session, visited=visited)
        screen = _screen_of(session.steps.named(step))(self._context.session)
        screen.fixes = field
        self._context.display.switch_screen(screen)
        self._plans.make()

    def start_again(self) -> None:
        """Show the first step with what is known now."""
        self._close_all()
        self._context.display.switch_screen(HostStep(self._context.session))

    def next(self) -> None:
        """Show the step after, or the first wrong answer of this one."""
        step, screen, steps = self.current, self._context.display.screen, self._context.session.steps
        if not isinstance(screen, Step):
            return
        if not self._steps_are_open:
            self._context.display.bell()
        elif self._context.session.blockers(step):
            screen.focus_error()
        elif step != steps.last.name:
            self.go(steps.after(step).name)

    def previous(self) -> bool:
        """Show the step before; false at the first one."""
        step, steps = self.current, self._context.session.steps
        if step == steps.first.name:
            return False
        if step:
            self.go(steps.before(step).name)
        return True

    def fix(self, item: str) -> None:
        """Show the field that fixes an item of the checklist."""
        session = self._context.session
        report = session.report
        finding = next((f for f in (*report.items, *report.extra) if f.id == item), None) if report else None
        row = session.steps.by_section(finding.step) if finding else None
        if finding is None or row is None:
            self._context.display.bell()
            return
        below = [screen.step for screen in self._context.display.screen_stack if isinstance(screen, Step)]
        self.go(row.name, field_that_fixes(finding))
        if self.current == row.name:
            self._fixing = Fix(item=item, step=row.name, origin=below[-1] if below else session.steps.first.name)

    def finish_fix(self) -> str:
        """Show the step below the checklist that a fix began at; return its item, empty without a fix."""
        fixing, self._fixing = self._fixing, None
        if fixing is None or self.current != fixing.step:
            return ""
        self.go(fixing.origin)
        return fixing.item

    def jump(self, step: str | None) -> None:
        """Show a step, or ask which one."""
        if not self._steps_are_open:
            self._context.display.bell()
        elif step is not None:
            self.go(step)
        else:
            from screens.dialogs.step import StepDialog

            self._context.display.push_screen(
                StepDialog(self._context.session), lambda chosen: self.go(chosen) if chosen else None
            )

    def use_recommended(self, step: str | None) -> None:
        """Set a step to its recommended answers; without a step set all of them and show the review."""
        if not self._context.session.ready:
            self._context.display.bell()
            return
        self._context.store.edit(lambda session: sessions.recommended(session, step))
        if step is None:
            self.go(self._context.session.steps.last.name)
        self._plans.make()

    def back(self) -> None:
        """Close the screen on top, unless it is a step."""
        if len(self._context.display.screen_stack) > _STEP_ALONE:
            self._context.display.pop_screen()

    def show_diff(self, color_scheme: ColorScheme) -> None:
        """Show what the plan would change so far, in the colours of the terminal."""
        from screens.dialogs.diff import DiffDialog

        self._context.display.push_screen(DiffDialog(self._context.session, color_scheme))

    @property
    def _steps_are_open(self) -> bool:
        session = self._context.session
        return session.ready and session.mode is not Mode.VIEW

    def _close_all(self) -> None:
        while len(self._context.display.screen_stack) > _STEP_ALONE:
            self._context.display.pop_screen()


def _screen_of(row: StepRow) -> type[Step]:
    module, _, name = row.screen.partition(":")
    screen: type[Step] = getattr(import_module(module), name)
    return screen
