"""Read everything about a host, once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.json_safe import encodable
from wizard.detect.machine.backup_jobs import read_backup_jobs
from wizard.detect.machine.boot_firewall import read_boot_filter
from wizard.detect.machine.boot_sources import read_boot_sources
from wizard.detect.machine.client_commands import read_client_commands
from wizard.detect.machine.exporters import read_exporters
from wizard.detect.machine.firewall import read_packet_filter
from wizard.detect.machine.kernel import read_kernel
from wizard.detect.machine.memory import read_memory
from wizard.detect.machine.packages import read_packages
from wizard.detect.machine.scheduled import scheduled
from wizard.detect.machine.system import read_numa_nodes, read_system
from wizard.detect.plan_targets import read_planned
from wizard.detect.reader import Reader
from wizard.detect.servers.candidates import find_candidates
from wizard.detect.servers.instances import read_instance
from wizard.detect.servers.recipients import InstanceChoice, give, look, names
from wizard.detect.servers.sharing import join
from wizard.detect.servers.sight import HostContext, ServerLogin, Sight, judge_mounts
from wizard.host.reader import HostReader, ProcessFacts
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.machine import OperatingSystem
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.network import Interface, Listener
from wizard.model.sources import FileContents


class Detection(NamedTuple):
    """The facts, and apart from them the bytes of the files that a plan edits."""

    facts: HostFacts
    sources: FileContents


def collect(
    host: HostReader,
    *,
    config: PurePosixPath | None = None,
    login: Login | None = None,
    endpoint: Endpoint | None = None,
    instance: str = "",
) -> Detection:
    """Look at a host: nothing is written, restarted or guessed, and nothing found there raises.

    Args:
        host: The machine, or a tree that stands for one.
        config: A configuration file that the operator names; its instance comes first.
        login: For live values; without it servers are asked as an unauthenticated client.
        endpoint: How to reach the server, instead of what its configuration and the kernel say. The server
            behind it comes first.
        instance: The server that the operator chose by its name; the login goes to no other one.
    """
    reader = Reader(host)
    now = datetime.now(UTC)
    system = read_system(reader)
    processes = _processes(reader)
    around = HostContext(
        listeners=_listeners(reader),
        interfaces=_interfaces(reader),
        packages=read_packages(reader, system.package_manager),
        exporters=read_exporters(processes),
        now=now,
    )
    instances = _instances(reader, InstanceChoice(config, instance), processes, around, ServerLogin(login, endpoint))
    facts = _facts(reader, system, processes, around, instances)
    return Detection(encodable(facts), reader.sources())


def _facts(
    reader: Reader,
    system: OperatingSystem,
    processes: tuple[ProcessFacts, ...],
    around: HostContext,
    instances: tuple[Instance, ...],
) -> HostFacts:
    host = reader.host
    packet_filter = read_packet_filter(reader)
    entries = tuple(scheduled(reader))
    boot = read_boot_sources(reader, entries)
    return HostFacts(
        hostname=host.name(),
        names=host.names(),
        taken_at=around.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        root=host.root,
        tree=host.tree,
        state=host.state,
        os=system,
        memory=read_memory(reader, instances, processes),
        processors=host.processors(),
        numa_nodes=read_numa_nodes(reader),
        interfaces=around.interfaces,
        listeners=tuple(listener for listener in around.listeners if not listener.unix),
        kernel=read_kernel(reader, boot),
        instances=instances,
        packages=around.packages,
        backup_jobs=read_backup_jobs(reader, entries, instances, processes),
        client_commands=read_client_commands(reader, entries, instances),
        exporters=around.exporters,
        files=read_planned(reader, instances),
        packet_filter=packet_filter,
        boot_filter=read_boot_filter(reader, packet_filter, boot),
        unreadable=reader.unreadable(),
    )


def _processes(reader: Reader) -> tuple[ProcessFacts, ...]:
    found = reader.ask("processes", reader.host.processes)
    return () if isinstance(found, Unreadable) else found


def _listeners(reader: Reader) -> tuple[Listener, ...]:
    found = reader.ask("listening sockets", reader.host.listeners)
    return () if isinstance(found, Unreadable) else found


def _interfaces(reader: Reader) -> tuple[Interface, ...]:
    found = reader.ask("network interfaces", reader.host.interfaces)
    return () if isinstance(found, Unreadable) else found


def _is_part(sight: Sight, others: Sequence[Sight]) -> bool:
    """Return whether a file that no unit and no process names is included by another server's configuration."""
    candidate = sight.candidate
    if candidate.unit or candidate.process or candidate.endpoint:
        return False
    configs = (each.config for each in others if each is not sight and isinstance(each.config, ConfigFacts))
    return any(status.path == candidate.config for config in configs for status in config.files[1:])


def _instances(
    reader: Reader,
    choice: InstanceChoice,
    processes: Sequence[ProcessFacts],
    around: HostContext,
    access: ServerLogin,
) -> tuple[Instance, ...]:
    """Read each server once: those of one file are one, also where a server told its file only when asked."""
    config = choice.config
    candidates = find_candidates(reader, config, processes)
    if config is not None:
        give(reader, candidates, config, around)
    for each in candidates:
        judge_mounts(reader, each, [each.config] if each.config else [])
    sights = look(reader, join(reader, candidates), choice, around, access)
    kept = join(reader, [sight.candidate for sight in sights])
    shown = [sight for sight in sights if any(sight.candidate is each for each in kept)]
    shown = [each for each in shown if not _is_part(each, shown)]
    if access.endpoint is None:
        # Else the one behind the endpoint comes first.
        shown.sort(key=lambda sight: config is None or not names(sight.candidate, config))
    return tuple(read_instance(sight) for sight in shown)
