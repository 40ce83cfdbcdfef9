"""Bring the users of an ACL file into force in the running server, without losing the way in.

What may not live here: writing that file.

Source:
    Measured: a user that is turned off keeps its open sessions, with all the rights it has, so they are
    ended right after; the new administrator is there, and logged in, before the file is loaded.
"""

from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import same
from wizard.acl.password import hash_password
from wizard.acl.user import User
from wizard.changes import live_users, user_record
from wizard.changes.context import ApplyContext
from wizard.changes.logins import administrators
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, ServerError, VerifyError
from wizard.host.reader import HostReader
from wizard.model.change import SetUser
from wizard.model.facts import FileKind
from wizard.model.login import Login
from wizard.model.value import replace
from wizard.server.client import Client
from wizard.snapshots.reader import BLOB_LIMIT

ADMIN_COMMANDS = (("config", "get", "maxmemory"), ("acl", "load"), ("client", "list"))
"""Whoever may run these can see an apply through."""


def loaded_from(run: ApplyContext) -> PurePosixPath | None:
    """The ACL file that the running server reads, ``None`` when it has none."""
    name = run.configuration.in_force("aclfile") or ""
    return PurePosixPath(name) if name else None


def switch_to_new_admin(run: ApplyContext) -> None:
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


def load(run: ApplyContext) -> None:
    """Load the ACL file. What another administrator did in between is set again, and ends the apply.

    Raises:
        ApplyError: another administrator changed users since the apply began.
        ServerError: the server refuses; then nothing of the file is in force.
        VerifyError: after it, nobody of ours gets in.
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
        if disables_default_user(run):
            kill_default_sessions(run)
        run.connector.connect()
    except ServerError as error:
        raise VerifyError(f"after the new users were loaded nobody of ours gets in: {error}") from None


def disables_default_user(run: ApplyContext) -> bool:
    """Whether the plan locks the user that needs no name."""
    return any(isinstance(c, SetUser) and c.user == "default" and c.rules.startswith("off") for c in run.plan.changes)


def kill_default_sessions(run: ApplyContext) -> int:
    """End the connections that came in as the default user; turned off, it does not end them by itself."""
    client = run.connector.connect()
    return client.client_kill("USER", "default") if client.user != "default" else 0


def undo(work: RollbackContext, client: Client) -> None:
    """Load the ACL file that was put back, where the running server has other users.

    Whoever is not in it loses the connection; 6.2 ends those of all named users, so it is not loaded for nothing.

    Raises:
        ServerError: the server refuses the file.
    """
    try:
        as_written = not differing(work, client)
    except (HostError, ServerError):
        as_written = False
    if not as_written:
        client.acl_load()


def differing(work: RollbackContext, client: Client, *, rules: bool = True) -> tuple[str, ...]:
    """Name the users that the running server has otherwise than the ACL file that was put back; none without one.

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
    written = {user_record.DEFAULT.name: user_record.DEFAULT} | _by_name(work.host.read(file, limit=BLOB_LIMIT))
    for name, user in live_users.restored(work).items():
        written |= {name: user} if user is not None else {}
        if user is None:
            written.pop(name, None)
    live = _by_name("\n".join(client.acl_list()).encode(errors="surrogateescape"))
    if not rules:
        written, live = ({name: replace(user, rules=()) for name, user in each.items()} for each in (written, live))
    return tuple(name for name in sorted({*written, *live}) if not _same(work, written.get(name), live.get(name)))


def changed(work: RollbackContext, client: Client) -> tuple[str, ...]:
    """Name the users that the running server had before and has otherwise now, or no longer.

    Raises:
        ServerError: the server does not tell its users.
    """
    if not work.snapshot.users:
        return ()
    was, now = (
        _by_name("\n".join(lines).encode(errors="surrogateescape"))
        for lines in (work.snapshot.users, client.acl_list())
    )
    return tuple(name for name in sorted(was) if not _same(work, was[name], now.get(name)))


def _file(host: HostReader, client: Client) -> PurePosixPath | None:
    """The ACL file of the running server, which reads a relative name in its working directory."""
    found = client.config_get("aclfile", "dir")
    path = PurePosixPath(found.get("dir", "")) / found.get("aclfile", "")
    named = bool(found.get("aclfile")) and path.is_absolute()
    return path if named and host.status(path).kind is not FileKind.ABSENT else None


def _by_name(data: bytes) -> dict[str, User]:
    return {user.name: user for user in AclDocument.parse(data).users}


def _same(work: RollbackContext, one: User | None, other: User | None) -> bool:
    if one is None or other is None or work.instance is None:
        return one is other
    version = work.instance.version if isinstance(work.instance.version, str) else ""
    return same(one, other, flavour=work.instance.flavour, version=version)
