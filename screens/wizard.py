"""The App: owns the controllers, and passes each request of a screen to one of them."""

import gc
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.events import Event as TextualEvent
from textual.events import Key
from textual.screen import Screen

import assets
from screens import session as sessions
from screens.background import TaskFinished, TaskRunner
from screens.base import BaseApp
from screens.base_screen import BaseScreen
from screens.controllers.apply import ApplyController
from screens.controllers.checklist import ChecklistController
from screens.controllers.context import Context, SessionStore
from screens.controllers.draft import DraftController
from screens.controllers.host import HostController
from screens.controllers.leaving import LeavingController
from screens.controllers.navigation import NavigationController
from screens.controllers.passwords import PasswordsController
from screens.controllers.planning import PlanController
from screens.controllers.quick import QuickPathController
from screens.controllers.reattach import ReattachController
from screens.controllers.snapshots import SnapshotsController
from screens.controllers.users import UsersController
from screens.dialogs.dialog import Dialog
from screens.follower import Follower
from screens.session import Mode, Session
from screens.step import Step
from screens.step_table import STEPS, StepTable
from screens.steps.host import HostStep

if TYPE_CHECKING:
    from screens.engine import Engine
    from screens.options import Options
    from screens.steps.users import UsersStep
    from screens.terminal.background_color import BackgroundQuery
    from screens.views.checklist import ChecklistScreen
    from screens.views.done import DoneScreen
    from screens.views.snapshots import SnapshotsScreen
    from screens.views.unfinished_apply import UnfinishedApplyScreen

_FREE_POLL_SECONDS = 0.1
# A handler named after a screen belongs to its message; so the screen is imported when it is first opened.


