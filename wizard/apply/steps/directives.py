"""Set directives in the running server, and back.

What may not live here: the lines of the file; opening and closing doors (`listeners`).
"""

from collections.abc import Sequence

from wizard.apply import data
from wizard.apply.run import Run
from wizard.apply.steps import listeners
from wizard.model.change import SetDirective
from wizard.model.facts import MASK
from wizard.redisconf.directives import canonical, same
from wizard.server.client import Client


def hot(changes: Sequence[SetDirective]) -> dict[str, str]:
    """Give what is set live, the append-only switch left out: it has a way of its own."""
    return {c.name: c.live for c in changes if c.live is not None and c.name != "appendonly" and c.live != MASK}


def append_only(run: Run, *, on: bool) -> None:
    """Switch the append-only file, after a good save of every key; on, wait until it holds everything.

    Raises:
        ApplyError: the data could not be saved, or the file not written.
    """
    client = run.doors.session()
    if data.uses_append_only(client) is on:
        return
    data.save(client)
    if on:
        data.append_only_on(client)
    else:
        client.config_set({"appendonly": "no"})


def differing(client: Client, wanted: dict[str, str]) -> dict[str, str]:
    """Give those of the wanted values that the server does not have now."""
    now = client.config_get()
    return {name: value for name, value in wanted.items() if name in now and not same(name, now[name], value)}


def undo(client: Client, wanted: dict[str, str]) -> None:
    """Set what differs back, listeners first: they may be the only way in for others."""
    different = {name: value for name, value in differing(client, wanted).items() if name != "appendonly"}
    loud = {name: value for name, value in different.items() if canonical(name) in listeners.NAMES}
    quiet = {name: value for name, value in different.items() if canonical(name) not in listeners.NAMES}
    if loud:
        listeners.set_in_turn(client, loud)
    if quiet:
        client.config_set(quiet)
