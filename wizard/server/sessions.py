"""Ways into a running server: its endpoints by its configuration, and a session through the first that opens."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.errors import LoadingError, LoginError, ServerError, UnreachableError
from wizard.host.reader import HostReader
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.model.login import Endpoint, Login
from wizard.model.network import local_address
from wizard.model.text import number
from wizard.server.access import ServerAccess, of_process, of_unit, owners_of
from wizard.server.client import Client

SESSION_SECONDS = 5.0
"""For one reply of a live server: a frozen one must not hold us for ever."""


def endpoints(values: Mapping[str, Sequence[str]]) -> tuple[Endpoint, ...]:
    """List where a server listens by its configuration: unix socket first, then plain, then TLS ports.

    Args:
        values: Arguments of the last line of each directive; those that are missing have their default.
    """
    found = []
    socket = "".join(values.get("unixsocket", ()))
    if socket:
        found.append(Endpoint(socket=PurePosixPath(socket)))
    addresses = addresses_of(values.get("bind", ()))
    for name, default, tls in (("port", "6379", False), ("tls-port", "0", True)):
        port = int("".join(values.get(name, ())) or default)
        if port:
            found += [Endpoint(address=address, port=port, tls=tls) for address in addresses]
    return tuple(found)


def addresses_of(bind: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses that a `bind` line can be reached by from this host, each once, loopback first."""
    words = [word for word in bind if word] or ["*"]
    plain = [local_address(word) for word in words]
    loopback_first = sorted(plain, key=lambda address: not address.startswith(("127.", "::1", "localhost")))
    return tuple(dict.fromkeys(loopback_first))


def parse_endpoint(text: str) -> Endpoint | None:
    """Read an endpoint as the facts write it: a socket path, or ``address:port``, with ``tls`` behind it."""
    where, _, suffix = text.partition(" ")
    if where.startswith("/"):
        return Endpoint(socket=PurePosixPath(where))
    address, colon, port = where.rpartition(":")
    found = number(port)
    if not colon or found is None:
        return None
    return Endpoint(address=address.strip("[]"), port=found, tls=suffix == "tls")


def access_to(host: HostReader, instance: Instance | None) -> ServerAccess:
    """Return the access to a server of this host: to its unit's main process, else to the process that was detected."""
    if instance is None or host.tree is not None:
        return ServerAccess(host)
    if instance.unit is not None:
        return ServerAccess(host, of_unit(host, instance.unit.name))
    if instance.process is None:
        return ServerAccess(host)
    config = instance.config.main if isinstance(instance.config, ConfigFacts) else None
    return ServerAccess(host, of_process(instance.process.pid, owners_of(host, config, named=True)))


class Connector:
    """Endpoints and logins to try, in order, and the session that was opened last."""

    def __init__(
        self,
        places: Sequence[Endpoint] = (),
        logins: Sequence[Login | None] = (),
        *,
        access: ServerAccess | None = None,
    ) -> None:
        self.endpoints = list(places)
        self.logins = list(logins)
        self.access = access
        """Opens every session; without one no server can be reached."""
        self._session: Client | None = None

    def prefer(self, *, places: Sequence[Endpoint] = (), logins: Sequence[Login | None] = ()) -> None:
        """Try these first from now on."""
        self.endpoints = [*places, *(p for p in self.endpoints if str(p) not in {str(each) for each in places})]
        self.logins = [*logins, *(each for each in self.logins if each not in logins)]

    def only(self, places: Sequence[Endpoint]) -> None:
        """Forget all other endpoints: from now on another process may listen there."""
        self.endpoints = list(places)

    def connect(self) -> Client:
        """Return a session that answers and is not about to be refused.

        Raises:
            UnreachableError, LoginError, LoadingError, ServerError: the last try's error, when none works.
        """
        if self._session is not None:
            try:
                self._session.ping()
            except LoadingError:
                raise
            except ServerError:
                self.close()
            else:
                return self._session
        return self._open()

    def connect_or_none(self) -> Client | None:
        """Return a session, or ``None`` when no login and endpoint works."""
        try:
            return self.connect()
        except ServerError:
            return None

    def close(self) -> None:
        """Close the session; the next one is opened again."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _open(self) -> Client:
        failure: ServerError = UnreachableError("no address of the server is known")
        for place in self.endpoints if self.access is not None else ():
            for login in self.logins or [None]:
                try:
                    return self._enter(place, login)
                except LoadingError:
                    raise
                except UnreachableError as error:
                    failure = failure if isinstance(failure, LoginError) else error
                    break
                except ServerError as error:
                    failure = error
        raise failure

    def _enter(self, place: Endpoint, login: Login | None) -> Client:
        """Open the session; one with a server that still loads its data is kept and asked again."""
        if self.access is None:
            raise UnreachableError("the server's process is not known")
        client = self.access.connect(place, login, seconds=SESSION_SECONDS)
        try:
            client.ping()
        except LoadingError:
            self._session = client
            raise
        except ServerError:
            client.close()
            raise
        self._session = client
        return client