class WizardApp(BaseApp):
    """The wizard."""

    CSS_PATH = str(assets.path("app.tcss"))

    def __init__(self, options: "Options", engine: "Engine", steps: StepTable = STEPS) -> None:
        super().__init__()
        mode = Mode.VIEW if options.view else Mode.DRY_RUN if options.dry_run else Mode.NORMAL
        self.engine = engine
        self.tasks = TaskRunner(self)
        self.store = SessionStore(Session(mode=mode, steps=steps, file_answers=options.answers), engine, self)
        context = Context(display=self, store=self.store, engine=engine, tasks=self.tasks)
        self.plans = PlanController(context)
        self.passwords = PasswordsController(context, options.secrets_to)
        self.navigation = NavigationController(context, self.plans, self.passwords)
        self.quick = QuickPathController(context, self.navigation)
        self.host = HostController(
            context, self.plans, login=options.login, config=options.config, name=options.instance
        )
        self.applying = ApplyController(context, self.host, self.passwords, self.navigation)
        self.reattach = ReattachController(context, self.applying, self.passwords)
        self.users = UsersController(context, self.navigation, self.host)
        self.checklist = ChecklistController(context, self.plans)
        self.snapshots = SnapshotsController(context, self.host, self.applying)
        self.drafts = DraftController(context)
        self.leaving = LeavingController(context, self.applying, self.passwords, self.drafts)

    @property
    def session(self) -> Session:
        """What the screens show now."""
        return self.store.current

    @property
    def leaving_is_safe(self) -> bool:
        """Whether a job that was asked for runs without this process."""
        return self.applying.leaving_is_safe

    def on_mount(self) -> None:
        """Show the first screen, then read the host. Textual calls the base's own after it."""
        self.push_screen(HostStep(self.session))
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        """Begin with what the first screen did not need."""
        gc.enable()
        self.reattach.read_status()
        self.drafts.read()
        self.host.read()

    async def on_event(self, event: TextualEvent) -> None:
        """Drop keys that were typed before a dialog could be read."""
        if isinstance(event, Key) and isinstance(self.screen, Dialog) and self.screen.too_early():
            return
        await super().on_event(event)

    def push_screen(self, screen: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - Textual's overloads
        """Open a screen, unless a dialog is open: the key that asked for it was typed for the screen behind."""
        if isinstance(self.screen, Dialog):
            self.bell()
            return None
        return super().push_screen(screen, *arguments, **named)

    def push_when_free(self, screen: Screen[Any], callback: Callable[[Any], None] | None = None) -> None:
        """Open a screen that no key asked for, as soon as no dialog is open."""
        if isinstance(self.screen, Dialog):
            self.set_timer(_FREE_POLL_SECONDS, lambda: self.push_when_free(screen, callback))
        else:
            self.push_screen(screen, callback)

    def end_when_safe(self, status: int) -> None:
        """Save the answers, what is being typed with them, then end."""
        self.navigation.store_typed(self.screen_stack)
        self.drafts.save_now()
        super().end_when_safe(status)

    async def action_quit(self) -> None:
        """Ask to leave."""
        self.leaving.ask()

    @on(TaskFinished)
    def _task_finished(self, message: TaskFinished) -> None:
        self.tasks.finish(message)

    # --- every screen ----------------------------------------------------------------------------

    @on(BaseScreen.Leave)
    def _leave(self) -> None:
        self.leaving.ask()

    @on(BaseScreen.Back)
    def _back(self) -> None:
        self.navigation.back()

    @on(BaseScreen.Jump)
    def _jump(self, message: BaseScreen.Jump) -> None:
        if message.item:
            self.navigation.fix(message.item)
        else:
            self.navigation.jump(message.step)

    @on(BaseScreen.Edited)
    def _edited(self, message: BaseScreen.Edited) -> None:
        self.navigation.change(message.change)
        self.drafts.save()

    @on(BaseScreen.ShowChecklist)
    def _show_checklist(self) -> None:
        self.checklist.show()

    @on(BaseScreen.ShowSnapshots)
    def _show_snapshots(self) -> None:
        self.snapshots.show()

    @on(BaseScreen.ShowPasswords)
    def _show_passwords(self) -> None:
        self.passwords.show()

    # --- steps -----------------------------------------------------------------------------------

    @on(Step.Stored)
    def _stored(self, message: Step.Stored) -> None:
        self.navigation.change(lambda session: sessions.with_stored_fields(session, message.texts))
        self.drafts.save()

    @on(Step.Next)
    def _next(self) -> None:
        self.navigation.next()

    @on(Step.Previous)
    def _previous(self) -> None:
        item = self.navigation.finish_fix()
        if item:
            self.checklist.show(item)
        elif not self.navigation.previous():
            self.leaving.ask()

    @on(Step.Recommended)
    def _recommended(self, message: Step.Recommended) -> None:
        self.navigation.use_recommended(message.step)

    @on(Step.Undo)
    def _undo(self) -> None:
        self.navigation.undo()
        self.drafts.save()

    @on(Step.ReadHost)
    def _read_host(self) -> None:
        self.host.read()

    @on(Step.ShowDiff)
    def _show_diff(self) -> None:
        self.navigation.show_diff(self.color_scheme)

    @on(HostStep.Pick)
    def _pick(self, message: HostStep.Pick) -> None:
        self.host.read_instance(message.name)

    @on(HostStep.Quick)
    def _ask_quick(self) -> None:
        self.quick.ask()

    @on(HostStep.Resume)
    def _resume(self) -> None:
        self.drafts.resume()
        self.plans.make()

    @on(HostStep.RollBack)
    def _roll_back_last(self, message: HostStep.RollBack) -> None:
        self.snapshots.show(message.snapshot)

    @on(HostStep.AskLogin)
    def _ask_login(self) -> None:
        self.host.ask_login("It is used in this run only and never stored.")

    def on_users_step_edit(self, message: "UsersStep.Edit") -> None:
        """Edit a user."""
        self.users.edit(message.name)

    def on_users_step_copy(self, message: "UsersStep.Copy") -> None:
        """Make a user with the rules of another one."""
        self.users.copy(message.name)

    def on_users_step_try(self, message: "UsersStep.Try") -> None:
        """Try a command as a user."""
        self.users.try_command(message.name)

    def on_review_step_apply(self) -> None:
        """Apply the plan."""
        self.applying.ask()

    def on_review_step_export(self) -> None:
        """Write the plan to a file."""
        self.plans.export()

    # --- a job -----------------------------------------------------------------------------------

    def on_apply_screen_waiting(self) -> None:
        """Have the new passwords ready: the job waits for a confirmation."""
        self.reattach.read_passwords()

    def on_apply_screen_apply_now(self) -> None:
        """Apply the plan of a dry run."""
        self.applying.apply_after_dry_run()

    def on_apply_screen_confirm(self) -> None:
        """Confirm the change."""
        self.applying.ask_to_confirm()

    def on_apply_screen_extend(self) -> None:
        """Wait longer for the confirmation."""
        self.applying.extend()

    def on_apply_screen_roll_back(self) -> None:
        """Roll back the change."""
        self.applying.ask_to_roll_back()

    def on_apply_screen_export(self) -> None:
        """Write the plan to a file."""
        self.plans.export()

    def on_done_screen_write(self, message: "DoneScreen.Write") -> None:
        """Write a snippet or the report to a file."""
        self.plans.write(message.name, message.text)

    def on_apply_screen_job_finished(self) -> None:
        """Read the host as the job left it."""
        self.drafts.discard()
        self.applying.finish()

    def on_apply_screen_close(self) -> None:
        """Go on from the result; perhaps another job was in the way."""
        self.reattach.read_status()
        self.applying.close()

    def on_unfinished_apply_screen_chosen(self, message: "UnfinishedApplyScreen.Chosen") -> None:
        """Follow the job of another login, decide it, or leave it alone."""
        self.reattach.choose(message.status, message.action)

    def on_passwords_screen_shown(self) -> None:
        """Record that the operator saw the passwords."""
        self.passwords.mark_delivered()

    def on_passwords_screen_write(self) -> None:
        """Write the passwords to a file."""
        self.passwords.ask_path()

    # --- lists -----------------------------------------------------------------------------------

    def on_checklist_screen_attest(self, message: "ChecklistScreen.Attest") -> None:
        """Attest an item."""
        self.checklist.ask_attestation(message.finding)

    def on_snapshots_screen_load(self) -> None:
        """Read the snapshots."""
        self.snapshots.read()

    def on_snapshots_screen_restore(self, message: "SnapshotsScreen.Restore") -> None:
        """Roll back to a snapshot."""
        self.snapshots.restore(message.snapshot)

    def on_snapshots_screen_diff(self, message: "SnapshotsScreen.Diff") -> None:
        """Show what changed since a snapshot."""
        self.snapshots.diff(message.snapshot)

    def on_snapshots_screen_verify(self, message: "SnapshotsScreen.Verify") -> None:
        """Read every byte of a snapshot."""
        self.snapshots.verify(message.snapshot)

    def on_snapshots_screen_keep(self, message: "SnapshotsScreen.Keep") -> None:
        """Keep a snapshot, or no longer."""
        self.snapshots.keep(message.snapshot)

    def on_snapshots_screen_prune(self) -> None:
        """Show what pruning removes."""
        self.snapshots.prune()


def run_wizard(options: "Options", engine: "Engine | None" = None, question: "BackgroundQuery | None" = None) -> int:
    """Run the App and return the exit status; a job that was asked for last starts before this returns."""
    from screens.local_engine import LocalEngine  # noqa: PLC0415 - tests bring an engine of their own

    app = WizardApp(options, engine or LocalEngine(options.host, options.acting))
    if question is not None:
        app.show_as(question)
    try:
        app.run(mouse=False)
    finally:
        wait_for(app.applying.follower)
    return app.return_code or 0


def wait_for(follower: Follower | None) -> None:
    """Wait until a job runs by itself: the end of this process would leave an order that no worker takes."""
    if follower is None or not follower.starting:
        return
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    follower.wait_started()
