"""What the other servers of a group need, and what a restart sets off: replicas, cluster nodes, Sentinels.

Source:
    redis ``src/sentinel.c``: a server that does not answer for ``down-after-milliseconds`` is failed over. Users are no
    part of the data: a replica has those of its own files (measured).
"""

from collections.abc import Iterator, Sequence

from wizard.formats.redisconf.memory import memory_or_zero
from wizard.formats.redisconf.values import limits_by_class
from wizard.model.change import Change, Restart, SetUser
from wizard.model.dataset import MIB, seconds_of_sync, writes_per_second
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.text import format_amount
from wizard.planning import rewrites
from wizard.planning.context import Context
from wizard.planning.sizing import used_memory

_LINK = "masteruser and masterauth name the user of the link"


def notes(context: Context, changes: Sequence[Change]) -> Iterator[Note]:
    """Say what the other servers need for these changes; nothing where the server is alone."""
    watching = rewrites.sentinels(context) if context.role is not Role.CLUSTER else ""
    others = _others(context)
    if context.role is Role.SENTINEL or not (others or watching):
        return
    users = [each.user for each in changes if isinstance(each, SetUser)]
    if users:
        text = (
            f"users and passwords ({', '.join(users)}) change on this server only: copy the ACL file to {others} "
            f"before the next failover; {_LINK}"
        )
        yield Note(subject="other servers", text=text if others else f"{watching} must be able to log in: auth-user")
    if watching and any(isinstance(each, Restart) for each in changes):
        text = f"{watching} starts a failover where it takes longer than down-after-milliseconds"
        yield Note(subject="restart", text=text)
    if overflow := _overflow(context):
        yield Note(subject="client-output-buffer-limit", text=overflow)


def _others(context: Context) -> str:
    """Name the other servers of the group; empty where none is known."""
    if context.role is Role.CLUSTER:
        return "every node of the cluster"
    live = context.live
    if context.role is Role.REPLICA:
        return f"the primary {live.primary}" if live and live.primary else "the primary"
    return f"replicas {', '.join(live.replicas)}" if live and live.replicas else ""


def _overflow(context: Context) -> str:
    """Say where writes during a full sync exceed the buffer of a replica: the sync then begins again, without end."""
    if context.live is None or context.role is not Role.PRIMARY:
        return ""
    words = limits_by_class(context.value("client-output-buffer-limit").split()).get("slave", ())
    limit = memory_or_zero(words[1]) if len(words) > 1 else 0
    written = writes_per_second(context.live.info) * seconds_of_sync(used_memory(context.instance))
    if not limit or written <= limit:
        return ""
    needed = -(-written // MIB) * MIB
    return (
        f"a full sync takes {seconds_of_sync(used_memory(context.instance))} s at 1 Gbit/s. In that time "
        f"{format_amount(written)} are written, more than the {format_amount(limit)} of a replica's buffer, so the "
        f"sync begins again. Allow {format_amount(needed)} for replicas"
    )
