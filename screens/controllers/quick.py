"""Asks the three questions of the quick path, then shows the review of the plan."""

from collections.abc import Sequence

from screens import session as sessions
from screens.controllers.context import Context
from screens.controllers.navigation import NavigationController
from screens.session import Mode
from wizard.errors import WizardError
from wizard.model.answers import Answers

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class QuickPathController:
    """Leads from the start to the review by one dialog."""

    def __init__(self, context: Context, navigation: NavigationController) -> None:
        self._context = context
        self._navigation = navigation

    def ask(self) -> None:
        """Ask what has no safe default."""
        from screens.dialogs.quick import QuickDialog
        from screens.quick_questions import quick_questions

        session = self._context.session
        if not session.ready or session.mode is Mode.VIEW:
            self._context.display.bell()
            return
        self._context.display.push_screen(QuickDialog(quick_questions(session), self.problems), self._review)

    def problems(self, answers: Answers) -> Sequence[str]:
        """Return why answers are refused in what the dialog asks, a sentence each."""
        session, engine = self._context.session, self._context.engine
        if session.facts is None:
            return ("the host was not read yet",)
        before = engine.problems(session.answers, session.facts, session.instance)
        known = {problem.text for problem in before}
        found = engine.problems(answers, session.facts, session.instance)
        try:
            for user in answers.acl.users:
                engine.rules(user, session.instance)
        except WizardError as error:
            return (str(error),)
        return tuple(each.text for each in found if each.blocking and each.text not in known)

    def _review(self, answers: Answers | None) -> None:
        if answers is None:
            return
        self._context.store.edit(lambda session: sessions.with_quick_answers(session, answers))
        self._navigation.go(self._context.session.steps.last.name)
