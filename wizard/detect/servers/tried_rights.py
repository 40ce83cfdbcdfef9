"""What users may do, asked of the server itself: ``ACL DRYRUN`` runs nothing and leaves no entry in ACL LOG."""

from collections.abc import Sequence

from wizard.acl.commands import table
from wizard.acl.rights import Trials
from wizard.acl.user import User
from wizard.errors import ServerError
from wizard.model.facts.service import Flavour
from wizard.model.rights import TriedRights
from wizard.server.client import Client


def try_rights(
    client: Client, users: Sequence[User], flavour: Flavour, version: str, *, sentinel: bool = False
) -> tuple[TriedRights, ...]:
    """Ask what the users of a server may do.

    Returns:
        One answer for each set of rules; none before Redis 7, which has no ``ACL DRYRUN``.

    Raises:
        ServerError: this login may not ask.
    """
    known = table(flavour, version, sentinel=sentinel)
    if not users or not known.subcommands:
        return ()
    client.acl_dryrun(client.user, ("ping",))
    trials = Trials(users, known, client.acl_category("dangerous"))
    arities = client.command_arity(trials.commands)
    calls = trials.calls(arities)
    answers = zip(calls, client.acl_dryruns(calls), strict=True)
    # Another command may have the name (rename-command), whose answer says nothing of this one.
    return trials.read(
        None if isinstance(said, ServerError) or call[0] not in arities else said for (_, call), said in answers
    )
