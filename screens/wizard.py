"""The whole App: asks before it acts, applies, hands passwords over, goes back, leaves with order.

What may not live here: what a screen looks like, and any rule about servers.
"""

import getpass
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from textual import on
from textual.events import Event as TextualEvent
from textual.events import Key

from screens import logins
from screens.dialogs.dialog import Dialog
from screens.job import ROLLBACK_ENDS, Follower
from screens.navigator import Navigator, words
from screens.session import Mode
from screens.step import Framed
from wizard.errors import WizardError
from wizard.model import value
from wizard.model.change import InstallPackage, Restart
from wizard.model.login import Login
from wizard.model.value import Secret, to_json

if TYPE_CHECKING:
    from screens.app import Options
    from screens.checklist import ChecklistScreen
    from screens.dialogs.leave import Way
    from screens.dialogs.user_editor import Judgement
    from screens.engine import Engine
    from screens.snapshots import SnapshotsScreen
    from screens.users import UsersStep
    from wizard.model.answers import Attestation, UserAnswer
    from wizard.model.plan import Plan
    from wizard.model.snapshot import Snapshot

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class Wizard(Navigator):
    """The wizard."""

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__(options, engine)
        self.follower: Follower | None = None
        self._passwords: Mapping[str, Secret] = {}
        self._applied: Plan | None = None
        self._score_before: int | None = None
        self._handed_over = False
        self._written_to = ""

    # --- applying ------------------------------------------------------------------------------

    def on_review_step_apply(self) -> None:
        """Ask before the plan is applied; in a dry run show what would be done."""
        plan = self.session.plan
        if plan is None or not self.session.planned:
            self.bell()
        elif self.session.mode is Mode.NORMAL:
            self._ask_to_apply(plan)
        else:
            self._open_apply("Dry run", None, plan)

    def _ask_to_apply(self, plan: "Plan") -> None:
        from screens.dialogs.confirm import Confirm

        restarts = any(isinstance(change, Restart) for change in plan.changes)
        facts = (
            f"{len(plan.changes)} changes, {'one restart' if restarts else 'no restart'}.",
            "A snapshot is taken first; if anything fails, everything is put back.",
        )
        breaks = len(plan.breakages)
        warning = f"{breaks} would lose something (b in Review lists them)." if breaks else ""
        question = Confirm(
            f"Apply to {plan.host}?", facts, f"Apply to {plan.host}", word=plan.host if breaks else "", warning=warning
        )
        self.push_screen(question, lambda yes: self._apply(plan) if yes else None)

    def _apply(self, plan: "Plan") -> None:
        self._applied = plan
        self._score_before = self.session.report.score if self.session.report else None
        self._passwords = self.engine.passwords(plan)
        self._handed_over, self._written_to = not self._passwords, ""
        passwords, login = self._passwords, self.login
        self.follower = Follower(lambda: self.engine.apply(plan, login, passwords))
        self._open_apply(f"Applying {plan.id} to {plan.host}", self.follower, plan)

    def _open_apply(self, title: str, follower: Follower | None, plan: "Plan | None") -> None:
        from screens.apply import ApplyScreen

        self.push_screen(ApplyScreen(self.session, title, follower, plan))

    def on_apply_screen_ended(self) -> None:
        """Look at the host as it is now, with a login that still works."""
        plan = self._applied
        if self.follower is None or not self.follower.succeeded:
            self._passwords, self._handed_over = {}, True
        elif plan is None:
            self.login = self.options.login
            self.session = replace(self.session, done="ROLLED BACK")
        else:
            self._take_over(plan)
        self.look_at_host()

    def _take_over(self, plan: "Plan") -> None:
        """Go on with a host as the plan made it."""
        self.login = logins.after(plan, self.login, self._passwords)
        self.session = replace(self.session, done="APPLIED")
        if _installs(plan):
            # The answers were for no server; those for the new one follow from its own facts.
            self.session = replace(self.session, recommendation=None)
        self._write_unasked()

    def _write_unasked(self) -> None:
        """Write the passwords where the command line said."""
        from screens.done import write_secrets

        if self.options.secrets_to is None or not self._passwords:
            return
        try:
            write_secrets(self.options.secrets_to, self._passwords)
        except WizardError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        else:
            self._handed_over, self._written_to = True, str(self.options.secrets_to)

    def on_apply_screen_finished(self) -> None:
        """Show the result; after a failure or a rollback go back to the steps."""
        follower, plan = self.follower, self._applied
        failed = follower is not None and not follower.succeeded
        if self.session.mode is not Mode.NORMAL and self.session.plan is not None:
            self._open_done(self.session.plan)
        elif failed:
            self.pop_screen()
        elif plan is None or _installs(plan):
            self.start_again()
        else:
            self._open_done(plan)

    def _open_done(self, plan: "Plan") -> None:
        from screens.done import DoneScreen

        outcome = self.follower.outcome if self.follower else None
        self.switch_screen(
            DoneScreen(
                self.session,
                plan,
                outcome,
                passwords=self._passwords,
                score_before=self._score_before,
                written_to=self._written_to,
            )
        )

    def may_go(self) -> bool:
        """Whether the result may be left for a step: not before the passwords are handed over."""
        if self._passwords and not self._handed_over:
            self.notify("hand the passwords over first: s shows, w writes them", markup=False, severity="warning")
            return False
        self._passwords = {}
        return super().may_go()

    # --- handing over --------------------------------------------------------------------------

    def on_done_screen_handed_over(self) -> None:
        """Take note that the operator saw the passwords."""
        self._handed_over = True

    def on_done_screen_write(self) -> None:
        """Ask where to write the passwords."""
        from screens.dialogs.ask_path import AskPath
        from screens.done import write_secrets
        from screens.export import home

        plan_id = self._applied.id if self._applied else "redis"
        suggestion = home() / f"redis-passwords-{plan_id}.toml"
        passwords = self._passwords
        question = AskPath("Write the passwords", suggestion, lambda path: write_secrets(path, passwords))
        self.push_screen(question, self._passwords_written)

    def _passwords_written(self, path: PurePosixPath | None) -> None:
        from screens.done import DoneScreen

        if path is None:
            return
        self._handed_over, self._written_to = True, str(path)
        if isinstance(self.screen, DoneScreen):
            self.screen.written(str(path))

    def on_review_step_export(self) -> None:
        """Ask where to write the plan."""
        self._export()

    def on_apply_screen_export(self) -> None:
        """Ask where to write the plan."""
        self._export()

    def _export(self) -> None:
        from screens.dialogs.ask_path import AskPath
        from screens.export import home, write_private

        plan = self.session.plan
        if plan is None:
            self.bell()
            return
        suggestion = home() / f"redis-plan-{plan.id}.json"
        self.push_screen(AskPath("Write the plan", suggestion, lambda path: write_private(path, to_json(plan))))

    # --- users ---------------------------------------------------------------------------------

    def on_users_step_edit(self, message: "UsersStep.Edit") -> None:
        """Open the editor for a user."""
        from screens import users
        from screens.dialogs.user_editor import UserEditor
        from wizard.model.answers import AclRole, UserAnswer

        known = {user.name: user for user in self.session.answers.acl.users}
        user = known.get(message.name) or UserAnswer(name="", role=AclRole.APPLICATION)

        def kept(edited: "UserAnswer | None") -> None:
            if edited is not None:
                self.change(lambda session: users.put(session, edited, message.name))
                self.plan()

        self.push_screen(UserEditor(user, lambda edited: self._judge(edited, message.name)), kept)

    def _judge(self, user: "UserAnswer", instead_of: str) -> "Judgement":
        from screens import users
        from screens.dialogs.user_editor import Judgement

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
        from screens.dialogs.login import AskLogin

        def given(login: Login | None) -> None:
            if login is not None:
                self.login = login
                self.look_at_host()

        self.push_screen(AskLogin("It is used for this run only and never written."), given)

    # --- checklist and snapshots ---------------------------------------------------------------

    @on(Framed.ShowChecklist)
    def _show_checklist(self) -> None:
        from screens.checklist import ChecklistScreen

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

    @on(Framed.ShowSnapshots)
    def _show_snapshots(self) -> None:
        from screens.snapshots import SnapshotsScreen

        self.push_screen(SnapshotsScreen(self.session))

    def on_snapshots_screen_load(self) -> None:
        """Read the snapshots, in a thread."""
        self.background.start("snapshots", self.engine.snapshots, self._snapshots_read, self._snapshots_failed)

    def _snapshots_read(self, snapshots: "Sequence[Snapshot]", trouble: str = "") -> None:
        from screens.snapshots import SnapshotsScreen

        if isinstance(self.screen, SnapshotsScreen):
            self.screen.show(snapshots, trouble)

    def _snapshots_failed(self, error: Exception) -> None:
        self._snapshots_read((), words(error))

    def on_snapshots_screen_restore(self, message: "SnapshotsScreen.Restore") -> None:
        """Ask before a snapshot is put back."""
        from screens.dialogs.confirm import Confirm
        from screens.text import day

        snapshot = message.snapshot
        act = f"Roll back {snapshot.host} to {day(snapshot.taken_at)}"
        facts = (f"Undoes: {snapshot.what}.", "Every file, live value and unit becomes as it was; data files stay.")
        self.push_screen(Confirm(f"{act}?", facts, act), lambda yes: self._restore(snapshot.id) if yes else None)

    def _restore(self, snapshot: str) -> None:
        login = self.login
        self._applied, self._passwords, self._handed_over = None, {}, True
        self.follower = Follower(lambda: self.engine.rollback(snapshot, login), good=ROLLBACK_ENDS)
        self._open_apply(f"Rolling back to {snapshot}", self.follower, None)

    # --- leaving -------------------------------------------------------------------------------

    @property
    def leaving_is_safe(self) -> bool:
        """No apply or rollback runs."""
        return self.follower is None or not self.follower.running

    @on(Framed.Leave)
    def _leave(self) -> None:
        self.ask_to_leave()

    def ask_to_leave(self) -> None:
        """Ask whether to leave; while an apply runs the answer is no."""
        from screens.dialogs.leave import Leave, StillRunning

        if isinstance(self.screen, Dialog):
            return
        if not self.leaving_is_safe:
            self.push_screen(StillRunning())
            return
        lost = bool(self._passwords) and not self._handed_over
        losing = "New passwords were not shown or written yet; after leaving nobody can read them." if lost else ""
        self.push_screen(Leave(losing=losing), self._left)

    def _left(self, way: "Way | None") -> None:
        from screens.dialogs.leave import Way

        if way is Way.LEAVE:
            self.exit()
        elif way is Way.SAVE:
            self._save_answers()

    def _save_answers(self) -> None:
        from screens.dialogs.ask_path import AskPath
        from screens.export import home, write_private

        recommendation = self.session.recommendation
        if recommendation is None:
            self.bell()
            return
        text = self.engine.answers_text(self.session.answers, recommendation)
        question = AskPath("Save the answers", home() / "redis-answers.toml", lambda path: write_private(path, text))
        self.push_screen(question, lambda path: self.exit() if path else None)

    async def action_quit(self) -> None:
        """Ask to leave."""
        self.ask_to_leave()

    async def on_event(self, event: TextualEvent) -> None:
        """Drop keys that were typed before a dialog could be read."""
        if isinstance(event, Key) and isinstance(self.screen, Dialog) and self.screen.too_early():
            return
        await super().on_event(event)


def _installs(plan: "Plan") -> bool:
    return any(isinstance(change, InstallPackage) for change in plan.changes)


def run_wizard(options: "Options", engine: "Engine | None" = None) -> int:
    """Run the App; an apply that still runs when the screens are gone is waited for."""
    from screens.local_engine import LocalEngine

    app = Wizard(options, engine or LocalEngine(options.host))
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
