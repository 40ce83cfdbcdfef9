"""Which peer may see a login: the one decision, and the only way to open a session.

A login goes to a process, not to an address: any local user can bind a port that the server has just left, or start
a program that is named like it.

Source:
    ``docs/decisions/0018-logins-go-to-the-server.md``; unix(7), SO_PEERCRED.
"""

import os
import socket
import struct
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from wizard.errors import HostError, NotPermittedError, ProgramError, UnprovenError, UnreachableError
from wizard.host.reader import HostReader, ProcessLife
from wizard.model.login import Endpoint, Login
from wizard.model.network import Connection, Holder
from wizard.model.value import Value
from wizard.server.client import Client, connect
from wizard.server.tls_handshake import tls_handshake
from wizard.server.unit_process import runs_server, server_process

SERVER_ACCOUNTS = frozenset({"redis", "valkey", "keydb"})
"""Accounts that packages make for a server; only root can make one of these names."""
_ROOTS_OWN = PurePosixPath("/etc")
"""Only root gives files to users below this directory."""
_WRITABLE = 0o022
"""By its group, by everyone."""
SECONDS = 2.0
LOOK_SECONDS = 0.001
"""Between two looks at a connection that no process has accepted yet; doubled up to the next one."""
LONGEST_LOOK_SECONDS = 0.02
MANAGER_SECONDS = 2.0
"""A service manager that is just replaced by itself does not answer for a moment."""
_SURE = 3
"""So many looks that show another process: the kernel names a socket just before its process has it."""
_CREDENTIALS = struct.Struct("3i")
"""``struct ucred``: process, user, group."""


class Identity(Value, frozen=True, kw_only=True):
    """Which process is the server."""

    name: str
    """What sentences call it."""
    main_pid: Callable[[], int]
    """Return the process as it is now, 0 where there is none."""
    runs: Callable[[], bool]
    """Return whether a process is there that can be the server; a script may go on without it."""
    accounts: frozenset[str] | None = None
    """Users that it may run as; ``None`` where its process is root's choice."""


def of_unit(host: HostReader, unit: str) -> Identity:
    """Identify a server by its unit: its process is what service manager and kernel say at that moment."""
    return Identity(name=unit, main_pid=lambda: server_process(host, unit), runs=lambda: runs_server(host, unit))


def of_process(pid: int, accounts: Collection[str] = ()) -> Identity:
    """Identify a server without a unit by its process, if one of these accounts, root or this user runs it."""
    trusted = SERVER_ACCOUNTS | frozenset(accounts)
    return Identity(name=f"process {pid}", main_pid=lambda: pid, runs=lambda: bool(pid), accounts=trusted)


def owners_of(host: HostReader, config: PurePosixPath | None, *, named: bool) -> tuple[str, ...]:
    """Return the user that a configuration file vouches for: its owner, if root or the operator chose the file.

    Args:
        host: The machine.
        config: The file that the process names in its command line, which proves nothing by itself.
        named: The operator named the file or its server.
    """
    if config is None:
        return ()
    try:
        # By its real path: the command line may lead out of /etc again, by ``..`` or by a link.
        file = host.resolve_target(config)
        owner = host.status(file).owner
        return (owner,) if owner and (named or _root_gave(host, file, owner)) else ()
    except HostError:
        return ()


def _root_gave(host: HostReader, file: PurePosixPath, owner: str) -> bool:
    """Return whether root alone can have given a file, or a directory above it, to its owner."""
    if not file.is_relative_to(_ROOTS_OWN):
        return False
    above = (host.status(each) for each in file.parents if each.is_relative_to(_ROOTS_OWN))
    return all(each.owner == owner or (each.owner == "root" and not each.mode & _WRITABLE) for each in above)


def of_own(name: str, pid: Callable[[], int]) -> Identity:
    """Identify a server that we have started."""
    return Identity(name=name, main_pid=pid, runs=lambda: bool(pid()))


class _Problem(Value, frozen=True):
    """Why a peer is not proven to be the server."""

    why: str
    unseen: bool = False
    """Nothing speaks against it: the proof itself cannot be had."""
    login: bool = False
    """It is the process in question, but not one that may see a login."""


