"""Facts and answers in, a plan out.

Each section says what it wants (`SectionPlan`); here the wishes become changes, in order, with diffs, what
they break and what they depend on.
"""

from datetime import datetime
from pathlib import PurePosixPath

from wizard.config import why_unsupported
from wizard.errors import PlanError
from wizard.formats.redisconf.include import FOREIGN
from wizard.model.answers import Answers
from wizard.model.certificate import CertificateOrder
from wizard.model.change import Change, SetUser
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import FileDiff, Note, Plan
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning import contenders, directives, restart, rewrites, sizing
from wizard.planning.context import Context
from wizard.planning.edits import files
from wizard.planning.edits.acl_edit import existing_password_hashes, placeholders
from wizard.planning.edits.diff import diffs
from wizard.planning.fingerprint import fact_fingerprints, fingerprint
from wizard.planning.goals import DirectiveGoal, SectionPlan, merge
from wizard.planning.order import ordered
from wizard.planning.risks import aof_replay, group
from wizard.planning.risks.exposure import exposure
from wizard.planning.risks.impact import impacts
from wizard.planning.sections import (
    audit,
    commands,
    config_repairs,
    huge_pages,
    kernel,
    memory,
    network,
    package,
    permissions,
    persistence,
    renewal,
    service,
    surroundings,
    tls,
    users,
)
from wizard.planning.select_instance import choose

OF_THE_SERVER = (
    users.plan_section,
    commands.plan_section,
    tls.plan_section,
    network.plan_section,
    memory.plan_section,
    persistence.plan_section,
    audit.plan_section,
    permissions.plan_section,
)
"""Sections that change the server's own files; of two goals for one directive the earlier counts."""

OF_THE_HOST = (service.plan_section, kernel.plan_section, huge_pages.plan_section)
"""Subjects of the host around it."""


def plan(
    facts: HostFacts,
    sources: FileContents,
    answers: Answers,
    *,
    instance: str = "",
    certificates: CertificateOrder | None = None,
) -> Plan:
    """Plan what changes this host from its facts to the answers.

    Args:
        facts: The host.
        sources: The bytes of the files that were read.
        answers: What the operator wants.
        instance: Name of the instance; empty for the only one.
        certificates: Plan this request for certificates alone.

    Returns:
        The plan. Without an installed server it holds the package alone, and a note to plan again.

    Raises:
        PlanError: the instance is not clear, its files are not this host's, an answer does not fit this host, or a
            line of the configuration names what its writers could not change: the plan would change it as root.
        InvalidValueError: a name or pattern of an answer has another form.
    """
    if not facts.instances:
        return package.plan(facts, answers)
    context = Context(facts=facts, sources=sources, answers=answers, instance=choose(facts, instance))
    if context.instance.barred:
        raise PlanError(context.instance.barred)
    if reason := why_unsupported(context.instance):
        raise PlanError(f"{reason}; nothing is planned. For another server, name its configuration with --config")
    _demand_own_names(context)
    if certificates is not None:
        ordering = renewal.context_of(context)
        made = assemble(ordering, _completed(ordering, _certificates(ordering, certificates)))
        return replace(made, sizing=())
    return assemble(context, changes_of(context))


def _certificates(context: Context, order: CertificateOrder) -> SectionPlan:
    if obstacle := _left_unchanged(context):
        return SectionPlan(notes=(obstacle,))
    part = renewal.plan_section(context, order)
    made = directives.changes(context, part.wanted)
    return SectionPlan(changes=(*part.changes, *made.changes), notes=(*part.notes, *made.notes))


def _demand_own_names(context: Context) -> None:
    for problem in context.config.problems if context.config else ():
        if problem.code == FOREIGN:
            raise PlanError(f"{problem.path} line {problem.line}: {problem.what} {problem.remedy}")


def changes_of(context: Context) -> SectionPlan:
    """Collect the changes and notes of all sections, in order, the restart last."""
    host = merge(tuple(section(context) for section in OF_THE_HOST))
    return _completed(context, merge((_server(context, host.wanted), host)))


