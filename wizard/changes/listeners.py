"""Open the new endpoints of a running server, prove TLS, and close the old ones last.

At each moment some endpoint is open, and no client is disconnected that the plan does not name.

Source:
    Measured: a port that is closed live keeps its open connections; two ports never share a number, not
    even within one ``CONFIG SET``.
"""

import time
from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.logins import administrators, own_certificate
from wizard.changes.staging import certificates_of
from wizard.errors import ApplyError, ServerError, VerifyError
from wizard.formats.redisconf.directives import canonical
from wizard.model.answers import Plaintext
from wizard.model.change import CertificateRole, SetDirective
from wizard.model.event import Phase
from wizard.model.login import Endpoint, Login
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.text import counted
from wizard.server.access import ServerAccess
from wizard.server.client import OWN_NAME, Client
from wizard.server.probe import probe
from wizard.server.sessions import endpoints

OPENING = ("tls-port", "bind")
CLOSING = "port"
NAMES = frozenset({*OPENING, CLOSING})
WATCH_SECONDS = 0.5
"""Seconds without any client on a port that drains before it closes."""
WATCH_POLL = 0.02
GREETING_SECONDS = 2.0
_GREETINGS = frozenset({"null", "ping", "auth", "hello", "client", "client|setname", "client|setinfo", "client|id"})
"""Last commands of a connection that has not asked for anything yet."""
_ALIVE = frozenset({ProbeAnswer.OPEN, ProbeAnswer.NEEDS_LOGIN, ProbeAnswer.NEEDS_CERTIFICATE, ProbeAnswer.PROTECTED})


def wanted(run: ApplyContext) -> dict[str, str]:
    """What the plan sets live of the listeners, by name."""
    changes = (c for c in run.plan.changes if isinstance(c, SetDirective) and c.live is not None)
    return {canonical(c.name): c.live for c in changes if c.live is not None and canonical(c.name) in NAMES}


def ids(run: ApplyContext, *names: str) -> tuple[str, ...]:
    """The changes of the plan that set these live."""
    changes = (c for c in run.plan.changes if isinstance(c, SetDirective) and c.live is not None)
    return tuple(c.id for c in changes if canonical(c.name) in names)


def set_without_port_conflict(client: Client, values: Mapping[str, str]) -> None:
    """Set listeners in an order in which no port wants a number that the other one still has.

    Raises:
        ServerError: the server refuses one.
    """
    now = client.config_get(*values) | client.config_get("port", "tls-port")
    ports = {name: values[name] for name in ("port", "tls-port") if name in values}
    taken = {name: other for name, other in (("port", "tls-port"), ("tls-port", "port")) if name in ports}
    late = [name for name, other in taken.items() if ports[name] not in {"0", ""} and now.get(other) == ports[name]]
    if len(late) == len(ports) > 1:
        # They change places: one has to let go first.
        client.config_set({"port": "0"})
        late = ["port"]
    first = {name: value for name, value in values.items() if name not in late}
    for batch in (first, {name: values[name] for name in late}):
        if batch:
            client.config_set(batch)


def tls_reuses_port(run: ApplyContext) -> bool:
    """Return whether TLS gets the very port that speaks without it now: it can open only once that one is closed."""
    now = run.configuration.in_force("port") or ""
    return now not in {"", "0"} and wanted(run).get("tls-port") == now


def open_new(run: ApplyContext) -> None:
    """Open the new ways into the running server, and prove TLS.

    Raises:
        ServerError: the server refuses one.
        VerifyError: there is no handshake.
    """
    planned = wanted(run)
    values = {name: planned[name] for name in OPENING if name in planned}
    if values:
        title = f"open {' and '.join(values)} in the running server"
        with run.journal.step(Phase.COMMIT, title, changes=ids(run, *OPENING)):
            set_without_port_conflict(run.connector.connect(), values)
    if "tls-port" in planned or closing_port(run):
        with run.journal.step(Phase.COMMIT, "prove TLS by a handshake"):
            prove_tls(run, planned_configuration(run).values)


def close_old(run: ApplyContext) -> None:
    """Close the plaintext port in the running server, or set its new number.

    Raises:
        ApplyError: a client uses it that did not when the plan was made.
        ServerError: the server refuses it.
    """
    planned = wanted(run)
    if CLOSING not in planned:
        return
    port, client = closing_port(run), run.connector.connect()
    waits = bool(port) and waits_until_unused(run)
    if waits:
        with run.journal.step(Phase.COMMIT, f"check that no client uses port {port}"):
            ensure_unused(client, port, seconds=WATCH_SECONDS)
    title = f"close port {port}" if port else f"set port {planned[CLOSING]}"
    with run.journal.step(Phase.COMMIT, f"{title} in the running server", changes=ids(run, CLOSING)):
        set_without_port_conflict(client, {CLOSING: planned[CLOSING]})
        if waits:
            # A client that connected in the last moment is still there: the port is opened again for it.
            ensure_unused(client, port)
        elif port:
            log_disconnected(run, port, disconnect_clients(client, port))


