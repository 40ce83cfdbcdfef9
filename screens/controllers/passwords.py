"""The part of the App that holds new passwords until the operator has them.

What may not live here: showing them (`screens.views.passwords`).
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from textual import on

from screens.controllers.navigation import Navigator
from screens.step import BaseScreen
from screens.text.confirmation import PasswordDelivery
from wizard.errors import HostError
from wizard.model.value import Secret

if TYPE_CHECKING:
    from screens.engine import Engine
    from screens.options import Options
    from wizard.host.files.exclusive_create import Created

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class HandingOver(Navigator):
    """Holds passwords and knows whether the operator has them."""

    def __init__(self, options: "Options", engine: "Engine") -> None:
        super().__init__(options, engine)
        self._passwords: Mapping[str, Secret] = {}
        self._state = PasswordDelivery()
        self._unasked: Created | None = None
        """The file that the command line named, written before they come into force."""

    @property
    def hand_over(self) -> PasswordDelivery:
        """Whether the operator has the new passwords."""
        return self._state

    def hold(self, passwords: Mapping[str, Secret], *, written_to: str = "") -> None:
        """Hold new passwords, in place of older ones."""
        self._passwords = passwords
        self.note(PasswordDelivery(users=tuple(sorted(passwords)), done=bool(written_to), written_to=written_to))

    def forget(self) -> None:
        """Let the passwords go: they are not in force, or were handed over."""
        self.hold({})

    def withdraw(self) -> None:
        """Let passwords go that never came into force, with the file that was written before."""
        if self._unasked is not None:
            from wizard.host.files import exclusive_create

            # It is worth nothing all the same; that it cannot be removed is no failure.
            with suppress(HostError):
                exclusive_create.discard(self._unasked)
        self.forget()

    def note(self, state: PasswordDelivery) -> None:
        """Take note of how far the hand-over is, and show it."""
        if state == self._state:
            return
        self._state = state
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.hand_over(state)

    def write_unasked(self, passwords: Mapping[str, Secret]) -> str:
        """Write passwords where the command line said, and give that place; empty when it said none.

        Raises:
            WizardError: they cannot be written there.
        """
        from wizard.jobs import passwords_file

        if self.options.secrets_to is None or not passwords:
            return ""
        self._unasked = passwords_file.write(self.options.secrets_to, passwords)
        return str(self._unasked.path)

    def may_go(self) -> bool:
        """Whether the result may be left for a step: not before the passwords are handed over."""
        if self._state.missing:
            self.notify("hand the passwords over first: p shows or writes them", markup=False, severity="warning")
            return False
        self.forget()
        return super().may_go()

    # --- the screen ----------------------------------------------------------------------------

    @on(BaseScreen.ShowPasswords)
    def _show_passwords(self) -> None:
        self.open_passwords("")

    def open_passwords(self, asked: str) -> None:
        """Open the one screen that may show them; `asked` says why, when the operator did not ask."""
        from screens.views.apply import ApplyScreen
        from screens.views.passwords import PasswordsScreen

        if not self._passwords:
            self.bell()
            return
        screen = self.screen
        countdown = screen.another_countdown() if isinstance(screen, ApplyScreen) else None
        self.push_screen(
            PasswordsScreen(
                self.session, self._passwords, asked=asked, written_to=self._state.written_to, countdown=countdown
            )
        )

    def on_passwords_screen_handed_over(self) -> None:
        """Take note that the operator saw the passwords."""
        self._handed_over(self._state.written_to)

    def on_passwords_screen_write(self) -> None:
        """Ask where to write the passwords."""
        from screens.dialogs.path import PathDialog
        from screens.export import home
        from wizard.jobs import passwords_file

        suggestion = home() / f"redis-passwords-{self.subject_name()}.toml"
        passwords = self._passwords

        def write(path: PurePosixPath) -> None:
            passwords_file.write(path, passwords)

        self.push_screen(PathDialog("Write the passwords", suggestion, write), self._passwords_written)

    def subject_name(self) -> str:
        """Name what the passwords belong to, for the file that is suggested."""
        return "redis"

    def _passwords_written(self, path: PurePosixPath | None) -> None:
        from screens.views.passwords import PasswordsScreen

        if path is None:
            return
        self._handed_over(str(path))
        if isinstance(self.screen, PasswordsScreen):
            self.screen.written(str(path))

    def _handed_over(self, written_to: str) -> None:
        self.note(PasswordDelivery(users=self._state.users, done=True, written_to=written_to))
