"""The strongest answers that break no client seen connected, each with its reason.

One function a section.
"""

from collections.abc import Iterable

from wizard.config import queue_evidence, ttl_share
from wizard.errors import PlanError
from wizard.model.answers import (
    AclAnswers,
    Answers,
    CommandAnswers,
    EvictionPolicy,
    MemoryAnswers,
    NetworkAnswers,
    Plaintext,
    Purpose,
    Reason,
    Recommendation,
    TlsAnswers,
)
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.sources import FileContents
from wizard.model.text import counted, format_amount, number
from wizard.model.value import replace
from wizard.planning import sizing, usage
from wizard.planning.accounts.command_access import users_that_may
from wizard.planning.addresses import INTERFACE, LOOPBACK
from wizard.planning.context import Context
from wizard.planning.recommend.host import audit, kernel, persistence
from wizard.planning.recommend.users import Reasons, acl, administrator, application
from wizard.planning.risks import protected_mode
from wizard.planning.sections.commands import renamed_commands
from wizard.planning.sections.memory import POLICIES
from wizard.planning.stricter import never_weaker
from wizard.settings import SETTINGS, setting_of

_PURPOSES = {policy: purpose for purpose, policy in POLICIES.items() if policy is not EvictionPolicy.NOEVICTION}


def recommend(facts: HostFacts, instance: Instance | None) -> Recommendation:
    """Derive answers from the facts.

    Args:
        facts: The host.
        instance: The server; ``None`` where none is installed yet, which gives those for a new one.
    """
    if instance is None:
        return _for_a_new_server()
    context = Context(facts=facts, sources=FileContents(), answers=Answers(), instance=instance)
    reasons = _reasons()
    users = acl(context, reasons)
    answers = Answers(
        network=network(context, reasons, users),
        memory=memory(context, reasons),
        acl=users,
        commands=commands(context, reasons, users),
        tls=tls(context, reasons),
        kernel=kernel(context, reasons),
        persistence=persistence(context, reasons),
        audit=audit(context, reasons),
    )
    return Recommendation(answers=never_weaker(context, answers, reasons), reasons=reasons)


def _for_a_new_server() -> Recommendation:
    users = (application(("app:*",)), administrator())
    why = "No server is installed yet: these are the answers for a new one."
    return Recommendation(
        answers=Answers(acl=AclAnswers(users=users)),
        reasons={**_reasons(), "acl.users": Reason(why=why, source="the defaults")},
    )


def _reasons() -> Reasons:
    """Return the reason of each row; what the facts say of an answer takes its place."""
    return {row.answer: Reason(why=row.reason, source=row.source) for row in SETTINGS if row.answer}


# --- network -------------------------------------------------------------------------------------


def network(context: Context, reasons: Reasons, users: AclAnswers) -> NetworkAnswers:
    """Loopback, and private addresses that clients use or that are named now; never a public one."""
    needed = usage.needed_addresses(context)
    words = [LOOPBACK, *_words_for(context.facts, needed)]
    named = ", ".join(sorted(needed))
    why = f"Clients use addresses that are private: {named}." if needed else "Only programs on this host connect."
    if unseen := usage.why_unseen(context):
        why = f"{unseen} " + (f"Private and bound now: {named}." if needed else "Name the addresses that clients need.")
    if public := usage.public_addresses(context):
        why += f" Clients also use the public {', '.join(sorted(public))}, which only you can allow."
    reasons["network.bind"] = Reason(why=why, source="CLIENT LIST, bind; item 1")
    port = number(usage.plaintext_port(context))
    needed_off = protected_mode.must_stay_off(context, Answers(acl=users))
    if needed_off:
        why = "Clients from other hosts would be refused while the default user has no password. "
        why += "Turn it on when that user is off."
        reasons["network.protected_mode"] = Reason(why=why, source="item 1, measured")
    usual = NetworkAnswers().port
    answers = NetworkAnswers(bind=tuple(words), port=usual if port is None else port, protected_mode=not needed_off)
    if _is_for_its_owner(context):
        why = "The service alone can connect to the socket now: its umask lets no other user."
        reasons["network.unix_socket_permissions"] = Reason(why=why, source="the mode of the socket")
        answers = replace(answers, unix_socket_permissions="700")
    return answers


def _is_for_its_owner(context: Context) -> bool:
    """Return whether the umask gives the unix socket a mode with which neither group nor others can connect."""
    path, mode = context.value("unixsocket"), context.value("unixsocketperm", "0")
    own = [each for each in context.instance.sockets if str(each.path) == path]
    return mode in {"", "0"} and bool(own) and not any(each.mode & 0o022 for each in own)


def _words_for(facts: HostFacts, needed: frozenset[str]) -> Iterable[str]:
    """Name an interface where all of its addresses are private, else the addresses; optional at boot."""
    private = usage.private_addresses(facts)
    for interface in facts.interfaces:
        addresses = [each.address for each in private.get(interface.name, ())]
        wanted = [address for address in addresses if address in needed]
        every = [each.address for each in interface.addresses if each.scope != "link-local"]
        if wanted and every == wanted:
            yield f"-{INTERFACE}{interface.name}"
        else:
            yield from (f"-{address}" for address in wanted)
    if not private:
        yield from (f"-{address}" for address in sorted(needed))


# --- memory --------------------------------------------------------------------------------------


