"""Every mistake that was found in the configuration is fixed, by a wish of its own or as a part of another."""

from collections.abc import Iterable, Sequence

from wizard.config import join_lines
from wizard.formats.redisconf.directives import Support, canonical, find
from wizard.formats.redisconf.document import Document, is_name
from wizard.formats.redisconf.include import FOREIGN
from wizard.formats.redisconf.redact import masked
from wizard.formats.redisconf.repair import repaired_arguments
from wizard.model.change import Risk
from wizard.model.facts.configuration import ConfigLine, Problem
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.directives import support_of
from wizard.planning.goals import DirectiveGoal, SectionPlan
from wizard.planning.sections.persistence import before_seven

SOURCE = "the server's own verdict on such lines (measured on Redis 6.2 to 8 and Valkey 8 and 9)"
BYTE_ORDER_MARK = "\ufeff"
_REMOVED = frozenset({"unknown-directive", "sentinel-directive", "replica-in-cluster", "rename-unknown-command"})
_UNTOUCHED = frozenset(
    {"module-directive", "not-utf8", "ignored-directive", "missing-include", "include-cycle", FOREIGN}
)
"""The intention is not evident, or the server starts all the same."""

_OF_USERS = frozenset({"requirepass-beside-aclfile", "users-beside-aclfile"})
"""The plan of the users fixes these; where it leaves the users as they are, no line here helps."""


def annotate(context: Context, wanted: Sequence[DirectiveGoal]) -> tuple[DirectiveGoal, ...]:
    """Say in each wish which mistakes it fixes on the way."""
    return tuple(_explained(wish, _problems_of(context, wish.name)) for wish in wanted)


def _explained(wish: DirectiveGoal, problems: Sequence[Problem]) -> DirectiveGoal:
    found = " ".join(dict.fromkeys(problem.what for problem in problems if problem.code not in _UNTOUCHED))
    return replace(wish, why=f"{wish.why} Fixed: {found}") if found else wish


def plan_section(context: Context, wanted: Iterable[DirectiveGoal]) -> SectionPlan:
    """Return the goals that fix mistakes in directives without another goal."""
    taken = {canonical(wish.name) for wish in wanted}
    wishes: dict[str, DirectiveGoal] = {}
    notes: list[Note] = []
    for problem in context.config.problems if context.config else ():
        line = _line_at(context, problem)
        name = line.name.removeprefix(BYTE_ORDER_MARK) if line else ""
        if problem.code in _UNTOUCHED or canonical(name) in {*taken, *wishes}:
            notes += [_note(problem)] if problem.fatal and problem.code in _UNTOUCHED else []
        elif problem.code in _OF_USERS:
            notes.append(_note(problem))
        elif line and (wish := _wish(context, name, problem)):
            wishes[canonical(name)] = wish
            notes += [_removed(problem, name)] if not wish.lines else []
        else:
            notes.append(_note(problem))
    return SectionPlan(wanted=tuple(wishes.values()), notes=tuple(notes))


def _problems_of(context: Context, name: str) -> list[Problem]:
    places = {(line.path, line.line) for line in context.lines(name)}
    found = context.config.problems if context.config else ()
    return [problem for problem in found if (problem.path, problem.line) in places]


def _line_at(context: Context, problem: Problem) -> ConfigLine | None:
    lines = context.config.lines if context.config else ()
    return next((line for line in lines if (line.path, line.line) == (problem.path, problem.line)), None)


def _note(problem: Problem) -> Note:
    return Note(subject=f"{problem.path} line {problem.line}", text=f"{problem.what} {problem.remedy}")


def _removed(problem: Problem, name: str) -> Note:
    text = f"the line of {name} is removed: {problem.what} If you intended another directive, write that one"
    return Note(subject=f"{problem.path} line {problem.line}", text=text)


# --- what was intended ---------------------------------------------------------------------------


def _wish(context: Context, name: str, problem: Problem) -> DirectiveGoal | None:
    lines = _meant(context, name, problem)
    if lines is None:
        return None
    return DirectiveGoal(
        name=name,
        lines=lines,
        why=f"Fixed: {problem.what}",
        source=SOURCE,
        risk=Risk.NONE,
        live=bool(lines) and support_of(context, name) is not Support.SPECIAL,
        all_files=True,
    )


def _meant(context: Context, name: str, problem: Problem) -> tuple[tuple[str, ...], ...] | None:
    """Return the intended lines, none for a directive that goes, ``None`` where the intention is not evident."""
    directive = find(name)
    if problem.code in _REMOVED and canonical(name) != "rename-command":
        return () if is_name(name) else None
    if directive is None:
        return None
    if canonical(name) == "save":
        return _save(context)
    lines = [_fixed(context, line) for line in context.lines(name) or _marked(context, name)]
    if canonical(name) == "rename-command":
        return _renames(lines)
    if not directive.repeatable:
        return None if not lines or lines[-1] is None else (lines[-1],)
    kept = tuple(line for line in lines if line is not None)
    return kept if len(kept) == len(lines) else None


def _marked(context: Context, name: str) -> tuple[ConfigLine, ...]:
    """Return the first line of a file that starts with a byte order mark, which hides its name."""
    lines = context.config.lines if context.config else ()
    return tuple(line for line in lines if line.name == BYTE_ORDER_MARK + name)


def _fixed(context: Context, line: ConfigLine) -> tuple[str, ...] | None:
    """Return the intended arguments, secrets masked; ``None`` where the intention is not evident."""
    data = context.sources.get(line.path)
    lines = Document.parse(data).lines if data else ()
    if line.line > len(lines):
        return line.arguments
    found = lines[line.line - 1]
    meant = repaired_arguments(found)
    if meant is not None:
        return masked(line.name, meant)
    refused = any(
        problem.fatal and (problem.path, problem.line) == (line.path, line.line) and problem.code in _REFUSED
        for problem in (context.config.problems if context.config else ())
    )
    return None if found.problem or refused else line.arguments


_REFUSED = frozenset({"bad-value", "unbalanced-quotes", "nul-byte", "carriage-return"})


def _save(context: Context) -> tuple[tuple[str, ...], ...]:
    meant = [fixed for line in context.lines("save") if (fixed := _fixed(context, line)) is not None]
    pairs = join_lines("save", meant)
    if not pairs:
        return (("",),)
    return tuple(zip(pairs[::2], pairs[1::2], strict=False)) if before_seven(context) else (pairs,)


def _renames(lines: Sequence[tuple[str, ...] | None]) -> tuple[tuple[str, ...], ...]:
    first: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if line:
            first.setdefault(line[0].lower(), line)
    return tuple(first.values())
