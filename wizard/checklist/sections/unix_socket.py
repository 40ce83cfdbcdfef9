"""Same-host applications and the unix socket (item 5)."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.checklist.addresses import own_addresses
from wizard.checklist.clients import clients_known, is_sentinel
from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.exposure import KERNEL, listening
from wizard.checklist.permissions import OTHERS_WRITE, mode_evidence
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, setting
from wizard.checklist.writers import listed_readers, unexpected_socket_writers
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.live import ClientGroup
from wizard.model.finding import Evidence
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
    parts = (_socket_now(subject), _socket_later(subject), _access_now(subject), _access_later(subject))
    words = " and ".join(dict.fromkeys(_connects(subject, each) for each in subject.instance.sockets))
    return all_of((*parts, _clients_seen(subject)), summary=f"Only {words} can connect; no client uses TCP here.")


def _clients_seen(subject: CheckContext) -> Judgement:
    """Whether the list of clients shows that none on this host uses TCP."""
    if not subject.running:
        return unknown("The server does not run, so no client was seen.", fix="Start the server and check again.")
    if not clients_known(subject):
        return subject.cannot_ask("CLIENT LIST")
    return passed("", observed("clients", LIVE, _count(subject)))


def _without_socket(subject: CheckContext) -> Judgement:
    """Return that no client would use a socket; addresses do not count, else a wider ``bind`` would fix a failure."""
    evidence = (*listening(subject), *setting(subject, "unixsocket").evidence)
    if subject.live and clients_known(subject):
        return not_applicable(
            "No client on this host is connected.", *evidence, observed("clients", LIVE, _count(subject))
        )
    if subject.file is None:
        return subject.cannot_read_file()
    return subject.cannot_ask("CLIENT LIST")


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


def _access_now(subject: CheckContext) -> Judgement:
    """Connecting needs the right to write the socket: others must not have it, nor may they replace the socket."""
    if not subject.sockets:
        return not_applicable("")
    known = [each for each in subject.instance.sockets if each.kind is FileKind.SOCKET]
    if len(known) < len(subject.sockets):
        return unknown("The mode of the unix socket could not be read.", *listening(subject), fix=AS_ROOT)
    first, *rest = (mode_evidence(each) for each in (*known, *_directories(subject)))
    if open_ones := [each for each in known if each.mode & OTHERS_WRITE and not _closing(subject, each.path)]:
        modes = ", ".join(f"{each.mode:04o}" for each in open_ones)
        return failed(f"Every user of this host can connect to the socket (mode {modes}).", first, *rest)
    rest += [mode_evidence(above) for each in known if (above := _closing(subject, each.path))]
    if replacing := unexpected_socket_writers(subject):
        return failed(" ".join(replacing), first, *rest)
    return passed("", first, *rest)


def _closing(subject: CheckContext, path: PurePosixPath) -> FileStatus | None:
    """Return a directory above a socket that other users cannot enter, the nearest to the root."""
    above = (each.status for each in subject.instance.socket_places if path in each.holds and each.status.path != path)
    return next((each for each in above if not each.mode & stat.S_IXOTH), None)


def _closing_later(subject: CheckContext, path: PurePosixPath) -> FileStatus | None:
    """Return such a directory that the next start or boot does not make again with another mode."""
    above = _closing(subject, path)
    return None if above is None or any(above.path.is_relative_to(each) for each in _MADE_AT_BOOT) else above


_MADE_AT_BOOT = (PurePosixPath("/run"), PurePosixPath("/var/run"), PurePosixPath("/dev"))


def _directories(subject: CheckContext) -> tuple[FileStatus, ...]:
    """The directories of the sockets, as far as they are known."""
    above = {each.path.parent for each in subject.instance.sockets}
    return tuple(
        each for each in subject.instance.directories if each.path in above and each.kind is FileKind.DIRECTORY
    )


def _access_later(subject: CheckContext) -> Judgement:
    """The mode after the next start: of unixsocketperm, else what the umask leaves of 0777."""
    found = setting(subject, "unixsocketperm")
    if found.file is None:
        return subject.cannot_read_file()
    evidence = observed("unixsocketperm", found.file_source, found.file or "0")
    if above := _closing_later(subject, PurePosixPath(setting(subject, "unixsocket").file or "/")):
        return passed("", evidence, mode_evidence(above))
    if mode := _mode(found.file):
        if mode & OTHERS_WRITE:
            return failed(f"The next restart lets every user connect to the socket (mode {found.file}).", evidence)
        return passed("", evidence)
    umask = _mode(subject.instance.unit.properties.get("UMask", "") or _UMASK) if subject.instance.unit else None
    if umask is not None and not umask & OTHERS_WRITE:
        return failed("The next restart lets every user connect to the socket: unixsocketperm is not set.", evidence)
    return passed("", evidence)


_UMASK = "0022"
"""Of a unit that sets none (systemd.exec(5))."""


def _connects(subject: CheckContext, socket: FileStatus) -> str:
    """Return in words who can connect to a socket that others cannot."""
    above = _closing(subject, socket.path)
    if above and socket.mode & OTHERS_WRITE:
        groups = [f"group {above.group}"] if above.mode & stat.S_IXGRP else []
        return f"{_joined([above.owner, *groups, *listed_readers(subject, above)])}, who can enter {above.path},"
    groups = [f"group {socket.group}"] if socket.mode & stat.S_IWGRP else []
    return _joined([socket.owner, *groups, *_listed_writers(subject, socket)])


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _listed_writers(subject: CheckContext, socket: FileStatus) -> Iterator[str]:
    """Whom an access control list lets connect to a socket."""
    for place in subject.instance.socket_places:
        if place.status.path == socket.path:
            yield from (f"user {each}" for each in place.users if each != socket.owner)
            yield from (f"group {each}" for each in place.groups if each != socket.group)


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
        and not is_sentinel(each)
        and (scope_of(each.address) is Scope.LOOPBACK or each.address in own)
    )


def _name(client: ClientGroup) -> str:
    return client.name or client.library or f"user {client.user}"


def _client_evidence(clients: tuple[ClientGroup, ...]) -> tuple[Evidence, ...]:
    return tuple(
        observed("client", f"{LIVE}, CLIENT LIST", f"{each.count} × {each.user} from {each.address} ({_name(each)})")
        for each in clients
    )
