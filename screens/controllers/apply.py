"""Applies plans and rolls back: starts a job, follows it, passes the operator's decision on."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from screens.controllers import login_after
from screens.controllers.context import Context, error_text
from screens.controllers.host import HostController
from screens.controllers.navigation import NavigationController
from screens.controllers.passwords import PasswordsController
from screens.follower import Follower
from screens.session import Mode, Session
from screens.text.formatting import literal
from screens.theme import TextStyle
from wizard.errors import WizardError
from wizard.model.change import InstallPackage
from wizard.model.event import ClientReturn, Outcome
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.status import Operation
from wizard.model.text import counted
from wizard.model.value import replace

if TYPE_CHECKING:
    from screens.dialogs.confirm import ConfirmDialog

# ruff: noqa: PLC0415 - a screen is imported when it is first opened

MORE_SECONDS = 300.0
"""What one key adds to the wait for a confirmation."""
TOO_LATE = "Too late: the change was confirmed or rolled back before. Nothing was changed now."


class ApplyController:
    """Follows the one job of this run."""

    def __init__(
        self,
        context: Context,
        host: HostController,
        passwords: PasswordsController,
        navigation: NavigationController,
    ) -> None:
        self._context = context
        self._host = host
        self._passwords = passwords
        self._navigation = navigation
        self.follower: Follower | None = None
        self._decided: Follower | None = None
        """The job that was confirmed or rolled back here."""
        self._plan: Plan | None = None
        """The plan that this run applies; ``None`` for a rollback and for a job of another login."""
        self._report_before: Report | None = None
        self._clients_before: Sequence[ClientGroup] = ()

    @property
    def running(self) -> bool:
        """Whether the job that is followed has not finished; a rehearsal changes nothing and is none."""
        return self.follower is not None and self.follower.running and not self.follower.rehearses

    @property
    def leaving_is_safe(self) -> bool:
        """Whether the job, if there is one, runs without this process."""
        return self.follower is None or not self.follower.starting

    @property
    def is_of_this_run(self) -> bool:
        """Whether the job applies a plan of this run."""
        return self._plan is not None

    # --- start -----------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask before the plan is applied; in a dry run show what would be done."""
        from screens.dialogs import questions
        from wizard.planning.consent import accept

        session = self._context.session
        plan = session.plan
        if plan is None or not session.planned:
            self._context.display.bell()
        elif session.mode is not Mode.NORMAL:
            self._plan = plan
            self._open("Dry run", self._rehearsal(plan), plan)
        elif consent := questions.ask_consent(plan):
            self._ask(consent, lambda: self._ask_to_apply(accept(plan)))
        else:
            self._ask_to_apply(plan)

    def _rehearsal(self, plan: Plan) -> Follower | None:
        """Begin to rehearse; ``None`` where this run may start no server."""
        engine, login = self._context.engine, self._host.login
        if not engine.may_change:
            return None
        return Follower(lambda: engine.rehearse(plan, login), rehearses=True)

    def apply_after_dry_run(self) -> None:
        """Leave the dry run for the review, and ask to apply the same plan."""
        self._context.display.pop_screen()
        self._context.store.change(lambda session: replace(session, mode=Mode.NORMAL))
        self.ask()

    def _ask_to_apply(self, plan: Plan) -> None:
        from screens.dialogs import questions

        question = questions.ask_apply(plan, self._context.engine.confirm_within)
        self._ask(question, lambda: self._start(plan))

    def _start(self, plan: Plan) -> None:
        from screens.dialogs.text import TextDialog

        engine, login = self._context.engine, self._host.login
        passwords = engine.passwords(plan)
        try:
            # In a file before they are in effect: a crash later must not lock the operator out.
            written_to = self._passwords.write_early(passwords)
        except WizardError as error:
            dialog = TextDialog("Nothing was applied", literal(f"[FAIL] {error}", TextStyle.FAIL))
            self._context.display.push_screen(dialog)
            return
        self._passwords.hold(passwords, job=plan.id, written_to=written_to)
        self._plan = plan
        self._report_before = _report(self._context.session)
        instance = self._context.session.instance
        self._clients_before = instance.live.clients if instance and isinstance(instance.live, LiveServer) else ()
        follower = Follower(lambda: engine.apply(plan, login, passwords, written_to))
        self._open(f"Applying {counted(len(plan.changes), 'change')} to {plan.host}", follower, plan)

    def roll_back_to(self, snapshot: str, *, accepted: bool = False) -> None:
        """Restore a snapshot; `accepted`: the operator consents to a loss of keys."""
        engine, login = self._context.engine, self._host.login
        follower = Follower(lambda: engine.rollback(snapshot, login, accepted=accepted), kind=Operation.ROLLBACK)
        self.follow(f"Rolling back to {snapshot}", follower)

    def follow(self, title: str, follower: Follower) -> None:
        """Follow a job that applies no plan of this run."""
        self._plan = None
        self._passwords.forget()
        self._open(title, follower, None)

    def _open(self, title: str, follower: Follower | None, plan: Plan | None) -> None:
        from screens.views.apply import ApplyScreen, ApplyTarget

        self.follower = follower
        engine = self._context.engine
        target = ApplyTarget(
            title=title,
            follower=follower,
            plan=plan,
            may_apply=engine.may_change,
            clock=engine.clock,
            options=engine.command_options,
        )
        self._context.display.push_screen(ApplyScreen(self._context.session, target, self._passwords.delivery))

    def _ask(self, question: "ConfirmDialog", then: Callable[[], None]) -> None:
        self._context.display.push_screen(question, lambda yes: then() if yes else None)

    # --- decision ----------------------------------------------------------------------------------

    def ask_to_confirm(self) -> None:
        """Ask whether the change stays, once the operator has the new passwords."""
        from screens.dialogs import questions

        delivery = self._passwords.delivery
        if delivery.reading or self._is_decided:
            self._context.display.bell()
        elif delivery.missing and not delivery.failure:
            self._passwords.show("Take these first: without them every user is locked out. Then F8 and c.")
        else:
            missing = clients.missing if (clients := self._clients()) else ()
            question = questions.ask_confirmation(missing, without_passwords=bool(delivery.failure))
            self._ask(question, lambda: self._decide(confirm=True))

    def _clients(self) -> ClientReturn | None:
        from screens.views.apply import ApplyScreen

        stack = self._context.display.screen_stack
        return next((screen.clients for screen in reversed(stack) if isinstance(screen, ApplyScreen)), None)

    def ask_to_roll_back(self) -> None:
        """Ask whether the change is rolled back now."""
        from screens.dialogs import questions

        if self._is_decided:
            self._context.display.bell()
            return
        self._ask(questions.ask_rollback(), lambda: self._decide(confirm=False))

    @property
    def _is_decided(self) -> bool:
        """Whether the decision is made and its end not seen yet; the screen still waits for a moment."""
        return self._decided is not None and self._decided is self.follower

    def _decide(self, *, confirm: bool) -> None:
        follower = self.follower
        if follower is None:
            return
        act = "Confirmation" if confirm else "Rollback"
        self._decided = follower

        def failed(error: Exception) -> None:
            self._decided = None
            self._remark(f"{act} failed: {error_text(error)}")

        self._context.tasks.start(
            "decide",
            lambda: follower.decide(confirm=confirm),
            lambda accepted: self._remark("" if accepted else TOO_LATE),
            failed,
        )

    def extend(self) -> None:
        """Wait longer for the confirmation."""
        follower = self.follower
        if follower is not None:
            self._context.tasks.start(
                "extend",
                lambda: follower.extend(MORE_SECONDS),
                lambda _: self._remark(""),
                lambda error: self._remark(f"The deadline stays: {error_text(error)}"),
            )

    def _remark(self, text: str) -> None:
        from screens.views.apply import ApplyScreen

        for screen in self._context.display.screen_stack:
            if isinstance(screen, ApplyScreen):
                screen.remark(text)

    # --- result ------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Read the host as the job left it, with a login that still works."""
        from wizard.jobs.passwords_file import UNUSED_PASSWORD_RESULTS

        follower, login = self.follower, self._host.login
        if follower is None or follower.rehearses:
            return
        if follower.applied:
            login = self._adopt_plan()
        elif not follower.started:
            self._passwords.withdraw()
        elif follower.outcome is not None:
            if follower.outcome.result in UNUSED_PASSWORD_RESULTS:
                self._passwords.close()
                self._passwords.withdraw()
            if follower.kind is Operation.ROLLBACK and follower.succeeded:
                login = self._host.given_login
                self._context.store.change(lambda session: replace(session, done="ROLLED BACK"))
            if follower.outcome.loss:
                self._ask_to_roll_back_anyway(follower.outcome)
        self._host.read_after_job(login)

    def _ask_to_roll_back_anyway(self, refused: Outcome) -> None:
        from screens.dialogs import questions

        def roll_back() -> None:
            self._context.display.pop_screen()
            self.roll_back_to(refused.snapshot, accepted=True)

        question = questions.ask_rollback_consent(refused)
        self._context.display.push_when_free(question, lambda yes: roll_back() if yes else None)

    def _adopt_plan(self) -> Login | None:
        """Mark the session as applied, and return the login that works now."""
        plan = self._plan
        self._context.store.change(lambda session: replace(session, done="APPLIED"))
        if plan is None:
            return self._host.login
        if _installs(plan):
            # The answers were for no server; those for the new one follow from its own facts.
            self._context.store.change(lambda session: replace(session, recommendation=None))
        return login_after.login_after(plan, self._host.login, self._passwords.passwords)

    def close(self) -> None:
        """Show the result; after a failure or a rollback show the screen where the job was started."""
        follower, plan = self.follower, self._plan
        if follower is None or (follower.rehearses and follower.succeeded):
            if plan is not None:
                self._show_done(plan)
        elif follower.applied and plan is not None and not _installs(plan):
            self._show_done(plan)
        elif follower.applied and self._passwords.delivery.missing:
            self._passwords.show("The change is in effect: take the new passwords, then F8.")
        elif plan is not None and not follower.applied and (follower.outcome is not None or not follower.started):
            self._context.display.pop_screen()
        else:
            self._navigation.start_again()

    def _show_done(self, plan: Plan) -> None:
        from screens.views.done import DoneScreen

        outcome = self.follower.outcome if self.follower and not self.follower.rehearses else None
        session, delivery = self._context.session, self._passwords.delivery
        self._context.display.switch_screen(
            DoneScreen(
                session,
                plan,
                outcome,
                delivery=delivery,
                before=self._report_before,
                clients=self._clients_before,
            )
        )


def _report(session: Session) -> Report | None:
    """Return the report; ``None`` where it was made without the server itself."""
    instance, report = session.instance, session.report
    if report is None or (instance is not None and isinstance(instance.live, Unreadable)):
        return None
    return report


def _installs(plan: Plan) -> bool:
    return any(isinstance(change, InstallPackage) for change in plan.changes)
