"""Whom protected mode shuts out: every other host, as long as the default user needs no password."""

from wizard.model.answers import Answers, DefaultUser
from wizard.model.facts.live import ClientGroup
from wizard.model.network import parse_address
from wizard.planning import usage
from wizard.planning.accounts.existing_users import DEFAULT, existing_users
from wizard.planning.context import Context


def default_user_stays_open(context: Context, answers: Answers) -> bool:
    """Return whether the default user will still need no password.

    Source:
        redis ``src/networking.c``, ``clientAcceptHandler``: only that user's password counts, whatever
        user logs in, by TLS too (measured).
    """
    kept = not answers.acl.manage or answers.acl.default_user is DefaultUser.KEEP or context.is_replicated
    default = existing_users(context).get(DEFAULT)
    open_now = default.nopass if default else not context.next_start("requirepass")
    return kept and open_now


def remote_clients(context: Context) -> tuple[ClientGroup, ...]:
    """Return the connections that protected mode would not take for local ones."""
    return tuple(group for group in usage.clients(context) if _far(group.address))


def clients_locked_out(context: Context) -> tuple[ClientGroup, ...]:
    """Return the connections that the answers would shut out by switching protected mode on."""
    switched = context.answers.network.protected_mode and context.value("protected-mode", "yes") == "no"
    return remote_clients(context) if switched and default_user_stays_open(context, context.answers) else ()


def must_stay_off(context: Context, answers: Answers) -> bool:
    """Return whether protected mode must stay off for those who come from other hosts, or may do so unseen."""
    off = context.value("protected-mode", "yes") == "no"
    has_remote = context.is_replicated or usage.clients_unknown(context) or bool(remote_clients(context))
    return off and has_remote and default_user_stays_open(context, answers)


def _far(address: str) -> bool:
    found = parse_address(address)
    return found is not None and not found.is_loopback
