"""Rehearse: the real server binary boots the planned configuration, and every promise is proven on it.

It runs as the service user in the sandbox of its own unit, in a throw-away directory on a private
socket, and touches nothing of the real server.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath

from wizard.changes.account import Account, account_of
from wizard.changes.context import PlanContext
from wizard.config import ResolvedFiles, resolve
from wizard.errors import NotFoundError, RehearsalError, UnsupportedError
from wizard.formats.unitfile import UnitFile
from wizard.host.port import Host
from wizard.jobs.cleanup import REHEARSAL_PREFIX, remove_tree
from wizard.jobs.state_directory import runtime_directory
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind
from wizard.model.login import Endpoint
from wizard.model.value import Secret, Value
from wizard.rehearsal import attribution, checks, sandbox_settings
from wizard.rehearsal.config_copy import MODULE, ConfigCopy, ErrorLocation
from wizard.rehearsal.preflight import obstacles
from wizard.rehearsal.process_view import AccessCheck, Permissions, ProcessView, identity_of
from wizard.rehearsal.sandbox_checks import SandboxChecks, planned_permissions
from wizard.rehearsal.unit_sandbox import INNER, UnitSandbox, clone_sandbox
from wizard.server.loopback import loopback_endpoint
from wizard.server.temporary import TemporaryServer
from wizard.snapshots.store import ensure_directory, own_names

REHEARSAL_USER = "redis-wizard-rehearsal"


def rehearse(run: PlanContext) -> None:
    """Prove the plan without changing anything.

    Raises:
        RehearsalError: it does not boot, or does not do what the plan promises; the text has the
            server's own words, the line that caused them, and the change and answer behind it.
    """
    # The throw-away server gets no options of the unit, so it has what the files say; the real one has both.
    staged = {file.path: file.data for file in run.staged.files}
    planned = resolve(run.host, run.plan.config, staged)
    _refuse(obstacles(run, resolve(run.host, run.plan.config, staged, run.server)))
    if not isinstance(run.server.binary, str):
        raise RehearsalError(f"the server's binary is unknown, so there is no rehearsal: {run.server.binary.why}")
    account = account_of(run.host, run.server)
    with _directory(run.host, account) as directory:
        rehearsal = _Rehearsal(run, planned, account, directory)
        with rehearsal.booted(run.server.binary) as started:
            inside = rehearsal.inside(started.view, started.clone)
            _refuse(inside.problems())
            for remark in inside.warnings():
                run.journal.note(Phase.REHEARSE, f"Not changed by this plan: {remark}")
            run.checks += checks.run_all(
                run,
                planned,
                started.server,
                rehearsal.admin,
                rehearsal.tls,
                rehearsal.copies,
                limited=started.clone is not None,
            )


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise RehearsalError("; ".join(problems))


class _Started(Value, frozen=True, kw_only=True):
    """A server of the rehearsal."""

    server: TemporaryServer
    clone: UnitSandbox | None
    """The sandbox it runs in; ``None`` outside of any."""
    view: ProcessView
    """The host as the real server would see it."""


class _Rehearsal:
    """One throw-away server."""

    def __init__(self, run: PlanContext, planned: ResolvedFiles, account: Account, directory: PurePosixPath) -> None:
        self._run = run
        self._planned = planned
        self._account = account
        self._directory = directory
        self._canary = ConfigCopy(planned.main, planned.contents, directory)
        self._users = PurePosixPath(planned.value("aclfile") or "/")
        self.admin = checks.RehearsalAdmin(REHEARSAL_USER, Secret(secrets.token_urlsafe(32)))
        """A user of the rehearsal alone, who may ask for what others may."""
        self.copies: dict[PurePosixPath, PurePosixPath] = {}
        """Files that the configuration names, and where they were copied to."""
        self.tls = _tls_endpoint(planned)
        """Where the throw-away server speaks TLS; ``None`` without TLS."""

    # --- starting ----------------------------------------------------------------------------

    @contextmanager
    def booted(self, binary: str) -> Iterator[_Started]:
        """Run it in a clone of its unit's sandbox, or outside where there is none; the journal says which.

        Raises:
            RehearsalError: it does not start.
        """
        with ExitStack() as stack:
            try:
                started = self._in_sandbox(stack, binary, clone_sandbox(self._run))
            except UnsupportedError as error:
                stack.close()
                self._note(f"Rehearsed as user {self._account.user}, but outside the sandbox of its unit: {error}")
                started = self._outside(stack, binary)
            yield started

    def _in_sandbox(self, stack: ExitStack, binary: str, clone: UnitSandbox) -> _Started:
        self._write_files(clone, modules=True)
        if not self._modules:
            server, clone = self._start(stack, binary, clone, self._main, self._socket)
            view = ProcessView(self._run.host, server.pid)
        else:
            # A module may write nothing but the directory of the rehearsal; what the server itself may write
            # shows in another process, which loads none.
            bare = self._directory / "bare.conf"
            socket = self._directory / INNER / "b"
            self._write(bare, _text(self._overrides() | {"unixsocket": str(socket), "tls-port": "0"}))
            plain, clone = self._start(stack, binary, clone, bare, socket)
            view = ProcessView(self._run.host, plain.pid)
            server, clone = self._start(stack, binary, clone.read_only(), self._main, self._socket)
        without = (
            f", without its {', '.join(f'{key}=' for key in clone.unsupported_settings)}"
            if clone.unsupported_settings
            else ""
        )
        self._note(f"the server starts with the planned configuration in the sandbox of {clone.unit}{without}")
        return _Started(server=server, clone=clone, view=view)

    def _start(
        self, stack: ExitStack, binary: str, clone: UnitSandbox, config: PurePosixPath, socket: PurePosixPath
    ) -> tuple[TemporaryServer, UnitSandbox]:
        output = config.with_suffix(".said")
        self._write(output, b"", mode=0o600)
        try:
            server, got = clone.start(binary, config, socket=socket, output=output)
        except RehearsalError as error:
            if f"can't open config file '{config}'" in str(error):
                raise UnsupportedError(f"the sandbox of {clone.unit} denies the server {self._directory}") from None
            raise self._explained(error, clone) from None
        return stack.enter_context(server), got

    def _outside(self, stack: ExitStack, binary: str) -> _Started:
        if self._modules:
            self._note("its modules are not loaded there, because they could reach the data")
        self._write_files(None, modules=False)
        try:
            server = TemporaryServer.start(
                self._run.host,
                binary,
                self._main,
                socket=self._socket,
                output=self._directory / "words",
                user=self._account.switch,
            )
        except RehearsalError as error:
            raise self._explained(error) from None
        self._note("the server starts with the planned configuration")
        return _Started(server=stack.enter_context(server), clone=None, view=ProcessView(self._run.host))

    # --- what it says ------------------------------------------------------------------------

    def _explained(self, error: RehearsalError, clone: UnitSandbox | None = None) -> RehearsalError:
        words = str(error)
        culprit = self._canary.locate(words)
        said = f"the server does not start with the planned configuration: {self._canary.explain(words)}"
        more = (*((self._blamed(culprit),) if culprit else ()), *(_hints(clone, words) if clone else ()))
        return RehearsalError("; ".join((said, *more)))

    def _blamed(self, culprit: ErrorLocation) -> str:
        changes, staged = self._run.plan.changes, self._run.staged.find(culprit.path)
        where = f"{culprit.path} line {culprit.number}"
        if culprit.name:
            return f"{where} ({culprit.name}): {attribution.explain_directive(changes, culprit.path, culprit.name)}"
        lines = (staged.data if staged else self._run.host.read(culprit.path)).decode(errors="replace").split("\n")
        words = lines[culprit.number - 1].split() if culprit.number <= len(lines) else []
        user = words[1] if len(words) > 1 else ""
        return f"{where} (user {user}): {attribution.explain_user(changes, culprit.path, user)}"

    def _note(self, text: str) -> None:
        self._run.journal.note(Phase.REHEARSE, text)

    # --- what it is given --------------------------------------------------------------------

    @property
    def _main(self) -> PurePosixPath:
        return self._canary.copies[self._planned.main]

    @property
    def _socket(self) -> PurePosixPath:
        return self._directory / INNER / "s"

    @property
    def _modules(self) -> bool:
        return any(line.name == MODULE for line in self._planned.lines)

    def _write_files(self, clone: UnitSandbox | None, *, modules: bool) -> None:
        """Make the copies, once it is known that the server may read what they come from.

        Raises:
            RehearsalError: it may not.
        """
        inside = self.inside(ProcessView(self._run.host), clone)
        _refuse(tuple(inside.unreadable()))

        def keeps(name: str) -> bool:
            return self._keeps(name) if name == "dir" else modules or name != MODULE

        place = self._socket.parent
        if self._run.host.status(place).kind is FileKind.ABSENT:
            owner, group = self._account.user, self._account.group
            self._run.host.make_directory(place, owner=owner, group=group, mode=0o700)
        sources = {copy: path for path, copy in self._canary.copies.items()}
        for copy, data in self._canary.files(self._overrides(), keep=keeps, moved=self._moved).items():
            self._write(copy, data, like=sources.get(copy))
        self._copy_named()

    def _overrides(self) -> dict[str, str]:
        values = {
            "port": "0",
            "bind": self.tls.address if self.tls else "127.0.0.1",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "pidfile": '""',
            "logfile": '""',
            "dir": str(self._directory / INNER),
            "appendonly": "no",
            "save": '""',
            "daemonize": "no",
            "supervised": "no",
            # It looks so often a second whether it is asked to stop.
            "hz": "500",
        }
        if self.tls:
            values["tls-port"] = str(self.tls.port)
        if not self._planned.value("aclfile"):
            values[f"user {self.admin.name}"] = f"on #{self.admin.digest} ~* &* +@all"
        return values

    def _keeps(self, name: str) -> bool:
        place = PurePosixPath(self._planned.value(name))
        return place.is_absolute() and self._run.host.status(place).kind is FileKind.DIRECTORY

    def _moved(self, path: PurePosixPath) -> bool:
        """What is there already is read where it is, as the real server will; the ACL file gets one user more."""
        return path == self._users or self._run.staged.find(path) is not None

    def _copy_named(self) -> None:
        """Copy what the configuration names."""
        for path, copy in self._canary.named.items():
            staged = self._run.staged.find(path)
            try:
                data = staged.data if staged else self._run.host.read(path)
            except NotFoundError:
                continue
            if path == self._users:
                data = data.rstrip(b"\n") + f"\nuser {self.admin.name} on #{self.admin.digest} ~* &* +@all\n".encode()
            self._write(copy, data, like=path)
            self.copies[path] = copy

    def _write(self, path: PurePosixPath, data: bytes, *, mode: int = 0o640, like: PurePosixPath | None = None) -> None:
        """Write a file for the server; a copy has the rights that its source will have, so no user reads more."""
        host, view = self._run.host, ProcessView(self._run.host)
        access = self.inside(view, None).access
        kept = access.permissions(like) if access and like else None
        rights = kept or Permissions(owner=own_names(host)[0], group=self._account.group, mode=mode)
        host.write(path, data, expected=None, owner=rights.owner, group=rights.group, mode=rights.mode)
        if kept and like and (acl := view.acl(like)):
            host.set_attributes(path, acl)

    # --- what it shows -----------------------------------------------------------------------

    def inside(self, view: ProcessView, clone: UnitSandbox | None) -> SandboxChecks:
        """Return what the real server will meet; rights are judged where files really belong to whom they say."""
        run = self._run
        files = clone.files if clone else ()
        unit = clone.unit if clone else ""
        access = None
        if clone or self._account.switch:
            who = identity_of(run.host, self._account.user, self._account.group, sandbox_settings.groups(files, unit))
            access = AccessCheck(view, who, planned_permissions(run))
        return SandboxChecks(
            run=run,
            planned=self._planned,
            view=view,
            access=access,
            managed=sandbox_settings.managed_directories(files, unit) if _owns(files, unit, self._account.user) else (),
            unit=unit,
        )


def _owns(files: Sequence[UnitFile], unit: str, user: str) -> bool:
    """Return whether the directories that systemd makes for a unit belong to the server's user."""
    return user == (sandbox_settings.account(files, unit) or "root")


