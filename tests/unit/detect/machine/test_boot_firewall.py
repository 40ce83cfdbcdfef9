"""What loads rules at the next boot is found by the units that are enabled, or it is said why that is not known."""

from pathlib import PurePosixPath

import pytest

import assets
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.boot_firewall import read_boot_filter
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.reader import Reader
from wizard.host.reader import Completed
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import PacketFilter

WANTS = PurePosixPath("/etc/systemd/system/multi-user.target.wants")
RULES = (
    '{"nftables": [{"chain": {"family": "inet", "table": "t", "name": "input", "hook": "input", "policy": "drop"}}]}'
)
UFW = "/usr/lib/ufw/ufw-init start quiet"
NFT = "/usr/sbin/nft -f /etc/nftables.conf"
RED_HAT = """/sbin/nft 'flush ruleset; include "/etc/sysconfig/nftables.conf";'"""
ZONES = "public (active)\n  interfaces: eth0\n  services: ssh\n"


def host(*steps: str, **units: str) -> MemoryHost:
    """Return a host with enabled units of these commands; the script prints one chain where these are its steps."""
    made = MemoryHost()
    made.put(PurePosixPath("/run/systemd/system/.keep"), b"")
    for name, command in units.items():
        made.put(PurePosixPath(f"/usr/lib/systemd/system/{name}.service"), f"[Service]\nExecStart={command}\n".encode())
        made.put(WANTS / f"{name}.service", b"")
    made.programs["unshare"] = PurePosixPath("/usr/bin/unshare")
    made.programs["firewall-cmd"] = PurePosixPath("/usr/bin/firewall-cmd")
    links = [word for each in made.interfaces() if each.name != "lo" for word in ("link", each.name)]
    line = (
        "/usr/bin/unshare",
        "--net",
        "--",
        "sh",
        "-c",
        assets.text("firewall/rules-of-files.sh"),
        "sh",
        *links,
        *steps,
    )
    made.results[line] = Completed(status=0, output=RULES, errors="")
    return made


def put(made: MemoryHost, path: str, text: str, mode: int = 0o644) -> MemoryHost:
    made.put(PurePosixPath(path), text.encode(), mode=mode)
    return made


def read(made: MemoryHost, now: PacketFilter | None = None) -> PacketFilter | Unreadable:
    reader = Reader(made)
    return read_boot_filter(reader, now or PacketFilter(), read_boot_sources(reader))


@pytest.mark.parametrize(
    ("made", "chains"),
    [
        (host(), 0),
        (host(sshd="/usr/sbin/sshd -D"), 0),
        (host("nft", "/etc/nftables.conf", nftables=NFT), 1),
        (host("nft", "/etc/sysconfig/nftables.conf", nftables=RED_HAT), 1),
        (
            put(
                host(
                    "ip", "/etc/iptables/rules.v4", **{"netfilter-persistent": "/usr/sbin/netfilter-persistent start"}
                ),
                "/etc/iptables/rules.v4",
                "*filter",
            ),
            1,
        ),
        (
            put(
                host("ip", "/etc/sysconfig/iptables", iptables="/usr/libexec/iptables/iptables.init start"),
                "/etc/sysconfig/iptables",
                "*filter",
            ),
            1,
        ),
        (put(host(ufw=UFW), "/etc/ufw/ufw.conf", "ENABLED=no\n"), 0),
    ],
)
def test_it_is_what_the_enabled_services_load(made: MemoryHost, chains: int) -> None:
    found = read(made)
    assert isinstance(found, PacketFilter), found
    assert len(found.chains) == chains


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (host(nftables=NFT, ufw=UFW), "ufw needs /etc/ufw"),
        (
            put(
                put(
                    host(nftables=NFT, **{"netfilter-persistent": "/usr/sbin/netfilter-persistent start"}),
                    "/etc/iptables/rules.v4",
                    "*filter",
                ),
                "/etc/x",
                "",
            ),
            "netfilter-persistent.service and nftables.service load rules, in no fixed order",
        ),
        (host(guard="/usr/local/sbin/iptables -P INPUT DROP"), "guard.service may load rules in a way"),
        (host(guard="/bin/sh -c 'nft add table x'"), "guard.service may load rules in a way"),
        (
            put(host(), "/etc/rc.local", "#!/bin/sh\niptables-restore < /root/r\n", 0o755),
            "/etc/rc.local may load rules",
        ),
        (put(host(), "/etc/network/interfaces", "pre-up nft -f /x\n"), "/etc/network/interfaces may load rules"),
        (
            put(put(host(ufw=UFW), "/etc/ufw/ufw.conf", "ENABLED=yes\n"), "/etc/ufw/before.init", "#!/bin/sh", 0o755),
            "ufw runs /etc/ufw/before.init",
        ),
        (host(firewalld="/usr/sbin/firewalld --nofork"), "there is no such program"),
        (host(nftables=NFT), "there is no such program"),
        (MemoryHost(), "systemd does not run here"),
    ],
)
def test_what_is_not_known_is_said_with_the_reason(made: MemoryHost, why: str) -> None:
    if why.startswith("ufw needs"):
        put(made, "/etc/ufw/ufw.conf", "ENABLED=yes\n")
    found = read(made)
    assert isinstance(found, Unreadable), found
    assert why in found.why


def test_a_comment_loads_nothing() -> None:
    made = put(host(), "/etc/rc.local", "#!/bin/sh\n# iptables-restore < /root/r\n", 0o755)
    assert read(made) == PacketFilter()


@pytest.mark.parametrize(
    ("permanent", "same"), [(ZONES.replace(" (active)", "").replace("eth0", ""), True), ("", False)]
)
def test_permanent_rules_of_firewalld_count_where_they_are_those_in_effect(permanent: str, *, same: bool) -> None:
    made = host(firewalld="/usr/sbin/firewalld --nofork")
    for words, said in (((), ZONES), (("--permanent",), permanent)):
        made.results["/usr/bin/firewall-cmd", *words, "--list-all-zones"] = Completed(status=0, output=said, errors="")
    now = PacketFilter()
    found = read(made, now)
    assert (found is now) is same
    assert same or "differ from those in effect" in str(found)
