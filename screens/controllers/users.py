"""Opens the dialogs about users: edit one, and try a command as one."""

from typing import TYPE_CHECKING

from screens.controllers.context import Context
from screens.controllers.navigation import NavigationController
from screens.session import with_user
from wizard.errors import WizardError
from wizard.model.answers import AclRole, UserAnswer

if TYPE_CHECKING:
    from screens.dialogs.user_editor import UserPreview

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class UsersController:
    """Edits and tries the users of the answers."""

    def __init__(self, context: Context, navigation: NavigationController) -> None:
        self._context = context
        self._navigation = navigation

    def edit(self, name: str) -> None:
        """Open the editor for a user; an empty name makes a new one."""
        from screens.dialogs.user_editor import UserEditor

        user = self._user(name) or UserAnswer(name="", role=AclRole.APPLICATION)

        def store(edited: UserAnswer | None) -> None:
            if edited is not None:
                self._navigation.change(lambda session: with_user(session, edited, name))

        self._context.display.push_screen(UserEditor(user, lambda edited: self.preview(edited, name)), store)

    def preview(self, user: UserAnswer, instead_of: str) -> "UserPreview":
        """Return the rules that an edited user gets, and why it cannot be so, a sentence each."""
        from screens.dialogs.user_editor import UserPreview

        session, engine = self._context.session, self._context.engine
        facts, instance = session.facts, session.instance
        if facts is None:
            return UserPreview(rules="", problems=("the host was not read yet",))
        others = {each.name for each in session.answers.acl.users} - {instead_of}
        taken = [f'user "{user.name}" exists already'] if user.name in others else []
        found = engine.problems(with_user(session, user, instead_of).answers, facts, instance)
        wrong = [problem.text for problem in found if problem.field.startswith("acl.users") and problem.blocking]
        before = {problem.text for problem in session.problems}
        problems = (*taken, *(text for text in wrong if text not in before))
        try:
            return UserPreview(rules=engine.rules(user, instance), problems=problems)
        except WizardError as error:
            return UserPreview(rules="", problems=problems or (str(error),))

    def try_command(self, name: str) -> None:
        """Ask whether a user may run a command."""
        from screens.dialogs.try_command import TryCommand

        user, engine, instance = self._user(name), self._context.engine, self._context.session.instance
        if user is not None:
            dialog = TryCommand(user.name, lambda command: engine.may(user, command, instance))
            self._context.display.push_screen(dialog)

    def _user(self, name: str) -> UserAnswer | None:
        return next((each for each in self._context.session.answers.acl.users if each.name == name), None)
