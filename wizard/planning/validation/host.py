"""What is wrong with answers for one host, for the screens beside the field and for a file."""

from collections.abc import Iterator

from wizard.config import ttl_share
from wizard.errors import InvalidValueError, PlanError
from wizard.model.answers import Answers, DefaultUser, Durability, EvictionPolicy, Plaintext
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance, TlsFacts
from wizard.model.facts.service import Role
from wizard.model.network import bind_words, wildcard_family
from wizard.model.sources import FileContents
from wizard.model.text import counted, format_amount
from wizard.planning import sizing, usage
from wizard.planning.accounts.acl_goals import rules_for
from wizard.planning.accounts.existing_users import existing_users, is_administrator, without_source
from wizard.planning.addresses import bound, public
from wizard.planning.context import Context
from wizard.planning.risks.protected_mode import clients_locked_out
from wizard.planning.sections import memory, persistence, tls, users
from wizard.planning.sections.commands import disabled
from wizard.planning.validation.imported import import_problems
from wizard.planning.validation.ranges import FieldProblem, validate_values
from wizard.settings import FEWEST_CLIENTS

__all__ = ["FieldProblem", "validate_for_host"]

_FEW_PERCENT = 5


def validate_for_host(
    answers: Answers, facts: HostFacts, instance: Instance | None, imported: TlsFacts | None = None
) -> tuple[FieldProblem, ...]:
    """Return everything that is wrong with the answers, or that the operator should think about.

    Args:
        answers: What the operator wants.
        facts: The host.
        instance: The server; ``None`` where none is installed yet.
        imported: What the files say that the answers name as the server's certificate; ``None`` where they name none.

    Returns:
        Problems in the order of the fields' sections; those of forms first. Where a form is wrong,
        what depends on it is not judged.
    """
    found = validate_values(answers)
    if instance is None or any(problem.blocking for problem in found):
        return found
    context = Context(facts=facts, sources=FileContents(), answers=answers, instance=instance)
    checks = (
        _network,
        _protected_mode,
        _ports,
        _memory,
        _volatile,
        _users,
        _default_user,
        _commands,
        _tls,
        _persistence,
        _max_clients,
    )
    named = import_problems(context, imported) if imported else ()
    return (*found, *named, *(problem for check in checks for problem in check(context)))


def _network(context: Context) -> Iterator[FieldProblem]:
    try:
        words = bound(context)
    except PlanError as error:
        yield FieldProblem(field="network.bind", text=str(error).removeprefix("network.bind: "))
        return
    open_to_all = public(words, context.facts)
    if open_to_all and not (tls.tls_in_effect(context) and context.answers.acl.manage):
        text = f"{open_to_all[0]} is public. A public address needs TLS (step 5) and users (step 3) first."
        yield FieldProblem(field="network.bind", text=text)
    elif open_to_all:
        text = f"{open_to_all[0]} is public: every host can try to connect. Limit the clients in a firewall."
        yield FieldProblem(field="network.bind", text=text, blocking=False)
    lost = sum(
        group.count
        for group in usage.clients(context)
        if usage.local_address(group) and usage.local_address(group) not in bind_words(words)
    )
    if lost and not any(map(wildcard_family, words)):
        verb, they = ("uses", "it loses") if lost == 1 else ("use", "they lose")
        text = f"{counted(lost, 'connection')} {verb} an address that is not listed: {they} access."
        yield FieldProblem(field="network.bind", text=text, blocking=False)


def _protected_mode(context: Context) -> Iterator[FieldProblem]:
    if lost := sum(group.count for group in clients_locked_out(context)):
        verb = "comes" if lost == 1 else "come"
        text = f"{counted(lost, 'connection')} {verb} from other hosts: refused while default has no password."
        yield FieldProblem(field="network.protected_mode", text=text, blocking=False)


def _ports(context: Context) -> Iterator[FieldProblem]:
    wanted = [("network.port", context.answers.network.port)]
    if tls.tls_in_effect(context):
        wanted.append(("tls.port", context.answers.tls.port))
    process = context.instance.process
    own = process.pid if process else -1
    for field, port in wanted:
        for each in context.facts.listeners:
            if port and not each.unix and each.port == port and each.pid not in {own, 0}:
                who = f"{each.process or 'another program'} (pid {each.pid})"
                yield FieldProblem(field=field, text=f"Port {port} is used by {who}.")
                break


def _memory(context: Context) -> Iterator[FieldProblem]:
    answers = context.answers.memory
    if context.is_replicated or answers.maxmemory == "keep":
        return
    size = sizing.sizing(context.facts, context.instance, answers, now=sizing.current(context))
    if size.problem:
        # The memory of a tree is that of whatever it will run on; the plan leaves the limit out and says so.
        blocking = context.facts.tree is None
        yield FieldProblem(field="memory.maxmemory", text=_sentence(size.problem), blocking=blocking)
    if size.amount is None or answers.maxmemory == "auto":
        return
    room = sizing.available_memory(context.facts, context.instance, answers)
    used = sizing.used_memory(context.instance)
    if size.amount == 0:
        text = "0 means no limit: the kernel kills the server when memory is full."
        yield FieldProblem(field="memory.maxmemory", text=text, blocking=False)
    elif room is not None and size.amount > room:
        text = f"Bigger than what is left ({format_amount(room)}) after OS and others."
        yield FieldProblem(field="memory.maxmemory", text=text)
    elif size.amount < used:
        yield _below(context, format_amount(used))


