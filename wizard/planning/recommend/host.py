"""Answers to recommend for the host around the server, its data and its logs."""

from wizard.model.answers import (
    AuditAnswers,
    Durability,
    KernelAnswers,
    PersistenceAnswers,
    Reason,
)
from wizard.model.facts.machine import Init
from wizard.model.text import number_or
from wizard.model.value import replace
from wizard.planning import rewrites, usage
from wizard.planning.context import Context
from wizard.planning.recommend.users import Reasons
from wizard.planning.stricter import stricter_of


def kernel(context: Context, reasons: Reasons) -> KernelAnswers:
    """The chapter's settings, without what would lower a limit."""
    if context.facts.os.init is not Init.SYSTEMD:
        why = "Without systemd the limit is set where the server is started."
        reasons["kernel.open_files"] = Reason(why=why, source="chapter 6")
    return KernelAnswers()


def persistence(context: Context, reasons: Reasons) -> PersistenceAnswers:
    """A second at most may be lost, unless the data is evidently a cache; a stricter choice stays."""
    durability, why = _durability(context)
    reasons["persistence.durability"] = Reason(why=why, source="chapter 7; item 21")
    if needed := rewrites.reason(context):
        reasons["persistence.server_writes"] = Reason(why=f"{needed[:1].upper()}{needed[1:]}.", source="measured")
    answers = PersistenceAnswers(durability=durability, server_writes=bool(needed))
    return replace(answers, snapshots=usage.save_points(context) or answers.snapshots)


def _durability(context: Context) -> tuple[Durability, str]:
    appends = context.value("appendonly", "no") == "yes"
    always = context.value("appendfsync", "everysec") == "always"
    if appends and always:
        return Durability.ALWAYS, "Every write is forced to disk now."
    if usage.looks_like_cache(context):
        return Durability.NOTHING_KEPT, "The data is a cache, and nothing is kept on disk now."
    if always:
        return Durability.ALWAYS, "The configuration asks for every write to be forced to disk (appendfsync always)."
    why = "A crash loses a second at most."
    return Durability.SECOND, why if appends else f"{why} It is switched on while the server runs."


def audit(context: Context, reasons: Reasons) -> AuditAnswers:
    """The chapter's values; a timeout that ends no pool seen, events only where they are used."""
    usual = AuditAnswers()
    answers = replace(usual, timeout_seconds=int(stricter_of(context, "timeout", str(usual.timeout_seconds))))
    idle = usage.idle_seconds(context)
    if unlisted := usage.why_unlisted(context):
        answers = replace(answers, timeout_seconds=number_or(context.value("timeout", "0"), 0))
        why = f"{unlisted} An idle one may need its connection, so the value stays."
        reasons["audit.timeout_seconds"] = Reason(why=why, source="item 18")
    elif idle > answers.timeout_seconds:
        limit = answers.timeout_seconds
        why = f"A client has been idle for {idle} s, and {limit} s would close its connection. The value stays."
        answers = replace(answers, timeout_seconds=number_or(context.value("timeout", "0"), 0))
        reasons["audit.timeout_seconds"] = Reason(why=why, source="CLIENT LIST; item 18")
    else:
        why = "Forgotten connections are closed. No client connected now has been idle for longer."
        reasons["audit.timeout_seconds"] = Reason(why=why, source="item 18")
    events = context.value("notify-keyspace-events")
    if events:
        reasons["audit.keyspace_events"] = Reason(why="The server publishes these classes now.", source="chapter 8")
    return replace(answers, keyspace_events=events, max_clients=_clients(context, answers.max_clients))


def _clients(context: Context, default: int) -> int:
    """Never lower what the operator wrote in the file."""
    arguments = context.next_start("maxclients")
    return number_or(arguments[0], default) if arguments else default
