"""A temporary server: the real binary on a private socket, with files of its own.

It is started as a child process, or by the service manager in a transient unit.
"""

import time
from contextlib import suppress
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from wizard.errors import (
    HostError,
    LoadingError,
    LoginError,
    NotFoundError,
    ProgramError,
    RehearsalError,
    UnreachableError,
    UnsupportedError,
)
from wizard.host.port import Host, Running
from wizard.host.services import TransientUnit
from wizard.model.login import Endpoint, Login
from wizard.model.unit_state import RUNNING
from wizard.server.access import ServerAccess, of_own
from wizard.server.client import Client

POLL_SECONDS = 0.01
WORDS_LIMIT = 1 << 20
LONGER = 5.0
"""Seconds that a service manager has to give up on a unit by itself."""
_OUR_STEPS = ("step CHDIR", "step STDOUT", "step STDERR", "step STDIN")
"""What we say of the unit ourselves; all other steps of its start are those of the real one."""
_NOISE = ("Starting ", "Started ", "Stopping ", "Stopped ", "Failed to start ", "Failed with result")


class TemporaryServer:
    """A running server; the context ends it."""

    def __init__(self, host: Host, running: Running, socket: PurePosixPath, output: PurePosixPath) -> None:
        self._host = host
        self._running = running
        self._output = output
        self.endpoint = Endpoint(socket=socket)
        """Its private unix socket."""
        self.access = ServerAccess(host, of_own("the rehearsal's server", lambda: self.pid))
        """Opens sessions with it; its directory belongs to the service account, which may plant a socket there."""
        self.directory = output.parent
        """Its throw-away directory."""

    @classmethod
    def start(
        cls,
        host: Host,
        binary: str,
        config: PurePosixPath,
        *,
        socket: PurePosixPath,
        output: PurePosixPath,
        user: str,
        seconds: float = 10,
    ) -> Self:
        """Start it and wait until it answers.

        Args:
            host: Where.
            binary: Absolute path by the name that the server is started by.
            config: Its configuration; must name `socket` and log to standard output.
            socket: Where it will listen.
            output: File for all that it says; created.
            user: Account to run as; empty: as we are.
            seconds: It must answer within these.

        Raises:
            RehearsalError: it ended or did not answer; the text is what it said, all of it.
            ProgramError: it cannot be started at all.
        """
        running = host.launch([binary, str(config)], directory=config.parent, output=output, user=user)
        server = cls(host, running, socket, output)
        return server._waited_for(seconds)

    @classmethod
    def start_in_unit(
        cls, host: Host, unit: TransientUnit, *, socket: PurePosixPath, output: PurePosixPath, seconds: float = 10
    ) -> Self:
        """Start it in a transient unit and wait until it answers.

        Args:
            host: Where.
            unit: What to start; must send all that it says to `output` and give up by itself after `seconds`.
            socket: Where it will listen.
            output: File that exists, empty.
            seconds: It must answer within these.

        Raises:
            RehearsalError: it ended or did not answer, or the unit's own terms let it not even begin; the
                text is what the server said, else what the service manager did.
            UnsupportedError: the service manager does not start such a unit, whatever its program would do.
        """
        server = cls(host, _InUnit(host, unit.name), socket, output)
        begin = time.monotonic()
        try:
            host.services.start_transient(unit, seconds=seconds + LONGER)
        except ProgramError as error:
            late = f"\nit was not ready within {seconds:.0f} seconds" if time.monotonic() - begin >= seconds else ""
            words = server.output()
            server.end()
            raise _why(host, unit, error, words, late) from None
        except BaseException:
            server.end()
            raise
        return server._waited_for(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its process id; 0 when it is gone."""
        return self._running.pid

    def connect(self, login: Login | None = None) -> Client:
        """Connect over its socket."""
        return self.access.connect(self.endpoint, login)

    def output(self) -> str:
        """All that it has said."""
        try:
            return self._host.read(self._output, limit=WORDS_LIMIT).decode(errors="replace")
        except NotFoundError:
            return ""

    def end(self) -> None:
        """End it and wait until it is gone."""
        self._running.end()

    def _waited_for(self, seconds: float) -> Self:
        try:
            self._wait(seconds)
        except BaseException:
            self.end()
            raise
        return self

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self._running.poll() is not None:
                raise RehearsalError(self.output() or "it stopped without a message")
            if time.monotonic() > deadline:
                raise RehearsalError(f"{self.output()}\nit did not answer within {seconds:.0f} seconds")
            time.sleep(POLL_SECONDS)

    def _answers(self) -> bool:
        try:
            with self.connect() as client:
                client.ping()
        except LoginError:
            return True
        except (UnreachableError, LoadingError):
            return False
        return True


class _InUnit:
    """The program of a transient unit."""

    def __init__(self, host: Host, name: str) -> None:
        self._host = host
        self._name = name

    @property
    def pid(self) -> int:
        """See the port."""
        return self._host.services.show(self._name).main_pid

    def poll(self) -> int | None:
        """See the port; its exit status went with the unit."""
        return None if self._host.services.show(self._name).active in RUNNING else 1

    def end(self, *, seconds: float = 5) -> None:
        """See the port. A unit that has failed is gone already."""
        try:
            self._host.services.stop(self._name, seconds=seconds)
        except HostError:
            with suppress(HostError):
                self._host.services.kill(self._name)


def _why(
    host: Host, unit: TransientUnit, error: ProgramError, words: str, late: str
) -> RehearsalError | UnsupportedError:
    """Return a server that does not start from a unit that is not even tried."""
    tried = error.status is not None and (not error.words or error.words.startswith("Job for "))
    if not tried and not words.strip():
        return UnsupportedError(str(error))
    said = _manager_words(host, unit.name)
    if words.strip():
        # Its own words tell what went wrong when it ended by itself; of a signal it knows nothing.
        ended = "" if late or not said or "status=1/" in said else f"\n# systemd: {said}"
        return RehearsalError(f"{words}{ended}{late}")
    if not said or any(step in said for step in _OUR_STEPS):
        return UnsupportedError(said or str(error))
    return RehearsalError(f"systemd does not start it: {said}")


def _manager_words(host: Host, name: str) -> str:
    """Return what the service manager wrote into the system log when it could not start a unit."""
    journal = host.find_program("journalctl")
    if journal is None:
        return ""
    ask = [str(journal), "--quiet", "--no-pager", "--output=cat", "--lines=20", "--unit", name]
    deadline = time.monotonic() + 1
    while True:
        try:
            lines = [line.removeprefix(f"{name}: ").strip() for line in host.run(ask).output.splitlines()]
        except HostError:
            return ""
        # The log is written a little behind; this line is the last one.
        if any(line.startswith("Failed to start ") for line in lines) or time.monotonic() > deadline:
            return "; ".join(line.rstrip(".") for line in lines if line and not line.startswith(_NOISE))
        time.sleep(POLL_SECONDS)
