"""The one screen that may show new passwords, and only while the operator wants it."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.session import Session
from screens.text import confirmation
from screens.text.formatting import lines, literal, row
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from wizard.model.value import Secret


class PasswordsScreen(BaseScreen):
    """Shows new passwords, or has them written."""

    help = "passwords"
    keys: ClassVar[str] = "F1 Help  s show or hide  w write a 0600 file          F7 or F8 Back   F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "show", show=False),
        Binding("w", "write", show=False),
        Binding("f8,ctrl+n", "back", priority=True, show=False),
    ]

    class Write(BaseScreen.Request):
        """Write the passwords to a file."""

    class Shown(BaseScreen.Request):
        """The operator has seen the passwords."""

    def __init__(
        self,
        session: Session,
        passwords: Mapping[str, Secret],
        *,
        reason: str = "",
        written_to: str = "",
        countdown: Countdown | None = None,
    ) -> None:
        """Create the screen.

        Args:
            session: What every screen shows.
            passwords: By user.
            reason: Why the screen opened, one sentence; empty when the operator asked for it.
            written_to: The file that holds them already.
            countdown: Runs while a change waits for its confirmation.
        """
        super().__init__(session)
        self._passwords = passwords
        self._reason = Static(literal(reason, TextStyle.WARN), classes="" if reason else "gone")
        self._written_to = written_to
        self._countdown = countdown
        self._shown = False
        self._rows = Static()

    def body(self) -> ComposeResult:
        """Yield the time that is left, who has a new password, and the passwords on demand."""
        yield self._reason
        if self._countdown is not None:
            before = Static(literal(confirmation.COUNTDOWN_LABEL, TextStyle.STRONG))
            yield Horizontal(before, self._countdown, classes="left")
        yield self._rows

    def state(self) -> str:
        """Return that the change is not confirmed yet."""
        return "PENDING CONFIRM" if self._countdown is not None else ""

    def show_session(self, session: Session) -> None:
        """Draw the passwords, if they are shown."""
        super().show_session(session)
        self._draw()

    def written(self, path: str) -> None:
        """Show that the passwords were written, and what comes next."""
        self._written_to = path
        after = "F8" if self._countdown is None else "F8, then c confirms the change"
        self._reason.update(literal(f"They are taken. Next: {after}.", TextStyle.OK))
        self._draw()

    def _draw(self) -> None:
        self._rows.update(self._words())

    def _words(self) -> Content:
        where = f"written to {self._written_to}" if self._written_to else "shown here only"
        return lines(
            literal(f"New passwords, {where}", TextStyle.STRONG),
            "",
            *(self._line(user, secret) for user, secret in sorted(self._passwords.items())),
            "",
            row(literal(" s ", TextStyle.ACCENT), literal("hide them" if self._shown else "show them")),
            row(literal(" w ", TextStyle.ACCENT), literal("write them to a new file that only you can read")),
        )

    def _line(self, user: str, secret: Secret) -> Content:
        if self._shown:
            return literal(f"  {user:<16} {secret.reveal()}", TextStyle.WARN)
        return literal(f"  {user:<16} ****")

    def strip(self) -> ReasonBar:
        """Return how long they can be read."""
        more = "Until you confirm or roll back, another root login can read them too."
        return ReasonBar(why="Take them now: this host stores only their hashes.", more=more if self._countdown else "")

    def action_show(self) -> None:
        """Show or hide the passwords."""
        self._shown = not self._shown
        self._draw()
        self.post_message(self.Shown())

    def action_write(self) -> None:
        """Write the passwords to a file."""
        self.post_message(self.Write())