def memory(context: Context, reasons: Reasons) -> MemoryAnswers:
    """Size by the sum; the policy in force shows what the data is for."""
    purpose, policy, why = _purpose(context)
    answers = MemoryAnswers(purpose=purpose, policy=policy)
    reasons["memory.maxmemory"] = Reason(why=_sum(context, answers), source="chapter 5.1; item 17")
    reasons["memory.purpose"] = Reason(why=why, source="maxmemory-policy, INFO keyspace")
    why = "The purpose decides it, unless you choose another one here."
    reasons["memory.policy"] = Reason(why=why, source="chapter 5.2")
    samples = number(context.value("maxmemory-samples"))
    takes = setting_of("memory.samples").range
    if takes and samples is not None and samples in takes:
        answers = replace(answers, samples=samples)
    return answers


def _sum(context: Context, answers: MemoryAnswers) -> str:
    now = sizing.current(context)
    try:
        size = sizing.sizing(context.facts, context.instance, answers, now=now)
        room = sizing.tightest(context.facts, context.instance, answers)
    except PlanError as error:  # an unreadable figure
        return str(error)
    if size.amount is None:
        return size.problem
    if room is not None and size.amount == now:
        return f"The limit of now stays: it fits into the {format_amount(max(room.amount, now))} that are left for it."
    return f"{format_amount(size.amount)} are left after the system, other processes and copies during a save."


def _purpose(context: Context) -> tuple[Purpose, EvictionPolicy, str]:
    text = context.value("maxmemory-policy", EvictionPolicy.NOEVICTION)
    policy = EvictionPolicy(text) if text in set(EvictionPolicy) else EvictionPolicy.NOEVICTION
    if policy.startswith("allkeys-") and (evidence := queue_evidence(context.instance)):
        why = f"{evidence}: these keys are a queue, and {policy} would drop unfinished jobs."
        return Purpose.QUEUE, EvictionPolicy.NOEVICTION, why
    if policy is not EvictionPolicy.NOEVICTION:
        return _PURPOSES.get(policy, Purpose.CUSTOM), policy, f"The policy in force is {policy}."
    keys, with_ttl = ttl_share(context.instance)
    if usage.looks_like_cache(context):
        why = f"{with_ttl * 100 // keys} % of {keys} keys have a TTL and nothing is kept on disk: a cache."
        return Purpose.CACHE_MIXED, POLICIES[Purpose.CACHE_MIXED], why
    seen = f"{with_ttl * 100 // keys} % of {keys} keys have a TTL. " if keys else ""
    return Purpose.STORE, policy, f"{seen}Nothing shows that keys may be dropped."


def commands(context: Context, reasons: Reasons, users: AclAnswers) -> CommandAnswers:
    """Leave the barrier to the users' rules; keep the one there is while a user may run what it takes away."""
    lines = context.lines("rename-command")
    if not lines:
        return CommandAnswers()
    planned = Context(
        facts=context.facts, sources=context.sources, answers=Answers(acl=users), instance=context.instance
    )
    if names := users_that_may(planned, renamed_commands(context)):
        who = f"{'User' if len(names) == 1 else 'Users'} {', '.join(names)}"
        why = f"{who} may run a command that is renamed, so the renames stay. Take it from their rules first."
        reasons["commands.keep_renames"] = Reason(why=why, source="item 11")
        return CommandAnswers(keep_renames=True)
    row = setting_of("commands.disable")
    why = f"{row.reason} They replace {counted(len(lines), 'line')} of rename-command."
    reasons["commands.disable"] = Reason(why=why, source=row.source)
    return CommandAnswers()


# --- TLS -----------------------------------------------------------------------------------------


def tls(context: Context, reasons: Reasons) -> TlsAnswers:
    """Recommend TLS where the server can and listens on TCP; the plaintext port closes once no client uses it."""
    answers = TlsAnswers()
    port = context.value("tls-port", "0")
    closed = context.configuration.binds_nothing or port in {"", "0"}
    if closed and usage.plaintext_port(context) == "0":
        why = "The server has no TCP port, so nothing crosses a network; none is opened."
        reasons |= dict.fromkeys(("tls.enabled", "network.port"), Reason(why=why, source="bind, port, tls-port"))
        return replace(answers, enabled=False)
    if found := number(port):
        answers = replace(answers, port=found)
    elif taken := _taken(context, answers.port):
        answers = replace(answers, port=_free_port(context, answers.port))
        reasons["tls.port"] = Reason(why=f"Port {TlsAnswers().port} is used by {taken}.", source="the kernel's sockets")
    if context.instance.tls_build is False:
        reasons["tls.enabled"] = Reason(why="This server was built without TLS.", source="its libraries")
        reasons["tls.plaintext"] = Reason(why="Without TLS it is the only port.", source="its libraries")
        return replace(answers, enabled=False, plaintext=Plaintext.KEEP)
    plaintext, why = _plaintext(context)
    reasons["tls.plaintext"] = Reason(why=why, source="CLIENT LIST; item 15")
    return replace(answers, plaintext=plaintext)


def _plaintext(context: Context) -> tuple[Plaintext, str]:
    if groups := usage.on_plaintext(context):
        return Plaintext.DRAIN, f"In use now: {usage.connections(groups)}. It closes when they have moved."
    if usage.plaintext_port(context) == "0":
        return Plaintext.CLOSE, "It is closed already."
    if unseen := usage.why_unseen(context):
        return Plaintext.DRAIN, f"{unseen} A plan that can list them closes it when none uses it."
    return Plaintext.DRAIN, "No client uses it now. It closes if none connects before the apply."


def _taken(context: Context, port: int) -> str:
    """Name the foreign program that listens on a port."""
    process = context.instance.process
    own = process.pid if process else -1
    others = (each for each in context.facts.listeners if not each.unix and each.port == port and each.pid != own)
    return next((each.process or "another program" for each in others), "")


def _free_port(context: Context, port: int) -> int:
    return next((each for each in range(port + 1, port + 100) if not _taken(context, each)), port)
