"""The evaluator says of generated rules what the kernel does with real packets."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.memory_host.host import MemoryHost
from tests.support.packet_lab import PORTS, SENDERS, PacketLab, Sender, packet_lab
from wizard.checklist.firewall.evaluate import Evaluator
from wizard.checklist.firewall.packet import Packet
from wizard.checklist.firewall.route import Routes
from wizard.checklist.firewall.sources import foreign, sources_of
from wizard.detect.machine.boot_firewall import read_boot_filter
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.machine.firewall import read_packet_filter
from wizard.detect.reader import Reader
from wizard.host.local import LocalHost
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Interface, PacketFilter

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    # Rules are short, and a shorter example is not worth the minutes that packets without an answer take.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# --- rules of nftables -------------------------------------------------------------------------------

MATCHES = (
    "tcp dport 6379",
    "tcp dport { 6379-6380, 22 }",
    "tcp dport != 6379",
    "tcp dport > 6379",
    "tcp dport @ports",
    "th dport 6380",
    "udp dport 6379",
    "udp dport != 6379",
    'iifname "e0"',
    'iifname "e*"',
    'iifname != "e0"',
    'iif "lo"',
    'oifname "e0"',
    "ct state new",
    "ct state established,related",
    "ct state != new",
    "ct state { new, untracked }",
    "ct state invalid",
    "ct status dnat",
    "ct original proto-dst 16379",
    "meta l4proto tcp",
    "meta l4proto { icmp, udp }",
    "meta nfproto ipv6",
    "meta mark 0",
    "meta mark & 0xf == 0x1",
    "tcp flags syn",
    "tcp flags & (fin|syn|rst|ack) == syn",
    "tcp flags & (syn|ack) == ack",
    "fib daddr type local",
    "fib saddr type local",
    "fib saddr . iif oif missing",
    "limit rate 1000/second burst 1000 packets",
    "limit rate over 1000/second burst 1000 packets",
    "meta pkttype host",
    "tcp sport 1024-65535",
    "ip frag-off & 0x1fff != 0",
)
IPV4 = (
    "ip saddr 10.77.0.0/24",
    "ip saddr != 10.77.0.0/25",
    "ip saddr 10.77.0.100-10.77.0.255",
    "ip saddr @clients",
    "ip saddr { 203.0.113.0/24, 10.78.0.2 }",
    "ip saddr . tcp dport { 10.77.0.0/16 . 6379, 203.0.113.5 . 6380 }",
    "ip daddr 10.77.0.1",
    "ip daddr != 10.78.0.1",
    "ip protocol tcp",
    'iifname . ip saddr { "e0" . 10.77.0.2 }',
)
IPV6 = ("ip6 saddr fd77::/64", "ip6 saddr != fd77::2", "ip6 daddr fd77::1", "ip6 saddr { 2001:db8::/32, fd77::9 }")
VERDICTS = ("accept", "drop", "reject with tcp reset", "return", "jump first", "goto second", "counter", "log")
STATEMENTS = (
    "meta mark set 1",
    "tcp dport vmap { 6379 : drop, 6380 : jump second, 22 : accept }",
    "tcp dport vmap @ports_map",
    "ip saddr vmap { 10.77.0.2 : accept, 10.77.0.128/25 : goto second, * : drop }",
    "add @seen { ip saddr }",
    "ip saddr @seen drop",
    "notrack",
    "return",
    "accept",
    "drop",
)
SETS = """
set ports { type inet_service; flags interval; elements = { 6380-6390, 16379 }; }
set clients { type ipv4_addr; flags interval; elements = { 10.77.0.0/26, 203.0.113.5 }; }
set seen { type ipv4_addr; flags dynamic; }
map ports_map { type inet_service : verdict; elements = { 6379 : accept, 16379 : drop }; }
"""
BASES = (
    "type filter hook prerouting priority raw; policy accept;",
    "type filter hook prerouting priority mangle; policy drop;",
    "type filter hook input priority -10; policy accept;",
    "type filter hook input priority 0; policy drop;",
    "type filter hook input priority 10; policy accept;",
)
NAT = (
    "tcp dport 16379 redirect to :6379",
    "tcp dport 6380 redirect to :16379",
    'iifname "e1" meta l4proto tcp redirect to :6380',
    "ip daddr 10.77.0.1 tcp dport 6379 dnat ip to 10.78.0.1:6380",
    "tcp dport 16379 dnat ip to 10.77.0.1:6379",
)


@st.composite
def rules(draw: st.DrawFn, *, jumps: tuple[str, ...]) -> str:
    """One rule that jumps to these chains at most; nft refuses circles."""
    usable = [
        each
        for each in (*VERDICTS, *STATEMENTS)
        if all(name in jumps or name not in each for name in ("first", "second"))
    ]
    drawn = [
        draw(st.sampled_from(usable)),
        *draw(st.lists(st.sampled_from(MATCHES), max_size=2, unique=True)),
        *draw(st.lists(st.sampled_from([*IPV4, *IPV6]), max_size=1)),
    ]
    verdict, *parts = drawn
    rule = verdict
    for part in parts:
        if not CONFLICTS.fullmatch(f"{part} {rule}"):
            rule = f"{part} {rule}"
    return rule


CONFLICTS = re.compile(r"(?=.*\bip [sdpf])(?=.*\bip6 |.*ipv6).*|(?=.*\btcp )(?=.*\budp\b).*")
"""Rules that nft refuses, since no packet could match."""


@st.composite
def rulesets(draw: st.DrawFn) -> str:
    """Chains with rules of one table, as a file for nft."""

    def lines(*jumps: str, most: int = 4) -> str:
        return "\n".join(draw(st.lists(rules(jumps=jumps), max_size=most)))

    bases = draw(st.lists(st.sampled_from(BASES), min_size=1, max_size=3, unique=True))
    parts = [f"chain second {{\n{lines()}\n}}", f"chain first {{\n{lines('second')}\n}}"]
    parts += [
        f"chain base{number} {{ {base}\n{lines('first', 'second', most=6)}\n}}" for number, base in enumerate(bases)
    ]
    if draw(st.booleans()):
        nat = "\n".join(draw(st.lists(st.sampled_from(NAT), min_size=1, max_size=2)))
        parts.append(f"chain nat {{ type nat hook prerouting priority dstnat;\n{nat}\n}}")
    return f"table inet t {{\n{SETS}\n" + "\n".join(parts) + "\n}\n"


# --- rules of iptables -------------------------------------------------------------------------------

OPTIONS = (
    "-s 10.77.0.0/24",
    "! -s 10.77.0.2/32",
    "-s 203.0.113.0/24",
    "-i e0",
    "-i e+",
    "! -i e1",
    "-i lo",
    "-d 10.77.0.1/32",
    "-p udp -m udp --dport 6379",
    "-p tcp -m tcp --dport 6379",
    "-p tcp -m tcp ! --dport 6379:6380",
    "-p tcp -m multiport --dports 6379,16379",
    "-p tcp -m multiport ! --dports 6379,16379",
    "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
    "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN",
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m conntrack ! --ctstate NEW",
    "-m addrtype --dst-type LOCAL",
    "-m addrtype ! --dst-type LOCAL",
    "-m limit --limit 1000/sec --limit-burst 1000",
    '-m comment --comment "a -j DROP"',
    "-m mark --mark 0x1",
    "-m ttl --ttl-gt 3",
    "",
)
TARGETS = ("ACCEPT", "DROP", "REJECT", "RETURN", "FIRST", "MARK --set-xmark 0x1/0xffffffff", "LOG")


@st.composite
def saves(draw: st.DrawFn) -> str:
    """A table as iptables-restore reads it."""

    def lines(chain: str, *, jumps: bool, most: int) -> list[str]:
        targets = [each for each in TARGETS if jumps or each != "FIRST"]
        found = []
        for _ in range(draw(st.integers(0, most))):
            options = draw(st.lists(st.sampled_from(OPTIONS), max_size=2, unique=True))
            if sum("-p " in each for each in options) > 1 or len(
                {each.split("-")[1][0] for each in options if each}
            ) < len([each for each in options if each]):
                options = options[:1]
            target = draw(st.sampled_from(targets))
            if target == "REJECT" and any("ctstate" in each for each in options):
                target = "DROP"  # a reject of the second packet may reach a client that still waits for the first
            found.append(f"-A {chain} {' '.join(options)} -j {target}")
        return found

    policy = draw(st.sampled_from(["ACCEPT", "DROP"]))
    head = ["*filter", f":INPUT {policy} [0:0]", ":FIRST - [0:0]"]
    return "\n".join([*head, *lines("FIRST", jumps=False, most=3), *lines("INPUT", jumps=True, most=7), "COMMIT", ""])


# --- the laws ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab() -> Iterator[PacketLab]:
    with packet_lab() as made:
        if made is None:
            pytest.skip("needs root, nft, iptables-nft and network namespaces")
        yield made


def agree(lab: PacketLab) -> None:
    """Send from each address to each port, and compare with what the rules say."""
    found = lab.inside(lambda: read_packet_filter(Reader(LocalHost())))
    interfaces = lab.inside(lambda: LocalHost().interfaces())
    assert isinstance(found, PacketFilter), found
    for sender in SENDERS:
        for port in PORTS:
            accepted, possible = verdict(found, interfaces, sender, port)
            connected = lab.connects(sender, port, expected=accepted)
            assert accepted <= connected <= possible, (sender, port, accepted, connected, possible)


def verdict(found: PacketFilter, interfaces: tuple[Interface, ...], sender: Sender, port: int) -> tuple[bool, bool]:
    family = 6 if ":" in sender.source else 4
    packet = Packet(
        family=family,
        interface=sender.interface,
        near=True,
        address=int(ip_address(sender.target)),
        port=port,
        asked_port=port,
    )
    outcome = Evaluator(found, Routes(interfaces)).outcome(packet, foreign(family))
    one = sources_of(family, [sender.source])
    return bool(outcome.accepted & one), bool(outcome.possible & one)


@SETTINGS
@given(ruleset=rulesets())
def test_rules_of_nftables_mean_what_the_kernel_does(lab: PacketLab, ruleset: str) -> None:
    lab.load("nft", ruleset)
    agree(lab)


@SETTINGS
@given(save=saves())
def test_rules_of_iptables_mean_what_the_kernel_does(lab: PacketLab, save: str) -> None:
    lab.load("iptables-nft-restore", save)
    agree(lab)


# --- the rules of the next boot --------------------------------------------------------------------


def at_boot(lab: PacketLab, unit: str, command: str, **files: str) -> PacketFilter | Unreadable:
    """Return what the next boot of the lab loads, by one enabled unit; its other files by their paths, with ``_``."""
    fragment = PurePosixPath("/usr/lib/systemd/system", unit)
    host = MemoryHost({PurePosixPath(path.replace("__", "/")): text.encode() for path, text in files.items()})
    host.put(fragment, f"[Service]\nExecStart={command}\n".encode())
    host.put(PurePosixPath("/etc/systemd/system/multi-user.target.wants", unit), b"")
    host.put(PurePosixPath("/run/systemd/system/.keep"), b"")
    reader = Reader(LocalHost(), host)
    return lab.inside(lambda: read_boot_filter(reader, PacketFilter(), read_boot_sources(reader)))


def same(lab: PacketLab, found: PacketFilter | Unreadable) -> None:
    """Expect the verdict that the rules in effect have, whose handles and counters may differ."""
    now = lab.inside(lambda: read_packet_filter(Reader(LocalHost())))
    interfaces = lab.inside(lambda: LocalHost().interfaces())
    assert isinstance(now, PacketFilter), now
    assert isinstance(found, PacketFilter), found
    for sender in SENDERS:
        for port in PORTS:
            assert verdict(found, interfaces, sender, port) == verdict(now, interfaces, sender, port), (sender, port)


@settings(SETTINGS, max_examples=15)
@given(ruleset=rulesets())
def test_a_file_of_nftables_means_at_boot_what_it_means_now(lab: PacketLab, tmp_path: Path, ruleset: str) -> None:
    path = tmp_path / "nftables.conf"
    path.write_text(ruleset, encoding="utf-8")
    lab.load("nft", ruleset)
    same(lab, at_boot(lab, "nftables.service", f"/usr/sbin/nft -f {path}"))


def ufw_files() -> dict[str, str]:
    """Return the files of an ufw that lets one address in, each chain with what it is there for."""
    files = {
        "__etc__default__ufw": 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\nDEFAULT_FORWARD_POLICY="DROP"\n',
        "__etc__ufw__ufw.conf": "ENABLED=yes\n",
    }
    for six, source in (("", "10.77.0.2"), ("6", "fd77::2")):
        for name, rule in (
            ("before", f"-A ufw{six}-before-input -m conntrack --ctstate ESTABLISHED -j ACCEPT"),
            ("after", f"-A ufw{six}-after-input -p udp --dport 137 -j ufw{six}-skip-to-policy-input"),
            ("user", f"-A ufw{six}-user-input -p tcp --dport 6379 -s {source} -j ACCEPT"),
        ):
            chain = f":ufw{six}-{name}-input - [0:0]"
            files[f"__etc__ufw__{name}{six}.rules"] = f"*filter\n{chain}\n{rule}\nCOMMIT\n"
    return files


def test_what_ufw_loads_at_boot_limits_the_port_to_its_source(lab: PacketLab) -> None:
    found = at_boot(lab, "ufw.service", "/usr/lib/ufw/ufw-init start quiet", **ufw_files())
    assert isinstance(found, PacketFilter), found
    interfaces = lab.inside(lambda: LocalHost().interfaces())
    accepted = {
        (sender.source, port) for sender in SENDERS for port in PORTS if verdict(found, interfaces, sender, port)[1]
    }
    assert accepted == {("10.77.0.2", 6379), ("fd77::2", 6379)}
