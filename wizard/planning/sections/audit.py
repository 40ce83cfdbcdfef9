"""What the server records, and its limits on clients."""

from wizard.model.answers import AuditAnswers
from wizard.model.change import Risk
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sections.service import clients_that_fit, maxclients_is_live
from wizard.settings import SETTINGS, Setting

_OWN_GOALS = frozenset({"audit.timeout_seconds", "audit.keyspace_events"})
_PLAIN = tuple(row for row in SETTINGS if row.answer.startswith("audit.") and row.answer not in _OWN_GOALS)
"""Answers that are the value of their directive."""


def plan_section(context: Context) -> SectionPlan:
    """Want logs, thresholds and timeouts."""
    if context.role is Role.SENTINEL:
        return SectionPlan()
    answers = context.answers.audit
    most = clients_that_fit(context)
    notes: tuple[Note, ...] = ()
    if most < answers.max_clients:
        text = f"{most} instead of {answers.max_clients} are accepted: the service may not open more files on this host"
        notes = (Note(subject="maxclients", text=text),)
    live = maxclients_is_live(context)
    wanted = (
        *(_plain(row, answers, live=live or row.answer != "audit.max_clients") for row in _PLAIN),
        _timeout(context),
        _events(context),
    )
    return SectionPlan(wanted=wanted, notes=notes)


def _plain(row: Setting, answers: AuditAnswers, *, live: bool) -> DirectiveGoal:
    value = getattr(answers, row.answer.removeprefix("audit."))
    return replace(goal(row.targets[0], (str(value),)), live=live)


def _timeout(context: Context) -> DirectiveGoal:
    seconds = context.answers.audit.timeout_seconds
    return replace(
        goal("timeout", (str(seconds),)),
        risk=Risk.DISCONNECT if seconds else Risk.NONE,
        evidence=f"connections that are idle for {seconds} s are closed; connection pools must reconnect",
    )


def _events(context: Context) -> DirectiveGoal:
    events = context.answers.audit.keyspace_events
    wanted = goal("notify-keyspace-events", (events,))
    return replace(
        wanted,
        why=wanted.why if events else "No event is published for each write.",
        risk=Risk.DENY if not events and context.value("notify-keyspace-events") else Risk.NONE,
        evidence="programs that wait for keyspace events no longer get any",
    )
