"""Holds new passwords until the operator has them."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from screens.base_screen import BaseScreen
from screens.controllers.context import Context
from screens.text.confirmation import PasswordDelivery
from wizard.errors import HostError
from wizard.model.value import Secret

if TYPE_CHECKING:
    from wizard.host.files.exclusive_create import Created

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class PasswordsController:
    """Holds passwords and knows whether the operator has them."""

    def __init__(self, context: Context, secrets_to: PurePosixPath | None) -> None:
        """Make the controller.

        Args:
            context: What every controller uses.
            secrets_to: The file that the command line names for new passwords.
        """
        self._context = context
        self._secrets_to = secrets_to
        self._passwords: Mapping[str, Secret] = {}
        self._job = ""
        self._early_file: Created | None = None
        """The file that the command line named, written before the passwords are in effect."""
        self.delivery = PasswordDelivery()
        """Whether the operator has the new passwords."""

    @property
    def passwords(self) -> Mapping[str, Secret]:
        """The new passwords, by user."""
        return self._passwords

    def hold(self, passwords: Mapping[str, Secret], *, job: str, written_to: str = "") -> None:
        """Hold the new passwords of a job, in place of older ones."""
        self._passwords, self._job = passwords, job
        self.note(PasswordDelivery(users=tuple(sorted(passwords)), done=bool(written_to), written_to=written_to))

    def forget(self) -> None:
        """Drop the passwords: they are not in effect, or the operator has them."""
        self.hold({}, job="")

    def withdraw(self) -> None:
        """Drop passwords that never took effect, with the file that was written before."""
        if self._early_file is not None:
            from wizard.host.files import exclusive_create

            # The passwords in it open nothing, so a file that cannot be removed is no failure.
            with suppress(HostError):
                exclusive_create.discard(self._early_file)
        self.forget()

    def note(self, delivery: PasswordDelivery) -> None:
        """Record how far the delivery is, and show it."""
        if delivery == self.delivery:
            return
        self.delivery = delivery
        for screen in self._context.display.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.show_delivery(delivery)

    def write_early(self, passwords: Mapping[str, Secret]) -> str:
        """Return passwords to the file of the command line, and return its path; empty when there is none.

        Raises:
            WizardError: they cannot be written there.
        """
        from wizard.jobs import passwords_file

        if self._secrets_to is None or not passwords:
            return ""
        self._early_file = passwords_file.write(self._secrets_to, passwords)
        return str(self._early_file.path)

    def release(self) -> bool:
        """Drop the passwords, if the operator has them; else say what to do first and return false."""
        if self.delivery.missing:
            text = "take the new passwords first: p shows or writes them"
            self._context.display.notify(text, markup=False, severity="warning")
            return False
        self.forget()
        return True

    # --- the screen ----------------------------------------------------------------------------

    def show(self, reason: str = "") -> None:
        """Open the one screen that may show the passwords; `reason` says why, unless the operator asked for it."""
        from screens.views.apply import ApplyScreen
        from screens.views.passwords import PasswordsScreen

        context = self._context
        if not self._passwords:
            context.display.bell()
            return
        screen = context.display.screen
        countdown = screen.another_countdown() if isinstance(screen, ApplyScreen) else None
        written_to = self.delivery.written_to
        context.display.push_screen(
            PasswordsScreen(context.session, self._passwords, reason=reason, written_to=written_to, countdown=countdown)
        )

    def close(self) -> None:
        """Close the screen that shows passwords which no longer open anything."""
        from screens.views.passwords import PasswordsScreen

        if isinstance(self._context.display.screen, PasswordsScreen):
            self._context.display.pop_screen()

    def mark_delivered(self, written_to: str = "") -> None:
        """Record that the operator saw the passwords, or has them in a file."""
        delivery = self.delivery
        self.note(PasswordDelivery(users=delivery.users, done=True, written_to=written_to or delivery.written_to))

    def ask_path(self) -> None:
        """Ask where to write the passwords."""
        from screens.dialogs.path import PathDialog
        from screens.export import home
        from wizard.jobs import passwords_file

        suggestion = home() / f"redis-passwords-{self._job}.toml"
        passwords = self._passwords

        def write(path: PurePosixPath) -> None:
            passwords_file.write(path, passwords)

        self._context.display.push_screen(PathDialog("Write the passwords", suggestion, write), self._written)

    def _written(self, path: PurePosixPath | None) -> None:
        from screens.views.passwords import PasswordsScreen

        if path is None:
            return
        self.mark_delivered(str(path))
        screen = self._context.display.screen
        if isinstance(screen, PasswordsScreen):
            screen.written(str(path))
