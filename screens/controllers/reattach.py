"""Finds an apply or rollback that another login has started: shows it, follows it, decides it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from screens.controllers.apply import ApplyController
from screens.controllers.context import Context, error_text
from screens.controllers.passwords import PasswordsController
from screens.follower import APPLY_ENDS, ROLLBACK_ENDS, Follower
from screens.session import Mode
from screens.text.confirmation import PasswordDelivery
from screens.text.last_apply import describe_last_apply
from wizard.errors import NotPermittedError
from wizard.model.status import ApplyStatus, Stage
from wizard.model.value import Secret, replace

if TYPE_CHECKING:
    from screens.views.unfinished_apply import Action

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class ReattachController:
    """Comes back to an apply or rollback."""

    def __init__(self, context: Context, applying: ApplyController, passwords: PasswordsController) -> None:
        self._context = context
        self._applying = applying
        self._passwords = passwords
        self._found: ApplyStatus | None = None
        """The job of another login that is followed."""
        self._confirm: bool | None = None
        """What the operator chose before the job waited for it; ``None``: nothing."""

    def read_status(self) -> None:
        """Read the status of the newest job, in a thread."""
        self._context.tasks.start("status", self._context.engine.status, self._show, self._show_failure)

    def _show(self, status: ApplyStatus | None) -> None:
        if status is None or status.stage is Stage.ENDED:
            self._tell(describe_last_apply(status))
        elif self._context.session.mode is Mode.NORMAL:
            self._offer(status)
        else:
            from screens.views.unfinished_apply import notice

            self._tell(f"[warn] {notice(status)}")

    def _show_failure(self, error: Exception) -> None:
        # Without root the state cannot be read, and the start screen says that much already.
        if not isinstance(error, NotPermittedError):
            self._tell(f"[FAIL] the status of the last apply is unknown: {error_text(error)}")

    def _tell(self, text: str) -> None:
        self._context.store.change(lambda session: replace(session, last_apply=text))

    def _offer(self, status: ApplyStatus) -> None:
        from screens.views.unfinished_apply import UnfinishedApplyScreen

        context = self._context
        if not self._applying.running and not isinstance(context.display.screen, UnfinishedApplyScreen):
            context.display.push_when_free(UnfinishedApplyScreen(context.session, status, context.engine.clock))

    # --- the operator's choice -------------------------------------------------------------------

    def choose(self, status: ApplyStatus, action: "Action") -> None:
        """Follow the job, with a decision where one was chosen, or leave it alone."""
        from screens.views.unfinished_apply import Action, title

        engine = self._context.engine
        self._context.display.pop_screen()
        if action is Action.SHOW_HOST:
            return
        self._found = status
        self._confirm = {Action.CONFIRM: True, Action.ROLL_BACK: False}.get(action)
        if action is Action.RECOVER:
            good = APPLY_ENDS | ROLLBACK_ENDS
            follower = Follower(lambda: engine.recover(status.id), kind=status.kind, good=good)
        else:
            follower = Follower(lambda: engine.attach(status.id), kind=status.kind)
        self._applying.follow(title(status), follower)

    def read_passwords(self) -> None:
        """Read the new passwords of a job that this run did not start; then pass a chosen decision on."""
        found = self._found
        if self._applying.is_of_this_run or found is None:
            return
        if not found.secrets_waiting:
            self._pass_on()
            return
        self._passwords.note(PasswordDelivery(reading=True))
        self._context.tasks.start(
            "passwords",
            lambda: self._context.engine.pending_passwords(found.id),
            lambda passwords: self._hold(passwords, found),
            lambda error: self._passwords.note(PasswordDelivery(failure=error_text(error))),
        )

    def _hold(self, passwords: Mapping[str, Secret], found: ApplyStatus) -> None:
        self._passwords.hold(passwords, job=found.id, written_to=found.secrets_to)
        self._pass_on()

    def _pass_on(self) -> None:
        confirm, self._confirm = self._confirm, None
        if confirm is True:
            self._applying.ask_to_confirm()
        elif confirm is False:
            self._applying.ask_to_roll_back()