def _below(context: Context, used: str) -> FieldProblem:
    """A limit below what is in use: with a policy that evicts it is the operator's word that counts."""
    evicts = memory.policy(context.answers.memory) is not EvictionPolicy.NOEVICTION
    does = "keys are evicted at once, so Review asks for your consent." if evicts else "every write is refused at once."
    text = f"Below what the server uses now ({used}): {does}"
    return FieldProblem(field="memory.maxmemory", text=text, blocking=not evicts)


def _volatile(context: Context) -> Iterator[FieldProblem]:
    policy = memory.policy(context.answers.memory)
    keys, with_ttl = ttl_share(context.instance)
    if keys and policy.startswith("volatile-") and with_ttl * 100 < keys * _FEW_PERCENT:
        text = f"Only {with_ttl * 100 // keys} % of keys can be evicted: the effect is that of noeviction."
        yield FieldProblem(field="memory.policy", text=text, blocking=False)
    old = context.value("maxmemory-policy", EvictionPolicy.NOEVICTION)
    if policy is not EvictionPolicy.NOEVICTION and old == EvictionPolicy.NOEVICTION:
        text = f"No key is evicted now; with {policy} keys are evicted when memory is full."
        yield FieldProblem(field="memory.purpose", text=text, blocking=False)


def _users(context: Context) -> Iterator[FieldProblem]:
    if not context.answers.acl.manage or context.role is Role.SENTINEL:
        return
    for answer in context.answers.acl.users:
        try:
            rules_for(context, answer)
        except InvalidValueError as error:
            yield FieldProblem(field=f"acl.users.{answer.name}.rules", text=str(error))
            return
    try:
        users.plan_section(context)
    except (InvalidValueError, PlanError) as error:
        yield FieldProblem(field="acl.users", text=_sentence(str(error).removeprefix("acl.users has ")))


def _default_user(context: Context) -> Iterator[FieldProblem]:
    groups = usage.as_default(context)
    off = context.answers.acl.manage and context.answers.acl.default_user is DefaultUser.OFF
    if off and groups and not context.is_replicated:
        count, where = sum(group.count for group in groups), ", ".join(sorted({group.address for group in groups}))
        text = f"{count} clients at {where} use the default user now. They are disconnected."
        yield FieldProblem(field="acl.default_user", text=text, blocking=False)
    others = [person for name, person in existing_users(context).items() if name != "default" and person.enabled]
    if (
        off
        and not context.answers.acl.users
        and not any(is_administrator(context, without_source(each)) for each in others)
    ):
        text = "No user could manage the server; add a user with role administrator first."
        yield FieldProblem(field="acl.default_user", text=text)


def _commands(context: Context) -> Iterator[FieldProblem]:
    try:
        disabled(context)
    except PlanError as error:
        yield FieldProblem(field="commands.disable", text=str(error).removeprefix("commands.disable: "))
    if context.answers.commands.disable and context.role is not Role.STANDALONE:
        text = f"This server is a {context.role}: every server of the group must have the same, so it is not planned."
        yield FieldProblem(field="commands.disable", text=text, blocking=False)


def _tls(context: Context) -> Iterator[FieldProblem]:
    answers = context.answers.tls
    if answers.enabled and (reason := tls.obstacle(context)):
        yield FieldProblem(field="tls.enabled", text=_sentence(reason), blocking=False)
    groups = usage.on_plaintext(context)
    if tls.closes_plaintext(context) and groups:
        count = sum(group.count for group in groups)
        text = f"{count} clients use the plaintext port now: they lose access."
        yield FieldProblem(field="tls.plaintext", text=text, blocking=False)
    if not answers.enabled and answers.plaintext is not Plaintext.KEEP:
        text = "Without TLS the plaintext port stays open: it is the only one."
        yield FieldProblem(field="tls.plaintext", text=text, blocking=False)


def _persistence(context: Context) -> Iterator[FieldProblem]:
    if context.answers.persistence.durability is Durability.KEEP:
        return
    if reason := persistence.append_only_obstacle(context):
        blocking = persistence.wants_append_only(context) and "only" in reason
        yield FieldProblem(field="persistence.durability", text=_sentence(reason), blocking=blocking)


def _max_clients(context: Context) -> Iterator[FieldProblem]:
    """Keep room for those that are connected now and for the connections of an apply."""
    connected = sum(group.count for group in usage.clients(context))
    wanted = context.answers.audit.max_clients
    if wanted < connected + FEWEST_CLIENTS:
        text = f"{counted(connected, 'client')} connected now, and an apply needs {FEWEST_CLIENTS}: too few."
        yield FieldProblem(field="audit.max_clients", text=text)


def _sentence(text: str) -> str:
    plain_text = text.removeprefix("not planned: ")
    return plain_text[:1].upper() + plain_text[1:] + ("" if plain_text.endswith(".") else ".")
