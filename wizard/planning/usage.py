"""What the facts show about how a server is used: who connects, by what way, with which data."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from wizard.config import nearly_all_expire, queue_evidence
from wizard.model.answers import EvictionPolicy
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import OWN_CALLS, ClientGroup, LiveServer
from wizard.model.network import Address, Scope, bind_words, parse_address, wildcard_family
from wizard.model.text import counted, number, number_or
from wizard.planning.addresses import listens_on
from wizard.planning.context import Context

_PRIVATE = frozenset({Scope.PRIVATE, Scope.SHARED})
_BRIEF_CONNECTIONS = 20
"""Fewer closed connections, or fewer calls, are those of an operator."""
_SESSIONS, _HANDSHAKES = 2, 10
"""Connections of one look: for what it asks, and for each listener with TLS; others it tries once. It names one."""
_MINUTE = 60
_ONCE_A_LOOK = "acl|cat"
"""What each look calls once, and programs hardly ever; in 6.2 all of ACL is one command."""
_OF_A_LOOK, _OF_AN_APPLY = 10, 100
"""More calls of a command than one look makes, and than all verifications of an apply make."""
_IN_LOOPS, _REPEATED = frozenset({"scan", "client|list", "client", "acl|log", "acl|dryrun", "ping", "info"}), 20
"""What a look calls for each page or user, or a window each second, and how much oftener than the rest."""
_LINKS = frozenset({"psync", "replconf"})
"""Calls of replicas."""


def clients_unknown(context: Context) -> bool:
    """Return whether there may be clients that were not seen."""
    return bool(why_unseen(context))


def why_unseen(context: Context) -> str:
    """Return why clients may have been missed, as a sentence; empty where all were seen."""
    return why_unlisted(context) or _brief_clients(context)


def why_unlisted(context: Context) -> str:
    """Return why the connections could not be listed, as a sentence; empty where they were."""
    if context.facts.tree is not None:
        return "This is a directory tree, and clients are seen on a running server alone."
    if context.live is None:
        return "The clients could not be listed." if context.running else "The server is down, so no client was seen."
    refused = any(each.what == "CLIENT LIST" for each in context.live.unreadable)
    return "The clients could not be listed." if refused else ""


def _brief_clients(context: Context) -> str:
    """Say that programs connect, ask and leave, as PHP and cron do: CLIENT LIST shows one moment only."""
    info = context.live.info if context.live else {}
    seen = sum(group.count for group in clients(context))
    own = _of_one_look(context) * calls(context.instance).get("client|setname", 0)
    brief = number_or(info.get("total_connections_received")) - seen - own
    asked = sum(count for name, count in calls(context.instance).items() if name not in OWN_CALLS)
    often = not seen or brief * _MINUTE >= number_or(info.get("uptime_in_seconds"))
    if min(brief, asked) < _BRIEF_CONNECTIONS or not often:
        return ""
    return f"{brief} connections since the server started are closed again: programs connect for moments."


def _of_one_look(context: Context) -> int:
    tls = context.value("tls-port", "0")
    every = context.instance.listeners
    return _SESSIONS + sum(_HANDSHAKES if not each.unix and str(each.port) == tls else 1 for each in every)


def clients(context: Context) -> tuple[ClientGroup, ...]:
    """Return the observed connections, without redis-wizard's own."""
    return context.live.clients if context.live else ()


def plaintext_port(context: Context) -> str:
    """Return the plaintext port; 0 where none is open, also because ``bind`` names no address at all."""
    return "0" if context.configuration.binds_nothing else context.value("port", "6379")


def on_plaintext(context: Context) -> tuple[ClientGroup, ...]:
    """Return the connections by the plaintext port."""
    port = context.value("port", "6379")
    return tuple(group for group in clients(context) if local_port(group) == port and port != "0")


def unused_plaintext(context: Context) -> bool:
    """Return whether the plaintext port is closed, or all clients were listed and none uses it."""
    if plaintext_port(context) == "0":
        return True
    return not clients_unknown(context) and not on_plaintext(context)


def connections(groups: Iterable[ClientGroup]) -> str:
    """Return how many connections these are, and from where: ``3 connections from 10.0.4.21``."""
    groups = tuple(groups)
    count = counted(sum(group.count for group in groups), "connection")
    return f"{count} from {', '.join(sorted({group.address for group in groups}))}"


def as_default(context: Context) -> tuple[ClientGroup, ...]:
    """Return the connections that use the default user."""
    return tuple(group for group in clients(context) if group.user in {"default", ""})


