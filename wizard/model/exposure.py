"""What stays open, in the same words wherever it is said: by plan, review, outcome, status and check."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wizard.model.network import Probe, ProbeAnswer
from wizard.model.value import Value, replace

DEFAULT = "default"
USED_BY = "Used by"
FORMER_USED_BY = "Kept open for"
"""What summaries of version 0.1 have in its place."""
UNLISTED = "clients that could not be listed"
_SHOWN = 6
_OPEN = "Still open:"
_UNKNOWN = "Not known:"
_OTHERS = 0o007
_SEE_CLIENTS = "give a login with --user and --password-file to see the clients"


class OpenEndpoint(Value, frozen=True, kw_only=True):
    """An endpoint that accepts commands without a password."""

    endpoint: str
    """``127.0.0.1:6379``, with ``tls`` behind it where so, or the path of a unix socket."""
    user: str = DEFAULT
    """The user that needs no password."""
    clients: str = ""
    """Who can connect to a unix socket, by its mode; empty for a port."""

    def __str__(self) -> str:
        return f"{self.endpoint} ({self.clients})" if self.clients else self.endpoint


class Opening(Value, frozen=True, kw_only=True):
    """Something else that stays open."""

    names: tuple[str, ...]
    """Endpoints or users."""
    used_by: tuple[str, ...] = ()
    """Its clients."""
    close: str = ""
    """How to close it, as an imperative."""


class Exposure(Value, frozen=True, kw_only=True):
    """What stays open, for whom, and what closes it."""

    open: tuple[OpenEndpoint, ...] = ()
    unknown: tuple[str, ...] = ()
    """Endpoints that gave no clear answer in time: not known to be closed."""
    kept_for: tuple[str, ...] = ()
    """The clients that are connected without a login of their own."""
    close: str = ""
    """How to close it, as an imperative."""
    guessable: tuple[str, ...] = ()
    """Users that keep a password which others can guess."""
    guessable_for: tuple[str, ...] = ()
    """The clients that are connected as these users."""
    default_login: Opening | None = None
    """The default user, where it can log in with a password."""
    plaintext: Opening | None = None
    """The endpoints that accept clients without TLS."""

    def paragraphs(self) -> tuple[str, ...]:
        """Return the sentences of each thing that stays open as one text, and last what is not known."""
        texts: list[str] = []
        for sentence in self._sentences():
            if texts and not sentence.startswith((_OPEN, _UNKNOWN)):
                texts[-1] += f" {sentence}"
            else:
                texts.append(sentence)
        return tuple(texts)

    def closed_by(self, close: str) -> "Exposure":
        """Return the same with one way to close each endpoint."""
        login = replace(self.default_login, close=close) if self.default_login else None
        plaintext = replace(self.plaintext, close=close) if self.plaintext else None
        return replace(self, close=close if self.open else "", default_login=login, plaintext=plaintext)

    def sentences(self) -> tuple[str, ...]:
        """Return what an operator must know first; empty where nothing is open and everything is known."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        for user in dict.fromkeys(each.user for each in self.open):
            names = [str(each) for each in self.open if each.user == user]
            who = "" if user == DEFAULT else f' as user "{user}"'
            yield f"{_OPEN} {_listed(names)} {_accepts(names)} commands without a password{who}."
        if self.open:
            yield from _remedy(self.kept_for, self.close)
        if self.guessable:
            users = _listed(f'"{name}"' for name in self.guessable)
            yield f"{_OPEN} others can guess the password of {users}."
            change = "redis-cli ACL SETUSER NAME resetpass '>PASSWORD', then ACL SAVE"
            yield from _remedy(self.guessable_for, change)
        if self.default_login:
            yield f'{_OPEN} user "{DEFAULT}" can log in with its password.'
            yield from _remedy(self.default_login.used_by, self.default_login.close)
        if self.plaintext:
            names = list(self.plaintext.names)
            yield f"{_OPEN} {_listed(names)} {_accepts(names)} clients without TLS."
            yield from _remedy(self.plaintext.used_by, self.plaintext.close)
        if self.unknown:
            yield f"{_UNKNOWN} {_listed(self.unknown)} gave no clear answer to an unauthenticated client."


