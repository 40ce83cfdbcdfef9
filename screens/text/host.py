"""The host as the start screen shows it: labelled texts, and how many of them fit into a window. Pure."""

from collections.abc import Sequence
from itertools import count, takewhile
from textwrap import wrap
from typing import TYPE_CHECKING

from screens.text.facts import named_clients
from screens.text.formatting import amount_or_unknown, cut, day
from wizard.config import configuration_of
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.limits import limits_of
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Interface, ProbeAnswer, Scope
from wizard.model.text import counted, escape, format_amount, number_or
from wizard.model.value import Value, replace

if TYPE_CHECKING:
    from wizard.drift import Drift

LABEL = 8
"""Columns of a label."""
LEAST_RISKS = 2
FEW_RISKS = 4


class Texts(Value, frozen=True, kw_only=True):
    """Everything that could be shown."""

    risks: Sequence[str] = ()
    """One sentence each, the worst first."""
    drift: Sequence[str] = ()
    about: Sequence[tuple[str, str]] = ()
    """Label and text."""


class Layout(Value, frozen=True, kw_only=True):
    """How much of it is shown."""

    risks: int = 0
    drift: int = 0
    wrap_risks: bool = False
    wrap_about: int = 0
    """So many of the texts about the host are shown whole."""


def arrange(texts: Texts, *, width: int, height: int, room: int) -> Layout:
    """Return how much of the texts fits into a window, the most useful first.

    Args:
        texts: All of them.
        width: Columns of a row.
        height: Rows for all of them.
        room: Columns for the sentence of a risk.
    """
    least = Layout(risks=min(LEAST_RISKS, len(texts.risks)), drift=min(1, len(texts.drift)))

    def fits(layout: Layout) -> bool:
        return height_of(texts, layout, width=width, room=room) <= height

    def more(layout: Layout, name: str, most: int) -> Layout:
        grown = (replace(layout, **{name: number}) for number in count(getattr(layout, name) + 1))
        fitting = takewhile(lambda each: getattr(each, name) <= most and fits(each), grown)
        return [layout, *fitting][-1]

    found = more(least, "risks", min(FEW_RISKS, len(texts.risks)))
    found = more(found, "drift", min(2, len(texts.drift)))
    wider = replace(found, wrap_risks=True)
    found = more(wider if fits(wider) else found, "wrap_about", len(texts.about))
    return more(more(found, "drift", len(texts.drift)), "risks", len(texts.risks))


