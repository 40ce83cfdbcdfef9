"""What the server records, and its limits on clients.

What may not live here: the file limit of the unit (`wizard.planning.sections.service`).
"""

from wizard.model.change import Risk
from wizard.model.facts import Role
from wizard.model.plan import Note
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan
from wizard.planning.sections.service import clients_that_fit, maxclients_is_live

SOURCE = "chapter 8"


def plan_section(context: Context) -> SectionPlan:
    """Want logs, thresholds and timeouts."""
    if context.role is Role.SENTINEL:
        return SectionPlan()
    answers = context.answers.audit
    most = clients_that_fit(context)
    notes: tuple[Note, ...] = ()
    if most < answers.max_clients:
        text = f"{most} instead of {answers.max_clients} are let in: the service may open no more files on this host"
        notes = (Note(subject="maxclients", text=text),)
    plain: tuple[tuple[str, object, str, str, int], ...] = (
        ("slowlog-log-slower-than", answers.slow_log_microseconds, "10000", "Slow commands are kept for a look.", 25),
        ("slowlog-max-len", answers.slow_log_length, "128", "How many slow commands are kept.", 25),
        ("latency-monitor-threshold", answers.latency_threshold_milliseconds, "0", "Spikes are recorded.", 24),
        ("acllog-max-len", answers.acl_log_length, "128", "How many refusals are kept.", 24),
        ("loglevel", answers.log_level, "notice", "Enough to see what happened, without a line a client.", 0),
        ("tcp-keepalive", answers.tcp_keepalive_seconds, "300", "Dead connections are found.", 0),
        (
            "maxclients",
            answers.max_clients,
            "10000",
            "More clients are refused before the server runs out of files.",
            0,
        ),
    )
    live = maxclients_is_live(context)
    wanted = (
        *(_plain(*row, live=live or row[0] != "maxclients") for row in plain),
        _timeout(context),
        _events(context),
    )
    return SectionPlan(wanted=wanted, notes=notes)


def _plain(name: str, value: object, default: str, why: str, item: int, *, live: bool) -> DirectiveGoal:
    items = (item,) if item else ()
    return DirectiveGoal(
        name=name, lines=((str(value),),), why=why, source=SOURCE, items=items, default=default, live=live
    )


def _timeout(context: Context) -> DirectiveGoal:
    seconds = context.answers.audit.timeout_seconds
    return DirectiveGoal(
        name="timeout",
        default="0",
        lines=((str(seconds),),),
        why="Forgotten connections are closed.",
        source="chapter 6",
        items=(18,),
        risk=Risk.DISCONNECT if seconds else Risk.NONE,
        evidence=f"connections that are idle for {seconds} s are closed, pools that keep some must reconnect",
    )


def _events(context: Context) -> DirectiveGoal:
    events = context.answers.audit.keyspace_events
    return DirectiveGoal(
        name="notify-keyspace-events",
        default="",
        lines=((events,),),
        why="Each class costs a publish a write." if events else "No event is published for each write.",
        source="chapter 8; events name neither user nor address (measured)",
        risk=Risk.DENY if not events and context.value("notify-keyspace-events") else Risk.NONE,
        evidence="programs that wait for keyspace events no longer get any",
    )
