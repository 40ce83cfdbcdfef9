"""The whole App: what it does besides applying (`screens.controllers.apply`): users, lists, leaving with order.

What may not live here: what a screen looks like, and any rule about servers.
"""

import getpass
import os
import signal
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on
from textual.events import Event as TextualEvent
from textual.events import Key

from screens.controllers.navigation import words
from screens.controllers.reattach import Returning
from screens.dialogs.dialog import Dialog
from screens.follower import Follower
from screens.step import BaseScreen
from wizard.errors import LeftRunningError, WizardError
from wizard.model import value
from wizard.model.login import Login

if TYPE_CHECKING:
    from screens.dialogs.leave import LeaveMode
    from screens.dialogs.user_editor import Judgement
    from screens.engine import Engine
    from screens.options import Options
    from screens.steps.users import UsersStep
    from screens.views.checklist import ChecklistScreen
    from screens.views.snapshots import SnapshotsScreen
    from wizard.model.answers import Attestation, UserAnswer
    from wizard.model.snapshot import Snapshot

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class Wizard(Returning):
    """The wizard."""

    # --- users ---------------------------------------------------------------------------------

    def on_users_step_edit(self, message: "UsersStep.Edit") -> None:
        """Open the editor for a user."""
        from screens.dialogs.user_editor import UserEditor
        from screens.steps import users
        from wizard.model.answers import AclRole, UserAnswer

        known = {user.name: user for user in self.session.answers.acl.users}
        user = known.get(message.name) or UserAnswer(name="", role=AclRole.APPLICATION)

        def kept(edited: "UserAnswer | None") -> None:
            if edited is not None:
                self.change(lambda session: users.put(session, edited, message.name))
                self.plan()

        self.push_screen(UserEditor(user, lambda edited: self._judge(edited, message.name)), kept)

    def _judge(self, user: "UserAnswer", instead_of: str) -> "Judgement":
        from screens.dialogs.user_editor import Judgement
        from screens.steps import users

        session = self.session
        facts, instance = session.facts, session.instance
        if facts is None:
            return Judgement(rules="", problems=("the host was not looked at yet",))
        others = {each.name for each in session.answers.acl.users} - {instead_of}
        taken = [f"there is a user {user.name} already"] if user.name in others else []
        answers = users.put(session, user, instead_of).answers
        found = self.engine.problems(answers, facts, instance)
        wrong = [problem.text for problem in found if problem.field.startswith("acl.users") and problem.blocking]
        before = {problem.text for problem in session.problems}
        problems = (*taken, *(text for text in wrong if text not in before))
        try:
            return Judgement(rules=self.engine.rules(user, instance), problems=problems)
        except WizardError as error:
            return Judgement(rules="", problems=problems or (str(error),))

    def on_users_step_try(self, message: "UsersStep.Try") -> None:
        """Ask whether a user may run a command."""
        from screens.dialogs.try_command import TryCommand

        instance = self.session.instance
        user = next((each for each in self.session.answers.acl.users if each.name == message.name), None)
        if user is not None:
            planned = user
            self.push_screen(TryCommand(user.name, lambda command: self.engine.may(planned, command, instance)))

    def on_host_step_ask_login(self) -> None:
        """Ask for a login and look again with it."""
        self._ask_login("It is used for this run only and never written.")

    def login_refused(self, why: str) -> None:
        """Say that the login given opens nothing, and ask for another one."""
        self._ask_login(f"{why[:1].upper()}{why[1:]}.")

    def _ask_login(self, why: str) -> None:
        from screens.dialogs.login import AskLogin

        def given(login: Login | None) -> None:
            if login is not None:
                self.look_with(login)

        self.push_screen(AskLogin(why), given)

    # --- checklist and snapshots ---------------------------------------------------------------

    @on(BaseScreen.ShowChecklist)
    def _show_checklist(self) -> None:
        from screens.views.checklist import ChecklistScreen

        if self.session.report is None:
            self.bell()
        else:
            self.push_screen(ChecklistScreen(self.session))

    def on_checklist_screen_attest(self, message: "ChecklistScreen.Attest") -> None:
        """Ask for a word for an item."""
        from screens.dialogs.attest import Attest

        by = os.environ.get("SUDO_USER") or getpass.getuser()
        today = datetime.now(UTC).date().isoformat()
        self.push_screen(Attest(message.finding, by, today), self._attested)

    def _attested(self, attestation: "Attestation | None") -> None:
        session = self.session
        if attestation is None or session.facts is None:
            return
        kept = (each for each in session.answers.attestations if each.item != attestation.item)
        answers = value.replace(session.answers, attestations=(*kept, attestation))
        name = session.instance.name if session.instance else ""
        report = self.engine.check(session.facts, name, answers.attestations, datetime.now(UTC).date())
        self.change(lambda s: replace(s, answers=answers, report=report))
        self.plan()

    @on(BaseScreen.ShowSnapshots)
    def _show_snapshots(self) -> None:
        from screens.views.snapshots import SnapshotsScreen

        self.push_screen(SnapshotsScreen(self.session))

    def on_snapshots_screen_load(self) -> None:
        """Read the snapshots, in a thread."""
        self.background.start(
            "snapshots",
            lambda: (self.engine.snapshots(), self.engine.in_force()),
            lambda found: self._snapshots_read(*found),
            lambda error: self._snapshots_read((), (), words(error)),
        )

    def _snapshots_read(self, snapshots: "Sequence[Snapshot]", in_force: "Collection[str]", trouble: str = "") -> None:
        from screens.views.snapshots import SnapshotsScreen

        if isinstance(self.screen, SnapshotsScreen):
            self.screen.show(snapshots, in_force, trouble)

    def on_snapshots_screen_restore(self, message: "SnapshotsScreen.Restore") -> None:
        """Look for what others wrote since, then ask."""
        snapshot = message.snapshot
        self.background.start(
            "hand edits",
            lambda: (self.engine.out_of_turn(snapshot), self.engine.manual_changes(snapshot, self.login)),
            lambda found: self._ask_to_restore(snapshot, found[1], barred=found[0]),
            lambda error: self._ask_to_restore(snapshot, (f"[ ?? ] not looked for: {words(error)}",)),
        )

    def _ask_to_restore(self, snapshot: "Snapshot", edits: "Sequence[str]", *, barred: str = "") -> None:
        """Ask before a snapshot is put back, with what others wrote since and would be overwritten."""
        from screens.dialogs.confirm import Confirm
        from screens.dialogs.text import TextDialog
        from screens.text.formatting import day, literal
        from screens.views.snapshots import SnapshotsScreen, format_manual_changes

        if not isinstance(self.screen, SnapshotsScreen):
            return
        if barred:
            self.push_screen(TextDialog("Not its turn", literal(barred)))
            return
        act = f"Roll back {snapshot.host} to {day(snapshot.taken_at)}"
        facts = (f"Undoes: {snapshot.what}.", "Every file, live value and unit becomes as it was; data files stay.")
        question = Confirm(f"{act}?", facts, act, detail=format_manual_changes(edits))
        self.push_screen(question, lambda yes: self.restore(snapshot.id) if yes else None)

    # --- leaving -------------------------------------------------------------------------------

    @on(BaseScreen.Leave)
    def _leave(self) -> None:
        self.ask_to_leave()

    def ask_to_leave(self) -> None:
        """Ask whether to leave; what is under way goes on without the screens."""
        from screens.dialogs.leave import Leave, LeaveRunning

        if isinstance(self.screen, Dialog):
            return
        if self.follower is not None and self.under_way:
            question = LeaveRunning(self.follower.kind, without_passwords=self.hand_over.missing)
            self.push_screen(question, lambda yes: self._leave_it_alone() if yes else None)
            return
        losing = "New passwords were not shown or written yet; after leaving nobody can read them."
        self.push_screen(Leave(losing=losing if self.hand_over.missing else ""), self._left)

    def _leave_it_alone(self) -> None:
        self.exit(return_code=LeftRunningError.exit_status)

    def _left(self, way: "LeaveMode | None") -> None:
        from screens.dialogs.leave import LeaveMode

        if way is LeaveMode.LEAVE:
            self.exit()
        elif way is LeaveMode.SAVE:
            self._save_answers()

    def _save_answers(self) -> None:
        from screens.dialogs.path import PathDialog
        from screens.export import home, write_private

        recommendation = self.session.recommendation
        if recommendation is None:
            self.bell()
            return
        text = self.engine.answers_text(self.session.answers, recommendation)
        question = PathDialog("Save the answers", home() / "redis-answers.toml", lambda path: write_private(path, text))
        self.push_screen(question, lambda path: self.exit() if path else None)

    async def action_quit(self) -> None:
        """Ask to leave."""
        self.ask_to_leave()

    async def on_event(self, event: TextualEvent) -> None:
        """Drop keys that were typed before a dialog could be read."""
        if isinstance(event, Key) and isinstance(self.screen, Dialog) and self.screen.too_early():
            return
        await super().on_event(event)


def run_wizard(options: "Options", engine: "Engine | None" = None) -> int:
    """Run the App. What was asked for last begins before the process ends; then it needs no one."""
    from screens.local_engine import LocalEngine

    app = Wizard(options, engine or LocalEngine(options.host))
    try:
        app.run(mouse=False)
    finally:
        wait_for(app.follower)
    return app.return_code or 0


def wait_for(follower: Follower | None) -> None:
    """Let an apply begin: a moment in which the end of this process would leave an order that nobody takes up."""
    if follower is None or not follower.starting:
        return
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    follower.wait_begun()
