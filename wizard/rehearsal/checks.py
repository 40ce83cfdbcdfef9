"""What is proven on the rehearsal's server: values, logins, permissions, TLS."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import begun
from wizard.acl.presets import expected_access
from wizard.acl.user import User, parse_line
from wizard.changes.context import PlanContext
from wizard.changes.logins import is_enabled
from wizard.changes.staging import certificates_of
from wizard.config import ResolvedFiles
from wizard.errors import LoginError, RehearsalError, ServerError
from wizard.formats.redisconf.directives import Support, canonical, equivalent, is_secret, support
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.redact import redact_line
from wizard.model.change import CertificateRole, IssueCertificate, Restart, SetDirective, SetUser
from wizard.model.event import Phase
from wizard.model.login import Endpoint, Login
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.text import number, number_or
from wizard.model.value import Secret, replace
from wizard.rehearsal.judge import DryRunVerdict, Judge
from wizard.server.client import Client
from wizard.server.probe import probe
from wizard.server.temporary import TemporaryServer
from wizard.snapshots.store import own_names

OVERRIDDEN = frozenset(
    canonical(name)
    for name in (
        *("port", "bind", "tls-port", "unixsocket", "unixsocketperm", "pidfile", "logfile", "dir", "appendonly"),
        *("save", "daemonize", "supervised", "aclfile", "tls-cert-file", "tls-key-file", "tls-client-cert-file"),
        *("tls-client-key-file", "tls-ca-cert-file", "replicaof", "maxclients", "syslog-enabled", "hz"),
    )
)
"""Differ in a rehearsal by intent; the real server is asked for them afterwards."""

MOST_TRIED = 500
"""Users who stay as they are and are tried: each costs some hundred commands."""


class RehearsalAdmin:
    """A user of the rehearsal alone."""

    def __init__(self, name: str, password: Secret) -> None:
        self.name = name
        self.password = password
        self.digest = hashlib.sha256(password.reveal().encode()).hexdigest()

    def login(self) -> Login:
        """How it enters."""
        return Login(self.name, self.password)


def run_all(
    run: PlanContext,
    planned: ResolvedFiles,
    server: TemporaryServer,
    admin: RehearsalAdmin,
    tls: Endpoint | None,
    copies: Mapping[PurePosixPath, PurePosixPath],
    *,
    limited: bool,
) -> list[str]:
    """Prove all that the plan promises.

    Args:
        run: The apply.
        planned: The configuration that `server` runs, as it will be.
        server: The rehearsal's.
        admin: Who may ask it.
        tls: Where it speaks TLS on loopback, ``None`` without TLS.
        copies: Files that the configuration names, and copies of them that we may read.
        limited: It has the limits of the real unit.

    Returns:
        What was proven, one sentence each.

    Raises:
        RehearsalError: something does not hold.
    """
    proven: list[str] = []

    def noted(sentences: Iterator[str]) -> None:
        for sentence in sentences:
            run.journal.note(Phase.REHEARSE, sentence)
            proven.append(f"Rehearsed: {sentence}.")

    with server.connect(admin.login()) as client:
        noted(_values(run, client))
        users = _users(run, planned)
        noted(_logins(run, server, users))
        noted(_unauthenticated(server, client))
        noted(_promises(run, server, client, users))
        if tls:
            noted(_tls(run, planned, server, tls, copies))
        if limited:
            noted(_clients(run, planned, client))
    return proven


def _values(run: PlanContext, client: Client) -> Iterator[str]:
    """The server took every planned value as the plan means it."""
    try:
        found = client.config_get()
    except ServerError:
        yield "the values were not read back, because CONFIG is disabled"
        return
    count = 0
    for change in run.plan.changes:
        if not isinstance(change, SetDirective) or not _comparable(run, change):
            continue
        wanted = change.live if change.live is not None else " ".join(a for line in change.values for a in line)
        if change.name in found and not equivalent(change.name, found[change.name], wanted):
            raise RehearsalError(f"the server reads the planned {change.name} {wanted!r} as {found[change.name]!r}")
        count += 1
    yield f"{count} values read back as planned"


def _comparable(run: PlanContext, change: SetDirective) -> bool:
    if canonical(change.name) in OVERRIDDEN or is_secret(change.name) or not change.values:
        return False
    version = run.server.version if isinstance(run.server.version, str) else ""
    return support(change.name, run.server.flavour, version) not in {Support.SPECIAL, Support.ABSENT}


def _clients(run: PlanContext, planned: ResolvedFiles, client: Client) -> Iterator[str]:
    """Check that the unit's open-file limit allows the planned clients: the server takes fewer without an error."""
    wanted = planned.value("maxclients", "10000")
    try:
        found = client.config_get("maxclients").get("maxclients", wanted)
    except ServerError:
        return
    if number(found) is None or number_or(found) >= number_or(wanted):
        return
    said = f"the open-file limit of the unit allows {found} clients, and maxclients is {wanted}"
    ours = [c for c in run.plan.changes if isinstance(c, SetDirective) and c.name == "maxclients" and c.values]
    if ours and (ours[0].live is not None or any(isinstance(c, Restart) for c in run.plan.changes)):
        raise RehearsalError(f"{said}; lower the answer audit.max_clients, or raise LimitNOFILE where it is set")
    yield said