def lately_as_default(context: Context) -> tuple[ClientGroup, ...]:
    """Return the connections as default user that ACL LOG names; they may be closed now."""
    return tuple(group for group in (context.live.refused if context.live else ()) if group.user in {"default", ""})


def local_port(group: ClientGroup) -> str:
    """Return the port that a connection came in by, empty for a unix socket."""
    return "" if group.listener.startswith(("/", "@")) else group.listener.rsplit(":", 1)[-1]


def local_address(group: ClientGroup) -> str:
    """Return the address that a connection came in by, empty for a unix socket."""
    if group.listener.startswith(("/", "@")):
        return ""
    return group.listener.rsplit(":", 1)[0].strip("[]").removeprefix("::ffff:")


def private_addresses(facts: HostFacts) -> dict[str, tuple[Address, ...]]:
    """Return the private addresses of each interface that is up and has any."""
    found = {}
    for interface in facts.interfaces:
        private = tuple(each for each in interface.addresses if each.scope in _PRIVATE)
        if private and interface.up:
            found[interface.name] = private
    return found


def needed_addresses(context: Context) -> frozenset[str]:
    """Give the addresses of the host that clients use now, or that are named in ``bind`` now."""
    named = context.value("bind").split()
    used = {address for group in clients(context) if _may_listen(address := local_address(group), named)}
    every = {each.address for addresses in private_addresses(context.facts).values() for each in addresses}
    explicit = {address for address in bind_words(named) if wildcard_family(address) is None}
    if not every and context.facts.tree is not None:
        # The interfaces of a tree are unknown; what its file names was chosen.
        return frozenset(address for address in explicit if (found := parse_address(address)) and _is_lan(found))
    needed = (used | explicit) & every
    if clients_unknown(context):
        needed |= {address for address in every if listens_on(address, named or ("*",))}
    return frozenset(needed)


def _is_lan(address: IPv4Address | IPv6Address) -> bool:
    return address.is_private and not address.is_loopback


def _may_listen(address: str, named: Sequence[str]) -> bool:
    """Return whether ``bind`` covers an address; open connections outlive an address that was taken from it."""
    return any(not _is_address(word) for word in bind_words(named)) or listens_on(address, named or ("*",))


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return wildcard_family(word) is not None
    return True


def public_addresses(context: Context) -> frozenset[str]:
    """Return the public addresses that clients use now."""
    every = {each.address for each in _addresses(context.facts) if each.scope is Scope.GLOBAL}
    return frozenset(local_address(group) for group in clients(context)) & every


def _addresses(facts: HostFacts) -> Iterable[Address]:
    return (address for interface in facts.interfaces for address in interface.addresses)


def idle_seconds(context: Context) -> int:
    """Return the longest time that a client which is not subscribed has been idle."""
    return max((group.idle_seconds for group in clients(context) if not group.subscribed), default=0)


def calls(instance: Instance) -> dict[str, int]:
    """Return the commands that were seen since the server counts, by ``command`` or ``command|subcommand``."""
    return dict(instance.live.command_calls) if isinstance(instance.live, LiveServer) else {}


def calls_of_programs(instance: Instance) -> dict[str, int]:
    """Return the calls that looks and applies of this product do not explain, by command.

    Commands of :data:`OWN_CALLS` count where they were called far more often than earlier looks can have: a look
    calls most of them once, asks for keys page by page, and a window for the confirmation lists clients all the time.
    """
    seen = calls(instance)
    looks = seen.get(_ONCE_A_LOOK, seen.get("acl", 0))
    usual = _OF_A_LOOK * looks + _OF_AN_APPLY
    return {
        name: count
        for name, count in seen.items()
        if name not in OWN_CALLS or (name not in _LINKS and count > usual * (_REPEATED if name in _IN_LOOPS else 1))
    }


def looks_like_cache(context: Context) -> bool:
    """Return whether nothing is kept on disk, and keys are evicted or nearly all have a time to live."""
    if context.value("appendonly", "no") == "yes" or _save_points(context) != "" or queue_evidence(context.instance):
        return False
    if context.value("maxmemory-policy", "noeviction") in set(EvictionPolicy) - {EvictionPolicy.NOEVICTION}:
        return True
    return nearly_all_expire(context.instance)


def _save_points(context: Context) -> str:
    """Return the save points in force, live or in the file; a text of no meaning where the server's own act."""
    return context.value("save", "the server's own")


def save_points(context: Context) -> tuple[str, ...]:
    """Return the save points in force as ``seconds changes`` each; none where there are none or they cannot be read."""
    words = _save_points(context).split()
    if len(words) % 2 or None in map(number, words):
        return ()
    return tuple(f"{seconds} {count}" for seconds, count in zip(words[::2], words[1::2], strict=True))
