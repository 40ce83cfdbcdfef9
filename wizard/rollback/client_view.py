"""What a client sees after a rollback, compared with before: the process, its sockets, the certificate.

The kernel, the service manager and a handshake decide, not an answer on a port: another process may listen
there.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.changes.handlers import restart
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig
from wizard.errors import HostError, ServerError
from wizard.host.reader import HostReader
from wizard.model.login import Endpoint
from wizard.model.network import Listener, wildcard_family
from wizard.model.unit_state import STOPPED, UP
from wizard.server.access import of_unit
from wizard.server.certificate import fingerprint_of, served
from wizard.server.client import Client
from wizard.server.sessions import endpoints

SETTLE_SECONDS = 30.0
"""A unit that fails is started again by the service manager, and fails for good within this time."""
STEP_SECONDS = 0.1
_DEPTH = 16
"""A child of the server is no further below it."""


# --- the process -----------------------------------------------------------------------------------


def not_running(host: HostReader, unit: str, *, seconds: float, main: bool = True) -> str:
    """Return how a unit is where it does not run; empty when it runs its own main process.

    Args:
        host: The machine.
        unit: Of the server.
        seconds: For a unit that is being started, or waits to be started again.
        main: It is of a kind that has a main process.
    """
    end = time.monotonic() + seconds
    while True:
        state = restart.unit_state(host, unit)
        if not state or (state["active"] in UP and (not main or state["MainPID"] != "0")):
            return ""
        if state["active"] in STOPPED or time.monotonic() >= end:
            return f"{state['active']} ({state.get('SubState')})" if state.get("SubState") else state["active"]
        time.sleep(STEP_SECONDS)


def without_server(work: RollbackContext) -> str:
    """Return how a unit is whose script goes on without the server that it has started; empty for any other."""
    instance = work.instance
    if instance is None or instance.unit is None or instance.process is None:
        return ""
    wrapped = instance.unit.main_pid not in {0, instance.process.pid}
    return "active without its server" if wrapped and not of_unit(work.host, instance.unit.name).runs() else ""


def holder(work: RollbackContext, configuration: ResolvedConfig) -> str:
    """Return which other process listens where the server is configured to, in words; empty when none does."""
    main, listeners = _main(work), work.host.listeners()
    for place in endpoints(configuration.values):
        for each in () if place.socket else _overlapping(listeners, place):
            if _foreign(work.host, main, each):
                return _said(work.host, each)
    return ""


def _main(work: RollbackContext) -> int:
    """Return the process of the server's unit; 0 where no unit runs one."""
    unit = work.instance.unit if work.instance else None
    if unit is None or work.host.tree is not None:
        return 0
    try:
        return of_unit(work.host, unit.name).main_pid()
    except HostError:
        return 0


def _foreign(host: HostReader, main: int, listener: Listener) -> bool:
    """Return whether a socket is of another process than the unit's and its children."""
    above, looked = listener.pid, 0
    while above not in {0, 1, main} and main and looked < _DEPTH:
        life = host.life(above)
        above, looked = life.parent if life is not None else 0, looked + 1
    return bool(listener.pid) and (not main or above != main)


def _overlapping(listeners: Iterable[Listener], endpoint: Endpoint) -> Iterator[Listener]:
    for each in listeners:
        if endpoint.socket is not None or each.unix:
            if each.unix and each.address == str(endpoint.socket):
                yield each
        elif each.port == endpoint.port and (each.address == endpoint.address or wildcard_family(each.address)):
            yield each


def _said(host: HostReader, listener: Listener) -> str:
    user = host.status(PurePosixPath(f"/proc/{listener.pid}")).owner
    whose = f", user {user}" if user else ""
    return (
        f"process {listener.pid} ({listener.process or 'unknown'}{whose}) listens on {listener.address} "
        f"port {listener.port}; stop that process"
    )


# --- sockets and certificates ----------------------------------------------------------------------


def socket_differences(work: RollbackContext) -> list[str]:
    """Return one sentence for each socket that the server's process has and had not, or the other way round."""
    main = _main(work)
    if not main or not work.snapshot.listeners:
        return []
    listeners = work.host.listeners()
    now = {_name(each) for each in listeners if each.pid and not _foreign(work.host, main, each)}
    was = {_name(each) for each in work.snapshot.listeners}
    gone = [f"the server does not listen on {name} and did before" for name in sorted(was - now)]
    return gone + [f"the server listens on {name} and did not before" for name in sorted(now - was)]


def _name(listener: Listener) -> str:
    return listener.address if listener.unix else f"{listener.address} port {listener.port}"


def other_certificates(work: RollbackContext) -> dict[str, str]:
    """Return the fingerprint that is served now for each TLS endpoint that serves another certificate than before."""
    found = {place: served(*_parts(place)) for place in work.snapshot.served}
    return {place: now for place, now in found.items() if now != work.snapshot.served[place]}


def is_in_file(work: RollbackContext, configuration: ResolvedConfig, places: Iterable[str]) -> bool:
    """Return whether the file has the certificate that was served before at one of these endpoints."""
    path = configuration.value("tls-cert-file")
    if not path.startswith("/"):
        return False
    try:
        filed = fingerprint_of(work.host.read(PurePosixPath(path)))
    except HostError:
        return False
    return any(work.snapshot.served[place] == filed for place in places)


def read_certificates(client: Client, configuration: ResolvedConfig) -> None:
    """Have the running server read its certificate files again; best effort, the next look tells.

    Source:
        Measured on Redis 7.4 and 8.0 and Valkey 8.1: ``CONFIG SET`` of the path that is set already reads all three
        files again, and keeps the old ones where they do not belong together.
    """
    names: Sequence[str] = ("tls-cert-file", "tls-key-file", "tls-ca-cert-file")
    values = {name: value for name in names if (value := configuration.value(name))}
    try:
        client.config_set(values)
    except ServerError:
        return


def certificate_differences(work: RollbackContext) -> list[str]:
    """Return one sentence for each endpoint that serves another certificate than before."""
    return [
        f"{place} serves another certificate ({now[:16] or 'none'}) than before ({work.snapshot.served[place][:16]})"
        for place, now in other_certificates(work).items()
    ]


def _parts(place: str) -> tuple[str, int]:
    address, _, port = place.rpartition(":")
    return address, int(port)