def _logins(run: PlanContext, server: TemporaryServer, users: Mapping[str, User]) -> Iterator[str]:
    """Check that every user with a new password can log in with it, and that the present login still works."""
    entered = []
    for change in run.plan.changes:
        if not isinstance(change, SetUser) or change.user not in run.passwords or not is_enabled(change):
            continue
        _enter(server, Login(change.user, run.passwords[change.user]), "the new password")
        entered.append(change.user)
    if entered:
        yield f"{', '.join(entered)} can log in with the new password"
    if run.login and run.login.password and _stays(run, users, run.login.user):
        _enter(server, Login(run.login.user, run.login.password), "the earlier password")
        yield f"{run.login.user} can still log in"


def _enter(server: TemporaryServer, login: Login, what: str) -> None:
    try:
        server.connect(login).close()
    except LoginError as error:
        raise RehearsalError(f"user {login.user} cannot log in with {what}: {error}") from None


def _stays(run: PlanContext, users: Mapping[str, User], name: str) -> bool:
    changed = {change.user for change in run.plan.changes if isinstance(change, SetUser)}
    return name in users and users[name].enabled and name not in changed


def _unauthenticated(server: TemporaryServer, client: Client) -> Iterator[str]:
    """Check that an unauthenticated client is refused where the default user is off."""
    flags = client.acl_getuser("default").get("flags")
    if not isinstance(flags, list) or "off" not in flags:
        return
    try:
        with server.connect() as unauthenticated:
            unauthenticated.ping()
    except LoginError:
        yield "a client without a login is refused"
        return
    raise RehearsalError("the default user is off, but an unauthenticated client gets an answer")


def _users(run: PlanContext, planned: ResolvedFiles) -> dict[str, User]:
    """Return every user that the server will have by its files, changed or not."""
    channels = planned.value("acl-pubsub-default").lower()
    words = {"allchannels", "resetchannels"}
    if channels not in words:
        return _in_files(run, planned)
    return {
        name: user if words & {*user.rules} else replace(user, rules=begun(user.rules, channels))
        for name, user in _in_files(run, planned).items()
    }


def _in_files(run: PlanContext, planned: ResolvedFiles) -> dict[str, User]:
    path = PurePosixPath(planned.value("aclfile") or "/")
    if path.name:
        staged = run.staged.find(path)
        return {user.name: user for user in AclDocument.parse(staged.data if staged else run.host.read(path)).users}
    lines = (line for data in planned.contents.values() for line in Document.parse(data).lines_of("user"))
    found = (parse_line(" ".join(("user", *line.arguments))) for line in lines)
    return {user.name: user for user in found}


def _promises(run: PlanContext, server: TemporaryServer, client: Client, users: Mapping[str, User]) -> Iterator[str]:
    """Each user may do what its role promises, and may not do what it forbids, whether the plan changes it or not."""
    allowed = denied = 0
    untried: dict[str, None] = {}
    enabled = [user for user in users.values() if user.enabled]
    tried = _tried(run, enabled)
    for user in tried:
        promised = expected_access(" ".join(user.rules), flavour=run.server.flavour, version=str(run.server.version))
        judge = Judge(run, server, client, user.name)
        may, may_not = judge.verdicts(promised.allowed), judge.verdicts(promised.denied)
        for command, verdict in may:
            if verdict is DryRunVerdict.REFUSED:
                raise RehearsalError(f"user {user.name} may not run {' '.join(command)!r}, which its role allows")
        for command, verdict in may_not:
            if verdict is DryRunVerdict.ALLOWED:
                raise RehearsalError(f"user {user.name} may run {' '.join(command)!r}, which its role forbids")
        allowed += sum(verdict is DryRunVerdict.ALLOWED for _, verdict in may)
        denied += sum(verdict is DryRunVerdict.REFUSED for _, verdict in may_not)
        untried |= {command[0]: None for command, verdict in (*may, *may_not) if verdict is DryRunVerdict.UNKNOWN}
    if allowed or denied:
        yield f"{allowed} commands of the roles are allowed and {denied} others are refused"
    if len(tried) < len(enabled):
        yield f"{len(enabled) - len(tried)} more users stay as they are and were not tried one by one"
    if untried:
        yield f"not tested, because the server does not accept the known form of these commands: {', '.join(untried)}"


