"""Opens the checklist, and takes attestations."""

import getpass
import os
from dataclasses import replace
from datetime import UTC, datetime

from screens.controllers.context import Context
from screens.controllers.planning import PlanController
from wizard.model import value
from wizard.model.answers import Attestation
from wizard.model.finding import Finding

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class ChecklistController:
    """Shows the findings, and stores what the operator attests."""

    def __init__(self, context: Context, plans: PlanController) -> None:
        self._context = context
        self._plans = plans

    def show(self) -> None:
        """Open the checklist."""
        from screens.views.checklist import ChecklistScreen

        if self._context.session.report is None:
            self._context.display.bell()
        else:
            self._context.display.push_screen(ChecklistScreen(self._context.session))

    def ask_attestation(self, finding: Finding) -> None:
        """Ask the operator to attest an item."""
        from screens.dialogs.attest import Attest

        by = os.environ.get("SUDO_USER") or getpass.getuser()
        today = datetime.now(UTC).date().isoformat()
        self._context.display.push_screen(Attest(finding, by, today), self._attested)

    def _attested(self, attestation: Attestation | None) -> None:
        session = self._context.session
        if attestation is None or session.facts is None:
            return
        others = (each for each in session.answers.attestations if each.item != attestation.item)
        answers = value.replace(session.answers, attestations=(*others, attestation))
        name = session.instance.name if session.instance else ""
        today = datetime.now(UTC).date()
        report = self._context.engine.check(session.facts, name, answers.attestations, today)
        self._context.store.change(lambda s: replace(s, answers=answers, report=report))
        self._plans.make()
