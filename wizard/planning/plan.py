"""Facts and answers in, a plan out.

Each section says what it wants (`Part`); here the wishes become changes, in order, with diffs, what
they break and what they rest on. What may not live here: any rule about one subject.
"""

from datetime import datetime

from wizard.model.answers import Answers
from wizard.model.change import Change
from wizard.model.facts import HostFacts
from wizard.model.plan import FileDiff, Plan
from wizard.model.sources import Sources
from wizard.planning import directives, memory, package, restart, sizing
from wizard.planning.basis import basis
from wizard.planning.breaks import breakages
from wizard.planning.choose import choose
from wizard.planning.context import Context
from wizard.planning.diff import diffs
from wizard.planning.order import ordered
from wizard.planning.part import Part, join

SECTIONS = (memory.part,)
"""One entry a subject; of two wishes for one directive the earlier counts."""


def plan(facts: HostFacts, sources: Sources, answers: Answers, *, instance: str = "") -> Plan:
    """Plan what brings this host from its facts to the answers.

    Args:
        facts: The host.
        sources: The bytes of the files that were read.
        answers: What the operator wants.
        instance: Name of the instance; empty for the only one.

    Returns:
        The plan. Without an installed server it holds the package alone, and a note to plan again.

    Raises:
        PlanError: the instance is not clear, or an answer does not fit this host.
        InvalidValueError: a name or pattern of an answer has another form.
    """
    if not facts.instances:
        return package.plan(facts, answers)
    context = Context(facts=facts, sources=sources, answers=answers, instance=choose(facts, instance))
    return assemble(context, changes_of(context))


def changes_of(context: Context) -> Part:
    """Collect the changes and notes of all sections, in order, the restart last."""
    wishes = join(tuple(section(context) for section in SECTIONS))
    parts = join((wishes, directives.changes(context, wishes.wanted)))
    changes = ordered(parts.changes)
    last = restart.part(context, changes)
    return Part(changes=(*changes, *last.changes), notes=(*parts.notes, *last.notes))


def assemble(context: Context, part: Part) -> Plan:
    """Make the plan of these changes."""
    facts, instance = context.facts, context.instance
    return Plan(
        id=identifier(facts),
        created_at=facts.taken_at,
        host=facts.hostname,
        instance=instance.name,
        config=context.main,
        basis=basis(facts, instance),
        answers=context.answers,
        changes=part.changes,
        diffs=_diffs(context, part.changes),
        breakages=breakages(context, part.changes),
        notes=part.notes,
        sizing=sizing.sizing(facts, instance, context.answers.memory, now=sizing.current(context)).terms,
    )


def _diffs(context: Context, changes: tuple[Change, ...]) -> tuple[FileDiff, ...]:
    files = tuple(status.path for status in context.config.files) if context.config else ()
    return diffs(context.sources, changes, files, {})


def identifier(facts: HostFacts) -> str:
    """Give ``YYYYMMDD-HHMMSS`` of the time at which the facts were taken."""
    return f"{datetime.fromisoformat(facts.taken_at):%Y%m%d-%H%M%S}"