def _remedy(used_by: Sequence[str], close: str) -> Iterator[str]:
    if used_by:
        yield f"{USED_BY} {_listed(used_by, parted='; ')}."
    if close:
        yield f"To close: {close}."


def _accepts(names: list[str]) -> str:
    return "accepts" if len(names) == 1 else "accept"


def _listed(names: Iterable[str], *, parted: str = ", ") -> str:
    every = list(names)
    more = len(every) - _SHOWN
    return parted.join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


# --- how to close it -------------------------------------------------------------------------------


def close_logins(users: Sequence[str], *, clients: bool, unlisted: bool, group: str) -> str:
    """Return how to close what needs no login of its own, as an imperative.

    Args:
        users: The users that stay open.
        clients: Clients are connected as the default user.
        unlisted: The clients could not be seen.
        group: The role of a server that others depend on; empty for one that stands alone.
    """
    if DEFAULT not in users:
        return applied(f"list {', '.join(users)} in acl.users")
    if group:
        return f"give each connection of this {group} a user of its own, then set user default off on each server"
    if clients:
        return applied("let each client log in as a user of its own")
    return applied(_SEE_CLIENTS if unlisted else "")


def close_plaintext(tls_port: str, *, clients: bool, unlisted: bool, group: str) -> str:
    """Return how to close the plaintext port, as an imperative; `tls_port` is empty or 0 where there is none."""
    if group:
        return f"switch TLS on in the whole group of this {group}, then set port 0 on each server"
    if clients:
        where = f"port {tls_port} with TLS" if tls_port not in {"", "0"} else "a TLS port, which apply opens"
        return applied(f"move these clients to {where}")
    return applied(_SEE_CLIENTS if unlisted else "")


def applied(first: str) -> str:
    """Return an imperative that ends with an apply."""
    return f"{first}, then run redis-wizard apply again" if first else "run redis-wizard apply"


def close_without_file() -> str:
    """Return how to close what a server has that was started without a configuration file, as an imperative."""
    return applied("start the server with the path of a configuration file")


# --- what tries show -------------------------------------------------------------------------------


def open_endpoints(
    probes: Iterable[Probe], users: Sequence[str], clients: Mapping[str, str]
) -> tuple[OpenEndpoint, ...]:
    """Return the endpoints that accepted an unauthenticated client, for each user that it can be.

    Args:
        probes: The tries.
        users: Who needs no password.
        clients: Who can connect to a unix socket, by its path.
    """
    return tuple(
        OpenEndpoint(endpoint=endpoint_name(each), user=user, clients=clients.get(each.address, ""))
        for each in probes
        for user in _open_to(each.answer, users)
    )


def _open_to(answer: ProbeAnswer, users: Sequence[str]) -> Sequence[str]:
    """Return as whom a client can run commands; without the server's word about its users, as the default one."""
    if answer is ProbeAnswer.OPEN:
        return tuple(dict.fromkeys((DEFAULT, *users)))
    return users if answer is ProbeAnswer.NEEDS_LOGIN else ()


def plaintext_endpoints(probes: Iterable[Probe]) -> tuple[str, ...]:
    """Return the ports that accepted a client without TLS."""
    accepted = {ProbeAnswer.OPEN, ProbeAnswer.NEEDS_LOGIN}
    return tuple(endpoint_name(each) for each in probes if each.port and not each.tls and each.answer in accepted)


def endpoint_name(probe: Probe) -> str:
    """Return a socket path, or address and port, with ``tls`` behind it where so."""
    if probe.address.startswith(("/", "@")):
        return probe.address
    address = f"[{probe.address}]" if ":" in probe.address else probe.address
    return f"{address}:{probe.port}{' tls' if probe.tls else ''}"


def by_mode(mode: int) -> str:
    """Return who can connect to a unix socket of this mode."""
    return "every local user" if mode & _OTHERS else "its owner and group"
