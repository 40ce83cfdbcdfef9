"""From wanted directives to changes: what differs in the file, what differs live, and how it gets there.

A directive is compared by meaning on both sides.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.config import join_lines
from wizard.formats.redisconf.directives import Support, canonical, equivalent, support
from wizard.formats.redisconf.quoting import quote
from wizard.model.change import Effect, Risk, SetDirective
from wizard.model.facts.configuration import ConfigLine
from wizard.model.facts.unreadable import MASK
from wizard.model.plan import Note
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan

_TITLE = 60
_ABSENT = "it does not have this directive"


def changes(context: Context, wanted: Sequence[DirectiveGoal]) -> SectionPlan:
    """Return one change for each directive that differs, and a note for each that cannot be set.

    Of several wishes for one directive the first counts.
    """
    found: list[SetDirective] = []
    notes: list[Note] = []
    for wish in _first_of_each(wanted):
        if obstacle := _obstacle(context, wish):
            notes.append(Note(subject=f"directive:{wish.name}", text=obstacle))
            continue
        if remark := _ineffective(context, wish):
            notes.append(Note(subject=f"directive:{wish.name}", text=remark))
        if change := _change(context, wish):
            found.append(change)
    return SectionPlan(changes=tuple(found), notes=tuple(notes))


def _first_of_each(wanted: Sequence[DirectiveGoal]) -> list[DirectiveGoal]:
    first: dict[str, DirectiveGoal] = {}
    for wish in wanted:
        first.setdefault(canonical(wish.name), wish)
    return list(first.values())


def _obstacle(context: Context, wish: DirectiveGoal) -> str:
    """Say why a directive is left out; empty when it can be set."""
    if not wish.lines:
        return ""
    if support_of(context, wish.name) is Support.ABSENT:
        return f"not planned: {context.instance.flavour} {context.version or 'of unknown version'}: {_ABSENT}"
    said = context.configuration.override(wish.name)
    if said is None:
        return ""
    now = context.value(wish.name) if context.configuration.is_uncertain(wish.name) else said
    if equivalent(wish.name, now, wish.text):
        return ""
    where = f"the command line of {context.unit or 'the server'}"
    return f"not planned: {where} sets {wish.name} {said}, which overrides the file; change it there, then plan again"


def _ineffective(context: Context, wish: DirectiveGoal) -> str:
    """Return that the line in the file has no effect, because the command line has the wanted value; else nothing."""
    said = context.configuration.override(wish.name)
    lines = context.lines(wish.name)
    filed = join_lines(wish.name, [line.arguments for line in lines])
    if said is None or not wish.lines or filed is None or equivalent(wish.name, filed, said.split()):
        return ""
    where = f"{lines[-1].path}:{lines[-1].line}"
    return f"the command line of {context.unit or 'the server'} sets it to {said}; the line {where} has no effect"


def support_of(context: Context, name: str) -> Support:
    """Return how this server takes a directive."""
    return support(name, context.instance.flavour, context.version)


# --- the two sides -------------------------------------------------------------------------------


def _file_differs(context: Context, wish: DirectiveGoal) -> bool:
    lines = context.lines(wish.name)
    if not wish.lines:
        return bool(lines)
    now = context.next_start(wish.name)
    if now is None:
        return wish.default is None or not equivalent(wish.name, wish.default, wish.text)
    if has_problems(context, lines):
        return True
    if _repeats(wish):
        return sorted(_lowered(line.arguments) for line in lines) != sorted(_lowered(line) for line in wish.lines)
    return not equivalent(wish.name, now, tuple(argument for line in wish.lines for argument in line))


def _lowered(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(argument.lower() for argument in arguments)


def _repeats(wish: DirectiveGoal) -> bool:
    return canonical(wish.name) in {"rename-command", "user", "loadmodule"}


def has_problems(context: Context, lines: Sequence[ConfigLine]) -> bool:
    """Return whether the server would refuse any of these lines, or take it differently than it reads."""
    places = {(problem.path, problem.line) for problem in (context.config.problems if context.config else ())}
    return any((line.path, line.line) in places for line in lines)


def _live_differs(context: Context, wish: DirectiveGoal) -> bool:
    now = context.in_force(wish.name)
    if now is None or not wish.live or not wish.lines:
        return False
    return not equivalent(wish.name, now, wish.text)


# --- the change ----------------------------------------------------------------------------------


def _change(context: Context, wish: DirectiveGoal) -> SetDirective | None:
    file_differs, live_differs = _file_differs(context, wish), _live_differs(context, wish)
    again = wish.again and bool(context.settings)
    if not (file_differs or live_differs or again):
        return None
    hot = support_of(context, wish.name) is Support.HOT
    path = _path(context, wish)
    return SetDirective(
        id=f"directive:{wish.name}",
        title=_title(wish),
        before=_shown(_now(context, wish)),
        after=_shown(wish.lines),
        why=wish.why,
        source=wish.source,
        items=wish.items,
        effect=_effect(context, wish, live_differs=live_differs),
        risk=wish.risk,
        evidence=wish.evidence if wish.risk is not Risk.NONE else "",
        requires_consent=wish.requires_consent,
        undo=wish.undo or "the earlier line and the earlier live value",
        needs=wish.needs,
        path=path,
        name=wish.name,
        values=wish.lines if file_differs else tuple(_line.arguments for _line in _lines_of(context, wish, path)),
        live=wish.text if hot and (live_differs or again) else None,
        all_files=wish.all_files and any(line.path != path for line in context.lines(wish.name)),
    )


def _effect(context: Context, wish: DirectiveGoal, *, live_differs: bool) -> Effect:
    """Return when a change takes effect: at once, or with a restart where the running server cannot take it."""
    if wish.effect is not None or not wish.live:
        return wish.effect or Effect.NOW
    how = support_of(context, wish.name)
    now = context.in_force(wish.name)
    if now is None:
        return Effect.NOW if _only_tidied(context, wish) else Effect.RESTART
    return Effect.NOW if how is Support.HOT or not live_differs else Effect.RESTART


def _only_tidied(context: Context, wish: DirectiveGoal) -> bool:
    """Return whether lines go that a later one overrides: a server that reads the file again has the same value."""
    lines = context.lines(wish.name)
    places = {(line.path, line.line) for line in lines}
    found = context.config.problems if context.config else ()
    codes = {problem.code for problem in found if (problem.path, problem.line) in places}
    arguments = tuple(argument for line in wish.lines for argument in line)
    return (
        codes == {"overridden"}
        and bool(wish.lines)
        and equivalent(wish.name, context.next_start(wish.name) or (), arguments)
    )


def _path(context: Context, wish: DirectiveGoal) -> PurePosixPath:
    """Edit the file that has the line in force; a new line goes to the main file."""
    lines = context.lines(wish.name)
    return lines[-1].path if lines else context.main


def _lines_of(context: Context, wish: DirectiveGoal, path: PurePosixPath) -> tuple[ConfigLine, ...]:
    return tuple(line for line in context.lines(wish.name) if line.path == path)


def _now(context: Context, wish: DirectiveGoal) -> tuple[tuple[str, ...], ...]:
    """The value to show as the old one: what is in force, else what the file says."""
    value = context.in_force(wish.name)
    lines = tuple(line.arguments for line in context.lines(wish.name))
    no_socket = canonical(wish.name) == "unixsocketperm" and not context.in_force("unixsocket")
    if value is None or no_socket or not _live_differs(context, wish):
        return lines
    return ((value,),) if value else ()


def _title(wish: DirectiveGoal) -> str:
    text = f"{wish.name} {_shown(wish.lines)}" if wish.lines else f"remove {wish.name}"
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"


def _shown(lines: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join(
        " ".join(argument if " " in argument or argument == MASK else quote(argument) for argument in line)
        for line in lines
    )
