"""The one restart, last, when something needs it."""

from collections.abc import Sequence

from wizard.model.change import Change, ChangeBase, Effect, Restart, Risk
from wizard.model.plan import Note
from wizard.model.unit_state import WANTED
from wizard.planning.context import Context
from wizard.planning.goals import SectionPlan
from wizard.planning.risks.restart_loss import restart_risks


def possible(context: Context, changes: Sequence[Change]) -> SectionPlan:
    """Return the changes that an apply can complete, and a note on those that need a restart by the operator.

    An apply reads every value back: what takes effect at a restart that it cannot make would be rolled back.
    """
    bases: list[ChangeBase] = list(changes)
    left = {each.id: each.title for each in bases if each.effect is Effect.RESTART}
    if not left or not context.needs_manual_restart:
        return SectionPlan(changes=tuple(changes))
    while more := {each.id: each.title for each in bases if each.id not in left and left.keys() & set(each.needs)}:
        left |= more
    text = (
        f"not planned, because {context.why_no_unit} and only a restart puts it into effect: "
        f"{', '.join(left.values())}. Run the server from a unit of its own, then plan again"
    )
    if losses := restart_risks(context, changes):
        text += f". Its restart may lose data: {'; '.join(losses)}"
    note = Note(subject="restart", text=text)
    return SectionPlan(changes=tuple(each for each in changes if each.id not in left), notes=(note,))


def plan_section(context: Context, changes: Sequence[Change]) -> SectionPlan:
    """Return the restart that these changes need, or a note where there is nothing to restart."""
    bases: list[ChangeBase] = list(changes)
    because = tuple(change.id for change in bases if change.effect is Effect.RESTART)
    if not because:
        return SectionPlan()
    unit = context.instance.unit
    if unit is None and context.running:
        text = f"{context.why_no_unit}: restart it yourself, then plan again to check the result"
        if losses := restart_risks(context, changes):
            text += f". That may lose data: {'; '.join(losses)}"
        return SectionPlan(notes=(Note(subject="restart", text=text),))
    if unit is None or not (context.running or unit.active in WANTED or _starts_at_boot(context)):
        text = "the server is stopped: changes that need a restart take effect at its next start"
        return SectionPlan(notes=(Note(subject="restart", text=text),))
    return SectionPlan(changes=(_restart(context, unit.name, because, restart_risks(context, changes)),))


def _starts_at_boot(context: Context) -> bool:
    """Return whether an enabled unit is down: it would start at the next boot, so it should run."""
    unit = context.instance.unit
    return context.facts.tree is None and unit is not None and unit.active == "inactive" and unit.enabled == "enabled"


def _restart(context: Context, unit: str, because: tuple[str, ...], losses: tuple[str, ...]) -> Restart:
    up = context.running
    return Restart(
        id="restart",
        title=f"{'restart' if up else 'start'} {unit} once",
        before="",
        after="",
        why=_why(context),
        source="CONFIG SET refuses them; see each change" if context.settings or not up else "no login",
        effect=Effect.RESTART,
        risk=Risk.DATA if losses else Risk.DISCONNECT if up else Risk.NONE,
        evidence="; ".join((*losses, _meets(context))) if up else "",
        requires_consent=bool(losses),
        undo="the earlier files and one more restart",
        unit=unit,
        because=because,
    )


def _why(context: Context) -> str:
    if not context.running:
        return "The server is down and its unit is enabled: it is started with what is planned."
    if not context.settings:
        return "Without a login no value can be set in the running server; with a login, most changes need no restart."
    return "These changes take effect at a start only."


def _meets(context: Context) -> str:
    """Say who and what a restart meets."""
    if context.live is None:
        return "every client is disconnected and must reconnect"
    clients = sum(group.count for group in context.live.clients)
    said = f"{clients} connections are closed, and their clients must reconnect"
    if not context.live.keys:
        return said
    written = "" if _by_itself(context) else ", which are saved there for it: this server saves no data by itself"
    return f"{said}; {context.live.keys} keys are loaded again from disk{written}"


def _by_itself(context: Context) -> bool:
    """Return whether it saves its keys by itself; also where that cannot be read."""
    return context.in_force("appendonly") in {None, "yes"} or context.in_force("save") != ""
