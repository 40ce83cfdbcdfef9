"""Whether a user may run a command, by a server that does not run it."""

import hashlib
from collections.abc import Callable, Sequence
from enum import Enum

from wizard.changes.context import PlanContext
from wizard.errors import ServerError, UnreachableError
from wizard.model.login import Login
from wizard.model.value import Secret
from wizard.server.client import Client
from wizard.server.temporary import TemporaryServer

_DRYRUN_SINCE = 7


class DryRunVerdict(Enum):
    """What a server says of a user and a command."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It has another complaint, such as a command that was renamed away: that says nothing about the user."""


class Judge:
    """Decides for each command whether a user may run it."""

    def __init__(self, run: PlanContext, server: TemporaryServer, client: Client, user: str) -> None:
        self._client = client
        self._server = server
        self._user = user
        version = run.server.version if isinstance(run.server.version, str) else ""
        self._dry = int(version.split(".")[0] or "0") >= _DRYRUN_SINCE if version else True

    def verdicts(self, commands: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], DryRunVerdict]]:
        """Return the verdict on each command."""
        return [(command, self._by_dryrun(command)) for command in commands] if self._dry else self._queued(commands)

    def _by_dryrun(self, command: Sequence[str]) -> DryRunVerdict:
        return _verdict(lambda: self._client.acl_dryrun(self._user, command))

    def _queued(self, commands: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], DryRunVerdict]]:
        """Redis 6 has no DRYRUN: in a transaction each command is judged when it is queued, and none is run."""
        password = Secret("rehearsal")
        digest = hashlib.sha256(password.reveal().encode()).hexdigest()
        self._client.acl_setuser(self._user, (f"#{digest}", "+multi", "+discard"))
        with self._server.connect(Login(self._user, password)) as session:
            session.execute("MULTI")
            judged = [(command, _queue(session, command)) for command in commands]
            session.execute("DISCARD")
        return judged


def _queue(session: Client, command: Sequence[str]) -> DryRunVerdict:
    def say() -> str:
        session.execute(*command)
        return ""

    return _verdict(say)


def _verdict(say: Callable[[], str]) -> DryRunVerdict:
    """Read what a server says of a command: nothing, or that there is no permission, or something else.

    Source:
        Measured on Redis 6.2 to 8 and Valkey 8 and 9: ``NOPERM this user has no permissions to …`` in a transaction,
        ``User … has no permissions to …`` by DRYRUN; a wrong number of arguments or an unknown name comes first.
    """
    try:
        said = say()
    except UnreachableError:
        raise
    except ServerError as error:
        said = str(error)
    if not said:
        return DryRunVerdict.ALLOWED
    return DryRunVerdict.REFUSED if "has no permissions to" in said else DryRunVerdict.UNKNOWN