@dataclass(slots=True)
class ServerAccess:
    """Opens sessions with one server, and with no other peer.

    A peer is the server if the kernel says that the server's process holds the other end of this very connection: by
    SO_PEERCRED for a unix socket, by the socket table for TCP. A process elsewhere
    is proven only by a certificate that an authority of the operator has signed.
    """

    host: HostReader
    identity: Identity | None = None
    """``None``: no process of this host is known to be the server."""
    authority: PurePosixPath | None = None
    """File of the authority that the operator named; one that a configuration names proves nothing here."""
    _known: ProcessLife | None = field(default=None, init=False, repr=False)

    def connect(self, endpoint: Endpoint, login: Login | None = None, *, seconds: float = SECONDS) -> Client:
        """Connect, make sure that the peer is the server, and only then log in.

        Raises:
            UnprovenError: another process may be at that endpoint; nothing was sent.
            UnreachableError, LoginError, LoadingError, ServerError: see `wizard.server.client.connect`.
        """
        return connect(endpoint, login, seconds=seconds, prove=self.proof(endpoint, login, seconds=seconds))

    def shake_hands(self, endpoint: Endpoint, login: Login | None, *, name: str, seconds: float = 3) -> str:
        """Make a TLS handshake with the server; see `wizard.server.tls_handshake.shake_hands`.

        Raises:
            ServerError: there is no handshake, or the peer is not the server.
        """
        prove = self.proof(endpoint, login, seconds=seconds)
        return tls_handshake(endpoint.address, endpoint.port, login, name=name, seconds=seconds, prove=prove)

    def proof(
        self, endpoint: Endpoint, login: Login | None = None, *, seconds: float = SECONDS
    ) -> Callable[[socket.socket], None]:
        """Return a check of a connection that is open and has sent nothing; it raises UnprovenError."""
        secret = login is not None and (login.password is not None or login.certificate is not None)
        vouched = endpoint.tls and login is not None and self.authority is not None
        vouched = vouched and login is not None and login.authority == self.authority

        def prove(link: socket.socket) -> None:
            problem = self._problem(link, endpoint, seconds, secret=secret)
            if problem is None or vouched:
                return
            if secret or not (problem.unseen or problem.login):
                raise UnprovenError(problem.why)

        return prove

    # --- the proof -------------------------------------------------------------------------------

    def _problem(self, link: socket.socket, endpoint: Endpoint, seconds: float, *, secret: bool) -> _Problem | None:
        """Say why a peer may not be the server; a server that was restarted in between is asked for again."""
        if self.identity is None:
            return _Problem(
                f"no server process of this host is known for {endpoint}, so no login is sent; "
                "use TLS with --tls and --cacert",
                unseen=True,
            )
        for _ in range(2):
            server = self._server()
            if server is None:
                return self._gone(endpoint)
            try:
                proven = self._holds(link, endpoint, server, seconds)
            except NotPermittedError:
                return self._hidden(endpoint)
            if proven and self._lives_on(server, ask=secret):
                return self._account_problem(endpoint, server)
            self._known = None
        return _Problem(
            f"{endpoint} belongs to a process other than {self.identity.name}, so nothing is sent there; "
            "stop that process, or name another endpoint"
        )

    def _server(self) -> ProcessLife | None:
        """Return the server's process; the service manager is asked whenever the last one is gone."""
        if self._known is None or self.host.life(self._known.pid) != self._known:
            pid = self._main_pid()
            self._known = self.host.life(pid) if pid else None
        return self._known

    def _lives_on(self, server: ProcessLife, *, ask: bool) -> bool:
        """Return whether it is the server still: until now its id has named one process, which is the main one."""
        same = self.host.life(server.pid) == server
        return same and (not ask or self._main_pid() == server.pid)

    def _main_pid(self) -> int:
        deadline = time.monotonic() + MANAGER_SECONDS
        while self.identity is not None:
            try:
                return self.identity.main_pid()
            except HostError as error:
                if not isinstance(error, ProgramError) or time.monotonic() > deadline:
                    msg = f"systemd does not report the server's process: {error}"
                    raise UnreachableError(msg) from None
                time.sleep(LONGEST_LOOK_SECONDS)
        return 0

    def _holds(self, link: socket.socket, endpoint: Endpoint, server: ProcessLife, seconds: float) -> bool:
        if endpoint.socket is not None:
            pid, user_id, _ = _CREDENTIALS.unpack(
                link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            )
            # The id may have been reused: the user shows a process of another account.
            return (pid, user_id) == (server.pid, server.user_id)
        return self._has_accepted(_connection(link), endpoint, server, seconds)

    def _has_accepted(self, connection: Connection, endpoint: Endpoint, server: ProcessLife, seconds: float) -> bool:
        deadline, pause, others = time.monotonic() + seconds, LOOK_SECONDS, 0
        while True:
            holder = self.host.holder(server.pid, connection)
            if holder is Holder.PROCESS:
                return True
            others += holder is not Holder.PENDING
            if others >= _SURE:
                return False
            if time.monotonic() > deadline:
                raise UnreachableError(f"{endpoint} did not answer in time")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    def _gone(self, endpoint: Endpoint) -> _Problem:
        if not self.host.root and self._main_pid():
            # Mounted with hidepid=, /proc shows a user no process of others.
            return self._hidden(endpoint)
        name = self.identity.name if self.identity is not None else "the server"
        return _Problem(f"{name} has no running process, so nothing is sent to {endpoint}; start it first")

    def _hidden(self, endpoint: Endpoint) -> _Problem:
        remedy = "give root CAP_SYS_PTRACE" if self.host.root else "run as root"
        return _Problem(
            f"the kernel does not show which process holds {endpoint}, so no login is sent; "
            f"{remedy}, or use the unix socket, or TLS with --cacert",
            unseen=True,
        )

    def _account_problem(self, endpoint: Endpoint, server: ProcessLife) -> _Problem | None:
        accounts = self.identity.accounts if self.identity is not None else None
        if accounts is None or server.user_id in {0, os.geteuid()} or server.user in accounts:
            return None
        return _Problem(
            f"process {server.pid} at {endpoint} runs as {server.user}, so no login is sent; "
            "if it is your server, name its configuration with --config",
            login=True,
        )


def _connection(link: socket.socket) -> Connection:
    """Return both ends of a connection; an address is given without its zone."""
    (address, port), (client_address, client_port) = link.getpeername()[:2], link.getsockname()[:2]
    return Connection(
        address=address.partition("%")[0],
        port=port,
        client_address=client_address.partition("%")[0],
        client_port=client_port,
    )
