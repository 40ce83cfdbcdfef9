"""Set directives in the running server, and back.

What may not live here: the lines of the file.
"""

from collections.abc import Sequence

from wizard.apply import data
from wizard.apply.run import Run
from wizard.model.change import SetDirective
from wizard.model.facts import MASK
from wizard.redisconf.directives import canonical, same
from wizard.server.client import Client

LISTENERS = frozenset({"port", "bind", "tls-port"})
"""They open and close doors: set after all else, so that what is behind a door is ready."""


def hot(changes: Sequence[SetDirective]) -> dict[str, str]:
    """Give what is set live, the append-only switch left out: it has a way of its own."""
    return {c.name: c.live for c in changes if c.live is not None and c.name != "appendonly" and c.live != MASK}


def do(run: Run, values: dict[str, str]) -> None:
    """Set these: first all that opens no door, then the listeners.

    Raises:
        ServerError: the server refuses one; from version 7 on none of its batch is set then.
    """
    client = run.doors.session()
    quiet = {name: value for name, value in values.items() if canonical(name) not in LISTENERS}
    loud = {name: value for name, value in values.items() if canonical(name) in LISTENERS}
    for batch in (quiet, loud):
        if batch:
            client.config_set(batch)


def append_only_on(run: Run) -> None:
    """Switch the append-only file on, after a good save, and wait until it holds everything."""
    client = run.doors.session()
    if not data.uses_append_only(client):
        data.save(client)
        data.append_only_on(client)


def differing(client: Client, wanted: dict[str, str]) -> dict[str, str]:
    """Give those of the wanted values that the server does not have now."""
    now = client.config_get()
    return {name: value for name, value in wanted.items() if name in now and not same(name, now[name], value)}


def undo(client: Client, wanted: dict[str, str]) -> None:
    """Set what differs back, listeners first: they may be the only way in for others."""
    different = {name: value for name, value in differing(client, wanted).items() if name != "appendonly"}
    loud = {name: value for name, value in different.items() if canonical(name) in LISTENERS}
    quiet = {name: value for name, value in different.items() if canonical(name) not in LISTENERS}
    for batch in (loud, quiet):
        if batch:
            client.config_set(batch)
