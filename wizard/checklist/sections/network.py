"""Network Isolation: items 1 to 5."""

from collections.abc import Iterable

from wizard.checklist.addresses import global_addresses, is_local
from wizard.checklist.context import AS_ROOT, LOGIN, CheckContext
from wizard.checklist.exposure import (
    KERNEL,
    bus_port,
    format_listener,
    is_reachable_remotely,
    listening,
    ports,
)
from wizard.checklist.item import Item
from wizard.checklist.manual import attestable, attested_otherwise
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.sections.firewall import FIREWALL_FIX, judge_rules, rule_to_loopback
from wizard.checklist.sections.unix_socket import unix_socket
from wizard.checklist.setting import setting
from wizard.model.facts.service import Role
from wizard.model.finding import Severity, State
from wizard.model.network import Listener, Scope, bind_words, bound_address, is_loopback, scope_of, wildcard_family
from wizard.model.text import counted, number_or
from wizard.model.value import replace

_SENTINEL_PORT = 26379

_LOOPBACK = "Remove the rule, or set net.ipv4.conf.*.route_localnet to 0: then the kernel drops what it translates."


# --- 1 bind ------------------------------------------------------------------------------------------


def bind(subject: CheckContext) -> Judgement:
    """Judge what listens now and what the next start binds."""
    when = "now and after a restart" if subject.running else "once it is started; it does not run"
    return all_of(
        (_listens(subject), _will_bind(subject)),
        summary=f"The server listens only on loopback, private addresses or a unix socket, {when}.",
    )


def _listens(subject: CheckContext) -> Judgement:
    evidence = (*listening(subject), *setting(subject, "protected-mode").evidence)
    if not subject.running:
        return not_applicable("The server does not run.")
    if not subject.instance.listeners:
        return unknown("The listening sockets could not be read.", fix=AS_ROOT)
    wide = [each for each in subject.tcp if _public(each.address)]
    if wide:
        words = ", ".join(format_listener(each) for each in wide)
        return failed(f"The server listens on {words}, which other networks can reach.", *evidence)
    return passed("", *evidence)


def _public(address: str) -> bool:
    return wildcard_family(address) is not None or scope_of(address) in (Scope.GLOBAL, None)


def _will_bind(subject: CheckContext) -> Judgement:
    found = setting(subject, "bind")
    if found.file is None:
        return subject.cannot_read_file()
    evidence = observed("bind", found.file_source, found.file or '""')
    if not ports(subject):
        return passed("", observed("port and tls-port", found.file_source, "0: no TCP listener after a restart"))
    bad = [
        each
        for each in bind_words(found.file.split())
        if wildcard_family(each) is not None or scope_of(each) is Scope.GLOBAL
    ]
    if bad:
        return failed(f"The next restart binds {', '.join(bad)}.", evidence)
    names = [each for each in bind_words(found.file.split()) if scope_of(each) is None]
    if names:
        return unknown(
            f"bind has the name {names[0]}, whose address is unknown.", evidence, fix="Write addresses in bind."
        )
    return passed("", evidence)


# --- 2 firewall --------------------------------------------------------------------------------------


def firewall(subject: CheckContext) -> Judgement:
    """Judge what the packet filter accepts for the ports that listen now, and that the next start opens."""
    out = is_reachable_remotely(subject)
    evidence = listening(subject)
    if out is None:
        return unknown("Neither kernel nor file shows whether other hosts can connect.", *evidence, fix=AS_ROOT)
    if not evidence:
        evidence = setting(subject, "bind").evidence
    if not out and (rule := rule_to_loopback(subject)):
        return unknown(f"A rule of the packet filter leads to a loopback listener: {rule}.", *evidence, fix=_LOOPBACK)
    if not out:
        return not_applicable(
            "Only clients on this host can connect (loopback or unix socket), so no port needs a rule.", *evidence
        )
    now = [each for each in subject.tcp if not is_local(each)]
    return judge_rules(subject, [*now, *_later_listeners(subject)], 2, evidence)


def _later_listeners(subject: CheckContext) -> Iterable[Listener]:
    """Return what the next start opens to other hosts; a name in ``bind`` may be any address."""
    for word in bind_words((setting(subject, "bind").file or "").split()):
        if not is_loopback(word):
            address = bound_address(word) if wildcard_family(word) or scope_of(word) else word
            yield from (Listener(address=address, port=number_or(port), pid=0, process="") for port in ports(subject))


# --- 3 same network ----------------------------------------------------------------------------------


def same_network(subject: CheckContext) -> Judgement:
    """A global address contradicts; which networks are between hosts only the operator knows."""
    evidence = listening(subject)
    if is_reachable_remotely(subject) is False:
        return not_applicable("Only clients on this host can connect, so no network is in between.", *evidence)
    routed = [each for each in subject.tcp if scope_of(each.address) is Scope.GLOBAL]
    wild = [each for each in subject.tcp if wildcard_family(each.address) is not None]
    public = global_addresses(subject.facts)
    if routed or (wild and public):
        words = ", ".join(format_listener(each) for each in routed) or f"every address, among them {', '.join(public)}"
        return failed(f"The server listens on {words}: public routing is possible.", *evidence)
    seen = unknown("A host cannot prove which networks are between Redis and its applications.", *evidence)
    return attested_otherwise(subject, 3, seen)


