"""Reads the host, and holds the login that it is read with."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

from screens import session as sessions
from screens.controllers.context import Context, error_text
from screens.controllers.planning import PlanController
from screens.detection import HostReading, read_host
from wizard.model.login import Login
from wizard.model.value import replace

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class HostController:
    """Reads the host in a thread and shows what was found."""

    def __init__(
        self, context: Context, plans: PlanController, *, login: Login | None, config: PurePosixPath | None, name: str
    ) -> None:
        """Make the controller.

        Args:
            context: What every controller uses.
            plans: Makes a plan for what was found.
            login: Of the command line.
            config: The configuration file that the command line names.
            name: The instance that the command line names, else empty.
        """
        self._context = context
        self._plans = plans
        self.login = login
        """The login in use."""
        self.given_login = login
        """The login that the operator gave last."""
        self._asks_again = True
        """The operator gave the login for the server as it is: a refusal is shown and another login asked for."""
        self._config = config
        self._name = name

    def read(self) -> None:
        """Read the host again."""
        context = self._context
        context.store.change(lambda session: replace(session, reading=True))
        login, config, name = self.login, self._config, self._name
        attestations = context.session.answers.attestations
        today = datetime.now(UTC).date()

        def work() -> HostReading:
            return read_host(context.engine, login, config, name, attestations, today)

        context.tasks.start("host", work, self._show, self._show_failure)

    def read_instance(self, name: str) -> None:
        """Read the host again, and choose this instance."""
        self._name = name
        self.read()

    def read_as(self, login: Login) -> None:
        """Read the host with a login that the operator gives."""
        self.login = self.given_login = login
        self._asks_again = True
        self.read()

    def read_after_job(self, login: Login | None) -> None:
        """Read the host as an apply or rollback left it; the job may have removed the user of the login."""
        self.login = login
        self._asks_again = False
        self.read()

    def _show(self, found: HostReading) -> None:
        self._context.store.change(lambda session: sessions.with_detection(session, found))
        if found.refusal:
            self._drop_login(found.refusal)
        self._plans.make()

    def _show_failure(self, error: Exception) -> None:
        text = error_text(error)
        self._context.store.change(lambda session: replace(session, reading=False, failure=text))

    def _drop_login(self, refusal: str) -> None:
        self.login = None
        if self._asks_again:
            self.ask_login(f"{refusal[:1].upper()}{refusal[1:]}.")
        else:
            self.read()

    def ask_login(self, why: str) -> None:
        """Ask for a login, and read the host again with it."""
        from screens.dialogs.login import AskLogin

        # A refusal comes when the host was read, perhaps while another dialog is open.
        self._context.display.push_when_free(AskLogin(why), lambda login: self.read_as(login) if login else None)
