"""Hosts for every item of the checklist: one that passes, one that fails, one that cannot be looked at.

Each case names the item, the state that must come out, and words that the summary must say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from tests.support.facts_builder import (
    ACL_FILE,
    CERTIFICATES,
    CONF,
    FINGERPRINT,
    GIB,
    HARDENED_ACL,
    SOCKET,
    TAKEN_AT,
    acl,
    address,
    authority_certificate,
    certificate,
    client,
    directory,
    file_status,
    filter_chain,
    filter_rule,
    hardened_host,
    instance,
    interface,
    kernel_setting,
    line,
    listener,
    live,
    log_places,
    package,
    place,
    places,
    pristine_host,
    probe,
    process,
    socket,
    space,
    tls,
    unit,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_kernel,
    with_live,
    with_rules,
)
from wizard.model.answers import Attestation
from wizard.model.facts import (
    MASK,
    ConfigLine,
    FileKind,
    FileStatus,
    Flavour,
    Memory,
    MemoryLimit,
    Problem,
    Role,
    Unreadable,
)
from wizard.model.finding import State
from wizard.model.host import BackupJob, Exporter, HostFacts, TlsFacts
from wizard.model.network import Action, Listener, PacketFilter, ProbeAnswer, Scope
from wizard.model.rights import WeakPassword
from wizard.model.value import replace

COMMON = WeakPassword(user="app", why="is a common one", source="/etc/redis/users.acl:3")

TODAY = date.fromisoformat(TAKEN_AT[:10])
PASS, FAIL, UNKNOWN, NOT_APPLICABLE, ATTESTED = (
    State.PASS,
    State.FAIL,
    State.UNKNOWN,
    State.NOT_APPLICABLE,
    State.ATTESTED,
)
HARD = hardened_host()
BARE = pristine_host()
REFUSED = unreadable("the running server", "NOAUTH Authentication required; give a user and its password to read it")
LOCKED = with_instance(HARD, live=REFUSED)
"""The hardened host seen without a login."""
BLIND = with_instance(
    HARD,
    live=REFUSED,
    config=unreadable(str(CONF), "permission denied"),
    acl=unreadable(str(ACL_FILE), "permission denied"),
    listeners=(),
    probes=(),
    directories=(),
    space=(),
    tls=TlsFacts(),
)
"""The hardened host seen by somebody who may see nothing."""
STOPPED = with_instance(
    HARD,
    live=unreadable("the running server", "it does not run"),
    process=None,
    unit=unit(active="inactive", main_pid=0),
    listeners=(),
    probes=(),
)
PRIVATE = with_file(
    with_instance(
        with_live(HARD, {"bind": "127.0.0.1 10.0.4.7"}),
        listeners=(listener(port=6380), listener("10.0.4.7", 6380), *HARD.instances[0].listeners[2:]),
        probes=tuple(
            probe(each, 6380, ProbeAnswer.NEEDS_CERTIFICATE, tls=True, tls_versions=("TLSv1.3",), certificate="ab" * 32)
            for each in ("127.0.0.1", "10.0.4.7")
        )
        + HARD.instances[0].probes[2:],
    ),
    "bind 127.0.0.1 10.0.4.7",
)
"""The hardened host, reachable from a private network."""


@dataclass(frozen=True, kw_only=True)
class Case:
    item: str
    state: State
    facts: HostFacts
    says: str = ""
    attestations: Sequence[Attestation] = ()

    def __str__(self) -> str:
        return f"{self.item}-{self.state.name.lower()}-{self.says[:30]}"


def case(item: str, state: State, facts: HostFacts, says: str = "", attestations: Sequence[Attestation] = ()) -> Case:
    return Case(item=item, state=state, facts=facts, says=says, attestations=attestations)


def attestation(item: int, days_ago: int = 3, on: str = "", note: str = "checked") -> Attestation:
    return Attestation(item=item, by="olga", on=on or (TODAY - timedelta(days=days_ago)).isoformat(), note=note)


def with_acl(facts: HostFacts, *lines: str, live: bool = True, file: bool = True) -> HostFacts:
    """The same host with these lines for users of the same names, live and in the ACL file."""
    names = {each.split()[1] for each in lines}
    changed = (*(each for each in HARDENED_ACL if each.split()[1] not in names), *lines)
    facts = with_live(facts, acl=changed) if live else facts
    return with_instance(facts, acl=acl(changed)) if file else facts


def with_process(facts: HostFacts, **over: object) -> HostFacts:
    return with_instance(facts, process=process(**over))


def with_unit(facts: HostFacts, drop_ins: Sequence[object] = (), **properties: str) -> HostFacts:
    known = unit()
    return with_instance(facts, unit=unit(properties={**known.properties, **properties}, drop_ins=tuple(drop_ins)))


def with_role(facts: HostFacts, role: Role, **info: str) -> HostFacts:
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    return with_live(facts, role=role, info={**server.info, **info})


def with_certificates(**over: Any) -> HostFacts:
    return with_instance(HARD, tls=tls(certificates=(certificate(**over), authority_certificate())))


def readable(facts: HostFacts) -> HostFacts:
    """The same host, its configuration open to read for every user, and no directory above closed."""
    seen = facts.instances[0].config
    assert not isinstance(seen, Unreadable)
    files = (file_status(CONF, group="redis", mode=0o644),)
    way = place(directory("/etc/redis", owner="root", group="redis", mode=0o755), CONF, ACL_FILE)
    return with_instance(facts, config=replace(seen, files=files), writers=(way,))


def listed_reader(facts: HostFacts, path: PurePosixPath) -> HostFacts:
    """The same host, with a user whom an access control list lets read a file of the server."""
    status = file_status(path, group="redis", mode=0o640)
    return with_instance(facts, writers=places(place(status, readers=("user op", "user redis"))))


def with_directory(path: str, **over: Any) -> HostFacts:
    return with_instance(HARD, directories=(directory(path, **over),))


def with_socket(**over: Any) -> HostFacts:
    return with_instance(HARD, sockets=(socket(**over),))


def beside(*listeners: Listener, **over: Any) -> HostFacts:
    """The hardened host with a second server."""
    other = instance(name="other", probes=(), **{"listeners": listeners or (listener(port=7777),), **over})
    return replace(HARD, instances=(*HARD.instances, other))


def started(*arguments: str) -> dict[str, Any]:
    """A server that is only seen as a process."""
    return {"live": REFUSED, "process": process(arguments=arguments)}


def with_place(status: FileStatus, *holds: PurePosixPath, **over: Any) -> HostFacts:
    """The hardened host with one more place on the way to a file of the server."""
    return with_instance(HARD, writers=places(place(status, *holds, **over)))


def with_log(**over: Any) -> HostFacts:
    """The hardened host with another log file, or with its directory in another mode."""
    return with_instance(HARD, output_writers=log_places(**over))


def with_replica(address: str, listener: str) -> HostFacts:
    link = client(address=address, listener=listener, user="replica", library="", replica=True)
    return with_live(with_role(HARD, Role.PRIMARY), clients=(client(), link))


def with_key(**over: Any) -> HostFacts:
    return with_instance(HARD, tls=tls(keys=(file_status(CERTIFICATES / "server.key", **over),)))


def with_tls_probe(**over: Any) -> HostFacts:
    """The hardened host, its TLS listeners answering differently."""
    probes = HARD.instances[0].probes
    return with_instance(HARD, probes=tuple(replace(each, **over) if each.tls else each for each in probes))


def both_unknown(name: str) -> HostFacts:
    """The file has a good value, but the server could not be read."""
    return with_file(LOCKED, name)


def _attested(item: int, facts: HostFacts = HARD, says: str = "A host cannot prove") -> list[Case]:
    name = str(item)
    return [
        case(name, ATTESTED, facts, "olga attested it", [attestation(item, 89)]),
        case(name, ATTESTED, facts, "expires in 90 days", [attestation(item, 100), attestation(item, 0)]),
        case(name, UNKNOWN, facts, says),
        case(name, UNKNOWN, facts, "expired after 90 days", [attestation(item, 91)]),
        case(name, UNKNOWN, facts, "in the future", [attestation(item, -1)]),
        case(name, UNKNOWN, facts, "lacks a name, or a note", [attestation(item, note=" ")]),
        case(name, UNKNOWN, facts, says, [attestation(item, on="soon"), attestation(item - 1)]),
    ]


APPLICATIONS = filter_rule(ip_saddr="10.0.4.0/24", tcp_dport="6380")
ETH1_ONLY = filter_rule(meta_iifname="eth1")
ETH1_ALONE = replace(PRIVATE, interfaces=tuple(each for each in PRIVATE.interfaces if each.name != "eth0"))
TO_LOOPBACK = filter_rule(Action.TRANSLATE, target="127.0.0.1 6380", tcp_dport="7000")
IPV6 = replace(
    with_file(HARD, "bind * -::*"),
    interfaces=(*HARD.interfaces, interface("eth2", address("2001:db8::7", Scope.GLOBAL, 64), default_route=True)),
)
REDIRECTED = replace(
    PRIVATE,
    packet_filter=PacketFilter(
        chains=(
            filter_chain(
                filter_rule(Action.TRANSLATE, target=" 6380", tcp_dport="7000"), hook="prerouting", drops=False
            ),
            filter_chain(filter_rule(ct_status="dnat")),
        )
    ),
)
"""A rule lets in what is translated, and another one translates port 7000."""
SENTINEL = replace(HARD, listeners=(*HARD.listeners, listener("10.0.4.7", 26379, pid=9, process="redis-sentinel")))

NETWORK = [
    case("1", PASS, HARD, "now and after a restart"),
    case("1", PASS, PRIVATE, "private addresses"),
    case("1", PASS, with_file(STOPPED, "bind -10.0.4.7 127.0.0.1"), "once it is started; it does not run"),
    case("1", FAIL, with_instance(HARD, listeners=(listener("0.0.0.0", 6380),)), "listens on 0.0.0.0:6380"),  # noqa: S104
    case("1", FAIL, with_instance(HARD, listeners=(listener("::", 6380),)), "listens on [::]:6380"),
    case("1", FAIL, with_instance(HARD, listeners=(listener("203.0.113.7", 6380),)), "203.0.113.7:6380"),
    case("1", FAIL, with_file(HARD, "bind *"), "The next restart binds *"),
    case("1", FAIL, with_file(HARD, without=["bind"]), "The next restart binds *"),
    case("1", FAIL, with_file(STOPPED, "bind 127.0.0.1 198.51.100.4"), "binds 198.51.100.4"),
    case("1", UNKNOWN, with_instance(HARD, listeners=()), "could not be read"),
    case("1", UNKNOWN, with_file(HARD, "bind db1.example.org"), "db1.example.org"),
    case("1", UNKNOWN, BLIND, "could not be read"),
    case("2", NOT_APPLICABLE, HARD, "Only clients on this host can connect"),
    case("2", UNKNOWN, PRIVATE, "port 6380 could not be read: it was not read"),
    case("2", UNKNOWN, with_file(HARD, "bind 10.0.4.7"), "port 6380 could not be read"),
    case(
        "2",
        PASS,
        with_rules(PRIVATE),
        "refuses other hosts on port 6380, now and after the next boot",
    ),
    case(
        "2",
        FAIL,
        replace(with_rules(PRIVATE), boot_filter=PacketFilter()),
        "limited until the next boot. Then: Port 6380 on eth0 (IPv4) is open to any address: no rule looks at it",
    ),
    case(
        "2",
        FAIL,
        replace(with_rules(PRIVATE), packet_filter=PacketFilter()),
        "After the next boot it is limited",
    ),
    case(
        "2",
        UNKNOWN,
        replace(with_rules(PRIVATE), boot_filter=unreadable("x", "csf.service may load rules")),
        "The rules of the next boot are not known: csf.service may load rules",
    ),
    case(
        "2",
        PASS,
        replace(with_rules(PRIVATE), boot_filter=with_rules(PRIVATE, APPLICATIONS).boot_filter),
        "After the next boot: The packet filter of this host limits port 6380 to 10.0.4.0/24",
    ),
    case("4", FAIL, replace(with_rules(SENTINEL), boot_filter=PacketFilter()), "limited until the next boot"),
    case("2", PASS, with_rules(PRIVATE, APPLICATIONS), "limits port 6380 to 10.0.4.0/24"),
    case("2", PASS, with_rules(with_file(HARD, "bind 10.0.4.7"), APPLICATIONS), "limits port 6380 to 10.0.4.0/24"),
    case("2", PASS, with_rules(PRIVATE, filter_rule(ip_saddr="203.0.113.0/24")), "limits port 6380 to 203.0.113.0/24"),
    case("2", FAIL, replace(PRIVATE, packet_filter=PacketFilter()), "Port 6380 on eth0 (IPv4) is open to any address"),
    case("2", FAIL, replace(PRIVATE, packet_filter=PacketFilter()), "no rule looks at it"),
    case("2", FAIL, with_rules(PRIVATE, drops=False), "any address: nft inet t input: policy accept"),
    case("2", FAIL, with_rules(PRIVATE, filter_rule(tcp_dport="6380")), "nft inet t input: tcp dport 6380 accept"),
    case("2", FAIL, with_rules(PRIVATE, filter_rule(ip_saddr="32.0.0.0/3")), "is open to 32.0.0.0/3"),
    case("2", FAIL, with_rules(IPV6, filter_rule(meta_nfproto="ipv6")), "Port 6380 on eth2 (IPv6) is open"),
    case("2", FAIL, with_rules(with_file(HARD, "bind db1.example.org"), drops=False), "is open to any address"),
    case("2", UNKNOWN, with_rules(PRIVATE, filter_rule(meta_skuid="0")), "meta skuid in meta skuid 0 accept"),
    case("2", UNKNOWN, replace(with_rules(PRIVATE), interfaces=()), "No interface shows how other hosts reach"),
    case("2", ATTESTED, with_rules(PRIVATE, drops=False), "do not show it: Port 6380", [attestation(2)]),
    case("2", ATTESTED, PRIVATE, "olga", [attestation(2)]),
    case("2", PASS, with_rules(PRIVATE), "refuses other hosts", [attestation(2)]),
    case("2", FAIL, with_rules(PRIVATE, drops=False), "is open to any address", [attestation(2, 91)]),
    case("2", PASS, with_rules(PRIVATE, ETH1_ONLY), "limits port 6380 to hosts that reach eth1"),
    case("2", FAIL, with_rules(ETH1_ALONE, ETH1_ONLY, drops=False), "Port 6380 on eth1 (IPv4) is open to any address"),
    case("2", FAIL, with_rules(ETH1_ALONE, drops=False), "Port 6380 on eth1 (IPv4) is open to any address"),
    case("2", PASS, with_rules(ETH1_ALONE, ETH1_ONLY), "limits port 6380 to hosts that reach eth1"),
    case("2", FAIL, with_rules(PRIVATE, filter_rule(meta_iifname="eth0")), "on eth0 (IPv4) is open to any address"),
    case("2", FAIL, REDIRECTED, "Port 7000 on eth0 (IPv4), which is translated to 6380, is open to any address"),
    case("2", UNKNOWN, BLIND, "Neither kernel nor file"),
    case("2", UNKNOWN, with_file(STOPPED, "port ${port}", "bind 10.0.4.7"), "Neither kernel nor file"),
    case("2", UNKNOWN, with_rules(HARD, TO_LOOPBACK), "leads to a loopback listener: tcp dport 7000 dnat"),
    case("2", NOT_APPLICABLE, with_rules(HARD, replace(TO_LOOPBACK, target="127.0.0.1 80")), "Only clients on this"),
    case("3", NOT_APPLICABLE, HARD, "no network is in between"),
    case("3", FAIL, with_instance(PRIVATE, listeners=(listener("203.0.113.7", 6380),)), "public routing is possible"),
    case("3", FAIL, with_instance(PRIVATE, listeners=(listener("0.0.0.0", 6380),)), "203.0.113.7 (eth0)"),  # noqa: S104
    case("3", UNKNOWN, PRIVATE, "A host cannot prove"),
    case("3", ATTESTED, PRIVATE, "olga", [attestation(3)]),
    case("3", UNKNOWN, PRIVATE, "expired", [attestation(3, 91)]),
    case("4", NOT_APPLICABLE, HARD, "no Sentinel and no cluster bus"),
    case(
        "4",
        PASS,
        replace(HARD, listeners=(*HARD.listeners, listener(port=26379, pid=9, process="redis-sentinel"))),
        "loopback only",
    ),
    case(
        "4",
        UNKNOWN,
        replace(HARD, listeners=(*HARD.listeners, listener("10.0.4.7", port=26379, pid=9, process="redis-sentinel"))),
        "port 26379",
    ),
    case(
        "4",
        UNKNOWN,
        with_instance(
            with_role(HARD, Role.CLUSTER), listeners=(*HARD.instances[0].listeners, listener("10.0.4.7", port=16380))
        ),
        "port 16380",
    ),
    case("4", UNKNOWN, BLIND, "cluster or Sentinel group"),
    case("4", ATTESTED, BLIND, "olga", [attestation(4)]),
    case("4", UNKNOWN, with_file(HARD, "cluster-enabled yes"), "opens a cluster bus at its next start"),
    case("4", PASS, with_rules(SENTINEL), "refuses other hosts on port 26379"),
    case("4", FAIL, with_rules(SENTINEL, drops=False), "Port 26379 on eth0 (IPv4) is open to any address"),
    case("4", ATTESTED, with_rules(SENTINEL, drops=False), "Port 26379", [attestation(4)]),
    case(
        "4",
        UNKNOWN,
        beside(listener("10.0.4.7", 5000), live=REFUSED, process=process(arguments=("*:5000", "[sentinel]"))),
        "5000",
    ),
    case(
        "4", PASS, beside(listener(port=5000), live=REFUSED, process=process(arguments=("x", "--sentinel"))), "loopback"
    ),
    case("4", UNKNOWN, beside(listener("10.0.4.7", 17000), live=live({"port": "7000"}, role=Role.CLUSTER)), "17000"),
    case(
        "4",
        UNKNOWN,
        beside(listener("10.0.4.7", 5001), live=live({"cluster-port": "5001"}, role=Role.CLUSTER)),
        "port 5001",
    ),
    case("4", UNKNOWN, beside(config=unreadable(str(CONF)), live=REFUSED), "Neither other nor its file"),
    case("4", NOT_APPLICABLE, beside(), "among the 2 servers"),
    case("5", PASS, HARD, "Only redis and group redis can connect"),
    case("5", PASS, with_socket(mode=0o700), "Only redis can connect"),
    case("5", PASS, with_socket(mode=0o755), "Only redis can connect"),
    case("5", PASS, with_socket(group="shop"), "Only redis and group shop can connect"),
    case("5", FAIL, with_socket(mode=0o777), "Every user of this host can connect to the socket (mode 0777)"),
    case("5", FAIL, with_instance(HARD, directories=(directory("/run/redis", mode=0o777),)), "replace the socket"),
    case("5", FAIL, with_unit(with_both(HARD, unixsocketperm="0"), UMask="0000"), "unixsocketperm is not set"),
    case("5", UNKNOWN, with_instance(HARD, sockets=()), "mode of the unix socket could not be read"),
    case("5", UNKNOWN, STOPPED, "no client was seen"),
    case("5", UNKNOWN, LOCKED, "CLIENT LIST could not be read"),
    case("5", PASS, with_live(HARD, clients=(client(address="::1", name="sentinel-1a2b3c4d-cmd"),)), "no client uses"),
    case("5", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "connect by TCP"),
    # Whatever addresses it has: a wider bind mends no fault.
    case("5", NOT_APPLICABLE, BARE, "No client on this host is connected"),
    case("5", NOT_APPLICABLE, with_live(with_file(BARE, "bind * -::*"), {"bind": "* -::*"}), "No client on this host"),
    case("5", FAIL, with_live(HARD, clients=(client(address="127.0.0.1", count=3),)), "redis-py 8.1.0 (3)"),
    case("5", FAIL, with_live(HARD, clients=(client(address="10.0.4.7"),)), "connect by TCP"),
    case("5", FAIL, with_file(HARD, "unixsocketperm 777"), "The next restart lets every user connect"),
    case("5", FAIL, with_file(HARD, without=["unixsocket"]), "next restart removes the unix socket"),
    case(
        "5", FAIL, with_instance(HARD, listeners=HARD.instances[0].listeners[:2]), "does not listen on the unix socket"
    ),
    case("5", UNKNOWN, BLIND, "could not be read"),
    case(
        "5",
        UNKNOWN,
        with_file(
            with_instance(PRIVATE, live=REFUSED, listeners=PRIVATE.instances[0].listeners[:2]), without=["unixsocket"]
        ),
        "CLIENT LIST",
    ),
    case(
        "5",
        NOT_APPLICABLE,
        with_both(with_instance(PRIVATE, listeners=PRIVATE.instances[0].listeners[:2]), unixsocket=""),
        "No client on this host",
    ),
]

AUTHENTICATION = [
    case("6", PASS, HARD, "Every listener refuses an unauthenticated client"),
    case("6", PASS, STOPPED, "The server does not run: /etc/redis/users.acl alone was read"),
    case("6", FAIL, BARE, "127.0.0.1:6379 accepts commands without a password"),
    case("6", FAIL, with_instance(HARD, probes=(probe(answer=ProbeAnswer.PROTECTED),)), "Only protected mode"),
    case("6", FAIL, with_acl(HARD, "user app on nopass ~app:* -@all +get"), '"app" can log in without a password'),
    case(
        "6",
        FAIL,
        with_acl(HARD, "user app on nopass ~app:* -@all +get", live=False),
        'After the next restart: User "app"',
    ),
    case("6", FAIL, with_instance(HARD, acl=acl(HARDENED_ACL[1:])), '"default" can log in without a password'),
    case("6", FAIL, with_instance(LOCKED, acl=acl(weak_passwords=(COMMON,))), 'The password of "app" is a common one'),
    case("6", UNKNOWN, LOCKED, "ACL LIST could not be read"),
    case("6", UNKNOWN, with_instance(HARD, probes=()), "was not tried without a login"),
    case("6", UNKNOWN, with_instance(HARD, probes=(probe(answer=ProbeAnswer.SILENT),)), "did not answer in time"),
    case("7", PASS, HARD, "reaches only its own keys"),
    case("7", PASS, STOPPED, "The server does not run: /etc/redis/users.acl alone was read"),
    case("7", FAIL, BARE, '"default" can reach keys or channels of others'),
    case(
        "7",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} ~* resetchannels -@all +get"),
        '"app" can reach keys',
    ),
    case(
        "7",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} resetchannels -@all (%R~* +get)"),
        '"app" can reach keys',
    ),
    case("7", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* &* -@all +publish"), '"app" can reach keys'),
    case("7", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~* -@all +get", live=False), "After the next restart"),
    case("7", UNKNOWN, LOCKED, "ACL LIST"),
    case("7", UNKNOWN, BLIND, "ACL LIST"),
    case("8", PASS, HARD, '"default" is off, live and in the file'),
    case("8", FAIL, BARE, '"default" can log in'),
    case(
        "8", FAIL, with_instance(HARD, acl=acl(HARDENED_ACL[1:])), 'After the next restart: User "default" can log in'
    ),
    case("8", FAIL, with_live(HARD, acl=("user default on nopass ~* &* +@all",)), '"default" can log in'),
    case("8", FAIL, with_live(HARD, clients=(client(user="default", count=2),)), "2 open connections"),
    case("8", PASS, STOPPED, '"default" is off. The server does not run'),
    case("8", UNKNOWN, with_live(HARD, clients=(client(user="default", library=""),)), "may be logged in as default"),
    case("8", FAIL, with_live(HARD, clients=(client(user="default", library="", active=True),)), "1 open connection"),
    case("8", UNKNOWN, LOCKED, "ACL LIST"),
    case("9", PASS, HARD, "Different clients use different users"),
    case("9", FAIL, BARE, "default is the only user"),
    case(
        "9",
        FAIL,
        with_live(HARD, clients=(client(), client(library="ioredis 5.4.0"))),
        "share user app: redis-py, ioredis",
    ),
    case("9", FAIL, with_live(HARD, clients=(client(user="default"),)), "logged in as user default"),
    case("9", FAIL, with_instance(BARE, live=REFUSED), "default is the only user"),
    case("9", UNKNOWN, with_live(HARD, clients=()), "No client is connected"),
    case("9", UNKNOWN, LOCKED, "CLIENT LIST"),
    case(
        "9",
        UNKNOWN,
        with_live(
            HARD, clients=tuple(client(user="s", name=f"sentinel-0a1b2c3d-{each}") for each in ("cmd", "pubsub"))
        ),
        "No client is connected",
    ),
    case(
        "9",
        NOT_APPLICABLE,
        with_live(HARD, acl=(HARDENED_ACL[0], HARDENED_ACL[2]), clients=(client(count=8),)),
        "Only one service",
    ),
    case("10", PASS, HARD, "hold no password in plain text"),
    case("10", PASS, LOCKED, "hold no password in plain text"),
    case("10", NOT_APPLICABLE, BARE, "The server has no password"),
    case("10", FAIL, readable(with_file(BARE, "masterauth ********")), "masterauth holds a password that cannot"),
    case("10", FAIL, readable(with_file(BARE, "sentinel auth-pass m ********")), "sentinel auth-pass holds a password"),
    case("10", PASS, with_file(BARE, "masterauth ********"), "hold no password"),
    case(
        "10", FAIL, readable(with_instance(HARD, acl=acl(status=file_status(ACL_FILE)))), "can read the password hash"
    ),
    case("10", FAIL, readable(with_file(HARD, f"user app on #{FINGERPRINT} +get")), "can read the password hashes"),
    case("10", PASS, with_instance(HARD, acl=acl(status=file_status(ACL_FILE, group="redis", mode=0o640))), "hold no"),
    case("10", FAIL, with_instance(HARD, acl=acl(status=file_status(ACL_FILE, group="users", mode=0o640))), "Group us"),
    case("10", FAIL, listed_reader(HARD, ACL_FILE), "User op can read the password hashes"),
    case("10", UNKNOWN, with_instance(HARD, unit=None), "has overwritten its command line"),
    case("10", FAIL, with_file(HARD, "requirepass ********"), "passwords in plain text (requirepass)"),
    case(
        "10",
        FAIL,
        with_file(with_instance(HARD, acl=None), "user app on >******** ~a:* +get"),
        "passwords in plain text (user)",
    ),
    case("10", FAIL, with_process(HARD, secrets_in_environment=("REDIS_PASSWORD",)), "holds REDIS_PASSWORD"),
    case("10", FAIL, with_process(HARD, arguments=("--requirepass", "********")), "command line"),
    case(
        "10",
        FAIL,
        with_instance(
            HARD,
            acl=acl(
                problems=(
                    Problem(path=ACL_FILE, line=2, code="plain-password", what="clear", remedy="hash it", fatal=False),
                )
            ),
        ),
        "holds a password in plain text",
    ),
    case("10", UNKNOWN, BLIND, "could not be read"),
    case("10", UNKNOWN, with_process(HARD, secrets_in_environment=unreadable("/proc/1/environ")), "environment"),
]

_RENAMED = (
    "rename-command FLUSHDB x",
    "rename-command FLUSHALL x",
    "rename-command DEBUG x",
    "rename-command SHUTDOWN x",
)


def with_renames(facts: HostFacts, *lines: str, live: Sequence[str]) -> HostFacts:
    """The same host with rename-command lines in the file and commands that are gone live."""
    facts = with_live(facts, missing_commands=tuple(live))
    config = facts.instances[0].config
    assert not isinstance(config, Unreadable)
    added = tuple(line(text, 100 + number) for number, text in enumerate(lines))
    return with_instance(facts, config=replace(config, lines=(*config.lines, *added)))


_GONE = ("flushdb", "flushall", "debug", "shutdown")
_LOOSE = f"user app on #{FINGERPRINT} ~app:* resetchannels +@all -acl -config"

_ASKS = f"user app on #{FINGERPRINT} &* -@all +role +sentinel|get-master-addr-by-name +sentinel|replicas +subscribe"
_DOCUMENTED = (
    "&* -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname"
    " +client|kill +script|kill"
)
"""The user that the documentation of Redis gives to Sentinels."""

COMMANDS = [
    case("11", PASS, HARD, "No application user may run FLUSHDB"),
    case("11", PASS, with_renames(BARE, *_RENAMED, live=_GONE), "for every user"),
    case("11", FAIL, BARE, '"default" may run FLUSHDB, FLUSHALL, DEBUG, SHUTDOWN'),
    case("11", FAIL, with_acl(HARD, _LOOSE), '"app" may run FLUSHDB'),
    case(
        "11",
        FAIL,
        with_acl(HARD, f"user job on #{FINGERPRINT} resetchannels -@all +flushall"),
        '"job" may run FLUSHALL',
    ),
    case("11", FAIL, with_acl(HARD, _LOOSE, live=False), 'After the next restart: User "app"'),
    case("11", FAIL, with_renames(BARE, live=_GONE), '"default" may run'),
    case("11", FAIL, with_renames(BARE, *_RENAMED, live=()), '"default" may run'),
    case("11", UNKNOWN, LOCKED, "ACL LIST"),
    case("12", PASS, HARD, "No application user may run KEYS"),
    case("12", PASS, with_live(HARD, command_calls={"keys": 7}), "KEYS was called 7 times"),
    case("12", FAIL, BARE, '"default" may run KEYS'),
    case("12", UNKNOWN, LOCKED, "ACL LIST"),
    case("13", PASS, HARD, "No application user may run a command of @dangerous"),
    case("13", FAIL, BARE, "more of @dangerous"),
    case(
        "13",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +@read -@dangerous +info +client|list"),
        '"app" may run CLIENT LIST',
    ),
    case(
        "13", PASS, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +keys +@read -@dangerous"), "No application"
    ),
    case("13", PASS, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +@read -@dangerous +info"), "INFO aside"),
    case("13", UNKNOWN, LOCKED, "ACL LIST"),
    case("13", PASS, with_acl(with_role(HARD, Role.SENTINEL), _ASKS), "No application"),
    case(
        "13",
        FAIL,
        with_acl(with_role(HARD, Role.SENTINEL), f"{_ASKS} +sentinel|set"),
        '"app" may run SENTINEL SET',
    ),
    case("13", FAIL, with_acl(with_role(HARD, Role.SENTINEL), f"{_ASKS} +@all"), "may run ACL DELUSER"),
    case("7", PASS, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED}"), "reaches only its own"),
    case("13", PASS, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED}"), "No application"),
    case("7", FAIL, with_acl(HARD, f"user shop on #{FINGERPRINT} {_DOCUMENTED}"), '"shop" can reach'),
    case("7", FAIL, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED} ~* +get"), '"sentinel" can reach'),
    case("13", UNKNOWN, BLIND, "could not be"),
    *_attested(14),
    case("14", FAIL, BARE, "No second person must agree"),
    case("14", FAIL, BARE, "An attestation does not change what was seen", [attestation(14)]),
    case("14", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~app:* -@all +get +acl|setuser"), "every right"),
    # An application that is logged in as the administrator wipes all data without a second person.
    case(
        "14", FAIL, with_live(HARD, clients=(client(user="admin", library="ioredis 5.4.0"),)), '"admin" may run FLUSHDB'
    ),
    # A person's session proves nothing: two people may have agreed on it.
    case("14", UNKNOWN, with_live(HARD, clients=(client(), client(user="admin", library=""))), "may be an application"),
    case("14", UNKNOWN, HARD, 'User "admin" can wipe all data alone'),
    case("14", UNKNOWN, with_renames(HARD, *_RENAMED, live=_GONE), "A host cannot prove"),
    case("14", UNKNOWN, LOCKED, "ACL LIST"),
    case("14", ATTESTED, LOCKED, "olga", [attestation(14)]),
    case("14", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "keeps no data"),
]

_OLD_VERSIONS = (probe(port=6380, answer=ProbeAnswer.NEEDS_CERTIFICATE, tls=True, tls_versions=("TLSv1", "TLSv1.2")),)
_REPLICA = with_role(HARD, Role.REPLICA, master_link_status="up")

_BUS = with_instance(with_role(HARD, Role.CLUSTER), listeners=(*HARD.instances[0].listeners, listener(port=16380)))
"""A cluster node, whose bus no client can try."""

TRANSPORT = [
    case("15", PASS, HARD, "requires TLS 1.2 or later and a client certificate"),
    case("15", PASS, with_tls_probe(rsa_key_exchange=True), "requires TLS 1.2"),
    case("15", FAIL, with_tls_probe(answer=ProbeAnswer.NEEDS_LOGIN), "mTLS is off"),
    case("15", FAIL, with_tls_probe(answer=ProbeAnswer.OPEN), "accepts clients without a certificate"),
    case("15", FAIL, with_tls_probe(foreign_certificate=ProbeAnswer.NEEDS_LOGIN), "of an unknown authority"),
    case(
        "15",
        FAIL,
        with_tls_probe(tls_versions=("TLSv1.2",), weak_ciphers=("NULL",), answer=ProbeAnswer.SILENT),
        "accepts broken ciphers (NULL)",
    ),
    case("15", FAIL, with_tls_probe(rsa_key_exchange=True, forward_secrecy=False), "without forward secrecy"),
    case("15", UNKNOWN, with_tls_probe(tls_versions=(), answer=ProbeAnswer.SILENT), "No TLS handshake with"),
    case("15", UNKNOWN, with_tls_probe(answer=ProbeAnswer.SILENT), "no handshake was completed"),
    case("15", UNKNOWN, with_tls_probe(foreign_certificate=ProbeAnswer.SILENT), "did not answer a client with"),
    case("15", FAIL, with_file(HARD, "tls-auth-clients optional"), "The file lets clients connect without"),
    case("15", FAIL, with_live(HARD, {"tls-auth-clients": "no"}), "The running server lets clients connect"),
    case("15", FAIL, with_both(HARD, tls_ciphers="AES128-SHA:@SECLEVEL=0"), "broken ciphers"),
    case("15", FAIL, with_file(HARD, "tls-ciphers ALL:!aNULL:NULL-SHA256"), "(tls-ciphers NULL-SHA256)"),
    case("15", PASS, with_both(HARD, tls_ciphers="HIGH:!aNULL:!3DES:!RC4"), "requires TLS 1.2"),
    case("15", UNKNOWN, with_file(with_live(HARD, {"tls-ciphers": ""}), "tls-ciphers HIGH"), "changes tls-ciphers"),
    case(
        "15",
        NOT_APPLICABLE,
        with_both(with_instance(BARE, listeners=(listener("/run/r.sock", 0),)), port="0"),
        "no TCP",
    ),
    case("15", FAIL, BARE, "TLS is off"),
    case("15", FAIL, with_instance(BARE, tls_build=False), "has no TLS"),
    case(
        "15",
        NOT_APPLICABLE,
        with_both(with_instance(BARE, tls_build=False, listeners=(listener("/run/r.sock", 0),)), port="0"),
        "no TCP",
    ),
    case("15", NOT_APPLICABLE, with_file(STOPPED, "port 0", "tls-port 0"), "The file opens no TCP port"),
    case("15", FAIL, with_file(STOPPED, "port 6379", "tls-port 0"), "The file sets no tls-port"),
    case("15", PASS, _BUS, "Every TCP listener"),
    case("16", FAIL, _BUS, "tls-cluster is no"),
    case("15", UNKNOWN, with_both(_BUS, cluster_port="5000"), "No TLS handshake with 127.0.0.1:16380 was tried"),
    case(
        "15",
        FAIL,
        with_instance(
            HARD,
            listeners=(*HARD.instances[0].listeners, listener()),
            probes=(*HARD.instances[0].probes, probe(answer=ProbeAnswer.NEEDS_LOGIN)),
        ),
        "without TLS on 127.0.0.1:6379",
    ),
    case("15", FAIL, with_instance(HARD, listeners=(listener(port=6380),), probes=_OLD_VERSIONS), "accepts TLSv1"),
    case("15", FAIL, with_live(HARD, {"tls-protocols": "TLSv1.1 TLSv1.2"}), "The running server allows TLSv1.1"),
    case("15", FAIL, with_file(HARD, "tls-protocols TLSv1 TLSv1.2"), "The file allows TLSv1"),
    case("15", FAIL, with_file(HARD, "tls-port 0"), "switches TLS off"),
    case("15", FAIL, BARE, "The file sets no tls-port."),
    case("15", FAIL, with_file(HARD, "port 6379"), "opens the plaintext port 6379"),
    case("15", FAIL, with_certificates(not_after="2026-05-20T00:00:00Z"), "expires in 16 days"),
    case("15", FAIL, with_certificates(not_after="2026-05-01T00:00:00Z"), "expired on 2026-05-01"),
    case("15", FAIL, with_certificates(names=()), "no subject alternative name"),
    case("15", FAIL, with_certificates(names=("DNS:other.example.org",)), "names other.example.org, but clients"),
    case("15", PASS, with_certificates(names=("DNS:localhost",)), "requires TLS 1.2"),
    case("15", PASS, with_certificates(names=("IP:0:0:0:0:0:0:0:1",)), "requires TLS 1.2"),
    case("15", FAIL, with_certificates(key_type="RSA 1024"), "a key of 1024 bits"),
    case("15", FAIL, with_certificates(key_type="EC secp192r1"), "a key of 192 bits"),
    case("15", PASS, with_certificates(key_type="Ed25519"), "requires TLS 1.2"),
    case("15", FAIL, with_key(group="users", mode=0o660), "Group users can change the private key"),
    case("15", FAIL, with_key(group="redis", mode=0o660), "Group redis can change the private key"),
    case("15", FAIL, with_key(group="users", mode=0o640), "Group users can read the private key"),
    case("15", FAIL, listed_reader(HARD, CERTIFICATES / "server.key"), "User op can read the private key"),
    case("15", PASS, with_key(group="redis", mode=0o640), "requires TLS 1.2"),
    case("15", PASS, with_key(owner="redis", mode=0o400), "requires TLS 1.2"),
    case(
        "15", FAIL, with_place(file_status(CERTIFICATES / "ca.crt", mode=0o666)), "Every user of this host can change"
    ),
    case(
        "15",
        FAIL,
        with_place(directory("/opt/ca", mode=0o777), CERTIFICATES / "ca.crt"),
        "and so replace /etc/redis/certs/ca.crt",
    ),
    case("15", FAIL, with_certificates(usages=("clientAuth",)), "lacks serverAuth"),
    case("15", FAIL, with_certificates(authority_key_identifier=False), "authority key identifier"),
    case("15", FAIL, with_certificates(fingerprint="ee" * 32), "another certificate"),
    case(
        "15",
        FAIL,
        with_instance(HARD, tls=tls(certificates=(certificate(), authority_certificate(key_usage=())))),
        "no keyUsage",
    ),
    case("15", FAIL, with_instance(HARD, tls=tls(key_matches=False)), "does not belong"),
    case("15", FAIL, with_instance(HARD, tls=tls(chain_valid=False)), "does not verify"),
    case(
        "15",
        FAIL,
        with_instance(HARD, tls=tls(keys=(file_status("/k", mode=0o644),))),
        "Every user of this host can read",
    ),
    case(
        "15",
        UNKNOWN,
        with_instance(HARD, tls=tls(chain_valid=unreadable("ca.crt"))),
        "certificate chain could not be verified",
    ),
    case("15", UNKNOWN, with_instance(HARD, tls=TlsFacts()), "could not be read"),
    case("15", UNKNOWN, with_instance(HARD, probes=()), "was tried"),
    case("15", UNKNOWN, STOPPED, "does not run"),
    case("15", UNKNOWN, BLIND, "could not be read"),
    case("16", NOT_APPLICABLE, HARD, "no replica, no primary"),
    case("16", PASS, _REPLICA, "tls-replication: yes"),
    case("16", PASS, with_both(with_role(HARD, Role.CLUSTER), tls_cluster="yes"), "tls-replication and tls-cluster"),
    case("16", FAIL, with_role(HARD, Role.CLUSTER), "tls-cluster is no"),
    case("16", FAIL, with_role(BARE, Role.PRIMARY), "tls-replication is no"),
    case("16", FAIL, with_file(_REPLICA, "tls-replication no"), "The next restart changes"),
    case("16", FAIL, with_role(HARD, Role.REPLICA, master_link_status="down"), "link to the primary is down"),
    case("16", PASS, with_replica("10.0.4.8", "10.0.4.7:6380"), "tls-replication: yes"),
    case("16", FAIL, with_replica("10.0.4.8", "10.0.4.7:6379"), "a replica came by the plaintext port (10.0.4.8"),
    case("16", UNKNOWN, with_replica("10.0.4.8", ""), "does not show by which port"),
    case("16", UNKNOWN, with_live(with_role(HARD, Role.PRIMARY), replicas=("10.0.4.8:6380",)), "does not show by"),
    case("16", UNKNOWN, with_file(LOCKED, "replicaof 10.0.4.8 6380"), "could not be read"),
    case("16", UNKNOWN, LOCKED, "has replicas or belongs"),
]


def _setting(item: str, name: str, good: str, bad: str) -> list[Case]:
    """Live and file both good, both bad, one of each, and not to be seen."""
    key = name.replace("-", "_")
    hard = with_both(HARD, **{key: good})
    return [
        case(item, PASS, hard, ""),
        case(item, FAIL, with_both(HARD, **{key: bad}), "live and in the file"),
        case(item, FAIL, with_file(hard, f"{name} {bad}"), "The next restart changes"),
        case(item, FAIL, with_live(hard, {name: bad}), "in the running server"),
        case(item, UNKNOWN, with_instance(hard, live=REFUSED), "could not be read"),
        case(item, UNKNOWN, with_instance(hard, config=unreadable(str(CONF))), "could not be read"),
        case(item, FAIL, with_file(with_instance(hard, live=REFUSED), f"{name} {bad}"), f"{name} is"),
        case(item, UNKNOWN, _without_config(hard), "could not be read"),
    ]


def _without_config(facts: HostFacts) -> HostFacts:
    """The user that looks may not run CONFIG GET."""
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    refused = (unreadable("CONFIG GET", "NOPERM"),)
    return with_instance(facts, live=replace(server, config={}, unreadable=refused))


def _kernel(item: str, key: str, good: str, bad: str) -> list[Case]:
    return [
        case(item, PASS, HARD, "now and after a reboot"),
        case(item, PASS, replace(with_kernel(HARD, key, unreadable(), good), tree=CONF.parent), "The next boot sets"),
        case(item, FAIL, BARE, f"{key} is"),
        case(item, FAIL, with_kernel(HARD, key, good), "No file or unit sets"),
        case(item, FAIL, with_kernel(HARD, key, good, bad), f"to {bad} at the next boot"),
        case(item, FAIL, with_kernel(HARD, key, bad, good), "until the next boot"),
        case(item, UNKNOWN, with_kernel(HARD, key, unreadable(), good), "could not be read"),
        case(item, UNKNOWN, replace(HARD, kernel=()), "was not read"),
        case(
            item,
            UNKNOWN,
            with_kernel(replace(HARD, os=replace(HARD.os, container=True)), key, good),
            "belongs to the host of this container",
        ),
    ]


_SIBLING = replace(HARD.instances[0], name="other")

_BUFFERS = "client-output-buffer-limit"
_LARGE = replace(HARD, memory=replace(HARD.memory, total=Memory(256 * GIB), available=Memory(250 * GIB)))


def _using(used: int, info: dict[str, str] | None = None, **directives: str) -> HostFacts:
    """The hardened host with so much memory in use."""
    facts = with_both(HARD, **directives)
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    return with_live(facts, info={**server.info, "used_memory": str(used), **(info or {})})


MEMORY = [
    *_setting("17", "maxmemory", str(12 * GIB), "0"),
    case("17", PASS, with_both(HARD, maxmemory="23gb"), "The limit of 23.0 GiB"),
    case("17", FAIL, with_both(HARD, maxmemory="30gb"), "machine has 32.0 GiB"),
    case(
        "17", FAIL, with_both(replace(HARD, instances=(*HARD.instances, _SIBLING)), maxmemory="20gb"), "all other needs"
    ),
    case(
        "17",
        FAIL,
        replace(
            HARD,
            memory=replace(
                HARD.memory, limits=(MemoryLimit(limit=Memory(8 * GIB), source="/sys/fs/cgroup/x/memory.max"),)
            ),
        ),
        "/sys/fs/cgroup/x/memory.max allows 8.0 GiB",
    ),
    case(
        "17",
        UNKNOWN,
        replace(HARD, memory=replace(HARD.memory, total=unreadable("/proc/meminfo"))),
        "could not be read",
    ),
    # A limit that no data fits into, and one that is exceeded.
    case("17", FAIL, with_both(HARD, maxmemory="1"), "maxmemory 1 byte leaves no room for data"),
    case("17", FAIL, with_file(STOPPED, "maxmemory 1"), "leaves no room for data"),
    case("17", FAIL, with_file(HARD, "maxmemory 500kb"), "leaves no room for data"),
    case("17", FAIL, _using(2 * GIB, maxmemory="1gb"), "2.0 GiB are in use, more than maxmemory 1.0 GiB"),
    case("17", FAIL, with_file(_using(2 * GIB, maxmemory="4gb"), "maxmemory 1gb"), "more than maxmemory 1.0 GiB"),
    case("17", PASS, _using(2 * GIB, maxmemory="1gb", info={"mem_not_counted_for_evict": str(GIB)})),
    case("17", FAIL, _using(GIB + 1, maxmemory="1gb"), "more than maxmemory"),
    case("17", PASS, _using(GIB + 1, maxmemory="1gb", maxmemory_policy="allkeys-lru")),
    case("17", FAIL, _using(2 * GIB, maxmemory="1gb", maxmemory_policy="allkeys-lru"), "more than maxmemory"),
    case("17", FAIL, _using(GIB + 1, maxmemory="1gb", maxmemory_policy="volatile-lru"), "more than maxmemory"),
    case(
        "17",
        PASS,
        _using(GIB + 1, maxmemory="1gb", maxmemory_policy="volatile-lru", info={"db0": "keys=9,expires=3,avg_ttl=1"}),
    ),
    # The backlog is a part of maxmemory, the buffers of replicas are not.
    case("17", FAIL, with_both(with_role(HARD, Role.PRIMARY), maxmemory="64mb", repl_backlog_size="64mb"), "leaves no"),
    case("17", PASS, with_both(HARD, maxmemory="64mb", repl_backlog_size="64mb")),
    case(
        "17",
        FAIL,
        with_live(with_role(with_both(HARD, maxmemory="23gb"), Role.PRIMARY), {_BUFFERS: "slave 8gb 4gb 60"}),
        "all other needs",
    ),
    case(
        "17",
        FAIL,
        with_live(with_role(HARD, Role.PRIMARY), {_BUFFERS: "slave 0 0 0"}),
        "Output buffers of replicas have no limit",
    ),
    case("17", FAIL, with_live(HARD, {_BUFFERS: "pubsub 0 0 0"}), "Output buffers of subscribers have no limit"),
    case("17", FAIL, with_file(HARD, f"{_BUFFERS} pubsub 0 0 0"), "Output buffers of subscribers"),
    case("17", PASS, with_live(HARD, {_BUFFERS: "pubsub 0 0 0", "maxmemory-clients": "5%"})),
    # A large one passes, and its price is said.
    case("17", PASS, with_both(_LARGE, maxmemory="96gb"), "fork of a save stops the server for about 1.0 s"),
    # What was not seen is not judged.
    case("17", UNKNOWN, BLIND, "could not be read"),
    case("17", UNKNOWN, with_live(HARD, info={"aof_enabled": "1"}), "INFO memory"),
    case("17", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "Sentinel keeps no data"),
    case("17", FAIL, with_live(with_both(HARD, maxmemory_policy="allkeys-lru"), command_calls={"brpop": 7}), "a queue"),
    *_setting("18", "timeout", "300", "0"),
    *_kernel("19", "thp.enabled", "never", "always"),
    case("19", PASS, with_process(HARD, anonymous_huge_pages=unreadable("/proc/1/smaps_rollup"))),
    case("19", FAIL, with_process(HARD, anonymous_huge_pages=Memory(1 << 21)), "has 2 MiB of huge pages"),
    *_kernel("20", "vm.overcommit_memory", "1", "2"),
]

TIMER = BackupJob(
    name="redis-backup.timer",
    tool="restic",
    directories=(PurePosixPath("/var/lib/redis"),),
    active=True,
    enabled="enabled",
    result="success",
    last_run="2026-05-04 03:00:00",
    waiting_since="2026-04-20 10:00:00",
)
CRON = BackupJob(name="/etc/cron.d/backup:3", tool="rsync", directories=(PurePosixPath("/var/lib/redis"),), active=True)


def with_jobs(*jobs: BackupJob) -> HostFacts:
    """The hardened host with these timers and cron entries."""
    return replace(HARD, backup_jobs=jobs)


_DUMP, _AOF = "/var/lib/redis/dump.rdb", "/var/lib/redis/appendonlydir"
_NOON = int(datetime.fromisoformat(TAKEN_AT).timestamp())
_CHANGED = {"rdb_changes_since_last_save": "17"}


def copied(
    days: int, *, append_only: bool = False, info: dict[str, str] = _CHANGED, job: BackupJob = TIMER
) -> HostFacts:
    """A host whose data files were written so many days ago, copied every night."""
    when = _NOON - days * 86400
    facts = with_both(with_jobs(job), appendonly="yes" if append_only else "no")
    facts = with_live(facts, keys=10, info=info)
    files = {"dump": file_status(_DUMP, modified=when), "append_only": directory(_AOF, modified=when)}
    return with_instance(facts, **files)


_CACHE = with_both(HARD, appendonly="no", save='""', maxmemory_policy="allkeys-lru")
_JOBS = with_live(_CACHE, command_calls={"brpop": 7})
_EXPIRING = {"appendonly": "no", "save": '""', "maxmemory_policy": "volatile-lru"}

PERSISTENCE = [
    case("21", NOT_APPLICABLE, _CACHE, "a cache: nothing is kept"),
    case("21", NOT_APPLICABLE, _using(GIB, {"db0": "keys=2000,expires=1990,avg_ttl=1"}, **_EXPIRING), "a cache"),
    case("21", FAIL, _using(GIB, {"db0": "keys=2000,expires=1000,avg_ttl=1"}, **_EXPIRING), "appendonly is no"),
    case("21", FAIL, with_both(_CACHE, maxmemory_policy="noeviction"), "appendonly is no"),
    case("21", FAIL, with_file(_CACHE, "save 900 1"), "appendonly is no"),
    case("21", FAIL, with_file(_CACHE, "maxmemory-policy noeviction"), "appendonly is no"),
    case("21", FAIL, with_role(_CACHE, Role.PRIMARY), "appendonly is no"),
    case("21", FAIL, _JOBS, "appendonly is no"),
    case("21", FAIL, with_instance(_CACHE, config=unreadable(str(CONF))), "in the running server"),
    *_setting("21", "appendonly", "yes", "no"),
    *_setting("21", "appendfsync", "everysec", "no"),
    case("21", PASS, with_both(HARD, appendfsync="always"), ""),
    case("21", FAIL, with_role(HARD, Role.STANDALONE, aof_last_write_status="err"), "aof_last_write_status is err"),
    case("21", FAIL, with_role(HARD, Role.STANDALONE, aof_enabled="0"), "does not write"),
    case("21", FAIL, with_instance(HARD, acl=acl(("user default off resetchannels -@all",))), "as user default"),
    case("21", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "Sentinel keeps no data"),
    case("21", PASS, STOPPED, "no write of it was seen"),
    case("21", PASS, with_both(HARD, appendonly="YES")),
    case(
        "21",
        FAIL,
        with_file(with_instance(HARD, acl=acl(("user default off resetchannels -@all",))), "appendonly YES"),
        "as user default",
    ),
    *[
        case("21", FAIL, with_instance(HARD, space=(space("/var/lib/redis", filesystem=kind),)), "reboot loses all")
        for kind in ("tmpfs", "ramfs")
    ],
    case("21", UNKNOWN, with_instance(HARD, space=()), "file system of the data directory is not known"),
    case("21", UNKNOWN, with_instance(HARD, space=(space("/etc/redis"),)), "file system of the data directory"),
    *_attested(22, says="No timer or cron entry"),
    *_attested(23),
    # A job that runs well shows neither its target nor a restore.
    case("22", UNKNOWN, with_jobs(TIMER), "ran last on 2026-05-04 03:00:00, with success."),
    case("22", ATTESTED, with_jobs(TIMER), "olga", [attestation(22)]),
    case("22", UNKNOWN, with_jobs(CRON), "cron runs /etc/cron.d/backup:3 (rsync) and keeps no result"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, result="")), "result unknown"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, last_run="2026-05-02 03:00:00")), "with success"),
    case("22", FAIL, with_jobs(replace(TIMER, last_run="2026-05-01 23:59:59")), "3 days ago"),
    case("22", FAIL, with_jobs(replace(TIMER, result="exit-code")), "redis-backup.timer failed (exit-code"),
    case("22", FAIL, with_jobs(replace(TIMER, result="timeout"), CRON), "failed (timeout"),
    case("22", FAIL, with_jobs(replace(TIMER, result="timeout")), "does not change what was seen", [attestation(22)]),
    case("22", FAIL, with_jobs(replace(TIMER, active=False, enabled="disabled")), "redis-backup.timer is disabled"),
    case("22", FAIL, with_jobs(replace(TIMER, active=False)), "redis-backup.timer is stopped"),
    case("22", FAIL, with_jobs(replace(TIMER, enabled="disabled")), "the next boot does not start it"),
    case(
        "22", FAIL, with_jobs(replace(TIMER, last_run="", waiting_since="2026-04-20 10:00:00")), "has never run since"
    ),
    case("22", UNKNOWN, with_jobs(replace(TIMER, last_run="", waiting_since=TAKEN_AT)), "has not run yet"),
    case("22", FAIL, with_jobs(replace(CRON, active=False)), "cron does not run /etc/cron.d/backup:3"),
    # The timer of a package that is not used is no failure beside a job that runs.
    case("22", UNKNOWN, with_jobs(replace(TIMER, active=False, enabled="disabled"), CRON), "cron runs"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, active=None)), "could not be read"),
    # A job that succeeds copies a file that is as old as the last write of it.
    case(
        "22", FAIL, copied(3), "copies what is old: /var/lib/redis/dump.rdb was written last 3 days ago, and 17 changes"
    ),
    case("22", FAIL, copied(40, info={}), "was written last 40 days ago."),
    case("22", FAIL, copied(40, append_only=True), "appendonlydir was written last 40 days ago"),
    case("22", UNKNOWN, copied(2), "with success"),
    case("22", UNKNOWN, copied(40, info={"rdb_changes_since_last_save": "0"}), "with success"),
    case("22", UNKNOWN, copied(40, job=replace(TIMER, directories=(), servers=("6380",))), "with success"),
    case(
        "22",
        FAIL,
        with_instance(copied(0), dump=file_status(_DUMP, kind=FileKind.ABSENT)),
        "dump.rdb does not exist, and the server has 10 keys",
    ),
    # A job of another server's data says nothing of this one; one whose sources are elsewhere is named.
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(PurePosixPath("/srv/other"),))), "No timer or cron"),
    case(
        "22", UNKNOWN, with_jobs(replace(TIMER, directories=(), name="borgmatic.timer", tool="borgmatic")), "What borg"
    ),
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(), servers=("6380",))), "cron runs"),
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(), servers=("7777",))), "No timer or cron"),
    case("22", FAIL, with_jobs(replace(TIMER, directories=(), named=True, result="signal")), "failed (signal"),
    case("22", UNKNOWN, replace(HARD, unreadable=(unreadable("/var/spool/cron/crontabs"),)), "so jobs may be missing"),
    case("22", UNKNOWN, replace(with_jobs(TIMER), tree=PurePosixPath("/srv/image")), "shows no run of a backup"),
    case("22", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "keeps no data"),
]


def with_exporter(*rules: str, user: str = "exporter", **over: Any) -> HostFacts:
    """The hardened host with a connected exporter whose user has these rules."""
    facts = with_acl(HARD, *(f"user {user} on #{FINGERPRINT} {each}" for each in rules))
    return with_live(
        facts, clients=(client(), client(**{"user": user, "library": "", "name": "redis_exporter", **over}))
    )


UNWATCHED = with_live(HARD, clients=(client(),))
"""The hardened host, to which no exporter is connected."""
_EXPORTER = Exporter(program="prometheus-redis-exporter", pid=900, account="prometheus")
_WATCHES = "resetkeys resetchannels -@all +info +slowlog|len +latency|latest +client|setname"


def started_as(user: str, target: str = "127.0.0.1:6380") -> HostFacts:
    """The hardened host with an exporter that is not scraped now, and whose command line names a user."""
    return replace(UNWATCHED, exporters=(replace(_EXPORTER, login=user, target=target),))


MONITORING = [
    *_attested(24, UNWATCHED, "No exporter is connected"),
    case("24", PASS, HARD, 'redis_exporter as user "exporter", without a right to keys. Alerts were not checked'),
    case("24", PASS, with_exporter(_WATCHES, address="10.0.4.9"), "redis_exporter at 10.0.4.9"),
    case("24", PASS, with_exporter(_WATCHES, name="", exporter="telegraf"), "telegraf as user"),
    # A client of another name, or a process without a connection, reads no metrics as far as is seen.
    case("24", UNKNOWN, with_exporter(_WATCHES, name="exporter"), "No exporter is connected"),
    case("24", UNKNOWN, replace(UNWATCHED, exporters=(_EXPORTER,)), "shows no connection of"),
    case("24", UNKNOWN, started_as("exporter"), "shows no connection of"),
    case("24", UNKNOWN, started_as("nosuch"), "shows no connection of"),
    case("24", UNKNOWN, started_as("admin", "10.0.9.9:6380"), "shows no connection of"),
    case("24", UNKNOWN, started_as("admin", "127.0.0.1:6399"), "shows no connection of"),
    case("24", FAIL, started_as("admin"), '(process 900) logs in as "admin", which can give itself every right'),
    case("24", FAIL, started_as("admin", str(SOCKET)), 'logs in as "admin"'),
    case("24", FAIL, with_exporter(user="default"), 'logged in as "default", which belongs to no service'),
    case("24", FAIL, with_exporter(user="admin"), "can give itself every right"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +flushall"), "may run FLUSHALL, which metrics do not need"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +get ~*"), "reaches keys or channels of applications"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +get ~mine:*"), "reaches keys or channels, which metrics"),
    case("24", FAIL, with_exporter(user="admin"), "does not change what was seen", [attestation(24)]),
    case("24", FAIL, with_exporter(user="admin"), "every right", [attestation(24, 91)]),
    case("24", PASS, HARD, "Metrics are read by", [attestation(24)]),
    case(
        "24",
        FAIL,
        with_instance(HARD, acl=acl((*HARDENED_ACL[:3], f"user exporter on #{FINGERPRINT} ~* +@all"))),
        'After the next restart, user "exporter" of redis_exporter can give itself every right',
    ),
    case("24", UNKNOWN, LOCKED, "ACL LIST"),
    case("24", UNKNOWN, with_live(HARD, clients=(), unreadable=(unreadable("CLIENT LIST"),)), "CLIENT LIST"),
    case("24", UNKNOWN, replace(HARD, tree=PurePosixPath("/srv/image")), "A directory tree shows no running"),
    *_setting("25", "slowlog-log-slower-than", "5000", "10000"),
    *_setting("25", "slowlog-max-len", "256", "128"),
    case("25", FAIL, with_both(HARD, slowlog_log_slower_than="-1"), ""),
]

_TRAILING = Problem(
    path=CONF,
    line=3,
    code="trailing-comment",
    what="a comment follows",
    remedy="put it on a line of its own",
    fatal=True,
)
_MODULE = ConfigLine(name="loadmodule", arguments=("/usr/lib/redis/x.so",), path=CONF, line=9)
_STOCK_LINES = (
    "save 3600 1",
    "save 300 100",
    "save 60 10000",
    "client-output-buffer-limit normal 0 0 0",
    "client-output-buffer-limit replica 256mb 64mb 60",
    "client-output-buffer-limit pubsub 32mb 8mb 60",
)
_DROP_IN = CONF.parent / "override.conf"

_RENAMED_CONFIG = with_live(_without_config(HARD), missing_commands=("config",), unreadable=())

BEYOND = [
    *[
        case(item, UNKNOWN, _RENAMED_CONFIG, "no CONFIG under this name (rename-command)")
        for item in ("18", "25", "Xprotected", "Xdrift")
    ],
    case("Xwritable", PASS, HARD),
    case("Xwritable", PASS, BARE, "Only redis and root"),
    case("Xwritable", PASS, STOPPED, "Only redis and root"),
    case("Xwritable", FAIL, with_place(file_status(ACL_FILE, mode=0o666)), "Every user of this host can change"),
    case("Xwritable", FAIL, with_place(file_status(CONF, owner="nobody")), "User nobody can change"),
    case("Xwritable", FAIL, with_place(file_status(CONF, group="users", mode=0o660)), "Group users can change"),
    case("Xwritable", FAIL, with_place(directory("/etc/redis", mode=0o777), CONF), "and so replace /etc/redis/redis"),
    case("Xwritable", FAIL, with_place(directory("/etc", owner="deploy", mode=0o755), CONF), "User deploy can change"),
    case(
        "Xwritable",
        FAIL,
        with_place(directory("/etc/redis", mode=0o2770), CONF, groups={"redis": ("redis", "shop")}),
        "Shop (group redis) can change /etc/redis",
    ),
    case("Xwritable", FAIL, with_process(HARD, user="valkey"), "User redis can change"),
    case("Xwritable", UNKNOWN, BLIND, "could not be read"),
    case("Xwritable", UNKNOWN, with_instance(HARD, writers=()), "owners and modes"),
    case("Xwritable", UNKNOWN, with_instance(HARD, acl=unreadable(str(ACL_FILE))), "ACL file could not be read"),
    case("Xdatadir", PASS, HARD),
    case("Xdatadir", FAIL, with_instance(HARD, directories=(directory("/var/lib/redis", mode=0o755),)), "mode 0755"),
    case("Xdatadir", UNKNOWN, BLIND, "not known"),
    case("Xlog", PASS, HARD, "neither read nor write"),
    case("Xlog", PASS, with_log(mode=0o644), "neither read nor write"),
    case(
        "Xlog", FAIL, with_log(mode=0o644, directory_mode=0o755), "can read /var/log/redis/redis-server.log (mode 0644"
    ),
    case("Xlog", FAIL, with_log(mode=0o666), "can change /var/log/redis/redis-server.log"),
    case("Xlog", FAIL, with_log(directory_mode=0o777), "can change /var/log/redis, and so replace"),
    case("Xlog", FAIL, with_log(owner="deploy"), "User deploy can change"),
    case("Xlog", FAIL, with_log(group="users"), "Group users can change"),
    case(
        "Xlog",
        FAIL,
        with_instance(
            HARD,
            output_writers=(*log_places(), place(directory("/srv/run", mode=0o777), PurePosixPath("/srv/run/r.pid"))),
        ),
        "can change /srv/run, and so replace /srv/run/r.pid",
    ),
    case("Xlog", UNKNOWN, BLIND, "could not be read"),
    case("Xlog", UNKNOWN, with_instance(HARD, output_writers=()), "could not be looked at"),
    case("Xlog", NOT_APPLICABLE, with_both(HARD, logfile=""), "writes no log file"),
    case("Xlog", NOT_APPLICABLE, with_both(HARD, logfile="/dev/stdout"), "writes no log file"),
    case("Xsyntax", PASS, HARD),
    case(
        "Xsyntax",
        FAIL,
        with_instance(HARD, config=replace(BARE.instances[0].config, problems=(_TRAILING,))),
        "redis.conf:3 stops the server from starting",
    ),
    case("Xsyntax", UNKNOWN, BLIND, "could not be read"),
    *[
        case(
            "Xsyntax",
            FAIL if fatal else PASS,
            with_instance(
                HARD, config=replace(BARE.instances[0].config, problems=(replace(_TRAILING, code=code, fatal=fatal),))
            ),
            "stops the server" if fatal else "1 line without effect can go",
        )
        for code, fatal in (("overridden", False), ("ignored-directive", False), ("ignored-directive", True))
    ],
    case(
        "Xsyntax", FAIL, with_directory("/var/lib/redis", kind=FileKind.ABSENT), "stops the server from starting: dir"
    ),
    case(
        "Xsyntax",
        FAIL,
        with_instance(HARD, acl=unreadable(str(ACL_FILE), "it does not exist")),
        "aclfile names /etc/redis/users.acl, which does not exist",
    ),
    case("Xsyntax", FAIL, with_key(kind=FileKind.ABSENT), "tls-key-file names /etc/redis/certs/server.key"),
    case(
        "Xsyntax",
        FAIL,
        with_file(with_key(kind=FileKind.ABSENT), "dir /etc/redis", "tls-key-file certs/server.key"),
        "tls-key-file names /etc/redis/certs/server.key",
    ),
    case("Xdatadir", UNKNOWN, with_directory("/var/lib/redis", kind=FileKind.ABSENT), "does not exist"),
    case("7", UNKNOWN, with_instance(HARD, acl=unreadable(str(ACL_FILE), "it does not exist")), "does not exist"),
    case("Xpasswords", PASS, HARD),
    case(
        "Xpasswords",
        FAIL,
        with_instance(HARD, acl=acl(weak_passwords=(COMMON,))),
        'The password of "app" is a common one',
    ),
    case("Xpasswords", UNKNOWN, BLIND, "could not be read"),
    case("Xpasswords", NOT_APPLICABLE, BARE, "No user has a password"),
    case("Xroot", PASS, HARD),
    case("Xroot", PASS, STOPPED, "redis"),
    case("Xroot", FAIL, with_process(HARD, user="root"), "The server runs as root"),
    case("Xroot", PASS, STOPPED, "redis-server.service starts the server as redis"),
    case("Xroot", UNKNOWN, with_instance(HARD, process=None, unit=None), "Neither"),
    case("Xsandbox", PASS, HARD),
    case("Xsandbox", FAIL, with_unit(HARD, [_DROP_IN], ProtectSystem="no"), "override.conf"),
    case("Xsandbox", UNKNOWN, with_instance(HARD, unit=unit(properties={})), "could not be read"),
    case("Xsandbox", NOT_APPLICABLE, with_instance(HARD, unit=None), "No systemd unit"),
    case("Xprotected", PASS, HARD),
    case("Xprotected", FAIL, with_both(HARD, enable_debug_command="yes"), "enable-debug-command"),
    case("Xprotected", UNKNOWN, LOCKED, "could not be read"),
    case("Xprotected", PASS, HARD, "live and in the file"),
    case("Xprotected", PASS, STOPPED, "in the file; the server does not run"),
    case("Xprotected", NOT_APPLICABLE, with_live(HARD, version="6.2.5"), "does not have these"),
    case("Xmodules", PASS, HARD),
    case(
        "Xmodules",
        FAIL,
        with_instance(HARD, config=replace(HARD.instances[0].config, lines=(_MODULE,))),
        "1 module",
    ),
    case("Xmodules", FAIL, with_live(HARD, modules=("/opt/redisbloom.so",)), "1 module with every right"),
    case("Xmodules", FAIL, with_process(HARD, arguments=("--loadmodule", "/opt/bloom.so")), "/opt/bloom.so"),
    case("Xmodules", UNKNOWN, BLIND, "could not be read"),
    case("Xmodules", UNKNOWN, LOCKED, "MODULE LIST could not be read"),
    case("Xmodules", UNKNOWN, STOPPED, "MODULE LIST was not read"),
    case("Xversion", PASS, HARD, "names a fix for each known flaw of 8.0.2"),
    case("Xversion", FAIL, replace(HARD, packages=(package(fixed_flaws=()),)), "names no fix"),
    case("Xversion", FAIL, replace(HARD, packages=()), "8.0.2 has known flaws (CVE-2025-49844"),
    case("Xversion", FAIL, with_instance(HARD, binary="/opt/redis/bin/redis-server"), "remote code by EVAL"),
    case("Xversion", UNKNOWN, replace(HARD, packages=(package(changelog="", fixed_flaws=()),)), "could not be read"),
    case("Xversion", FAIL, with_live(HARD, version="6.0.16"), "known flaws"),
    case("Xversion", FAIL, with_live(HARD, version="7.0.15"), "known flaws"),
    case("Xversion", FAIL, with_live(HARD, version="7.4.1"), "CVE-2025-49844"),
    case("Xversion", UNKNOWN, with_live(HARD, version="7.4.6"), "does not know later ones"),
    case("Xversion", UNKNOWN, with_live(HARD, version="8.10.0"), "newer than the list"),
    case("Xversion", FAIL, with_live(with_instance(HARD, flavour=Flavour.VALKEY), version="8.1.1"), "known flaws"),
    case("Xversion", UNKNOWN, with_live(with_instance(HARD, flavour=Flavour.VALKEY), version="9.1.2"), "newer"),
    case("Xversion", UNKNOWN, with_instance(HARD, flavour=Flavour.KEYDB), "keydb"),
    case("Xversion", UNKNOWN, with_instance(LOCKED, version=unreadable("version")), "not known"),
    case("Xdrift", PASS, HARD),
    case("Xdrift", PASS, with_file(HARD, "maxmemory 12gb")),
    case("Xdrift", FAIL, with_live(HARD, {"loglevel": "debug"}), "loglevel"),
    case("Xdrift", UNKNOWN, LOCKED, "could not be read"),
    case("Xdrift", PASS, BARE),
    case("Xdrift", PASS, with_file(BARE, *_STOCK_LINES)),
    case("Xdrift", FAIL, with_live(BARE, {"protected-mode": "no"}), "changes protected-mode:"),
    case("Xdrift", FAIL, with_file(with_live(HARD, {"protected-mode": "no"}), without=["protected-mode"]), "protected"),
    case("Xdrift", FAIL, with_live(HARD, {"maxclients": "500"}), "changes maxclients:"),
    case("Xdrift", PASS, with_process(with_live(HARD, {"maxclients": "992"}), open_files=1024)),
    case("Xdrift", FAIL, with_process(with_live(HARD, {"maxclients": "500"}), open_files=1024), "maxclients"),
    case("Xdrift", FAIL, with_live(HARD, {"requirepass": MASK}), "changes requirepass:"),
    case("Xdrift", FAIL, with_live(HARD, {"save": ""}), "changes save:"),
    case("Xdrift", PASS, with_file(HARD, "dir /var/lib/redis/")),
    case("Xdrift", FAIL, with_live(HARD, {"dir": "/tmp"}), "changes dir:"),  # noqa: S108 - a fact of a host
    case("Xdrift", FAIL, with_live(HARD, {"databases": "1"}), "changes databases:"),
    case("Xdrift", PASS, with_live(with_role(HARD, Role.CLUSTER), {"databases": "1"})),
    *[
        case(item, NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "A Sentinel")
        for item in ("Xdrift", "Xprotected", "Xdisk")
    ],
    case("Xdrift", PASS, with_live(with_role(HARD, Role.CLUSTER), {"replicaof": "10.0.4.8 6379"})),
    case("Xdrift", FAIL, with_live(with_role(HARD, Role.REPLICA), {"replicaof": "10.0.4.8 6379"}), "replicaof"),
    case("Xdrift", UNKNOWN, with_instance(HARD, config=unreadable(str(CONF), "permission denied")), "permission"),
    case("Xexpiry", PASS, HARD),
    case("Xexpiry", FAIL, with_certificates(not_after="2026-05-20T00:00:00Z"), "expires in 16 days"),
    case("Xexpiry", NOT_APPLICABLE, BARE, "no certificate"),
    case("Xexpiry", UNKNOWN, with_instance(BLIND, live=REFUSED), "configuration file could not be read"),
    case("Xexpiry", UNKNOWN, with_instance(HARD, tls=TlsFacts()), "could not be read"),
    case("Xdaemonize", PASS, HARD),
    case("Xdaemonize", FAIL, with_unit(HARD, ExecStart="/usr/bin/redis-server /etc/redis/redis.conf"), "restart"),
    case(
        "Xdaemonize",
        UNKNOWN,
        with_unit(LOCKED, ExecStart="/usr/bin/redis-server /etc/redis/redis.conf --daemonize no"),
        "could not be read",
    ),
    case("Xdaemonize", NOT_APPLICABLE, with_instance(HARD, unit=None), "No unit"),
    case("Xboot", PASS, HARD),
    case("Xboot", FAIL, with_kernel(HARD, "net.core.somaxconn", "4096", "128"), "now 4096, then 128"),
    case("Xboot", UNKNOWN, replace(HARD, kernel=()), "could be read"),
    case("Xbacklog", PASS, HARD),
    case("Xbacklog", FAIL, with_kernel(HARD, "net.core.somaxconn", "128"), "cuts tcp-backlog 511 to 128"),
    case("Xbacklog", UNKNOWN, replace(HARD, kernel=()), "could not be read"),
    case("Xnofile", PASS, HARD),
    case("Xnofile", FAIL, with_process(HARD, open_files=1024), "too few for maxclients 10000"),
    case(
        "Xnofile",
        FAIL,
        with_process(with_live(HARD, {"maxclients": "992"}), open_files=1024),
        "too few for maxclients 10000: the server lowered it to 992",
    ),
    case("Xnofile", FAIL, with_process(with_live(HARD, {"maxclients": "500"}), open_files=1024), "maxclients 10000"),
    case("Xnofile", PASS, with_process(with_both(HARD, maxclients="992"), open_files=1024)),
    case("Xnofile", UNKNOWN, with_instance(HARD, process=None, unit=None), "could not be read"),
    case("Xdisk", PASS, HARD),
    case("Xdisk", FAIL, with_instance(HARD, space=(space("/var/lib/redis", free=Memory(10)),)), "may need"),
    case("Xdisk", FAIL, with_instance(HARD, space=(space("/var/lib/redis", read_only=True),)), "read-only"),
    case("Xdisk", UNKNOWN, LOCKED, "not known"),
    case("Xdisk", UNKNOWN, with_instance(HARD, space=(space("/etc/redis"),)), "not known"),
    case("Xswap", PASS, HARD),
    case(
        "Xswap", UNKNOWN, replace(HARD, memory=replace(HARD.memory, swap=unreadable("/proc/meminfo"))), "of swap could"
    ),
    case("Xswap", FAIL, replace(HARD, memory=replace(HARD.memory, swap=Memory(GIB))), "swaps keys out early"),
    case(
        "Xswap", UNKNOWN, replace(HARD, memory=replace(HARD.memory, swap=Memory(GIB)), kernel=()), "could not be read"
    ),
    case("Xfilemax", PASS, HARD),
    case("Xfilemax", FAIL, with_kernel(HARD, "fs.file-max", "9223372036854775807", "1000000"), "lowers fs.file-max"),
    case(
        "Xfilemax", UNKNOWN, replace(HARD, kernel=(kernel_setting("vm.overcommit_memory", "1"),)), "could not be read"
    ),
]

CASES = [*NETWORK, *AUTHENTICATION, *COMMANDS, *TRANSPORT, *MEMORY, *PERSISTENCE, *MONITORING, *BEYOND]