# --- 4 Sentinel and bus ------------------------------------------------------------------------------


def group_ports(subject: CheckContext) -> Judgement:
    """Judge whether a Sentinel or a cluster bus of any server of this host listens beyond it."""
    every = (replace(subject, instance=each) for each in subject.facts.instances)
    servers = [each for each in every if each.running or each.instance == subject.instance]
    members = tuple(dict.fromkeys(each for one in servers for each in _group_listeners(one)))
    evidence = tuple(observed("listener", KERNEL, format_listener(each)) for each in members)
    wide = [each for each in members if not is_local(each)]
    judged = judge_rules(subject, wide, 4, evidence) if wide else None
    if judged is not None and judged.state is not State.PASS:
        return judged
    evidence += tuple(observed(f"mode of {each.instance.name}", "server", each.mode) for each in servers if each.mode)
    for each in servers:
        if doubt := _unknown_mode(each):
            return unknown(doubt, *evidence, fix=LOGIN)
    if judged is not None:
        return judged
    if members:
        return passed("Sentinel and cluster bus listen on loopback only.", *evidence)
    return not_applicable(
        f"There is no Sentinel and no cluster bus among the {counted(len(servers), 'server')} of this host.", *evidence
    )


def _group_listeners(subject: CheckContext) -> Iterable[Listener]:
    """Listeners of a Sentinel, or of the bus of a cluster node; also of Sentinels that belong to no server here."""
    if subject.mode is Role.SENTINEL:
        yield from subject.tcp
    bus = bus_port(subject)
    own = {subject.instance.process.pid} if subject.instance.process else {0}
    yield from (each for each in (*subject.tcp, *subject.facts.listeners) if each.port == bus and each.pid in {0, *own})
    yield from (
        each for each in subject.facts.listeners if each.port == _SENTINEL_PORT or each.process.endswith("-sentinel")
    )


def _unknown_mode(subject: CheckContext) -> str:
    """Return what is not known of a server; empty when everything is."""
    name = subject.instance.name
    if subject.mode is None:
        return f"Neither {name} nor its file shows whether it belongs to a cluster or Sentinel group."
    if subject.mode is Role.STANDALONE and subject.configuration.after_start("cluster-enabled").lower() == "yes":
        return f"{name} opens a cluster bus at its next start, whose port is not judged."
    if subject.mode is Role.STANDALONE or subject.tcp:
        return ""
    why = "its listening sockets could not be read" if subject.running else "it does not run"
    return f"{name} is a {_MODES[subject.mode]}, and {why}."


_MODES = {Role.SENTINEL: "Sentinel", Role.CLUSTER: "cluster node"}


ITEMS = (
    Item(
        id="1",
        title="Only private addresses are bound",
        sentence="bind is set to loopback + private network interfaces only; 0.0.0.0 is never used.",
        severity=Severity.CRITICAL,
        step="network",
        check=bind,
        fix="Bind the loopback and private addresses only; write `-` before an address that may be late at boot.",
        source="Chapter 9, item 1. An address that is not up at boot keeps the server down unless `-` precedes it "
        "(measured); on 6.2 protected-mode does nothing once `bind` is given.",
    ),
    Item(
        id="2",
        title="The firewall limits the Redis ports",
        sentence="Firewall rules: port 6379/6380 is open only to application server IPs; closed to the public "
        "internet.",
        severity=Severity.CRITICAL,
        check=attestable(2, firewall),
        fix=FIREWALL_FIX,
        source="Chapter 9, item 2. Every base chain must accept a packet, so a table of its own only restricts. A "
        "firewall outside this host is not seen: it can be attested (decision 37).",
    ),
    Item(
        id="3",
        title="Clients share a private network with Redis",
        sentence="Redis and application servers share the same VPC / security group; no public network routing.",
        severity=Severity.HIGH,
        step="network",
        check=same_network,
        fix="Listen on a private address, and keep applications in the same private network.",
        source="Chapter 9, item 3. A host sees its own addresses and routes, not the networks between.",
    ),
    Item(
        id="4",
        title="The firewall limits Sentinel and bus ports",
        sentence="Sentinel port 26379 and Cluster bus ports 17000+ have their own restrictive firewall rules.",
        severity=Severity.HIGH,
        check=attestable(4, group_ports),
        fix=FIREWALL_FIX,
        source="Chapter 9, item 4, corrected: the bus port is the client port + 10000 (16379 for 6379) or "
        "`cluster-port`; 17000 holds only for port 7000. The bus has no users: only firewall and TLS protect it.",
    ),
    Item(
        id="5",
        title="Local clients use the unix socket",
        sentence="Same-host applications use Unix Socket instead of TCP (performance + security).",
        severity=Severity.LOW,
        step="network",
        check=unix_socket,
        not_on_sentinel="The programs that ask a Sentinel connect by TCP.",
        fix="Set unixsocket in the runtime directory with unixsocketperm 770, add the applications to its group, and "
        "point them at it.",
        source="Chapter 9, item 5. Without unixsocketperm the mode follows the umask: 0755 leaves others unable to "
        "connect, since connecting needs the right to write (measured).",
    ),
)