def _tls_endpoint(planned: ResolvedFiles) -> Endpoint | None:
    port = planned.value("tls-port", "0")
    if port in {"", "0"}:
        return None
    try:
        return loopback_endpoint(int(port))
    except UnsupportedError as error:
        raise RehearsalError(f"TLS was not rehearsed: {error}") from None


def _hints(clone: UnitSandbox, words: str) -> Iterator[str]:
    """Say which line of the unit causes a refusal: the server sees only that something is not there."""
    paths = {PurePosixPath(word) for word in re.split(r"[\s:;,'\"]+", words) if word.startswith("/")}
    for path in sorted(paths):
        if line := sandbox_settings.hiding_setting(clone.files, path):
            yield f"{clone.unit} has {line}, which hides {path} from it; move the file"
    if "failed to map segment" in words and sandbox_settings.forbids_exec(clone.files):
        yield f"{clone.unit} has NoExecPaths=, so code runs from listed paths only; add an ExecPaths= for the module"


def _text(values: Mapping[str, str]) -> bytes:
    return "".join(f"{name} {value}\n" for name, value in values.items()).encode()


@contextmanager
def _directory(host: Host, account: Account) -> Iterator[PurePosixPath]:
    """Make a directory that the service user may enter, and remove it at the end."""
    base = runtime_directory(host)
    ensure_directory(host, base, mode=0o711)
    directory = base / f"{REHEARSAL_PREFIX}{secrets.token_hex(6)}"
    owner, _ = own_names(host)
    host.make_directory(directory, owner=owner, group=account.group, mode=0o750)
    try:
        yield directory
    finally:
        remove_tree(host, directory)
