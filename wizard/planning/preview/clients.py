"""Whether every client of a server is known: what a plan does to one that was not seen cannot be told."""

from wizard.model.answers import Answers
from wizard.model.host import HostFacts, Instance, LiveServer
from wizard.model.sources import FileContents
from wizard.model.value import Value
from wizard.planning import usage
from wizard.planning.context import Context


class SeenClients(Value, frozen=True, kw_only=True):
    """The connections that were listed, and why there may be more."""

    connections: int
    unlisted: str
    """Why none could be listed, as a sentence; empty where they were."""
    brief: str
    """That programs connect for moments, as a sentence; empty where none was noticed."""


def seen_clients(facts: HostFacts, instance: Instance) -> SeenClients:
    """Return how many connections were listed, and why there may be more."""
    context = Context(facts=facts, sources=FileContents(), answers=Answers(), instance=instance)
    unlisted = usage.why_unlisted(context)
    live = instance.live if isinstance(instance.live, LiveServer) else None
    return SeenClients(
        connections=sum(group.count for group in live.clients) if live else 0,
        unlisted=unlisted,
        brief="" if unlisted else usage.why_unseen(context),
    )
