"""Same-host applications and the unix socket (item 5)."""

from wizard.checklist.addresses import own_addresses
from wizard.checklist.context import CheckContext
from wizard.checklist.exposure import KERNEL, is_reachable_remotely, listening
from wizard.checklist.permissions import OTHERS_WRITE
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed
from wizard.checklist.setting import LIVE, setting
from wizard.model.finding import Evidence
from wizard.model.host import ClientGroup
from wizard.model.network import Scope, scope_of


def unix_socket(subject: CheckContext) -> Judgement:
    """Judge the socket, its mode, and whether same-host clients use it."""
    local_tcp = _local_clients(subject)
    if local_tcp:
        named = ", ".join(f"{_name(each)} ({each.count})" for each in local_tcp[:5])
        return failed(f"Clients on this host connect by TCP: {named}.", *_client_evidence(local_tcp))
    path = setting(subject, "unixsocket")
    if not subject.sockets and not (path.live or path.file):
        return _without_socket(subject)
    return all_of(
        (_socket_now(subject), _socket_later(subject), _socket_mode(subject)),
        summary="Only its group can connect to the unix socket, and no client on this host uses TCP.",
    )


def _without_socket(subject: CheckContext) -> Judgement:
    """No socket: bad when clients can only be on this host, nothing to say when all are elsewhere."""
    evidence = (*listening(subject), *setting(subject, "unixsocket").evidence)
    out = is_reachable_remotely(subject)
    if out is False:
        return failed("Only clients on this host can connect, and the server has no unix socket.", *evidence)
    if subject.live and not _unlisted(subject):
        return not_applicable(
            "No client on this host is connected.", *evidence, observed("clients", LIVE, _count(subject))
        )
    if subject.file is None and out is None:
        return subject.cannot_read_file()
    return subject.cannot_ask("CLIENT LIST")


def _unlisted(subject: CheckContext) -> bool:
    """Return whether the client list was refused."""
    return subject.live is None or any("CLIENT LIST" in each.what for each in subject.live.unreadable)


def _count(subject: CheckContext) -> str:
    return f"{sum(each.count for each in subject.live.clients) if subject.live else 0} connections"


def _socket_now(subject: CheckContext) -> Judgement:
    if subject.sockets:
        return passed("", *(observed("unix socket", KERNEL, each.address) for each in subject.sockets))
    if not subject.running:
        return not_applicable("The server does not run.")
    return failed("The server does not listen on the unix socket of its file.", *listening(subject))


def _socket_later(subject: CheckContext) -> Judgement:
    found = setting(subject, "unixsocket")
    if found.file is None:
        return subject.cannot_read_file()
    evidence = observed("unixsocket", found.file_source, found.file or '""')
    return (
        passed("", evidence)
        if found.file
        else failed("The next restart removes the unix socket: the file names none.", evidence)
    )


def _socket_mode(subject: CheckContext) -> Judgement:
    """Connecting needs the right to write: others must not have it."""
    found = setting(subject, "unixsocketperm")
    for value in (found.live, found.file):
        if value is not None and _mode(value) & OTHERS_WRITE:
            return failed(f"Every user of this host can connect to the socket (mode {value}).", *found.evidence)
    return passed("", *found.evidence) if found.evidence else subject.cannot_read_file()


def _mode(value: str) -> int:
    try:
        return int(value or "0", 8)
    except ValueError:
        return 0


def _local_clients(subject: CheckContext) -> tuple[ClientGroup, ...]:
    """Clients on this host that came by TCP; replicas and our own look do not count."""
    if not subject.live:
        return ()
    own = own_addresses(subject.facts)
    return tuple(
        each
        for each in subject.live.clients
        if each.address != "unix"
        and not each.replica
        and (scope_of(each.address) is Scope.LOOPBACK or each.address in own)
    )


def _name(client: ClientGroup) -> str:
    return client.name or client.library or f"user {client.user}"


def _client_evidence(clients: tuple[ClientGroup, ...]) -> tuple[Evidence, ...]:
    return tuple(
        observed("client", f"{LIVE}, CLIENT LIST", f"{each.count} × {each.user} from {each.address} ({_name(each)})")
        for each in clients
    )
