"""Saves the operator's answers as they change, and offers them at the next start."""

from contextlib import suppress
from datetime import UTC, datetime

from screens import session as sessions
from screens.controllers.context import Context, error_text
from screens.session import Mode
from wizard.errors import NotPermittedError, WizardError
from wizard.model.answers import Answers, Draft
from wizard.model.value import replace


class DraftController:
    """Keeps the draft in step with the answers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._saved: tuple[Answers, frozenset[str]] | None = None
        """Answers and changes left out, as they are in the draft."""

    def read(self) -> None:
        """Read the draft of an earlier run, in a thread."""
        self._context.tasks.start("draft", self._context.engine.load_draft, self._offer, self._show_failure)

    def save(self) -> None:
        """Save answers that the operator changed, in a thread."""
        draft, engine = self._changed(), self._context.engine
        if draft is not None:
            self._saved = self._chosen
            self._context.tasks.start("save", lambda: engine.save_draft(draft), lambda _: None, self._show_failure)
        elif self._saved is not None and not self._context.session.has_own_choices:
            # The operator went back to what is recommended: there is nothing to offer.
            self._saved = None
            self._context.tasks.start("save", engine.discard_draft, lambda _: None, self._show_failure)

    def save_now(self) -> None:
        """Save them before the program ends; what cannot be written is lost."""
        draft = self._changed()
        if draft is not None:
            self._saved = self._chosen
            with suppress(WizardError):
                self._context.engine.save_draft(draft)

    def resume(self) -> None:
        """Take the answers of the draft."""
        draft = self._context.session.offered_draft
        if draft is None:
            self._context.display.bell()
            return
        self._saved = (draft.answers, frozenset(draft.left_out))
        self._context.store.edit(lambda session: sessions.with_draft(session, draft))

    def discard(self) -> None:
        """Remove the draft: its answers were applied."""
        self._context.store.change(lambda session: replace(session, draft=None))
        if self._context.session.mode is Mode.NORMAL:
            engine = self._context.engine
            self._context.tasks.start("save", engine.discard_draft, lambda _: None, self._show_failure)

    @property
    def _chosen(self) -> tuple[Answers, frozenset[str]]:
        session = self._context.session
        return session.answers, session.left_out

    def _changed(self) -> Draft | None:
        if self._chosen == self._saved:
            return None
        return sessions.draft_of(self._context.session, datetime.now(UTC).isoformat(timespec="seconds"))

    def _offer(self, draft: Draft | None) -> None:
        if draft is not None and self._context.session.mode is Mode.NORMAL:
            self._context.store.change(lambda session: replace(session, draft=draft))

    def _show_failure(self, error: Exception) -> None:
        if not isinstance(error, NotPermittedError):
            self._context.display.notify(error_text(error), markup=False, severity="warning")
