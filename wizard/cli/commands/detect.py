"""``detect``: show what is on the host."""

import argparse

from wizard.cli import output
from wizard.cli.context import detect_host, reader_of
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import escape, format_amount
from wizard.model.value import to_json


def run(options: argparse.Namespace) -> int:
    """Read the facts and write them, for people or as JSON."""
    with reader_of(options) as host:
        facts = detect_host(host, options).facts
    output.result(to_json(facts) if options.json else render(facts))
    return 0


def render(facts: HostFacts) -> str:
    """Lay the facts out for an 80-column terminal."""
    blocks = [_machine(facts), _network(facts), _kernel(facts)]
    blocks += [_instance(instance) for instance in facts.instances] or [_no_instance(facts)]
    if facts.unreadable:
        blocks.append(_unreadable("Not readable", facts.unreadable))
    return "\n\n".join(blocks)


def _amount(amount: int | Unreadable) -> str:
    return "unknown" if isinstance(amount, Unreadable) else format_amount(amount)


def _row(label: str, text: str) -> str:
    return output.wrapped(text or "-", indent=f"  {label:<12} ", hanging=" " * 15)


def _machine(facts: HostFacts) -> str:
    system = facts.os
    where = f"tree {facts.tree}" if facts.tree else f"kernel {system.kernel}, {system.init}"
    virtual = "" if system.virtualisation in ("", "none") else f", {system.virtualisation}"
    limits = "; ".join(f"{_amount(limit.limit)} by {limit.source}" for limit in facts.memory.limits)
    memory = f"{_amount(facts.memory.total)}, {_amount(facts.memory.available)} available"
    rows = [
        escape(f"Host {facts.hostname or '(no name)'}"),
        _row("system", f"{system.name or 'unknown'}, {where}{virtual}"),
        _row("processors", f"{facts.processors} in {facts.numa_nodes} memory node{'s' * (facts.numa_nodes > 1)}"),
        _row("memory", memory + (f"; limited to {limits}" if limits else "")),
        _row("as root", "yes" if facts.root else "no, some facts stay unknown"),
    ]
    return "\n".join(rows)


def _network(facts: HostFacts) -> str:
    rows = ["Network"]
    for interface in facts.interfaces:
        addresses = ", ".join(f"{a.address}/{a.prefix} {a.scope}" for a in interface.addresses)
        marks = ("" if interface.up else " (down)") + (" default route" if interface.default_route else "")
        rows.append(_row(interface.name, (addresses or "no address") + marks))
    return "\n".join(rows)


def _kernel(facts: HostFacts) -> str:
    rows = ["Kernel"]
    for setting in facts.kernel:
        live = "unknown" if isinstance(setting.live, Unreadable) else setting.live
        boot = f"{setting.next_boot} by {setting.next_boot_source}" if setting.next_boot is not None else "not set"
        rows.append(output.wrapped(f"{setting.key:<30} {live:<10} next boot: {boot}", indent="  ", hanging=" " * 15))
    return "\n".join(rows)


def _no_instance(facts: HostFacts) -> str:
    known = ", ".join(package.name for package in facts.packages)
    offer = f"Available packages: {known}." if known else "No server package is available."
    return output.wrapped(f"No Redis or Valkey found in units, processes and the usual files. {offer}")


def _instance(instance: Instance) -> str:
    version = "unknown version" if isinstance(instance.version, Unreadable) else instance.version
    rows = [escape(f"{instance.flavour} {version}: {instance.name}")]
    config = instance.config
    rows.append(_row("config", _unread(config) if isinstance(config, Unreadable) else str(config.main)))
    if instance.unit:
        rows.append(_row("unit", _unit(instance.unit)))
    if instance.other_units:
        rows.append(_row("same file", "; ".join(_unit(unit) for unit in instance.other_units)))
    if instance.other_processes:
        rows.append(_row("also runs", "process " + ", ".join(map(str, instance.other_processes))))
    if instance.barred:
        rows.append(_row("no plan", instance.barred))
    listeners = ", ".join(item.address if item.unix else f"{item.address}:{item.port}" for item in instance.listeners)
    rows.append(_row("listens", listeners))
    rows += _live(instance.live)
    if not isinstance(config, Unreadable):
        rows += [_row("mistake", f"line {p.line}: {p.what}") for p in config.problems]
    rows += [_row("mistake", f"{p.path}: {p.what}") for p in instance.tls.problems]
    return "\n".join(rows)


def _unread(config: Unreadable) -> str:
    return _missing(config) if config.what.startswith("/") else config.why


def _missing(fact: Unreadable) -> str:
    return f"{fact.what}: {fact.why}"


def _unit(unit: Unit) -> str:
    states = ", ".join(state for state in (unit.active, unit.enabled) if state)
    return f"{unit.name} {states}"


def _live(live: LiveServer | Unreadable) -> list[str]:
    if isinstance(live, Unreadable):
        return [_row("live", f"unknown: {live.why}")]
    clients = sum(group.count for group in live.clients)
    return [_row("live", f"{live.role}, {live.keys} keys, {clients} clients, as user {live.user} by {live.endpoint}")]


def _unreadable(title: str, items: tuple[Unreadable, ...]) -> str:
    return "\n".join([title, *(output.wrapped(_missing(i), indent="  ", hanging="    ") for i in items)])
