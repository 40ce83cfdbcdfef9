"""The rules of the packet filter: nftables, and iptables where nft shows its matches without their arguments.

Only the whole is a fact: a part of the rules tells nothing about a packet, since each base chain must accept it.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from wizard.detect.machine.iptables import parse_save
from wizard.detect.machine.nftables import opaque_families, parse_ruleset
from wizard.detect.reader import NEEDS_ROOT, Reader
from wizard.errors import HostError, InvalidValueError
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import FilterChain, PacketFilter

_WHAT = "packet filter"
_SECONDS = 5
LIST = ("--json", "--debug=netlink", "list", "ruleset")
LEGACY = {
    "iptables-legacy-save": ("ip", PurePosixPath("/proc/net/ip_tables_names")),
    "ip6tables-legacy-save": ("ip6", PurePosixPath("/proc/net/ip6_tables_names")),
}
"""By program: its family, and the file that names the tables in use (Linux ``net/netfilter/x_tables.c``)."""
_SAVES = {"ip": "iptables-nft-save", "ip6": "ip6tables-nft-save"}
_MOST_RULES = 20_000


def read_packet_filter(reader: Reader) -> PacketFilter | Unreadable:
    """Return every rule that an arriving packet may meet, or why one could not be read."""
    if reader.host.tree is not None:
        return _unread("a directory tree has none: check on the running host")
    if not reader.host.root:
        return _unread(NEEDS_ROOT)
    try:
        found = _read(reader)
    except (HostError, InvalidValueError) as error:
        return _unread(str(error))
    if sum(len(chain.rules) for chain in found.chains) > _MOST_RULES:
        return _unread(f"it has more than {_MOST_RULES:,} rules")
    return found


def _unread(why: str) -> Unreadable:
    return Unreadable(what=_WHAT, why=why)


def _read(reader: Reader) -> PacketFilter:
    chains = _legacy(reader)
    return rules_from(lambda name, *words: _run(reader, name, *words), chains)


def rules_from(run: Callable[..., str], legacy: Sequence[FilterChain]) -> PacketFilter:
    """Return the rules that programs print, those of the older kernel interface beside them.

    Args:
        run: Gives what a program prints, by its name and arguments.
        legacy: The chains of that interface.

    Raises:
        InvalidValueError: they have an unknown form.
    """
    ruleset = run("nft", *LIST)
    found = parse_ruleset(ruleset)
    chains = found.chains
    for family in opaque_families(ruleset):
        saved = parse_save(run(_SAVES[family]), family, "iptables")
        tables = {chain.table for chain in saved}
        chains = (*(each for each in chains if each.family != family or each.table not in tables), *saved)
    return PacketFilter(chains=(*chains, *legacy), sets=found.sets)


def _legacy(reader: Reader) -> tuple[FilterChain, ...]:
    """Return the rules of the older kernel interface, a filter of its own that nft does not show."""
    return tuple(
        chain
        for program, (family, names) in LEGACY.items()
        if reader.text(names)
        for chain in parse_save(_run(reader, program), family, "iptables-legacy")
    )


def _run(reader: Reader, name: str, *words: str) -> str:
    """Return what a program prints.

    Raises:
        HostError: it cannot be run.
        InvalidValueError: it is not installed, or it failed.
    """
    program = reader.host.find_program(name)
    if program is None:
        raise InvalidValueError(f"{name} is not installed")
    said = reader.host.query([str(program), *words], seconds=_SECONDS)
    if said.status != 0:
        raise InvalidValueError(f"{name}: {said.errors.strip().partition(chr(10))[0] or f'exit status {said.status}'}")
    return said.output
