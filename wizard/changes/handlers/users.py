"""Write the users of an ACL file and load them into the running server, without losing access to it.

Source:
    Measured: a user that is turned off keeps its open sessions, with all the rights it has, so they are
    ended right after; the new administrator is there, and logged in, before the file is loaded.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.acl.password import hash_password
from wizard.acl.user import User
from wizard.changes import files, live_users, user_record
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handler import CommitPhase, ComparePhase, Handler, RollbackPhase, VerifyPhase
from wizard.changes.logins import administrators, is_enabled, login_with_certificate
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, ServerError, VerifyError
from wizard.host.reader import HostReader
from wizard.model.change import RemoveUser, SetUser
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind
from wizard.model.login import Endpoint, Login
from wizard.model.value import replace
from wizard.server.access import ServerAccess
from wizard.server.client import Client
from wizard.server.sessions import endpoints
from wizard.snapshots.reader import BLOB_LIMIT

Changes = Sequence[SetUser | RemoveUser]


def _write(run: ApplyContext, _: Changes) -> None:
    """Write the ACL file, and log in as the new administrator before anything else changes for our login."""
    files.write(run, run.staged.users)
    if run.live and _loads_users(run) and administrators(run):
        with run.journal.step(Phase.COMMIT, "log in as the new administrator"):
            _switch_to_new_admin(run)


def _load_users(run: ApplyContext, changes: Changes) -> None:
    if run.live and _loads_users(run):
        with run.journal.step(Phase.COMMIT, "load the new users", changes=tuple(change.id for change in changes)):
            _load(run)


def _loads_users(run: ApplyContext) -> bool:
    """Return whether the running server reads the ACL file that is written."""
    path = _loaded_from(run)
    return any(file.path == path for file in run.staged.users)


def _loaded_from(run: ApplyContext) -> PurePosixPath | None:
    """The ACL file that the running server reads, ``None`` when it has none."""
    name = run.configuration.in_force("aclfile") or ""
    return PurePosixPath(name) if name else None


def _switch_to_new_admin(run: ApplyContext) -> None:
    """Create the new administrator in the running server, and go on as that user.

    Raises:
        ServerError: the server refuses.
    """
    client = run.connector.connect()
    admins = administrators(run)
    for change in admins[:1]:
        rules = [*change.rules.split(), f"#{hash_password(run.passwords[change.user])}"]
        client.acl_setuser(change.user, ("reset", *rules))
        run.connector.prefer(logins=[Login(each.user, run.passwords[each.user]) for each in admins])
        run.connector.close()
        run.connector.connect()


def _load(run: ApplyContext) -> None:
    """Load the ACL file. What another administrator did in between is set again, and the apply fails.

    Raises:
        ApplyError: another administrator changed users since the apply began.
        ServerError: the server refuses; then nothing of the file is in force.
        VerifyError: afterwards no planned administrator can log in.
    """
    replaced = user_record.parse(user_record.as_text(run.connector.connect().acl_list_and_load()))
    if names := user_record.external(run, replaced):
        for name in names:
            if name in replaced:
                run.connector.connect().acl_setuser(name, ("reset", *live_users.words(replaced[name])))
            else:
                run.connector.connect().acl_deluser(name)
        raise user_record.changed(names)
    try:
        if _disables_default_user(run):
            kill_default_sessions(run)
        run.connector.connect()
    except ServerError as error:
        raise VerifyError(f"no planned administrator can log in after the new users were loaded: {error}") from None


def _disables_default_user(run: ApplyContext) -> bool:
    """Return whether the plan locks the user that needs no name."""
    return any(isinstance(c, SetUser) and c.user == "default" and c.rules.startswith("off") for c in run.plan.changes)


def kill_default_sessions(run: ApplyContext) -> int:
    """End the connections that came in as the default user; turned off, it does not end them by itself."""
    client = run.connector.connect()
    return client.client_kill("USER", "default") if client.user != "default" else 0


def _verify(run: ApplyContext, changes: Changes) -> Iterator[str]:
    """Every planned user enters by the first way, and the first administrator by TLS too."""
    planned = planned_configuration(run)
    places = endpoints(planned.values)
    known = (each for each in changes if isinstance(each, SetUser) and each.user in run.passwords)
    entered = [change.user for change in known if is_enabled(change)]
    for user in entered:
        _enter(run, places[0], login_with_certificate(run, planned, user))
    if entered:
        yield f"{', '.join(entered)} can log in by {places[0]}."
    secure = [place for place in places if place.tls]
    if entered and secure:
        admins = administrators(run)
        user = admins[0].user if admins else entered[0]
        login = login_with_certificate(run, planned, user)
        if login.certificate is None and planned.value("tls-auth-clients", "yes") == "yes":
            yield f"No login by {secure[0]} was tried: it requires a certificate, and this host has none of {user}."
            return
        _enter(run, secure[0], login)
        yield f"{user} can log in by {secure[0]} with its certificate."


def _enter(run: ApplyContext, place: Endpoint, login: Login) -> None:
    access = run.connector.access or ServerAccess(run.host)
    try:
        access.connect(place, login, seconds=5).close()
    except ServerError as error:
        raise VerifyError(f"user {login.user} cannot log in by {place}: {error}") from None


def _undo(work: RollbackContext) -> None:
    """Load the ACL file that was restored, where the running server has other users.

    Users that are not in it lose their connections; 6.2 closes those of all named users, so load it only if needed.

    Raises:
        ServerError: the server refuses the file.
    """
    client = work.connector.connect()
    try:
        as_written = not _differing(work, client)
    except (HostError, ServerError):
        as_written = False
    if not as_written:
        client.acl_load()


def _differing(work: RollbackContext, client: Client, *, rules: bool = True) -> tuple[str, ...]:
    """Name the users that the running server has otherwise than the ACL file that was restored; none without one.

    Args:
        work: The rollback.
        client: Logged in.
        rules: Compare these too. A server adds some that no line has (``acl-pubsub-default``), so two that differ may
            be the same.

    Raises:
        ServerError: the server does not tell its users.
        HostError: the file cannot be read.
    """
    file = _file(work.host, client)
    if file is None or not {file, work.host.resolve_target(file)} & {
        saved.status.path for saved in work.snapshot.paths
    }:
        return ()
    written = {
        user_record.DEFAULT.name: user_record.DEFAULT,
        **user_record.parse(work.host.read(file, limit=BLOB_LIMIT)),
    }
    for name, user in live_users.restored(work).items():
        written |= {name: user} if user is not None else {}
        if user is None:
            written.pop(name, None)
    live = user_record.parse("\n".join(client.acl_list()).encode(errors="surrogateescape"))
    if not rules:
        written, live = ({name: replace(user, rules=()) for name, user in each.items()} for each in (written, live))
    return tuple(name for name in sorted({*written, *live}) if not _same(work, written.get(name), live.get(name)))


def _changed(work: RollbackContext, client: Client) -> tuple[str, ...]:
    """Name the users that the running server had before and has otherwise now, or no longer.

    Raises:
        ServerError: the server does not tell its users.
    """
    if not work.snapshot.users:
        return ()
    was, now = (
        user_record.parse("\n".join(lines).encode(errors="surrogateescape"))
        for lines in (work.snapshot.users, client.acl_list())
    )
    wanted: dict[str, User | None] = {**was, **live_users.restored(work)}
    return tuple(name for name in sorted(was) if not _same(work, wanted[name], now.get(name)))


def _file(host: HostReader, client: Client) -> PurePosixPath | None:
    """The ACL file of the running server, which reads a relative name in its working directory."""
    found = client.config_get("aclfile", "dir")
    path = PurePosixPath(found.get("dir", "")) / found.get("aclfile", "")
    named = bool(found.get("aclfile")) and path.is_absolute()
    return path if named and host.status(path).kind is not FileKind.ABSENT else None


def _same(work: RollbackContext, one: User | None, other: User | None) -> bool:
    if one is None or other is None or work.instance is None:
        return one is other
    return user_record.is_one(work.instance, one, (other,))


def _differences(work: RollbackContext) -> Iterator[str]:
    client = work.connector.connect()
    other, changed = _differing(work, client, rules=False), _changed(work, client)
    yield from (f"user {name} of the running server differs from its ACL file" for name in other)
    yield from (f"user {name} of the running server is not as before" for name in changed if name not in other)


def _set_again(work: RollbackContext) -> None:
    live_users.set_again(work)


HANDLER: Handler[SetUser | RemoveUser] = Handler(
    do={CommitPhase.ACL_FILES: _write, CommitPhase.LOAD_USERS: _load_users},
    verify={VerifyPhase.LOGINS: _verify},
    undo={RollbackPhase.RUNNING_SERVER: _undo, RollbackPhase.FORGOTTEN: _set_again},
    differences={ComparePhase.SERVER: _differences},
)
