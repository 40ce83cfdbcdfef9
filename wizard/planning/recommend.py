"""The strongest answers that break no client seen connected, each with its reason.

One function a section. What may not live here: how an answer becomes a change, and looking for
evidence (`wizard.planning.evidence`).
"""

from collections.abc import Iterable

from wizard.acl.user import from_rules, same
from wizard.errors import InvalidValueError, PlanError
from wizard.model.answers import (
    AclAnswers,
    AclRole,
    Answers,
    AuditAnswers,
    CommandAnswers,
    DefaultUser,
    Durability,
    EvictionPolicy,
    KernelAnswers,
    MemoryAnswers,
    NetworkAnswers,
    PersistenceAnswers,
    Plaintext,
    Purpose,
    Reason,
    Recommendation,
    TlsAnswers,
    UserAnswer,
)
from wizard.model.facts import HostFacts, Init, Instance
from wizard.model.sources import Sources
from wizard.model.value import replace
from wizard.planning import evidence, sizing
from wizard.planning.addresses import INTERFACE, LOOPBACK
from wizard.planning.context import Context
from wizard.planning.memory import POLICIES
from wizard.planning.people import DEFAULT, Person, people, plain
from wizard.planning.users import rules_for

Reasons = dict[str, Reason]

_MOST_USERS = 50
_EVIDENT_CACHE_KEYS = 1000
_EVIDENT_CACHE_PERCENT = 90
_EXPORTER = "exporter"
_PURPOSES = {policy: purpose for purpose, policy in POLICIES.items() if policy is not EvictionPolicy.NOEVICTION}


def recommend(facts: HostFacts, instance: Instance | None) -> Recommendation:
    """Derive answers from the facts.

    Args:
        facts: The host.
        instance: The server; ``None`` where none is installed yet, which gives those for a new one.
    """
    if instance is None:
        return _for_a_new_server()
    context = Context(facts=facts, sources=Sources(), answers=Answers(), instance=instance)
    reasons: Reasons = {}
    answers = Answers(
        network=network(context, reasons),
        memory=memory(context, reasons),
        acl=acl(context, reasons),
        commands=commands(context, reasons),
        tls=tls(context, reasons),
        kernel=kernel(context, reasons),
        persistence=persistence(context, reasons),
        audit=audit(context, reasons),
    )
    return Recommendation(answers=answers, reasons=reasons)


def _for_a_new_server() -> Recommendation:
    users = (_application(("app:*",)), _administrator())
    why = "no server is installed yet; these are the answers for a new one"
    return Recommendation(
        answers=Answers(acl=AclAnswers(users=users)), reasons={"acl.users": Reason(why=why, source="the defaults")}
    )


# --- network -------------------------------------------------------------------------------------


def network(context: Context, reasons: Reasons) -> NetworkAnswers:
    """Loopback, and private addresses that clients use or that are named now; never a public one."""
    needed = evidence.needed_addresses(context)
    words = [LOOPBACK, *_words_for(context.facts, needed)]
    why = (
        "only programs on this host connect" if not needed else f"clients use {', '.join(sorted(needed))}, all private"
    )
    if evidence.unseen(context) and needed:
        why = f"who connects could not be seen; {', '.join(sorted(needed))} is private and bound now"
    if public := evidence.public_addresses(context):
        why += f"; clients also use the public {', '.join(sorted(public))}, which only you can allow"
    reasons["network.bind"] = Reason(why=why, source="CLIENT LIST, bind; item 1")
    port = context.value("port", "6379")
    known = port if port.isdigit() and port != "0" else "6379"
    reasons["network.port"] = Reason(why="the port that clients know", source="the configuration")
    reasons["network.protected_mode"] = Reason(
        why="refuses other hosts while the default user has no password", source="item 1"
    )
    reasons["network.unix_socket"] = Reason(
        why="programs on this host need no network, and it stays as the way back in", source="item 5"
    )
    reasons["network.unix_socket_permissions"] = Reason(
        why="to connect needs the right to write; others have none", source="item 5, measured"
    )
    return NetworkAnswers(bind=tuple(words), port=int(known))


