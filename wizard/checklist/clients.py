"""Which clients are connected as which user, as far as ``CLIENT LIST`` tells."""

import re
from collections.abc import Iterable, Sequence

from wizard.checklist.context import CheckContext
from wizard.checklist.result import observed
from wizard.checklist.setting import LIVE
from wizard.model.facts.live import ClientGroup
from wizard.model.finding import Evidence

_SENTINEL = re.compile(r"sentinel-[0-9a-f]{8}-(cmd|pubsub)")
_RANDOM = re.compile(r".*\d.*|[^aeiou]{5,}")
"""Parts of a client's name that tell a process or host from its like: numbers, and the endings of pod names."""


def clients_known(subject: CheckContext) -> bool:
    """Return whether ``CLIENT LIST`` could be read."""
    return subject.live is not None and not any(each.what == "CLIENT LIST" for each in subject.live.unreadable)


def sessions(subject: CheckContext) -> tuple[ClientGroup, ...]:
    """Return the clients that have logged in; one that has not shows as default, without name and library."""
    groups = subject.live.clients if subject.live else ()
    return tuple(each for each in groups if each.user != "default" or has_identity(each) or each.active)


def has_identity(client: ClientGroup) -> bool:
    """Return whether a client says what it is."""
    return bool(client.name or client.library)


def is_sentinel(client: ClientGroup) -> bool:
    """Return whether a Sentinel opened a connection; each opens two, for commands and for messages."""
    return _SENTINEL.fullmatch(client.name) is not None


def library(client: ClientGroup) -> str:
    """Return a client's library without the version, empty when it does not say."""
    return client.library.split(" ")[0].split("(")[0].lower()


def service(client: ClientGroup) -> str:
    """Return a client's name without what tells its processes apart: ``billing`` for ``billing-7d9f8b6c5-x2x9z``."""
    words = re.split(r"[^a-z0-9]+", client.name.lower())
    return "-".join(word for word in words if word and not _RANDOM.fullmatch(word))


def client_evidence(groups: Iterable[ClientGroup]) -> Iterable[Evidence]:
    """Clients of a list, counted, as evidence."""
    return (
        observed(
            f"client of {each.user}",
            f"{LIVE}, CLIENT LIST",
            f"{each.count} from {each.address}, {each.library or 'unnamed library'} {each.name}".rstrip(),
        )
        for each in groups
    )


def services(groups: Sequence[ClientGroup]) -> tuple[str, ...]:
    """Return what clients call themselves: the names where they differ, else the libraries."""
    names = tuple(dict.fromkeys(name for each in groups if (name := service(each))))
    libraries = tuple(dict.fromkeys(name for each in groups if (name := library(each))))
    return names if len(names) > 1 or not libraries else libraries