def _tried(run: PlanContext, users: Sequence[User]) -> list[User]:
    """Return the users to try: all that the plan changes, and the first of those that stay as they are."""
    changed = {change.user for change in run.plan.changes if isinstance(change, SetUser)}
    others = [user.name for user in users if user.name not in changed]
    names = changed | set(others[:MOST_TRIED])
    return [user for user in users if user.name in names]


def _tls(
    run: PlanContext,
    planned: ResolvedFiles,
    server: TemporaryServer,
    tls: Endpoint,
    copies: Mapping[PurePosixPath, PurePosixPath],
) -> Iterator[str]:
    """A client with a certificate makes a real handshake; one without is refused where that is promised."""
    from wizard.pki.verify import describe  # noqa: PLC0415 - cryptography costs 60 ms

    certificate = copies[PurePosixPath(planned.value("tls-cert-file"))]
    names = [name.partition(":")[2] for name in describe(run.host.read(certificate)).names]
    name = names[0] if names else "localhost"
    for user, login in client_logins(run, planned, copies, directory=server.directory):
        try:
            version = server.access.shake_hands(tls, login, name=name)
        except ServerError as error:
            whose = f"the certificate of {user}" if user else "the planned certificates"
            raise RehearsalError(f"TLS does not work with {whose}: {error}{_complaint(server)}") from None
        yield f"{user or 'a client'} connects with its certificate by {version}"
    if planned.value("tls-auth-clients", "yes") != "yes":
        return
    shown = Listener(address=tls.address, port=tls.port, pid=0, process="")
    answer = probe(shown, tls=True, prove=server.access.proof(tls)).answer
    if answer is not ProbeAnswer.NEEDS_CERTIFICATE:
        raise RehearsalError(f"a client without a certificate is not refused by TLS ({answer})")
    yield "a client without a certificate is refused"


def _complaint(server: TemporaryServer) -> str:
    """Return the last warning in the server's log: it starts without a listener that the kernel refuses it."""
    told = [line.partition(" # ")[2] for line in server.output().splitlines()]
    warnings = [line for line in told if line and not line.startswith("WARNING")]
    return f"; the server says: {redact_line(warnings[-1].encode())}" if warnings else ""


def client_logins(
    run: PlanContext,
    planned: ResolvedFiles,
    copies: Mapping[PurePosixPath, PurePosixPath],
    *,
    directory: PurePosixPath,
) -> Iterator[tuple[str, Login]]:
    """Show the certificate of each planned client, by user; without any the server's own, which will do too."""
    authority = copies.get(PurePosixPath(planned.value("tls-ca-cert-file") or "/"))
    clients = [change for change in certificates_of(run.plan) if change.role is CertificateRole.CLIENT]
    for place, change in enumerate(clients):
        certificate, key = _own_copies(run, change, directory, place)
        yield change.common_name, Login(certificate=certificate, key=key, authority=authority)
    if not clients:
        certificate = copies[PurePosixPath(planned.value("tls-cert-file"))]
        key = copies[PurePosixPath(planned.value("tls-key-file"))]
        yield "", Login(certificate=certificate, key=key, authority=authority)


def _own_copies(
    run: PlanContext, change: IssueCertificate, directory: PurePosixPath, number: int
) -> tuple[PurePosixPath, PurePosixPath]:
    owner, group = own_names(run.host)
    made = []
    for path, copy in ((change.certificate, f"client{number}.crt"), (change.key, f"client{number}.key")):
        staged = run.staged.find(path)
        data = staged.data if staged else run.host.read(path)
        run.host.write(directory / copy, data, expected=None, owner=owner, group=group, mode=0o600)
        made.append(directory / copy)
    return made[0], made[1]
