"""How to reach and enter a server."""

from pathlib import PurePosixPath

from wizard.model.value import Secret


class Login:
    """A user with its password and, for TLS, a client certificate. Its repr shows no secret."""

    __slots__ = ("authority", "certificate", "key", "password", "user")

    def __init__(
        self,
        user: str = "default",
        password: Secret | None = None,
        *,
        certificate: PurePosixPath | None = None,
        key: PurePosixPath | None = None,
        authority: PurePosixPath | None = None,
    ) -> None:
        self.user = user
        self.password = password
        self.certificate = certificate
        self.key = key
        self.authority = authority

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, password={'***' if self.password else None})"


class Endpoint:
    """Where a server listens: a unix socket, or an address with a port, with or without TLS."""

    __slots__ = ("address", "port", "socket", "tls")

    def __init__(
        self,
        *,
        socket: PurePosixPath | None = None,
        address: str = "127.0.0.1",
        port: int = 6379,
        tls: bool = False,
    ) -> None:
        self.socket = socket
        self.address = address
        self.port = port
        self.tls = tls

    def __str__(self) -> str:
        if self.socket is not None:
            return str(self.socket)
        return f"{self.address}:{self.port}{' tls' if self.tls else ''}"

    __repr__ = __str__
