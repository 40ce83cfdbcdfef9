"""Asks before the wizard ends."""

from typing import TYPE_CHECKING

from screens.controllers.apply import ApplyController
from screens.controllers.context import Context
from screens.controllers.draft import DraftController
from screens.controllers.passwords import PasswordsController
from screens.dialogs.dialog import Dialog
from screens.session import Mode, Session
from wizard.errors import LeftRunningError

if TYPE_CHECKING:
    from screens.dialogs.leave import LeaveMode

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class LeavingController:
    """Ends the App after a question."""

    def __init__(
        self, context: Context, applying: ApplyController, passwords: PasswordsController, drafts: DraftController
    ) -> None:
        self._context = context
        self._applying = applying
        self._passwords = passwords
        self._drafts = drafts

    def ask(self) -> None:
        """Ask whether to leave; a job continues without the screens."""
        from screens.dialogs.leave import Leave, LeaveRunning

        display = self._context.display
        missing = self._passwords.delivery.missing
        if isinstance(display.screen, Dialog):
            return
        if self._applying.follower is not None and self._applying.running:
            question = LeaveRunning(self._applying.follower.kind, without_passwords=missing)
            display.push_screen(question, lambda yes: self._leave_running() if yes else None)
            return
        lost = "The new passwords were not shown or written yet. After you leave they are gone."
        session = self._context.session
        leave = Leave(lost=lost if missing else "", draft=session.mode is Mode.NORMAL, settled=_is_settled(session))
        display.push_screen(leave, self._leave)

    def _leave_running(self) -> None:
        self._context.display.exit(return_code=LeftRunningError.exit_status)

    def _leave(self, mode: "LeaveMode | None") -> None:
        from screens.dialogs.leave import LeaveMode

        if mode is LeaveMode.LEAVE:
            self._drafts.save_now()
            self._context.display.exit()
        elif mode is LeaveMode.SAVE:
            self._save_answers()

    def _save_answers(self) -> None:
        from screens.dialogs.path import PathDialog
        from screens.export import home, write_private

        session, display = self._context.session, self._context.display
        if session.recommendation is None:
            display.bell()
            return
        text = self._context.engine.answers_text(session.answers, session.recommendation)
        dialog = PathDialog("Save the answers", home() / "redis-answers.toml", lambda path: write_private(path, text))
        display.push_screen(dialog, lambda path: display.exit() if path else None)


def _is_settled(session: Session) -> bool:
    """Return whether there is no answer that a new run would not have."""
    in_place = session.plan is not None and session.planned and session.plan.empty
    return not session.typed and (session.as_recommended or in_place)
