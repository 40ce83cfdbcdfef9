"""The part of the App that applies and rolls back: starts it, follows it, passes the operator's word on.

What may not live here: what a screen looks like, and any rule about servers.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from screens import login_after
from screens.controllers.navigation import words
from screens.controllers.passwords import HandingOver
from screens.follower import Follower
from screens.session import Mode
from screens.text.formatting import literal
from screens.theme import TextStyle
from wizard.errors import WizardError
from wizard.model.change import InstallPackage, Restart
from wizard.model.status import Operation
from wizard.model.text import counted

if TYPE_CHECKING:
    from screens.engine import Engine
    from screens.options import Options
    from wizard.model.event import Outcome
    from wizard.model.login import Login
    from wizard.model.plan import Plan

# ruff: noqa: PLC0415 - a screen is imported when it is first opened

_LOSSES_SHOWN = 4
TOO_LATE = "Too late: it was decided otherwise before. Nothing was changed by this word."


class Applying(HandingOver):
    """Applies plans and puts snapshots back."""

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__(options, engine)
        self.follower: Follower | None = None
        self.applied: Plan | None = None
        """The plan that this run applies; ``None``: it has only come to what another one does."""
        self._score_before: int | None = None

    # --- starting ------------------------------------------------------------------------------

    def on_review_step_apply(self) -> None:
        """Ask before the plan is applied; in a dry run show what would be done."""
        plan = self.session.plan
        if plan is None or not self.session.planned:
            self.bell()
        elif self.session.mode is Mode.NORMAL:
            self._ask_for_the_word(plan)
        else:
            self.applied = plan
            self.open_apply("Dry run", None, plan)

    def _ask_for_the_word(self, plan: "Plan") -> None:
        """Ask for the operator's own word where keys may be lost, then whether to apply."""
        from screens.dialogs.confirm import Confirm
        from wizard.planning.consent import CONSENT_PHRASE, accept, changes_needing_consent

        losses = changes_needing_consent(plan)
        if not losses:
            self._ask_to_apply(plan)
            return
        facts = [f"[FAIL] {change.title}: {change.evidence}" for change in losses[:_LOSSES_SHOWN]]
        if len(losses) > _LOSSES_SHOWN:
            facts.append(f"       and {len(losses) - _LOSSES_SHOWN} more")
        question = Confirm(
            f"Data of {plan.host} may be lost for good",
            (*facts, "No snapshot holds keys, so no rollback brings them back."),
            "Accept the loss",
            word=CONSENT_PHRASE,
            warning="Better mend it, or leave it out (Space in Review).",
        )
        self.push_screen(question, lambda yes: self._ask_to_apply(accept(plan)) if yes else None)

    def _ask_to_apply(self, plan: "Plan") -> None:
        from screens.dialogs.confirm import Confirm

        restarts = any(isinstance(change, Restart) for change in plan.changes)
        facts = (
            f"{counted(len(plan.changes), 'change')}, {'one restart' if restarts else 'no restart'}.",
            "A snapshot is taken first; if anything fails, everything is put back.",
            "It stays only when you confirm it afterwards; no word takes it back.",
        )
        breaks = len(plan.impacts)
        warning = f"{breaks} would lose something (b in Review lists them)." if breaks else ""
        question = Confirm(
            f"Apply to {plan.host}?", facts, f"Apply to {plan.host}", word=plan.host if breaks else "", warning=warning
        )
        self.push_screen(question, lambda yes: self._apply(plan) if yes else None)

    def _apply(self, plan: "Plan") -> None:
        from screens.dialogs.text import TextDialog

        passwords, login = self.engine.passwords(plan), self.login
        try:
            # On paper before it is in force: a crash later must not lock the operator out.
            written_to = self.write_unasked(passwords)
        except WizardError as error:
            self.push_screen(TextDialog("Nothing was applied", literal(f"[FAIL] {error}", TextStyle.FAIL)))
            return
        self.hold(passwords, written_to=written_to)
        self.applied = plan
        self._score_before = self.session.report.score if self.session.report else None
        follower = Follower(lambda: self.engine.apply(plan, login, passwords, written_to))
        self.open_apply(f"Applying {counted(len(plan.changes), 'change')} to {plan.host}", follower, plan)

    def restore(self, snapshot: str, *, accepted: bool = False) -> None:
        """Put a snapshot back, with the operator's word that keys may be lost or without."""
        login = self.login
        self.applied = None
        self.forget()
        follower = Follower(lambda: self.engine.rollback(snapshot, login, accepted=accepted), kind=Operation.ROLLBACK)
        self.open_apply(f"Rolling back to {snapshot}", follower, None)

    def _ask_for_the_word_to_go_back(self, refused: "Outcome") -> None:
        """Ask for the operator's own word where a rollback was refused for the keys that it may lose."""
        from screens.dialogs.confirm import Confirm
        from wizard.planning.consent import CONSENT_PHRASE

        facts = (f"[FAIL] {refused.loss}", "No snapshot holds keys, so nothing brings them back.")
        question = Confirm(
            "Data may be lost for good",
            facts,
            "Accept the loss",
            word=CONSENT_PHRASE,
            warning="Better mend it, and try again.",
        )
        self.push_screen(question, lambda yes: self._go_back_all_the_same(refused.snapshot) if yes else None)

    def _go_back_all_the_same(self, snapshot: str) -> None:
        self.pop_screen()
        self.restore(snapshot, accepted=True)

    def open_apply(self, title: str, follower: Follower | None, plan: "Plan | None") -> None:
        """Show the screen that follows a job, or what it would do."""
        from screens.views.apply import ApplyScreen, ApplyTarget

        self.follower = follower
        subject = ApplyTarget(title=title, follower=follower, plan=plan, clock=self.engine.clock)
        self.push_screen(ApplyScreen(self.session, subject, self.hand_over))

    # --- the operator's word -------------------------------------------------------------------

    def on_apply_screen_keep(self) -> None:
        """Ask whether the change is to stay; nobody is asked before they have the passwords."""
        from screens.dialogs.confirm import Confirm

        state = self.hand_over
        if state.reading:
            self.bell()
            return
        if state.missing and not state.trouble:
            self.open_passwords("Take these first: nobody can log in without them. Then F8, and c to keep it.")
            return
        facts = (
            "It stays, also after the next start of the host; the countdown ends.",
            "The way back is then redis-wizard rollback, or n for snapshots.",
        )
        word = "keep" if state.trouble else ""
        warning = "Nobody here can read the new passwords." if state.trouble else ""
        question = Confirm("Keep the change?", facts, "Keep it", word=word, warning=warning)
        self.push_screen(question, lambda yes: self._decide(keep=True) if yes else None)

    def on_apply_screen_take_back(self) -> None:
        """Ask whether the change is to be taken back."""
        from screens.dialogs.confirm import Confirm

        facts = (
            "Every file, live value and unit becomes as it was before; data files stay.",
            "Keys that clients have written since then stay too.",
        )
        question = Confirm("Take the change back?", facts, "Take it back")
        self.push_screen(question, lambda yes: self._decide(keep=False) if yes else None)

    def _decide(self, *, keep: bool) -> None:
        follower = self.follower
        if follower is None:
            return
        word = "kept" if keep else "taken back"
        self.background.start(
            "decide",
            lambda: follower.decide(keep=keep),
            lambda done: self._say("" if done else TOO_LATE),
            lambda error: self._say(f"It is not {word}: {words(error)}"),
        )

    def _say(self, text: str) -> None:
        from screens.views.apply import ApplyScreen

        for screen in self.screen_stack:
            if isinstance(screen, ApplyScreen):
                screen.remark(text)

    # --- its end -------------------------------------------------------------------------------

    def on_apply_screen_ended(self) -> None:
        """Look at the host as it is now, with a login that still works."""
        from wizard.jobs.passwords_file import UNUSED_PASSWORD_RESULTS

        follower, login = self.follower, self.login
        if follower is None:
            return
        if follower.kept:
            login = self._take_over()
        elif not follower.begun:
            self.withdraw()
        elif follower.outcome is not None:
            if follower.outcome.result in UNUSED_PASSWORD_RESULTS:
                self._close_passwords()
                self.withdraw()
            if follower.kind is Operation.ROLLBACK and follower.succeeded:
                login = self._given
                self.session = replace(self.session, done="ROLLED BACK")
            if follower.outcome.loss:
                self._ask_for_the_word_to_go_back(follower.outcome)
        self.look_after_job(login)

    def _close_passwords(self) -> None:
        """Take passwords off the screen that open nothing any more."""
        from screens.views.passwords import PasswordsScreen

        if isinstance(self.screen, PasswordsScreen):
            self.pop_screen()

    def _take_over(self) -> "Login | None":
        """Go on with a host as the plan made it, and return the login that works there."""
        plan = self.applied
        self.session = replace(self.session, done="APPLIED")
        if plan is None:
            return self.login
        if _installs(plan):
            # The answers were for no server; those for the new one follow from its own facts.
            self.session = replace(self.session, recommendation=None)
        return login_after.login_after(plan, self.login, self._passwords)

    def on_apply_screen_finished(self) -> None:
        """Show the result; after a failure or a rollback go back to where it was begun."""
        follower, plan = self.follower, self.applied
        if follower is None:
            if plan is not None:
                self._open_done(plan)
        elif follower.kept and plan is not None and not _installs(plan):
            self._open_done(plan)
        elif follower.kept and self.hand_over.missing:
            self.open_passwords("It is in force: take the new passwords, then F8 goes back.")
        elif plan is not None and not follower.kept and (follower.outcome is not None or not follower.begun):
            self.pop_screen()
        else:
            self.start_again()

    def _open_done(self, plan: "Plan") -> None:
        from screens.views.done import DoneScreen

        outcome = self.follower.outcome if self.follower else None
        self.switch_screen(
            DoneScreen(self.session, plan, outcome, hand_over=self.hand_over, score_before=self._score_before)
        )

    def subject_name(self) -> str:
        """Name the plan that the passwords belong to."""
        return self.applied.id if self.applied else super().subject_name()

    # --- the plan ------------------------------------------------------------------------------

    def on_review_step_export(self) -> None:
        """Ask where to write the plan."""
        self._export()

    def on_apply_screen_export(self) -> None:
        """Ask where to write the plan."""
        self._export()

    def _export(self) -> None:
        from screens.dialogs.path import PathDialog
        from screens.export import home, write_private
        from wizard.model.value import to_json

        plan = self.session.plan
        if plan is None:
            self.bell()
            return
        suggestion = home() / f"redis-plan-{plan.id}.json"
        self.push_screen(PathDialog("Write the plan", suggestion, lambda path: write_private(path, to_json(plan))))

    # --- leaving -------------------------------------------------------------------------------

    @property
    def leaving_is_safe(self) -> bool:
        """Whatever was asked for runs by itself by now."""
        return self.follower is None or not self.follower.starting

    @property
    def under_way(self) -> bool:
        """An apply or rollback is followed that is not at its end."""
        return self.follower is not None and self.follower.running


def _installs(plan: "Plan") -> bool:
    return any(isinstance(change, InstallPackage) for change in plan.changes)
