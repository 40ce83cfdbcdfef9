"""The rules of the packet filter that the next boot loads: the files of the services that do, in a network of its own.

Source:
    nftables.service and netfilter-persistent of Debian 13, iptables-services of RHEL, ufw 0.36.2
    (``ufw-init-functions``), firewalld 2.3.1.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import assets
from wizard.detect.machine.boot_sources import BOOT_SCRIPT, BootSources
from wizard.detect.machine.boot_units import BootCommand
from wizard.detect.machine.firewall import LEGACY, rules_from
from wizard.detect.machine.iptables import parse_save
from wizard.detect.machine.ufw import ufw_steps
from wizard.detect.reader import Reader
from wizard.errors import HostError, InvalidValueError
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import PacketFilter

_WHAT = "packet filter of the next boot"
_SECONDS = 10
_LONGEST = 100_000
_SYSTEMD = PurePosixPath("/run/systemd/system")
_PERSISTENT = {"ip": "/etc/iptables/rules.v4", "ip6": "/etc/iptables/rules.v6"}
_SYSCONFIG = {
    "iptables.service": ("ip", "/etc/sysconfig/iptables"),
    "ip6tables.service": ("ip6", "/etc/sysconfig/ip6tables"),
}
_NFT_FILE = re.compile(r"""(?:\s-[a-z]*f\s+|--file[ =]|include\s+)["']?(?P<path>/[^\s"';]+)""")
_FILTERS = re.compile(r"\b(?:nft|ip6?tables(?:-\w+)*|ufw|firewalld?|firewall-cmd|shorewall6?|ferm|csf|ipset)\b")
_HOOKS = tuple(
    PurePosixPath(path)
    for path in (
        "/etc/network/if-pre-up.d",
        "/etc/network/if-up.d",
        "/etc/NetworkManager/dispatcher.d",
        "/etc/networkd-dispatcher/routable.d",
    )
)
_INTERFACES = PurePosixPath("/etc/network/interfaces")

Step = tuple[str, str]
"""What the script is given: a kind of file or text, and it."""


def read_boot_filter(reader: Reader, now: PacketFilter | Unreadable, boot: BootSources) -> PacketFilter | Unreadable:
    """Return every rule that an arriving packet may meet after the next boot, or why that is not known.

    Args:
        reader: The host.
        now: The rules in effect: where they could not be read, those of the next boot are not looked for.
        boot: What runs at boot.
    """
    if isinstance(now, Unreadable):
        return _unread(now.why)
    if not reader.exists(_SYSTEMD):
        return _unread("systemd does not run here, so what loads rules at boot is not known")
    try:
        return _read(reader, now, boot)
    except (HostError, InvalidValueError) as error:
        return _unread(str(error))


def _unread(why: str) -> Unreadable:
    return Unreadable(what=_WHAT, why=why)


def _read(reader: Reader, now: PacketFilter, boot: BootSources) -> PacketFilter:
    loaders: dict[str, list[Step]] = {}
    for each in boot.commands:
        steps = _steps(reader, each)
        if steps is not None:
            if each.conditional:
                raise InvalidValueError(f"{each.unit} may not take effect at every boot")
            loaders.setdefault(each.unit, []).extend(steps)
    for source in _elsewhere(reader, boot):
        raise InvalidValueError(f"{source} may load rules")
    active = [unit for unit, steps in loaders.items() if steps]
    if len(active) > 1:
        raise InvalidValueError(f"{' and '.join(active)} load rules, in no fixed order")
    if active == ["firewalld.service"]:
        _require_same_firewalld(reader)
        return now
    return _loaded(reader, loaders[active[0]]) if active else PacketFilter()


def _steps(reader: Reader, command: BootCommand) -> list[Step] | None:
    """Return what a command of a service loads; ``None`` where it has nothing to do with packet filters.

    Raises:
        InvalidValueError: it may load rules in a way that is not known here.
    """
    try:
        words = shlex.split(command.command)
    except ValueError:
        words = []
    name = PurePosixPath(words[0].lstrip("-@:+!|")).name if words else ""
    found: list[Step] | None = None
    if name == "nft":
        files = [each["path"] for each in _NFT_FILE.finditer(command.command)]
        found = [("nft", path) for path in files] or None
    elif name == "netfilter-persistent":
        found = [(kind, path) for kind, path in _PERSISTENT.items() if reader.exists(PurePosixPath(path))]
    elif command.unit in _SYSCONFIG:
        found = [step for step in (_SYSCONFIG[command.unit],) if reader.exists(PurePosixPath(step[1]))]
    elif name == "ufw-init":
        found = ufw_steps(reader)
    elif command.unit == "firewalld.service":
        found = [("firewalld", "")]
    if found is None and _FILTERS.search(f"{command.command}\n{command.script}"):
        raise InvalidValueError(f"{command.unit} may load rules in a way that this version does not know")
    return found


def _elsewhere(reader: Reader, boot: BootSources) -> Iterator[str]:
    """Return what else runs at boot and names a packet filter."""
    if _FILTERS.search(_code(boot.script)):
        yield str(BOOT_SCRIPT)
    places = (_INTERFACES.with_suffix(".d"), *_HOOKS)
    paths = [_INTERFACES, *(place / name for place in places for name in reader.entries(place))]
    yield from (str(path) for path in paths if _FILTERS.search(_code(reader.lines(path))))


def _code(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _require_same_firewalld(reader: Reader) -> None:
    """Require that the permanent rules of firewalld, which it loads at boot, are those in effect.

    Raises:
        HostError: it cannot be asked.
        InvalidValueError: they differ.
    """
    said = []
    for words in (["--list-all-zones"], ["--permanent", "--list-all-zones"]):
        program = reader.host.find_program("firewall-cmd")
        if program is None:
            raise InvalidValueError("firewall-cmd is not installed")
        done = reader.host.query([str(program), *words], seconds=_SECONDS)
        if done.status != 0:
            raise InvalidValueError("firewalld is enabled and does not run now, so its rules are not known")
        said.append({line.replace(" (active)", "") for line in done.output.splitlines() if _tells(line)})
    if said[0] != said[1]:
        raise InvalidValueError("firewalld's permanent rules differ from those in effect (firewall-cmd --permanent)")


def _tells(line: str) -> bool:
    """Return whether a line is about rules: to which interfaces a zone applies also other programs say."""
    return bool(line.strip()) and not line.strip().startswith("interfaces:")


def _loaded(reader: Reader, steps: Sequence[Step]) -> PacketFilter:
    program = reader.host.find_program("unshare")
    if program is None:
        raise InvalidValueError("unshare is not installed")
    links = [("link", each.name) for each in reader.host.interfaces() if each.name != "lo"]
    words = [word for step in (*links, *steps) for word in step]
    if any(len(word) > _LONGEST for word in words):
        raise InvalidValueError("the files of its rules are too large")
    script = assets.text("firewall/rules-of-files.sh")
    done = reader.host.query([str(program), "--net", "--", "sh", "-c", script, "sh", *words], seconds=_SECONDS)
    if done.status != 0:
        first = done.errors.strip().partition("\n")[0] or f"exit status {done.status}"
        raise InvalidValueError(f"they cannot be loaded: {first}")
    ruleset, *saves = re.split(r"^== (\S+)\n", done.output, flags=re.MULTILINE)
    printed = {"nft": ruleset, **dict(zip(saves[::2], saves[1::2], strict=True))}
    legacy = [
        chain
        for name, (family, _) in LEGACY.items()
        for chain in parse_save(printed.get(name, ""), family, "iptables-legacy")
    ]
    return rules_from(lambda name, *_: printed.get(name, ""), legacy)
