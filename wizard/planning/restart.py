"""The one restart, last, when something needs it.

What may not live here: what needs it; each change says so by its effect.
"""

from collections.abc import Sequence

from wizard.model.change import Change, ChangeBase, Effect, Restart, Risk
from wizard.model.facts import LiveServer
from wizard.model.plan import Note
from wizard.planning.context import Context
from wizard.planning.part import Part

_WANTS_TO_RUN = frozenset({"active", "activating", "reloading", "failed"})


def part(context: Context, changes: Sequence[Change]) -> Part:
    """Give the restart that these changes need, or a note where there is nothing to restart."""
    bases: list[ChangeBase] = list(changes)
    because = tuple(change.id for change in bases if change.effect is Effect.RESTART)
    if not because:
        return Part()
    unit = context.instance.unit
    if unit is None and context.running:
        text = "no systemd unit runs this server: restart it yourself, then plan again to see that all is in force"
        return Part(notes=(Note(subject="restart", text=text),))
    if unit is None or not (context.running or unit.active in _WANTS_TO_RUN or _starts_at_boot(context)):
        text = "the server does not run: what needs a restart acts when it is started"
        return Part(notes=(Note(subject="restart", text=text),))
    return Part(changes=(_restart(context, unit.name, because),))


def _starts_at_boot(context: Context) -> bool:
    """Whether an enabled unit is down: it would start at the next boot, so it is meant to run."""
    unit = context.instance.unit
    return context.facts.tree is None and unit is not None and unit.active == "inactive" and unit.enabled == "enabled"


def _restart(context: Context, unit: str, because: tuple[str, ...]) -> Restart:
    up = context.running
    clients = sum(group.count for group in context.live.clients) if context.live else 0
    return Restart(
        id="restart",
        title=f"{'restart' if up else 'start'} {unit} once",
        before="",
        after="",
        why="A running server cannot take these changes."
        if up
        else "The server is down and its unit is enabled: it is started with what is planned.",
        source="CONFIG SET refuses them; see each change",
        effect=Effect.RESTART,
        risk=Risk.DISCONNECT if up else Risk.NONE,
        evidence=f"{clients} connections end and must come back{_data(context)}" if up else "",
        undo="the files as they were, and one more restart",
        unit=unit,
        because=because,
    )


def _data(context: Context) -> str:
    if not isinstance(context.live, LiveServer) or not context.live.keys:
        return ""
    return f"; {context.live.keys} keys are loaded again from disk"
