"""The App: holds the session, knows the order of the screens, does what they wish.

What may not live here: what a screen looks like, and any rule about servers.
"""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on
from textual.events import Event as TextualEvent
from textual.events import Key

import assets
from screens import session as sessions
from screens import steps
from screens.background import Background, Ended
from screens.base import BaseApp
from screens.dialogs.dialog import Dialog
from screens.host import HostStep
from screens.job import Follower
from screens.session import Mode, Session
from screens.step import Framed, Step
from screens.steps import StepName
from wizard.errors import WizardError
from wizard.model.value import Secret

if TYPE_CHECKING:
    from screens.app import Options
    from screens.engine import Detection, Engine
    from wizard.model.answers import Answers, Recommendation
    from wizard.model.facts import Instance
    from wizard.model.finding import Report
    from wizard.model.plan import Plan

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class Wizard(BaseApp):
    """The wizard."""

    CSS_PATH = str(assets.path("app.tcss"))

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__()
        self.options = options
        self.engine = engine
        self.login = options.login
        self.config = options.config
        self.instance_name = options.instance
        self.background = Background(self)
        self.follower: Follower | None = None
        self.passwords: Mapping[str, Secret] = {}
        mode = Mode.VIEW if options.view else Mode.DRY_RUN if options.dry_run else Mode.NORMAL
        self.session = Session(mode=mode, given=options.answers)

    def on_mount(self) -> None:
        """Show the first screen, then look at the host."""
        super().on_mount()
        self.push_screen(HostStep(self.session))
        self.call_after_refresh(self.look_at_host)

    # --- the session ---------------------------------------------------------------------------

    def change(self, change: Callable[[Session], Session]) -> None:
        """Change the session, judge the answers again and show it everywhere."""
        self.session = self._judged(change(self.session))
        for screen in self.screen_stack:
            if isinstance(screen, Framed):
                screen.take(self.session)

    def _judged(self, session: Session) -> Session:
        if session.facts is None or session.instance is None:
            return session
        return replace(session, problems=self.engine.problems(session.answers, session.facts, session.instance))

    # --- looking at the host -------------------------------------------------------------------

    def look_at_host(self) -> None:
        """Read the host again, in a thread."""
        self.change(lambda session: replace(session, looking=True))
        login, config, name = self.login, self.config, self.instance_name
        attestations = self.session.answers.attestations

        def work() -> "tuple[Detection, Instance, Recommendation, Report] | tuple[Detection, str]":
            detection = self.engine.detect(login, config)
            try:
                instance = self.engine.choose(detection.facts, name)
            except WizardError as error:
                return detection, str(error)
            recommendation = self.engine.recommend(detection.facts, instance)
            report = self.engine.check(detection.facts, instance.name, attestations, datetime.now(UTC).date())
            return detection, instance, recommendation, report

        self.background.start("look", work, self._looked, self._look_failed)

    def _looked(self, found: "tuple[Detection, Instance, Recommendation, Report] | tuple[Detection, str]") -> None:
        if len(found) == 2:  # noqa: PLR2004 - the two shapes of the tuple
            detection, trouble = found
            self.change(lambda s: replace(s, looking=False, trouble=trouble, detection=detection, instance=None))
            return
        detection, instance, recommendation, report = found
        self.change(lambda s: replace(sessions.detected(s, detection, instance, recommendation), report=report))
        self.plan()

    def _look_failed(self, error: Exception) -> None:
        text = _words(error)
        self.change(lambda session: replace(session, looking=False, trouble=text))

    # --- planning ------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the plan for the present answers, in a thread, unless it is there."""
        session = self.session
        if session.planned or session.detection is None or session.instance is None or session.blockers():
            return
        detection, answers, left_out = session.detection, session.answers, session.left_out
        name = session.instance.name

        def then(plan: "Plan") -> None:
            self._planned(plan, "", (answers, left_out))

        def failed(error: Exception) -> None:
            self._planned(None, _words(error), (answers, left_out))

        self.background.start("plan", lambda: self.engine.plan(detection, answers, name, left_out), then, failed)

    def _planned(self, plan: "Plan | None", trouble: str, what: "tuple[Answers, frozenset[str]]") -> None:
        self.change(lambda s: replace(s, plan=plan, plan_trouble=trouble, planned_for=what))

    # --- going about ---------------------------------------------------------------------------

    def go(self, step: StepName) -> None:
        """Show a step."""
        current = self._current_step()
        visited = self.session.visited | ({current} if current else frozenset())
        self.session = replace(self.session, visited=visited)
        self.switch_screen(_screen_of(step)(self.session))
        self.plan()

    def _current_step(self) -> StepName | None:
        screen = self.screen
        return screen.step if isinstance(screen, Step) else None

    @on(Framed.Edited)
    def _edited(self, message: Framed.Edited) -> None:
        self.change(message.change)
        self.plan()

    @on(Step.Stored)
    def _stored(self, message: Step.Stored) -> None:
        self.change(lambda session: sessions.stored(session, message.texts))
        self.plan()

    @on(Step.Next)
    def _next(self) -> None:
        step, screen = self._current_step(), self.screen
        if step is None or not isinstance(screen, Step):
            return
        if not self.session.ready:
            self.bell()
        elif self.session.blockers(step):
            screen.focus_error()
        elif step is not StepName.REVIEW:
            self.go(steps.after(step))

    @on(Step.Previous)
    def _previous(self) -> None:
        step = self._current_step()
        if step is StepName.HOST:
            self.ask_to_leave()
        elif step is not None:
            self.go(steps.before(step))

    @on(Step.Jump)
    def _jump(self, message: Step.Jump) -> None:
        if not self.session.ready:
            self.bell()
        elif message.step is not None:
            self.go(message.step)
        else:
            from screens.dialogs.jump import Jump

            self.push_screen(Jump(self.session), lambda step: self.go(step) if step else None)

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

    @on(Framed.Back)
    def _back(self) -> None:
        if len(self.screen_stack) > 2:  # noqa: PLR2004 - the App's own blank screen and the step
            self.pop_screen()

    @on(Framed.Leave)
    def _leave(self) -> None:
        self.ask_to_leave()

    @on(Step.ShowDiff)
    def _show_diff(self) -> None:
        from screens.dialogs.diff import DiffSoFar

        self.push_screen(DiffSoFar(self.session, self.look))

    # --- leaving -------------------------------------------------------------------------------

    @property
    def leaving_is_safe(self) -> bool:
        """No apply or rollback runs."""
        return self.follower is None or not self.follower.running

    def ask_to_leave(self) -> None:
        """Ask whether to leave; while an apply runs the answer is no."""
        from screens.dialogs.leave import Leave, StillRunning

        if not self.leaving_is_safe:
            self.push_screen(StillRunning())
        elif not isinstance(self.screen, Leave):
            self.push_screen(Leave(), lambda leave: self.exit() if leave else None)

    async def action_quit(self) -> None:
        """Ask to leave."""
        self.ask_to_leave()

    async def on_event(self, event: TextualEvent) -> None:
        """Drop keys that were typed before a dialog could be read."""
        if isinstance(event, Key) and isinstance(self.screen, Dialog) and self.screen.too_early():
            return
        await super().on_event(event)

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        self.background.finish(message)


def _words(error: Exception) -> str:
    """Give the one sentence of an error; of a mistake of ours only its kind."""
    if isinstance(error, WizardError):
        return str(error)
    return f"a mistake of redis-wizard itself ({type(error).__name__}); please report it"


def _screen_of(step: StepName) -> type[Step]:
    from importlib import import_module

    module = import_module(f"screens.{_MODULES[step]}")
    screen: type[Step] = module.SCREEN
    return screen


_MODULES = {step: ("users" if step is StepName.USERS else str(step)) for step in StepName}


def run_wizard(options: "Options") -> int:
    """Run the App; an apply that still runs when the screens are gone is waited for."""
    from screens.local_engine import LocalEngine

    app = Wizard(options, LocalEngine(options.host))
    try:
        app.run(mouse=False)
    finally:
        wait_for(app.follower)
    return app.return_code or 0


def wait_for(follower: Follower | None) -> None:
    """Let an apply end: nothing that this terminal does may stop it half-way."""
    if follower is None or not follower.running:
        return
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.stderr.write("redis-wizard: the apply is still running; waiting for its end\n")
    follower.join()