def _words_for(facts: HostFacts, needed: frozenset[str]) -> Iterable[str]:
    """Name an interface where all of its addresses are private, else the addresses; optional at boot."""
    private = evidence.private_addresses(facts)
    for interface in facts.interfaces:
        addresses = [each.address for each in private.get(interface.name, ())]
        wanted = [address for address in addresses if address in needed]
        every = [each.address for each in interface.addresses if each.scope != "link-local"]
        if wanted and every == addresses:
            yield f"-{INTERFACE}{interface.name}"
        else:
            yield from (f"-{address}" for address in wanted)


# --- memory --------------------------------------------------------------------------------------


def memory(context: Context, reasons: Reasons) -> MemoryAnswers:
    """Size by the sum; the policy that is in force tells what the data is for."""
    purpose, policy, why = _purpose(context)
    answers = MemoryAnswers(purpose=purpose, policy=policy)
    reasons["memory.maxmemory"] = Reason(why=_sum(context, answers), source="chapter 5.1; item 17")
    reasons["memory.purpose"] = Reason(why=why, source="maxmemory-policy, INFO keyspace")
    reasons["memory.policy"] = Reason(why=f"follows from the purpose {purpose}", source="chapter 5.2")
    reasons["memory.samples"] = Reason(why="the server's default; more is exacter and slower", source="chapter 5.2")
    reasons["memory.system_reserve"] = Reason(why="the larger of 1 GiB and 6 %, at most half", source="chapter 5.1")
    reasons["memory.copy_on_write_percent"] = Reason(
        why="pages that change during a save exist twice", source="chapter 5.1, 15-25 %"
    )
    samples = context.value("maxmemory-samples", "5")
    known = int(samples) if samples.isdigit() and 1 <= int(samples) <= 64 else answers.samples  # noqa: PLR2004 - the answer's range
    return replace(answers, samples=known)


def _sum(context: Context, answers: MemoryAnswers) -> str:
    try:
        size = sizing.sizing(context.facts, context.instance, answers, now=sizing.current(context))
    except PlanError as error:  # an unreadable figure
        return str(error)
    if size.amount is None:
        return size.problem
    return f"{sizing.readable(size.amount)}: what is left after the system, other processes and copies during a save"


def _purpose(context: Context) -> tuple[Purpose, EvictionPolicy, str]:
    text = context.value("maxmemory-policy", EvictionPolicy.NOEVICTION)
    policy = EvictionPolicy(text) if text in set(EvictionPolicy) else EvictionPolicy.NOEVICTION
    if policy is not EvictionPolicy.NOEVICTION:
        return _PURPOSES.get(policy, Purpose.CUSTOM), policy, f"the policy in force is {policy}"
    keys, with_ttl = evidence.share_with_ttl(context.instance)
    if _evident_cache(context):
        why = f"{with_ttl * 100 // keys} % of {keys} keys have a TTL and nothing is kept on disk: a cache"
        return Purpose.CACHE_MIXED, POLICIES[Purpose.CACHE_MIXED], why
    seen = f"{with_ttl * 100 // keys} % of {keys} keys have a TTL; " if keys else ""
    return Purpose.STORE, policy, f"{seen}nothing shows that keys may be dropped"


def _evident_cache(context: Context) -> bool:
    keys, with_ttl = evidence.share_with_ttl(context.instance)
    kept = context.value("appendonly", "no") == "yes" or context.settings.get("save", "kept") != ""
    return keys >= _EVIDENT_CACHE_KEYS and with_ttl * 100 >= keys * _EVIDENT_CACHE_PERCENT and not kept


# --- users ---------------------------------------------------------------------------------------


