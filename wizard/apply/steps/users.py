"""Bring the users of an ACL file into force in the running server, without losing the way in.

What may not live here: writing that file.

Source:
    Measured: a user that is turned off keeps its open sessions, with all the rights it has, so they are
    ended right after; the new administrator is there, and logged in, before the file is loaded.
"""

from collections.abc import Collection
from pathlib import PurePosixPath

from wizard.acl.password import digest
from wizard.apply.run import Run, Wanted
from wizard.errors import ServerError, VerifyError
from wizard.model.change import SetUser
from wizard.model.login import Login
from wizard.server.client import Client

ADMINISTERS = (("config", "get", "maxmemory"), ("acl", "load"), ("client", "list"))
"""Whoever may run these can see an apply through."""


def loaded_from(run: Run) -> PurePosixPath | None:
    """The ACL file that the running server reads, ``None`` when it has none."""
    name = run.live.config.get("aclfile", "") if run.live else ""
    return PurePosixPath(name) if name else None


def administrators(run: Wanted) -> tuple[SetUser, ...]:
    """The planned users with a new password whose rules let them do everything, or administrate."""
    found = (c for c in run.plan.changes if isinstance(c, SetUser) and c.user in run.passwords)
    return tuple(c for c in found if {"+@all", "+@admin", "allcommands"} & set(c.rules.split()))


def logins(run: Run) -> tuple[Login, ...]:
    """The new logins that can see the apply through."""
    return tuple(login_of(run, change.user) for change in administrators(run))


def login_of(run: Run, user: str) -> Login:
    """The login of a planned user."""
    return Login(user, run.passwords[user])


def become_administrator(run: Run) -> None:
    """Create the new administrator in the running server, and go on as that user.

    Raises:
        ServerError: the server refuses.
    """
    client = run.doors.session()
    for change in administrators(run)[:1]:
        rules = [*change.rules.split(), f"#{digest(run.passwords[change.user])}"]
        client.acl_setuser(change.user, ("reset", *rules))
        run.doors.prefer(logins=logins(run))
        run.doors.close()
        run.doors.session()


def load(run: Run) -> None:
    """Load the ACL file.

    Raises:
        ServerError: the server refuses; then nothing of the file is in force.
        VerifyError: after it, nobody of ours gets in.
    """
    run.doors.session().acl_load()
    try:
        if turns_default_off(run):
            kill_default_sessions(run)
        run.doors.session()
    except ServerError as error:
        raise VerifyError(f"after the new users were loaded nobody of ours gets in: {error}") from None


def turns_default_off(run: Run) -> bool:
    """Whether the plan locks the user that needs no name."""
    return any(isinstance(c, SetUser) and c.user == "default" and c.rules.startswith("off") for c in run.plan.changes)


def kill_default_sessions(run: Run) -> int:
    """End the connections that came in as the default user; turned off, it does not end them by itself."""
    client = run.doors.session()
    return client.client_kill("USER", "default") if client.user != "default" else 0


def undo(client: Client, changed: Collection[str]) -> None:
    """Load the ACL file again where it was put back; whoever is not in it loses the connection.

    Raises:
        ServerError: the server refuses the file.
    """
    if client.config_get("aclfile").get("aclfile") in changed:
        client.acl_load()
