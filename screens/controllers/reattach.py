"""The part of the App that finds what another login has begun: says so, follows it, decides it.

What may not live here: what its journal means; that is the engine's `standing`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from screens.controllers.apply import Applying
from screens.controllers.navigation import words
from screens.follower import APPLY_ENDS, ROLLBACK_ENDS, Follower
from screens.session import Mode
from screens.text.confirmation import PasswordDelivery
from wizard.errors import NotPermittedError
from wizard.model.event import Result
from wizard.model.status import ApplyStatus, Operation, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from screens.engine import Engine
    from screens.options import Options
    from screens.views.unfinished_apply import OpenApplyScreen
    from wizard.model.value import Secret

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class Returning(Applying):
    """Comes back to an apply or rollback."""

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__(options, engine)
        self._found: ApplyStatus | None = None
        """What is followed of another login's."""
        self._asked_to_keep: bool | None = None
        """What the operator chose before the wait was reached; ``None``: nothing."""

    def painted(self) -> None:
        """Look for what is open, and at the host."""
        self.look_where_it_stands()
        super().painted()

    def start_again(self) -> None:
        """Show the first step, and what is still open."""
        super().start_again()
        self.look_where_it_stands()

    def on_apply_screen_finished(self) -> None:
        """Look what is open now, besides what `Applying` does: perhaps another one was in the way."""
        self.look_where_it_stands()

    def look_where_it_stands(self) -> None:
        """Read where the newest apply stands, in a thread."""
        self.background.start("standing", self.engine.status, self._stands, self._not_known)

    def _not_known(self, error: Exception) -> None:
        # Who is not root sees nothing of our state, and the start screen says that much already.
        if not isinstance(error, NotPermittedError):
            self._tell(f"[FAIL] where the last apply stands is not known: {words(error)}")

    def _stands(self, standing: ApplyStatus | None) -> None:
        if standing is None or standing.stage is Stage.ENDED:
            self._tell(_past(standing))
        elif self.session.mode is Mode.NORMAL:
            self._offer(standing)
        else:
            from screens.views.unfinished_apply import notice

            self._tell(f"[warn] {notice(standing)}")

    def _tell(self, text: str) -> None:
        self.change(lambda session: replace(session, past=text))

    def _offer(self, standing: ApplyStatus) -> None:
        from screens.views.unfinished_apply import OpenApplyScreen

        if not self.under_way and not isinstance(self.screen, OpenApplyScreen):
            self.push_screen(OpenApplyScreen(self.session, standing, self.engine.clock))

    def subject_name(self) -> str:
        """Name what the passwords belong to: what this run applies, else what it has come back to."""
        return self._found.id if self._found is not None and self.applied is None else super().subject_name()

    # --- what the operator chooses -------------------------------------------------------------

    def on_open_apply_screen_chosen(self, message: "OpenApplyScreen.Chosen") -> None:
        """Follow it, with a word where one was chosen, or leave it alone."""
        from screens.views.unfinished_apply import Action, title

        self.pop_screen()
        standing, act = message.standing, message.act
        if act is Action.LOOK:
            return
        self._found, self.applied = standing, None
        self.forget()
        self._asked_to_keep = {Action.KEEP: True, Action.TAKE_BACK: False}.get(act)
        if act is Action.RECOVER:
            good = APPLY_ENDS | ROLLBACK_ENDS
            follower = Follower(lambda: self.engine.recover(standing.id), kind=standing.kind, good=good)
        else:
            follower = Follower(lambda: self.engine.attach(standing.id), kind=standing.kind)
        self.open_apply(title(standing), follower, None)

    def on_apply_screen_waiting(self) -> None:
        """Read the new passwords of an apply that this run did not begin; then pass a chosen word on."""
        found = self._found
        if self.applied is not None or found is None:
            return
        if not found.secrets_waiting:
            self._pass_on()
            return
        self.note(PasswordDelivery(reading=True))
        self.background.start(
            "passwords",
            lambda: self.engine.pending_passwords(found.id),
            lambda passwords: self._passwords_read(passwords, found),
            lambda error: self.note(PasswordDelivery(trouble=words(error))),
        )

    def _passwords_read(self, passwords: "Mapping[str, Secret]", found: ApplyStatus) -> None:
        self.hold(passwords, written_to=found.secrets_to)
        self._pass_on()

    def _pass_on(self) -> None:
        keep, self._asked_to_keep = self._asked_to_keep, None
        if keep is not None:
            self.on_apply_screen_keep() if keep else self.on_apply_screen_take_back()


def _past(standing: ApplyStatus | None) -> str:
    """Write in one line that the newest apply came to nothing, and why; empty where that was said to who began it."""
    from screens.text.formatting import day
    from wizard.jobs.status import INTERRUPTED_BEFORE_CHANGE

    outcome = None if standing is None else standing.outcome
    if standing is None or outcome is None or standing.kind is not Operation.APPLY:
        return ""
    if outcome == INTERRUPTED_BEFORE_CHANGE:
        return f"[warn] {day(standing.begun_at)} {outcome.summary}"
    if outcome.result not in {Result.ROLLED_BACK, Result.INCOMPLETE}:
        return ""
    if outcome.result is Result.INCOMPLETE:
        return f"[FAIL] {day(standing.begun_at)} {outcome.summary}"
    reason = outcome.summary.partition("The reason: ")[2] or outcome.summary
    return f"[warn] {day(standing.begun_at)} rolled back: {reason}"