def acl(context: Context, reasons: Reasons) -> AclAnswers:
    """An application and an administrator beside the users there are; default off when nobody uses it."""
    known = people(context)
    recognised = _recognised(context, known)
    users = list(recognised)
    names = {user.name for user in users}
    wanted = [_application(_evident_keys(known)), _administrator()]
    users += [user for user in wanted if user.name not in names and user.name not in known]
    users += [user for user in _infrastructure(context) if user.name not in {*names, *known}]
    others = sorted(set(known) - {user.name for user in users} - {DEFAULT})
    kept = f"; {', '.join(others)} stay as they are" if others else ""
    reasons["acl.users"] = Reason(why=f"one user a service, with no more than it needs{kept}", source="items 7, 9, 13")
    default, why = _default_user(context)
    reasons["acl.default_user"] = Reason(why=why, source="CLIENT LIST; item 8")
    reasons["acl.file"] = Reason(why="users change by a reload, without a restart", source="chapter 2")
    return AclAnswers(users=tuple(users), default_user=default)


def _application(keys: tuple[str, ...]) -> UserAnswer:
    return UserAnswer(name="app", role=AclRole.APPLICATION, keys=keys, channels=keys)


def _administrator() -> UserAnswer:
    return UserAnswer(name="admin", role=AclRole.ADMINISTRATOR)


def _evident_keys(known: dict[str, Person]) -> tuple[str, ...]:
    """Give the key prefixes that users have now; a pattern for everything shows nothing."""
    found = dict.fromkeys(
        rule[1:]
        for name, person in known.items()
        if name != DEFAULT and person.enabled
        for rule in person.rules
        if rule.startswith("~") and rule != "~*"
    )
    return tuple(found) or ("app:*",)


def _recognised(context: Context, known: dict[str, Person]) -> tuple[UserAnswer, ...]:
    """List the users that already have exactly the rules of a role."""
    found = []
    for person in list(known.values())[:_MOST_USERS]:
        answer = next((each for each in _guesses(person) if _fits(context, person, each)), None)
        if answer is not None and person.name != DEFAULT:
            found.append(answer)
    return tuple(found)


def _guesses(person: Person) -> Iterable[UserAnswer]:
    keys = tuple(rule.partition("~")[2] for rule in person.rules if rule[0] in "~%")
    channels = tuple(rule[1:] for rule in person.rules if rule[0] == "&")
    for role in AclRole:
        if role is not AclRole.CUSTOM:
            yield UserAnswer(name=person.name, role=role, keys=keys, channels=channels, enabled=person.enabled)
            yield UserAnswer(name=person.name, role=role, enabled=person.enabled)


def _fits(context: Context, person: Person, answer: UserAnswer) -> bool:
    try:
        wanted = from_rules(person.name, rules_for(context, answer).split())
    except InvalidValueError:
        return False
    aim = replace(plain(person), nopass=False, rules=wanted.rules)
    return same(plain(person), aim, flavour=context.instance.flavour, version=context.version)


def _infrastructure(context: Context) -> Iterable[UserAnswer]:
    seen = {text.lower() for group in evidence.clients(context) for text in (group.name, group.library)}
    if any(_EXPORTER in text for text in seen):
        yield UserAnswer(name=_EXPORTER, role=AclRole.EXPORTER)
    if context.live and (context.live.replicas or any(group.replica for group in context.live.clients)):
        yield UserAnswer(name="replica", role=AclRole.REPLICA)


def _default_user(context: Context) -> tuple[DefaultUser, str]:
    groups = evidence.as_default(context)
    if groups:
        count = sum(group.count for group in groups)
        where = ", ".join(sorted({group.address for group in groups}))
        return DefaultUser.KEEP, f"{count} connections from {where} use it now; turn it off when they have moved"
    if evidence.unseen(context):
        return DefaultUser.KEEP, "who uses it could not be seen; look with a login, then turn it off"
    return DefaultUser.OFF, "no client uses it now"


