"""Items 1 to 5: network isolation."""

from typing import Any

from tests.scenarios.checklist.cases.hosts import (
    ATTESTED,
    BARE,
    BLIND,
    FAIL,
    HARD,
    LOCKED,
    NOT_APPLICABLE,
    PASS,
    PRIVATE,
    REFUSED,
    STOPPED,
    UNKNOWN,
    attestation,
    beside,
    case,
    with_role,
    with_socket,
    with_unit,
)
from tests.support.facts_builder import (
    CONF,
    SOCKET,
    address,
    client,
    directory,
    filter_chain,
    filter_rule,
    interface,
    listener,
    live,
    place,
    process,
    socket,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_live,
    with_rules,
)
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.network import Action, PacketFilter, Scope
from wizard.model.value import replace

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
_SENTINEL_CLIENT = client(name="sentinel-1a2b3c4d-cmd", library="", address="127.0.0.1", listener="127.0.0.1:6380")

BEHIND_A_CLOSED_DIRECTORY = with_instance(
    HARD,
    sockets=(socket(mode=0o777),),
    socket_places=(place(directory("/run/redis", mode=0o750), SOCKET), place(socket(mode=0o777))),
)


def with_socket_directory(*, users: tuple[str, ...] = (), **over: Any) -> HostFacts:
    """The hardened host with another directory of its socket."""
    place_of_it = place(directory("/run/redis", **over), SOCKET, **({"users": users} if users else {}))
    return with_instance(HARD, directories=(place_of_it.status,), socket_places=(place_of_it, place(socket())))


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
            with_both(with_role(HARD, Role.CLUSTER), tls_cluster="yes"),
            listeners=(*HARD.instances[0].listeners, listener("10.0.4.7", port=16380)),
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
    case("5", PASS, with_live(HARD, clients=(_SENTINEL_CLIENT,)), "Only redis and group redis"),
    case("5", FAIL, with_live(HARD, clients=(replace(_SENTINEL_CLIENT, name="shop"),)), "shop"),
    case("5", PASS, with_socket(mode=0o755), "Only redis can connect"),
    case("5", PASS, with_socket(group="shop"), "Only redis and group shop can connect"),
    case("5", FAIL, with_socket(mode=0o777), "Every user of this host can connect to the socket (mode 0777)"),
    case("5", FAIL, with_socket_directory(mode=0o777), "Every user of this host can change /run/redis, and so replace"),
    case("5", FAIL, with_socket_directory(users=("nobody",)), "User nobody can change /run/redis, and so replace"),
    case("5", PASS, with_socket_directory(kind=FileKind.LINK, mode=0o777), "Only redis and group redis can connect"),
    case(
        "5",
        PASS,
        with_instance(HARD, socket_places=(place(socket(), users=("redis", "app")),)),
        "Only redis, group redis and user app can connect",
    ),
    case(
        "5",
        PASS,
        with_instance(
            HARD,
            sockets=(socket(mode=0o777),),
            socket_places=(place(directory("/run/redis"), SOCKET, readers=("user app",)), place(socket(mode=0o777))),
        ),
        "Only redis, group redis and user app, who can enter /run/redis, can connect",
    ),
    case("5", PASS, BEHIND_A_CLOSED_DIRECTORY, "redis and group redis, who can enter /run/redis, can connect"),
    # The next start makes the directory again, with a mode of its own.
    case("5", FAIL, with_file(BEHIND_A_CLOSED_DIRECTORY, "unixsocketperm 777"), "The next restart lets every user"),
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
