"""The half of the App that goes about: holds the session, looks, plans, knows the order of the steps.

What may not live here: acting on the host (`screens.wizard`), and any rule about servers.
"""

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on

import assets
from screens import session as sessions
from screens import step_order
from screens.background import Ended, TaskRunner
from screens.base import BaseApp
from screens.detection import Found, look
from screens.session import Mode, Session
from screens.step import BaseScreen, Step
from screens.step_order import StepName
from screens.steps.host import HostStep
from wizard.errors import WizardError
from wizard.model.answers import Answers
from wizard.model.login import Login
from wizard.model.plan import Plan

if TYPE_CHECKING:
    from screens.engine import Engine
    from screens.options import Options

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


_STEP_ALONE = 2
"""Screens on the stack: the App's own blank one and the step."""


class Navigator(BaseApp):
    """Goes from step to step."""

    CSS_PATH = str(assets.path("app.tcss"))

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__()
        self.options = options
        self.engine = engine
        self.login = options.login
        self._given = options.login
        """The login that the operator gave last."""
        self._asks_again = True
        """A refusal of the login is told, and another one asked for: the operator gave it for the server as it is."""
        self.config = options.config
        self.instance_name = options.instance
        self.background = TaskRunner(self)
        mode = Mode.VIEW if options.view else Mode.DRY_RUN if options.dry_run else Mode.NORMAL
        self.session = Session(mode=mode, given=options.answers)

    def on_mount(self) -> None:
        """Show the first screen, then look at the host. Textual calls the base's own after it."""
        self.push_screen(HostStep(self.session))
        self.call_after_refresh(self.painted)

    def painted(self) -> None:
        """Begin with what the first screen did not need."""
        gc.enable()
        self.look_at_host()

    # --- the session ---------------------------------------------------------------------------

    def change(self, change: Callable[[Session], Session]) -> None:
        """Change the session, judge the answers again and show it everywhere."""
        self.session = self._judged(change(self.session))
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.show_session(self.session)
            elif isinstance(screen, BaseScreen):
                screen.session = self.session

    def _judged(self, session: Session) -> Session:
        if session.facts is None or not session.ready:
            return session
        return replace(session, problems=self.engine.problems(session.answers, session.facts, session.instance))

    # --- looking at the host -------------------------------------------------------------------

    def look_at_host(self) -> None:
        """Read the host again, in a thread."""
        self.change(lambda session: replace(session, looking=True))
        login, config, name = self.login, self.config, self.instance_name
        attestations = self.session.answers.attestations

        today = datetime.now(UTC).date()

        def work() -> Found:
            return look(self.engine, login, config, name, attestations, today)

        self.background.start("look", work, self._looked, self._look_failed)

    def _looked(self, found: Found) -> None:
        self.change(lambda session: sessions.with_detection(session, found))
        if found.refusal:
            self._drop_login(found.refusal)
        self.plan()

    def look_with(self, login: Login | None) -> None:
        """Look at the host with a login that the operator gives."""
        self.login = self._given = login
        self._asks_again = True
        self.look_at_host()

    def look_after_job(self, login: Login | None) -> None:
        """Look at the host as an apply or rollback left it; that may have removed the login's user."""
        self.login = login
        self._asks_again = False
        self.look_at_host()

    def _drop_login(self, refusal: str) -> None:
        self.login = None
        if self._asks_again:
            self.login_refused(refusal)
        else:
            self.look_at_host()

    def login_refused(self, why: str) -> None:
        """Say that the login given opens nothing, and ask for another one."""

    def _look_failed(self, error: Exception) -> None:
        text = words(error)
        self.change(lambda session: replace(session, looking=False, trouble=text))

    # --- planning ------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the plan for the present answers, in a thread, unless it is there."""
        session = self.session
        if session.planned or session.detection is None or not session.ready or session.blockers():
            return
        detection, answers, left_out = session.detection, session.answers, session.left_out
        name = session.instance.name if session.instance else ""

        def work() -> tuple[Plan, Plan]:
            whole = self.engine.plan(detection, answers, name, frozenset())
            return (self.engine.plan(detection, answers, name, left_out) if left_out else whole), whole

        def then(plans: tuple[Plan, Plan]) -> None:
            self._planned(plans[0], plans[1], "", (answers, left_out))

        def failed(error: Exception) -> None:
            self._planned(None, None, words(error), (answers, left_out))

        self.background.start("plan", work, then, failed)

    def _planned(
        self, plan: Plan | None, whole: Plan | None, trouble: str, what: tuple[Answers, frozenset[str]]
    ) -> None:
        self.change(lambda s: replace(s, plan=plan, whole=whole, plan_trouble=trouble, planned_for=what))

    # --- going about ---------------------------------------------------------------------------

    def go(self, step: StepName) -> None:
        """Show a step, in the place of whatever lies on top."""
        if not self.may_go():
            return
        while len(self.screen_stack) > _STEP_ALONE:
            self.pop_screen()
        current = self._current_step()
        visited = self.session.visited | ({current} if current else frozenset())
        self.session = replace(self.session, visited=visited)
        self.switch_screen(_screen_of(step)(self.session))
        self.plan()

    def start_again(self) -> None:
        """Show the first step with what is known now."""
        while len(self.screen_stack) > _STEP_ALONE:
            self.pop_screen()
        self.switch_screen(HostStep(self.session))

    def may_go(self) -> bool:
        """Whether the steps may be shown now."""
        return self.session.ready and self.session.mode is not Mode.VIEW

    def _current_step(self) -> StepName | None:
        screen = self.screen
        return screen.step if isinstance(screen, Step) else None

    @on(BaseScreen.Edited)
    def _edited(self, message: BaseScreen.Edited) -> None:
        self.change(message.change)
        self.plan()

    @on(Step.Stored)
    def _stored(self, message: Step.Stored) -> None:
        self.change(lambda session: sessions.with_stored_fields(session, message.texts))
        self.plan()

    @on(Step.Next)
    def _next(self) -> None:
        step, screen = self._current_step(), self.screen
        if step is None or not isinstance(screen, Step):
            return
        if not self.session.ready or self.session.mode is Mode.VIEW:
            self.bell()
        elif self.session.blockers(step):
            screen.focus_error()
        elif step is not StepName.REVIEW:
            self.go(step_order.after(step))

    @on(Step.Previous)
    def _previous(self) -> None:
        step = self._current_step()
        if step is StepName.HOST:
            self.post_message(BaseScreen.Leave())
        elif step is not None:
            self.go(step_order.before(step))

    @on(BaseScreen.Jump)
    def _jump(self, message: BaseScreen.Jump) -> None:
        if not self.session.ready or self.session.mode is Mode.VIEW:
            self.bell()
        elif message.step is not None:
            self.go(message.step)
        else:
            from screens.dialogs.step import StepDialog

            self.push_screen(StepDialog(self.session), lambda step: self.go(step) if step else None)

    @on(Step.Recommended)
    def _recommended(self, message: Step.Recommended) -> None:
        if not self.session.ready:
            self.bell()
            return
        self.change(lambda session: sessions.recommended(session, message.step))
        if message.step is None:
            self.go(StepName.REVIEW)
        self.plan()

    @on(Step.Look)
    def _look(self) -> None:
        self.look_at_host()

    def on_host_step_pick(self, message: HostStep.Pick) -> None:
        """Look again, at one of several instances."""
        self.instance_name = message.name
        self.look_at_host()

    @on(BaseScreen.Back)
    def _back(self) -> None:
        if len(self.screen_stack) > _STEP_ALONE:
            self.pop_screen()

    @on(Step.ShowDiff)
    def _show_diff(self) -> None:
        from screens.dialogs.diff import DiffDialog

        self.push_screen(DiffDialog(self.session, self.look))

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        self.background.finish(message)


def words(error: Exception) -> str:
    """Give the one sentence of an error; of a mistake of ours only its kind."""
    if isinstance(error, WizardError):
        return str(error)
    return f"a mistake of redis-wizard itself ({type(error).__name__}); please report it"


def _screen_of(step: StepName) -> type[Step]:
    from importlib import import_module

    module = import_module(f"screens.steps.{_MODULES[step]}")
    screen: type[Step] = module.SCREEN
    return screen


_MODULES = {step: ("users" if step is StepName.USERS else str(step)) for step in StepName}
