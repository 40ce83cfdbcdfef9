"""Opens the dialogs about users: edit one, and try a command as one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from screens.controllers.context import Context, error_text
from screens.controllers.host import HostController
from screens.controllers.navigation import NavigationController
from screens.session import with_user
from screens.text.formatting import literal
from wizard.errors import WizardError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.value import replace

if TYPE_CHECKING:
    from screens.dialogs.user_editor import UserPreview

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class UsersController:
    """Edits and tries the users of the answers."""

    def __init__(self, context: Context, navigation: NavigationController, host: HostController) -> None:
        self._context = context
        self._navigation = navigation
        self._host = host

    def edit(self, name: str) -> None:
        """Open the editor for a user; an empty name makes a new one."""
        self._open_editor(self._user(name) or UserAnswer(name="", role=AclRole.APPLICATION), name)

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

    def _rules(self, user: UserAnswer) -> str:
        """Return the rules that an edited user gets; empty while a part of them is half typed."""
        try:
            return self._context.engine.rules(user, self._context.session.instance)
        except WizardError:
            return ""

    def copy(self, name: str) -> None:
        """Open the editor for a new user with the rules of another one, planned or of the server."""
        from screens.dialogs.text import TextDialog
        from screens.text.steps.user_rules import rights_only, user_of_rules

        session = self._context.session
        known = self._user(name)
        new = UserAnswer(name="", role=AclRole.APPLICATION)
        try:
            if known is not None:
                new = replace(known, name="")
            else:
                text = rights_only(session.user_rules.get(name, ""))
                new = user_of_rules(new, text, session.instance)
        except WizardError as error:
            self._context.display.push_screen(TextDialog(f'User "{name}" cannot be copied', literal(str(error))))
            return
        self._open_editor(new, "")

    def _open_editor(self, user: UserAnswer, name: str) -> None:
        from screens.dialogs.user_editor import UserEditor
        from screens.text.steps.user_rules import rights_only, user_of_rules

        instance = self._context.session.instance

        def store(edited: UserAnswer | None) -> None:
            if edited is not None:
                self._navigation.change(lambda session: with_user(session, edited, name))

        editor = UserEditor(
            user,
            lambda edited: self.preview(edited, name),
            lambda edited, text: user_of_rules(edited, text, instance),
            self._rules,
            rights_only(self._context.session.user_rules.get(name, "")),
        )
        self._context.display.push_screen(editor, store)

    def try_command(self, name: str) -> None:
        """Ask whether a user may run a command: by the plan, and by the server now."""
        from screens.dialogs.try_command import TryCommand

        user, engine, session = self._user(name), self._context.engine, self._context.session
        facts, instance = session.facts, session.instance
        exists = instance is not None and name in session.user_rules
        keys = user.keys if user else ()
        key = next(iter(keys), "app:*").replace("*", "1")

        def ask_now(words: Sequence[str], show: Callable[[str], None]) -> None:
            assert facts is not None  # noqa: S101 - `exists` says so
            assert instance is not None  # noqa: S101 - `exists` says so
            self._context.tasks.start(
                "try",
                lambda: engine.try_now(facts, instance, name, words, self._host.login),
                show,
                lambda error: show(error_text(error)),
            )

        planned = (lambda words: engine.may(user, words, instance)) if user is not None else None
        dialog = TryCommand(name, planned, ask_now if exists else None, f"GET {key}")
        self._context.display.push_screen(dialog)

    def _user(self, name: str) -> UserAnswer | None:
        return next((each for each in self._context.session.answers.acl.users if each.name == name), None)
