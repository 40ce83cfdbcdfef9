"""A server of our own for a moment: the real binary on a private socket, nobody else's files.

What may not live here: what its configuration says, and what is proven with it.
"""

import time
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from wizard.errors import LoadingError, LoginError, NotFoundError, RehearsalError, UnreachableError
from wizard.host.port import Host, Running
from wizard.model.login import Endpoint, Login
from wizard.server.client import Client, connect

POLL_SECONDS = 0.01
WORDS_LIMIT = 1 << 20


class PrivateServer:
    """A running server; the context ends it."""

    def __init__(self, host: Host, running: Running, socket: PurePosixPath, output: PurePosixPath) -> None:
        self._host = host
        self._running = running
        self._output = output
        self.endpoint = Endpoint(socket=socket)
        """Its private unix socket."""
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
        try:
            server._wait(seconds)
        except BaseException:
            server.end()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def connect(self, login: Login | None = None) -> Client:
        """Connect over its socket."""
        return connect(self.endpoint, login)

    def words(self) -> str:
        """All that it has said."""
        try:
            return self._host.read(self._output, limit=WORDS_LIMIT).decode(errors="replace")
        except NotFoundError:
            return ""

    def end(self) -> None:
        """End it and wait until it is gone."""
        self._running.end()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self._running.poll() is not None:
                raise RehearsalError(self.words() or "it ended without a word")
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise RehearsalError(f"{self.words()}\nit did not answer within {seconds:.0f} seconds")
            time.sleep(POLL_SECONDS)

    def _answers(self) -> bool:
        try:
            with connect(self.endpoint) as client:
                client.ping()
        except LoginError:
            return True
        except (UnreachableError, LoadingError):
            return False
        return True
