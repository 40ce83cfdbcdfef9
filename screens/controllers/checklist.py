"""Opens the checklist, and takes attestations."""

import getpass
import os
from datetime import UTC, datetime

from screens.controllers.context import Context, error_text
from screens.controllers.planning import PlanController
from screens.session import Mode
from screens.text.formatting import literal
from screens.theme import TextStyle
from wizard.model import value
from wizard.model.answers import Attestation
from wizard.model.finding import Finding, Report
from wizard.model.value import replace

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class ChecklistController:
    """Shows the findings, and stores what the operator attests."""

    def __init__(self, context: Context, plans: PlanController) -> None:
        self._context = context
        self._plans = plans

    def show(self, item: str = "") -> None:
        """Open the checklist, with the cursor on an item."""
        from screens.views.checklist import ChecklistScreen

        if self._context.session.report is None:
            self._context.display.bell()
        else:
            screen = ChecklistScreen(self._context.session)
            screen.start_at = item
            self._context.display.push_screen(screen)

    def ask_attestation(self, finding: Finding) -> None:
        """Ask the operator to attest an item."""
        from screens.dialogs.attest import Attest

        by = os.environ.get("SUDO_USER") or getpass.getuser()
        stored = self._context.session.mode is Mode.NORMAL
        self._context.display.push_screen(Attest(finding, by, datetime.now(UTC).date(), stored=stored), self._attested)

    def _attested(self, given: Attestation | None) -> None:
        session, engine = self._context.session, self._context.engine
        if given is None or session.facts is None:
            return
        facts, name, today = session.facts, session.instance.name if session.instance else "", datetime.now(UTC).date()
        answers = session.answers
        if session.mode is not Mode.NORMAL:
            # Nothing is written, so it counts in this run alone.
            others = (each for each in answers.attestations if each.item != given.item)
            answers = value.replace(answers, attestations=(*others, given))

        def work() -> Report:
            if session.mode is Mode.NORMAL:
                engine.attest(name, given, today)
            return engine.check(facts, name, answers.attestations, today)

        def then(report: Report) -> None:
            attestations = answers.attestations
            self._context.store.change(
                lambda s: replace(s, answers=value.replace(s.answers, attestations=attestations), report=report)
            )
            self._plans.make()

        self._context.tasks.start("attest", work, then, self._refused)

    def _refused(self, error: Exception) -> None:
        from screens.dialogs.text import TextDialog

        text = literal(f"[FAIL] {error_text(error)}", TextStyle.FAIL)
        self._context.display.push_when_free(TextDialog("Nothing was attested", text))
