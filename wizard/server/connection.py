"""One connection to a server, made with redis-py and stripped of all that it does on its own.

No retry, no health check, no ``CLIENT SETINFO``, no reconnection: what was not asked for is not sent.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from wizard.errors import LoadingError, LoginError, ServerError, UnreachableError
from wizard.model.login import Endpoint, Login
from wizard.server.redact import redact, secrets_of
from wizard.server.redis_py import parts
from wizard.server.replies import Reply
from wizard.server.tls import Proof, connect_tls, tls_context

RedisPyConnection = Any
"""redis-py's ``AbstractConnection``; its methods have no types."""

LOGIN_WORDS = (
    "NOAUTH",
    "WRONGPASS",
    "NOPERM",
    "DENIED",
    "certificate required",
    "handshake failure",
    "invalid password",
)
"""In an error: another user, password, address or certificate is needed."""

HANG_UPS = ("connection reset", "closed by server", "broken pipe", "while writing to socket", "eof occurred")


class ServerConnection:
    """An open connection. Not for use by two threads at once."""

    def __init__(self, endpoint: Endpoint, login: Login | None, *, seconds: float, prove: Proof | None = None) -> None:
        """Connect, let the peer be proven, and log in.

        Raises:
            What `prove` raises; nothing was sent then.
            UnreachableError: nothing accepts, or it does not answer within `seconds`.
            LoginError: the server refuses the login, or wants a certificate.
            ServerError: it answers with another error, or a certificate cannot be used.
        """
        self._endpoint = endpoint
        self._secrets = (login.password.reveal(),) if login and login.password else ()
        self._shows_certificate = bool(login and login.certificate)
        self._connection: RedisPyConnection = None
        self._connection = self._guarded(lambda: _open(endpoint, login, seconds, prove))

    def command(self, command: tuple[str, ...]) -> Reply:
        """Send one command and give its reply.

        Raises:
            UnreachableError: no answer in time; the connection is then closed for good, because a
                late reply would be taken for that of the next command.
            LoginError, LoadingError, ServerError: what the server says. No text repeats a password.
        """
        connection = self._usable()
        try:
            reply: Reply = self._guarded(lambda: _exchange(connection, command), secrets_of(command))
        except UnreachableError:
            self.close()
            raise
        return reply

    def commands(self, commands: Sequence[tuple[str, ...]]) -> list[Reply | ServerError]:
        """Send many commands at once and give the reply of each, or the server's refusal as a value.

        Raises:
            UnreachableError: no answer in time, as with one command.
        """
        connection = self._usable()
        packed = connection.pack_commands(commands)
        try:
            self._guarded(lambda: connection.send_packed_command(packed, check_health=False))
            return [self._reply_to(connection, command) for command in commands]
        except UnreachableError:
            self.close()
            raise

    def _usable(self) -> RedisPyConnection:
        connection = self._connection
        if connection is None or not connection.is_connected:
            msg = f"the connection to {self._endpoint} is closed; connect again"
            raise UnreachableError(msg)
        return connection

    def _reply_to(self, connection: RedisPyConnection, command: tuple[str, ...]) -> Reply | ServerError:
        try:
            reply: Reply = self._guarded(
                lambda: connection.read_response(disconnect_on_error=False), secrets_of(command)
            )
        except UnreachableError:
            raise
        except ServerError as error:
            return error
        return reply

    def close(self) -> None:
        """Close; further calls do nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()

    def _guarded(self, act: Callable[[], Any], secrets: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - a reply or a connection
        try:
            return act()
        except (parts().exceptions.RedisError, OSError, UnicodeError) as error:
            failure = error
        # Raised outside the handler: the original holds the command, and with it maybe a password.
        raise _translated(
            failure, self._endpoint, (*self._secrets, *secrets), shows_certificate=self._shows_certificate
        )


def _exchange(connection: RedisPyConnection, command: tuple[str, ...]) -> Any:  # noqa: ANN401 - as redis-py types it
    connection.send_command(*command, check_health=False)
    return connection.read_response(disconnect_on_error=False)


def _open(endpoint: Endpoint, login: Login | None, seconds: float, prove: Proof | None) -> RedisPyConnection:
    common: dict[str, Any] = {
        "protocol": 2,
        "legacy_responses": True,
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "decode_responses": True,
        "encoding_errors": "backslashreplace",
        "driver_info": None,
        "parser_class": _parser_class(),
    }
    if login is not None and login.password is not None:
        common |= {"username": login.user, "password": login.password.reveal()}
    made: RedisPyConnection
    if endpoint.socket is not None:
        made = _proving(_unix_class(), prove)(path=str(endpoint.socket), **common)
    elif endpoint.tls:
        made = _tls_class(login, seconds, prove)(host=endpoint.address, port=endpoint.port, **common)
    else:
        made = _proving(parts().connection.Connection, prove)(host=endpoint.address, port=endpoint.port, **common)
    made.connect()
    return made


def _parser_class() -> Any:  # noqa: ANN401 - redis-py chooses one of several
    """A parser that gives every error of the server as it is.

    redis-py turns ``-LOADING`` into a lost connection, and then reads the same line again for the next
    command (8.1, ``_RESP2Parser.read_response``).
    """
    return type("PlainErrors", (parts().connection.DefaultParser,), {"EXCEPTION_CLASSES": {}})


def _unix_class() -> RedisPyConnection:
    class Unix(parts().connection.UnixDomainSocketConnection):  # type: ignore[misc]  # redis-py's parts have no types
        """redis-py 8.1 asks a unix connection for its host when connecting takes too long."""

        host = ""
        port = 0

    return Unix


def _proving(kind: RedisPyConnection, prove: Proof | None) -> RedisPyConnection:
    """Let a class of redis-py show its connection before it sends anything."""
    if prove is None:
        return kind
    proof = prove

    class Proving(kind):  # type: ignore[misc]  # redis-py's parts have no types
        """Closes a connection whose peer is not proven."""

        def _connect(self) -> socket.socket:
            link: socket.socket = super()._connect()
            try:
                proof(link)
            except BaseException:
                link.close()
                raise
            return link

    return Proving


def _tls_class(login: Login | None, seconds: float, prove: Proof | None) -> RedisPyConnection:
    class Tls(parts().connection.SSLConnection):  # type: ignore[misc]  # redis-py's parts have no types
        """Trusts the authority of the login alone, where it names one."""

        def _connect(self) -> ssl.SSLSocket:
            return connect_tls(tls_context(login), self.host, self.port, name=self.host, seconds=seconds, prove=prove)

    return Tls


def _translated(
    error: Exception, endpoint: Endpoint, secrets: tuple[str, ...], *, shows_certificate: bool
) -> ServerError:
    redis = parts().exceptions
    words = redact(" ".join(str(error).split()), secrets)
    if any(word in words for word in LOGIN_WORDS):
        return LoginError(f"{endpoint} refuses this login: {words.rstrip('.')}")
    if words.startswith("LOADING"):
        return LoadingError(f"{endpoint} still reads its data: {words}")
    if isinstance(error, redis.TimeoutError | TimeoutError):
        return UnreachableError(f"{endpoint} did not answer in time")
    if endpoint.tls and not shows_certificate and any(word in words.lower() for word in HANG_UPS):
        # With TLS 1.3 a server that misses a client certificate closes after the handshake, often without an alert.
        return LoginError(f"{endpoint} closed the connection: it requires a client certificate; give one with its key")
    if isinstance(error, redis.ConnectionError | OSError | UnicodeError):
        return UnreachableError(f"{endpoint} cannot be reached: {words}")
    return ServerError(words)