# --- TLS -----------------------------------------------------------------------------------------


def prove_tls(run: ApplyContext, values: Mapping[str, tuple[str, ...]]) -> None:
    """See a handshake with the running server by its port with TLS.

    Raises:
        VerifyError: there is no handshake.
    """
    admins = administrators(run)
    user = admins[0].user if admins else run.login.user if run.login else ""
    pair = own_certificate(run, user) if user else None
    # The server must accept a certificate of this plan.
    fresh = any(c.role is CertificateRole.CLIENT for c in certificates_of(run.plan))
    place = next((each for each in endpoints(values) if each.tls), None)
    if place is None:
        return
    refusal = _handshake(run, place, values, pair) if pair else "no client certificate is available"
    if not refusal:
        return
    shown = Listener(address=place.address, port=place.port, pid=0, process="")
    answer = probe(shown, tls=True, prove=_access(run).proof(place)).answer
    if answer not in _ALIVE or (fresh and pair):
        raise VerifyError(f"TLS does not work by {place}, so no other endpoint is closed: {refusal}")


def _handshake(
    run: ApplyContext, place: Endpoint, values: Mapping[str, tuple[str, ...]], pair: tuple[PurePosixPath, PurePosixPath]
) -> str:
    """Say why there is no handshake; empty when there is one."""
    from wizard.pki.verify import describe  # noqa: PLC0415 - cryptography costs 60 ms

    served, authority = "".join(values.get("tls-cert-file", ())), "".join(values.get("tls-ca-cert-file", ()))
    login = Login(certificate=pair[0], key=pair[1], authority=PurePosixPath(authority) if authority else None)
    try:
        names = describe(run.host.read(PurePosixPath(served))).names
        name = names[0].partition(":")[2] if names else place.address
        _access(run).shake_hands(place, login, name=name)
    except ServerError as error:
        return str(error)
    return ""


def _access(run: ApplyContext) -> ServerAccess:
    return run.connector.access or ServerAccess(run.host)


# --- the plaintext port --------------------------------------------------------------------------


def closing_port(run: ApplyContext) -> str:
    """Return the plaintext port that the plan closes in the running server; empty when it closes none."""
    now = run.configuration.in_force("port") or ""
    return now if now not in {"", "0"} and wanted(run).get("port") == "0" else ""


def ensure_drained(run: ApplyContext) -> None:
    """Stop before the first change when a client uses the port that drains and did not when the plan was made.

    Raises:
        ApplyError: one does.
    """
    port = closing_port(run)
    if port and waits_until_unused(run):
        ensure_unused(run.connector.connect(), port)


def waits_until_unused(run: ApplyContext) -> bool:
    """Return whether the port may close only if no client uses it."""
    return run.plan.answers.tls.plaintext is Plaintext.DRAIN


def ensure_unused(client: Client, port: str, *, seconds: float = 0.0) -> None:
    """Wait until no client has been connected to the port for so long.

    A connection that has only said HELLO gets a moment to leave: it may be another redis-wizard command that
    tries what an unauthenticated client may do.

    Raises:
        ApplyError: a client stays connected.
    """
    own, now = client.identity(), time.monotonic()
    deadline, patience = now + seconds, now + GREETING_SECONDS
    while True:
        others = (each for each in _connected(client, port) if each.get("name") != OWN_NAME)
        found = [each for each in others if each.get("id") != own]
        working = [each for each in found if each.get("cmd", "").lower() not in _GREETINGS]
        now = time.monotonic()
        if working or (found and now >= patience):
            raise ApplyError(
                f"port {port} stays open: {_who([*working, *found][0])} uses it now and did not when the plan was "
                "made; "
                'plan again, or answer tls.plaintext = "close"'
            )
        if not found and now >= deadline:
            return
        time.sleep(WATCH_POLL)


def disconnect_clients(client: Client, port: str) -> int:
    """End what came by a port that is closed: it would speak without TLS for as long as it likes."""
    addresses = {each["laddr"] for each in _connected(client, port)}
    return sum(client.client_kill("LADDR", address, "SKIPME", "yes") for address in sorted(addresses))


def log_disconnected(run: ApplyContext, port: str, count: int) -> None:
    """Return how many were disconnected."""
    if count:
        run.journal.note(
            Phase.COMMIT,
            f"{counted(count, 'connection')} at the plaintext port {port} {'was' if count == 1 else 'were'} closed",
        )


def _connected(client: Client, port: str) -> list[dict[str, str]]:
    return [each for each in client.client_list() if _by_network(each) and each["laddr"].rpartition(":")[2] == port]


def _by_network(client: Mapping[str, str]) -> bool:
    return "U" not in client.get("flags", "") and ":" in client.get("laddr", "")


def _who(client: Mapping[str, str]) -> str:
    """Name a connection as a plan does."""
    words = (client.get("name", ""), client.get("lib-name", ""), f"user {client.get('user') or 'default'}")
    return f"{client.get('addr', '')} ({', '.join(word for word in words if word)})"