def height_of(texts: Texts, layout: Layout, *, width: int, room: int) -> int:
    """Return the rows that a layout takes."""
    risks = texts.risks[: layout.risks]
    rows = sum(len(wrapped(each, room)) for each in risks) if layout.wrap_risks else len(risks)
    rows += layout.drift
    return rows + len(about_rows(texts.about, width, whole=layout.wrap_about))


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of this width."""
    # A dot ends a line rather than begins one.
    joined = escape(text).replace(" · ", "\xa0· ")
    return [line.replace("\xa0", " ") for line in wrap(joined, max(width, 10), break_on_hyphens=False)] or [""]


def about_rows(pairs: Sequence[tuple[str, str]], width: int, *, whole: int) -> list[tuple[str, str]]:
    """Return label and text of each row, the first texts whole; the second row of a text has no label."""
    rows = []
    for number, (label, text) in enumerate(pairs):
        lines = wrapped(text, width - LABEL) if number < whole else [cut(text, width - LABEL)]
        rows += [(label if place == 0 else "", line) for place, line in enumerate(lines)]
    return rows


# --- the host ------------------------------------------------------------------------------------


def about(facts: HostFacts, instance: Instance | None) -> list[tuple[str, str]]:
    """Return what the host and its server are."""
    rows = [("Host", machine(facts)), ("Memory", memory(facts, instance))]
    if instance is not None:
        rows.append(("Server", server(instance)))
    rows.append(("Network", network(facts)))
    if instance is not None:
        rows.append(("Clients", clients(instance)))
    return rows + [("[ ?? ]", text) for text in unread(facts, instance)]


def machine(facts: HostFacts) -> str:
    """Return processors, service manager and kernel."""
    parts = [counted(facts.processors, "core"), str(facts.os.init)]
    if facts.os.kernel:
        parts.append(f"kernel {facts.os.kernel}")
    if facts.os.container:
        parts.append("container")
    return " · ".join(parts)


def memory(facts: HostFacts, instance: Instance | None) -> str:
    """Return the memory of the machine, its limits for the server, and what the server uses."""
    parts = [f"{amount_or_unknown(facts.memory.total)} RAM"]
    if not isinstance(facts.memory.available, Unreadable):
        parts.append(f"{format_amount(facts.memory.available)} free")
    if limits := limits_of(facts, instance) if instance is not None else facts.memory.limits:
        parts.append(f"limit {format_amount(min(each.limit for each in limits))}")
    parts.append(f"{amount_or_unknown(facts.memory.swap)} swap" if facts.memory.swap != 0 else "no swap")
    if instance is not None and isinstance(instance.live, LiveServer):
        parts += _of_server(instance, instance.live)
    return " · ".join(parts)


def _of_server(instance: Instance, live: LiveServer) -> list[str]:
    parts = []
    if used := number_or(live.info.get("used_memory")):
        parts.append(f"{instance.flavour} uses {format_amount(used)}")
    if (maxmemory := configuration_of(instance).in_force("maxmemory")) is not None:
        most = memory_or_zero(maxmemory)
        parts.append(f"maxmemory {format_amount(most)}" if most else "no maxmemory")
    return parts


def server(instance: Instance) -> str:
    """Return the server: version, unit, configuration, role."""
    version = "version [ ?? ]" if isinstance(instance.version, Unreadable) else instance.version
    parts = [f"{instance.flavour} {version}"]
    if instance.unit is not None:
        parts.append(f"unit {instance.unit.name.removesuffix('.service')}")
    if not isinstance(instance.config, Unreadable):
        parts.append(str(instance.config.main))
    if isinstance(instance.live, LiveServer):
        parts += [role(instance.live), counted(instance.live.keys, "key")]
    return " · ".join(parts)


def role(live: LiveServer) -> str:
    """Return what a server is to others, with the other end where there is one."""
    if live.role is Role.REPLICA and live.primary:
        return f"replica of {live.primary}"
    if live.role is Role.PRIMARY and live.replicas:
        return f"primary of {counted(len(live.replicas), 'replica')}"
    return str(live.role)


def choice(instance: Instance) -> str:
    """Return what distinguishes one server of several."""
    version = "" if isinstance(instance.version, Unreadable) else f" {instance.version}"
    ports = sorted({each.port for each in instance.listeners if each.port})
    where = [f"port {' '.join(map(str, ports))}"] if ports else []
    state = [] if instance.in_use else ["not running"]
    groups = instance.live.clients if isinstance(instance.live, LiveServer) else ()
    known = [counted(sum(each.count for each in groups), "client")] if groups else []
    config = [] if isinstance(instance.config, Unreadable) else [str(instance.config.main)]
    return " · ".join(
        [f"{instance.flavour}{version}", *where, *state, *_group(instance), *_access(instance), *known, *config]
    )


def _group(instance: Instance) -> list[str]:
    live = instance.live
    return [role(live)] if isinstance(live, LiveServer) and live.role is not Role.STANDALONE else []


def _access(instance: Instance) -> list[str]:
    """Say whether the server asks for a login."""
    if any(each.answer is ProbeAnswer.OPEN for each in instance.probes):
        return ["no password"]
    return ["asks for a login"] if instance.asks_for_login else []


def network(facts: HostFacts) -> str:
    """Return every interface with its first address and its scope."""
    return " · ".join(_interface(each) for each in facts.interfaces if each.addresses) or "no interfaces known"


def _interface(interface: Interface) -> str:
    first = interface.addresses[0]
    reach = "" if first.scope is Scope.LOOPBACK else " PUBLIC" if first.scope is Scope.GLOBAL else f" {first.scope}"
    more = f" (+{len(interface.addresses) - 1})" if len(interface.addresses) > 1 else ""
    return f"{interface.name} {first.address}/{first.prefix}{reach}{more}"


def clients(instance: Instance) -> str:
    """Return the clients that are connected now."""
    if isinstance(instance.live, Unreadable):
        return f"[ ?? ] {instance.live.what}: {instance.live.why}"
    groups = instance.live.clients
    if not groups:
        return "none connected"
    return f"{sum(group.count for group in groups)}: {named_clients(groups)}"


def unread(facts: HostFacts, instance: Instance | None) -> list[str]:
    """Return what could not be read: the first and how many more."""
    missing = list(facts.unreadable)
    if instance is not None:
        parts = (instance.version, instance.binary, instance.config, instance.acl)
        missing += [part for part in parts if isinstance(part, Unreadable)]
    if not missing:
        return []
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    return [f"{missing[0].what}: {missing[0].why}{more}"]


# --- the last apply ------------------------------------------------------------------------------


def last_apply(drift: "Drift | None") -> str:
    """Return the last apply in force and how much differs since; empty where there is none."""
    if drift is None:
        return ""
    return f"Last apply {day(drift.applied_at)} by {drift.applied_by} ({drift.what}): {drift.finding}."