def commands(context: Context, reasons: Reasons) -> CommandAnswers:
    """Leave the barrier to the users' rules."""
    renamed = len(context.lines("rename-command"))
    found = f"; {renamed} lines move there" if renamed else ""
    reasons["commands.disable"] = Reason(
        why=f"the rules of each user are the barrier, without the hazards of renaming{found}", source="items 11 to 13"
    )
    reasons["commands.keep_renames"] = Reason(
        why="a renamed command in an append-only file keeps the server from starting", source="measured"
    )
    return CommandAnswers()


# --- TLS -----------------------------------------------------------------------------------------


def tls(context: Context, reasons: Reasons) -> TlsAnswers:
    """On where the server can; the port without it closes when nobody uses it."""
    answers = TlsAnswers()
    port = context.value("tls-port", "0")
    if port.isdigit() and port != "0":
        answers = replace(answers, port=int(port))
    elif taken := _taken(context, answers.port):
        answers = replace(answers, port=_free_port(context, answers.port))
        reasons["tls.port"] = Reason(why=f"port {TlsAnswers().port} is used by {taken}", source="the kernel's sockets")
    reasons.setdefault("tls.port", Reason(why="beside the plain port, so that clients can move", source="chapter 4"))
    if context.instance.tls_build is False:
        reasons["tls.enabled"] = Reason(why="this server was built without TLS", source="its libraries")
        reasons["tls.plaintext"] = Reason(why="without TLS it is the only port", source="its libraries")
        return replace(answers, enabled=False, plaintext=Plaintext.KEEP)
    reasons["tls.enabled"] = Reason(why="passwords and data are not readable on the network", source="item 15")
    plaintext, why = _plaintext(context)
    reasons["tls.plaintext"] = Reason(why=why, source="CLIENT LIST; item 15")
    reasons["tls.client_certificates"] = Reason(
        why="a stolen password alone opens nothing; each user gets a certificate", source="chapter 4"
    )
    reasons["tls.names"] = Reason(
        why="host names and addresses that clients use", source="measured with strict clients"
    )
    reasons["tls.server_days"] = Reason(why="what browsers and clients accept at most", source="CA/Browser Forum")
    reasons["tls.key_type"] = Reason(why="small, fast, and known to all clients", source="measured")
    return replace(answers, plaintext=plaintext)


def _plaintext(context: Context) -> tuple[Plaintext, str]:
    groups = evidence.on_plaintext(context)
    if groups:
        count = sum(group.count for group in groups)
        where = ", ".join(sorted({group.address for group in groups}))
        return Plaintext.KEEP, f"{count} connections from {where} use it now; close it when they have moved"
    if evidence.unseen(context):
        return Plaintext.KEEP, "who uses it could not be seen; look with a login, then close it"
    return Plaintext.CLOSE, "no client uses it now"


def _taken(context: Context, port: int) -> str:
    """Name the foreign program that listens on a port."""
    process = context.instance.process
    own = process.pid if process else -1
    others = (each for each in context.facts.listeners if not each.unix and each.port == port and each.pid != own)
    return next((each.process or "another program" for each in others), "")


def _free_port(context: Context, port: int) -> int:
    return next((each for each in range(port + 1, port + 100) if not _taken(context, each)), port)


# --- the host ------------------------------------------------------------------------------------


def kernel(context: Context, reasons: Reasons) -> KernelAnswers:
    """The chapter's settings, without what would lower a limit."""
    texts = {
        "overcommit_memory": ("a fork for a save must not fail because memory is counted twice", "item 20"),
        "huge_pages": ("with huge pages a save copies 2 MiB for each changed byte", "item 19"),
        "backlog": ("at least this; a larger value stays", "chapter 6"),
        "tcp_keepalive": ("dead peers are found in minutes instead of hours", "chapter 6"),
        "swappiness": ("left as it is: with enough memory it does not matter", "chapter 6 does not name it"),
        "open_files": ("each client needs one; a larger limit stays", "chapter 6, by the unit"),
    }
    if context.facts.os.init is not Init.SYSTEMD:
        texts["open_files"] = ("without systemd the limit stands where the server is started", "chapter 6")
    reasons |= {f"kernel.{name}": Reason(why=why, source=source) for name, (why, source) in texts.items()}
    return KernelAnswers()


