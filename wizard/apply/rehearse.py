"""Rehearse: the real server binary boots the planned configuration, and every promise is proven on it.

It runs as the service user in a throw-away directory on a private socket, and touches nothing of
the real server. What may not live here: which files it gets (`canary`), what is proven (`prove`).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from wizard.apply import prove
from wizard.apply.account import Account, account_of
from wizard.apply.canary import Canary
from wizard.apply.effective import Effective, effective
from wizard.apply.preflight import obstacles
from wizard.apply.run import Run
from wizard.errors import HostError, NotFoundError, RehearsalError
from wizard.host.port import Host
from wizard.model.event import Phase
from wizard.model.facts import FileKind
from wizard.model.value import Secret
from wizard.server.handshake import free_port
from wizard.server.private import PrivateServer
from wizard.snapshots.store import ensure_directory, own_names

RUNTIME = PurePosixPath("/run/redis-wizard")
SYSTEM_STATE = PurePosixPath("/var/lib/redis-wizard")
REHEARSAL_USER = "redis-wizard-rehearsal"


def rehearse(run: Run) -> None:
    """Prove the plan without changing anything.

    Raises:
        RehearsalError: it does not boot, or does not do what the plan promises; the text has the
            server's own words and the line that caused them.
    """
    planned = effective(run.host, run.plan.config, {file.path: file.data for file in run.staged.files})
    problems = obstacles(run, planned)
    if problems:
        raise RehearsalError("; ".join(problems))
    if not isinstance(run.server.binary, str):
        raise RehearsalError(f"the server's binary is not known, so nothing can be rehearsed: {run.server.binary.why}")
    account = account_of(run.host, run.server)
    with _directory(run.host, account) as directory:
        rehearsal = _Rehearsal(run, planned, account, directory)
        with rehearsal.boot(run.server.binary) as server:
            run.checks += prove.everything(run, planned, server, rehearsal.admin, rehearsal.tls_port, rehearsal.copies)


class _Rehearsal:
    """One throw-away server."""

    def __init__(self, run: Run, planned: Effective, account: Account, directory: PurePosixPath) -> None:
        self._run = run
        self._planned = planned
        self._account = account
        self._directory = directory
        self.admin = prove.Admin(REHEARSAL_USER, Secret(secrets.token_urlsafe(32)))
        """A user of the rehearsal alone, who may ask for what others may."""
        self.copies: dict[PurePosixPath, PurePosixPath] = {}
        """Files that the configuration names, and where they were copied to."""
        self.tls_port = 0

    def boot(self, binary: str) -> PrivateServer:
        canary = Canary(self._planned.main, self._planned.contents, self._directory)
        self.tls_port = free_port() if self._planned.value("tls-port", "0") not in {"", "0"} else 0
        for path, data in canary.files(self._overrides(), keep=self._keeps).items():
            self._write(path, data, mode=0o640)
        self._copy_named(canary)
        try:
            server = PrivateServer.start(
                self._run.host,
                binary,
                canary.copies[self._planned.main],
                socket=self._socket,
                output=self._directory / "words",
                user=self._account.switch,
            )
        except RehearsalError as error:
            words = canary.explain(str(error))
            raise RehearsalError(f"the planned configuration does not boot: {words}; nothing was changed") from None
        self._run.journal.note(Phase.REHEARSE, "the server boots the planned configuration")
        return server

    @property
    def _socket(self) -> PurePosixPath:
        return self._directory / "d" / "s"

    def _overrides(self) -> dict[str, str]:
        values = {
            "port": "0",
            "bind": "127.0.0.1",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "pidfile": '""',
            "logfile": '""',
            "dir": str(self._directory / "d"),
            "appendonly": "no",
            "save": '""',
            "daemonize": "no",
            "supervised": "no",
        }
        if self.tls_port:
            values["tls-port"] = str(self.tls_port)
        if not self._planned.value("aclfile"):
            values[f"user {self.admin.name}"] = f"on #{self.admin.digest} ~* &* +@all"
        return values

    def _keeps(self, name: str) -> bool:
        if name != "dir":
            return True
        place = PurePosixPath(self._planned.value("dir"))
        return place.is_absolute() and self._run.host.status(place).kind is FileKind.DIRECTORY

    def _copy_named(self, canary: Canary) -> None:
        """Copy what the configuration names, with the rights that the real files will have."""
        users = PurePosixPath(self._planned.value("aclfile") or "/")
        for path, copy in canary.named.items():
            staged = self._run.staged.find(path)
            try:
                data = staged.data if staged else self._run.host.read(path)
            except NotFoundError:
                continue
            if path == users:
                data = data.rstrip(b"\n") + f"\nuser {self.admin.name} on #{self.admin.digest} ~* &* +@all\n".encode()
            status = self._run.host.status(path)
            rights = (staged.owner, staged.group, staged.mode) if staged else (status.owner, status.group, status.mode)
            self._run.host.write(copy, data, expected="", owner=rights[0], group=rights[1], mode=rights[2])
            self.copies[path] = copy

    def _write(self, path: PurePosixPath, data: bytes, *, mode: int) -> None:
        owner, _ = own_names(self._run.host)
        self._run.host.write(path, data, expected="", owner=owner, group=self._account.group, mode=mode)


@contextmanager
def _directory(host: Host, account: Account) -> Iterator[PurePosixPath]:
    """Make a directory that the service user may enter, with one inside that it owns; remove both at the end."""
    base = RUNTIME if host.state == SYSTEM_STATE else host.state / "run"
    ensure_directory(host, base, mode=0o711)
    directory = base / f"reh-{secrets.token_hex(6)}"
    owner, _ = own_names(host)
    host.make_directory(directory, owner=owner, group=account.group, mode=0o750)
    try:
        host.make_directory(directory / "d", owner=account.user, group=account.group, mode=0o700)
        yield directory
    finally:
        # What cannot be removed lies in a directory of its own below /run and is gone at the next boot.
        with suppress(HostError):
            _remove_tree(host, directory)


def _remove_tree(host: Host, path: PurePosixPath) -> None:
    for name in host.entries(path):
        inner = path / name
        if host.status(inner).kind is FileKind.DIRECTORY:
            _remove_tree(host, inner)
        elif host.status(inner).kind in {FileKind.FILE, FileKind.LINK}:
            host.remove(inner)
    host.remove(path)