def _completed(context: Context, parts: SectionPlan) -> SectionPlan:
    """Return changes in order, with what they need and the restart, and what is to be said of them."""
    doable = restart.possible(context, _with_open_needs(ordered(parts.changes)))
    changes = doable.changes
    last = restart.plan_section(context, changes)
    notes = (
        *contenders.notes(context),
        *parts.notes,
        *files.check(context, changes),
        *aof_replay.note(context, changes),
        *rewrites.notes(context, changes),
        *group.notes(context, (*changes, *last.changes)),
        *surroundings.notes(context, changes),
        *doable.notes,
        *last.notes,
    )
    return SectionPlan(changes=(*changes, *last.changes), notes=notes)


def _server(context: Context, more: tuple[DirectiveGoal, ...]) -> SectionPlan:
    """Plan the server's own files, where they can be read and may be changed."""
    if obstacle := _left_unchanged(context):
        return SectionPlan(notes=(obstacle,))
    wishes = merge((*(section(context) for section in OF_THE_SERVER), SectionPlan(wanted=more)))
    wanted = config_repairs.annotate(context, wishes.wanted)
    fixed = config_repairs.plan_section(context, wanted)
    made = directives.changes(context, (*wanted, *fixed.wanted))
    return SectionPlan(changes=(*wishes.changes, *made.changes), notes=(*wishes.notes, *fixed.notes, *made.notes))


def _with_open_needs(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Drop needs that the host meets already: they are no changes of this plan."""
    ids = {change.id for change in changes}
    return tuple(
        change
        if ids >= set(change.needs)
        else replace(change, needs=tuple(each for each in change.needs if each in ids))
        for change in changes
    )


def _left_unchanged(context: Context) -> Note | None:
    if context.role is Role.SENTINEL:
        return Note(
            subject="sentinel", text="its file is not changed: a Sentinel writes it itself and would overwrite a change"
        )
    config = context.instance.config
    if isinstance(config, Unreadable):
        unread = f"{config.what} could not be read ({config.why})" if config.what.startswith("/") else config.why
        return Note(subject="configuration", text=f"not changed: {unread}")
    return None


def assemble(context: Context, part: SectionPlan) -> Plan:
    """Make the plan of these changes."""
    facts, instance = context.facts, context.instance
    return Plan(
        id=identifier(facts),
        created_at=facts.taken_at,
        host=facts.hostname,
        instance=instance.name,
        config=context.main,
        fingerprint=fingerprint(facts, instance),
        fact_fingerprints=fact_fingerprints(facts, instance),
        answers=context.answers,
        changes=part.changes,
        diffs=_diffs(context, part.changes),
        impacts=impacts(context, part.changes),
        notes=part.notes,
        exposure=exposure(context, part.changes),
        sizing=sizing.sizing(facts, instance, context.answers.memory, now=sizing.current(context)).terms,
    )


def _diffs(context: Context, changes: tuple[Change, ...]) -> tuple[FileDiff, ...]:
    config = tuple(status.path for status in context.config.files) if context.config else ()
    moves_users = any(isinstance(change, SetUser) for change in changes)
    hashes = existing_password_hashes(_texts(context)) if moves_users else {}
    return diffs(context.sources, changes, config, {**hashes, **placeholders(changes)})


def _texts(context: Context) -> dict[PurePosixPath, bytes]:
    """Return the bytes that may hold users: the configuration with its includes, and the ACL file."""
    paths = [status.path for status in context.config.files] if context.config else []
    paths += [context.acl.path] if context.acl else []
    return {path: data for path in paths if (data := context.sources.get(path)) is not None}


def identifier(facts: HostFacts) -> str:
    """Return ``YYYYMMDD-HHMMSS`` of the time at which the facts were taken."""
    return f"{datetime.fromisoformat(facts.taken_at):%Y%m%d-%H%M%S}"
