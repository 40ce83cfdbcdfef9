"""Live values of other hands: what somebody set in the running server since a change began stays, and is named.

What the change leaves is written down once it is made. A value that is neither that nor the first one, when all begins
to be taken back, is somebody else's: it is set again after a restart, which makes a server forget it. What may not live
here: setting values back (`directives`), and where the data are kept (`keys`).
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from wizard.apply import data
from wizard.apply.run import Run
from wizard.apply.steps import directives
from wizard.apply.undo import Undo
from wizard.errors import ApplyError, HostError, ServerError, SnapshotError
from wizard.model.change import Change, SetDirective
from wizard.model.value import replace
from wizard.redisconf.directives import canonical, is_secret, same
from wizard.server.client import Client
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.hands import theirs

_ON_THE_WAY = {"port": ("0",), "save": ("", data.SAFE_SAVE)}
"""What we set for a moment, in which we may be cut off."""
_OWN_WAY = "appendonly"
"""Going back to it has a way of its own."""


def planned(changes: Iterable[Change]) -> dict[str, str]:
    """Give the live values that a plan sets, no secret ones."""
    values = directives.hot([each for each in changes if isinstance(each, SetDirective)])
    return {name: value for name, value in values.items() if not is_secret(name)}


def demand_unchanged(run: Run) -> None:
    """Look whether somebody set a live value since the apply began, before we set ours or a restart forgets it.

    Raises:
        ApplyError: so it is; the rollback that follows keeps it.
    """
    old = run.snapshot.directives
    ours = {canonical(name): value for name, value in run.store.footprint(run.identity).live.items()}
    now = _now(run.doors.try_session(), old) if run.live else {}
    for name, value in now.items():
        if name != _OWN_WAY and _is_theirs(name, value, old[name], ours):
            raise ApplyError(
                f"another administrator set {name} to {value!r} in the running server while the apply ran; plan again"
            )


def leave(run: Run) -> None:
    """Write down what the change leaves in the running server, of all that its snapshot has.

    Raises:
        HostError: it cannot be written.
    """
    client = run.doors.try_session() if run.acts_live and run.snapshot.directives else None
    left = _now(client, run.snapshot.directives)
    if left:
        footprint = run.store.footprint(run.identity)
        run.store.leave_footprint(run.identity, replace(footprint, live=footprint.live | left))


def meet(work: Undo, client: Client | None) -> None:
    """Find what others set, before anything is set back or stopped.

    It is written down, so that whoever begins again after a crash knows it: by then a restart may have made the server
    forget it.
    """
    noted = _noted(work)
    if noted.met is None:
        noted = replace(noted, met=_found(work, client))
        with suppress(HostError):
            work.store.leave_footprint(work.journal.identity, noted)
    work.theirs = dict(noted.met or {})


def wanted(work: Undo) -> dict[str, str]:
    """Give the live values that are put back, those of others among them."""
    return work.snapshot.directives | work.theirs


def sentences(work: Undo) -> tuple[str, ...]:
    """Name what others set, one sentence each."""
    if not work.theirs:
        return ()
    now = _now(work.doors.try_session(), work.theirs)
    return tuple(
        f"{name} is {value!r} in the running server: somebody else set it since ({_before(work, name)}); it is kept"
        if name in now and same(name, now[name], value)
        else f"{name} was set to {value!r} in the running server by somebody else, and could not be set again"
        for name, value in work.theirs.items()
    )


# --- inside --------------------------------------------------------------------------------------


def _noted(work: Undo) -> Footprint:
    try:
        return work.store.footprint(work.journal.identity)
    except SnapshotError:
        return Footprint(digests={}, met={})


def _found(work: Undo, client: Client | None) -> dict[str, str]:
    if work.known is None:
        return {}
    ours = {canonical(name): value for name, value in work.known.live.items()}
    # After a restart only what was written down tells what it made the server forget.
    all_known = not work.known.remembered and not work.restarted
    old = work.snapshot.directives
    return {
        name: value
        for name, value in _now(client, old).items()
        if name != _OWN_WAY and (canonical(name) in ours or all_known) and _is_theirs(name, value, old[name], ours)
    }


def _is_theirs(name: str, now: str, old: str, ours: Mapping[str, str]) -> bool:
    known = canonical(name)
    made = (*((ours[known],) if known in ours else ()), *_ON_THE_WAY.get(known, ()))
    return theirs(now, old, *made, same=partial(same, name))


def _before(work: Undo, name: str) -> str:
    old = f"{work.snapshot.directives.get(name, '')!r} was before"
    ours = work.known.live.get(name) if work.known else None
    return old if ours is None else f"{ours!r} was ours, {old}"


def _now(client: Client | None, names: Iterable[str]) -> dict[str, str]:
    try:
        found = client.config_get() if client is not None else {}
    except ServerError:
        return {}
    return {name: found[name] for name in names if name in found}