def persistence(context: Context, reasons: Reasons) -> PersistenceAnswers:
    """A second at most may be lost, unless the data is evidently a cache; a stricter choice stays."""
    durability, why = _durability(context)
    reasons["persistence.durability"] = Reason(why=why, source="chapter 7; item 21")
    reasons["persistence.snapshots"] = Reason(why="for backups and fast restarts", source="chapter 7")
    reasons["persistence.tighten_directories"] = Reason(
        why="other users of the host read no data, and the service cannot replace root's files", source="measured"
    )
    answers = PersistenceAnswers(durability=durability)
    return replace(answers, snapshots=_points(context) or answers.snapshots)


def _durability(context: Context) -> tuple[Durability, str]:
    appends = context.value("appendonly", "no") == "yes"
    if appends and context.value("appendfsync", "everysec") == "always":
        return Durability.ALWAYS, "every write is forced to disk now"
    if _evident_cache(context):
        return Durability.NOTHING_KEPT, "a cache that keeps nothing on disk now"
    return Durability.SECOND, "a crash loses a second at most" + ("" if appends else "; switched on while it runs")


def _points(context: Context) -> tuple[str, ...]:
    """Keep the save points that are in force, so that backups go on as they do."""
    words = context.settings.get("save", "").split()
    if not words or len(words) % 2 or not all(word.isdigit() for word in words):
        return ()
    return tuple(f"{seconds} {count}" for seconds, count in zip(words[::2], words[1::2], strict=True))


def audit(context: Context, reasons: Reasons) -> AuditAnswers:
    """The chapter's values; a timeout that ends no pool seen, events only where they are used."""
    answers = AuditAnswers()
    idle = evidence.idle_seconds(context)
    if idle > answers.timeout_seconds:
        why = f"a client has been idle for {idle} s and would be closed at 300 s; it stays without one"
        answers = replace(answers, timeout_seconds=_number_or(context.value("timeout", "0"), 0))
        reasons["audit.timeout_seconds"] = Reason(why=why, source="CLIENT LIST; item 18")
    else:
        why = "forgotten connections are closed; no client seen has been idle for longer"
        reasons["audit.timeout_seconds"] = Reason(why=why, source="item 18")
    events = context.value("notify-keyspace-events")
    reasons["audit.keyspace_events"] = Reason(
        why="in use now" if events else "each class costs a publish a write", source="chapter 8"
    )
    texts: dict[str, tuple[str, str]] = {
        "slow_log_microseconds": ("commands of more than 5 ms deserve a look", "item 25"),
        "slow_log_length": ("enough for a week's review", "item 25"),
        "latency_threshold_milliseconds": ("spikes of 100 ms are felt", "chapter 8"),
        "acl_log_length": ("equal refusals count once", "measured"),
        "log_level": ("enough to see what happened", "chapter 8"),
        "tcp_keepalive_seconds": ("dead clients are found", "chapter 6"),
        "max_clients": ("the server's default; at least what is set now", "chapter 6"),
    }
    reasons |= {f"audit.{name}": Reason(why=why, source=source) for name, (why, source) in texts.items()}
    return replace(answers, keyspace_events=events, max_clients=_clients(context, answers.max_clients))


def _clients(context: Context, default: int) -> int:
    """Never lower what the operator wrote in the file."""
    arguments = context.last("maxclients")
    return _number_or(arguments[0], default) if arguments else default


def _number_or(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default
