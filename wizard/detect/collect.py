"""Read everything about a host, once.

What may not live here: how any one fact is read.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.candidates import Candidate, find_candidates
from wizard.detect.encodable import encodable
from wizard.detect.endpoints import listens
from wizard.detect.instances import Access, Surroundings, read_instance
from wizard.detect.kernel import read_kernel
from wizard.detect.memory import read_memory
from wizard.detect.packages import read_packages
from wizard.detect.planned import read_planned
from wizard.detect.reader import Reader
from wizard.detect.system import read_numa_nodes, read_system
from wizard.host.port import Host, ProcessFacts
from wizard.model.facts import HostFacts, Instance, Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.network import Interface, Listener
from wizard.model.sources import Sources


class Detection(NamedTuple):
    """The facts, and apart from them the bytes of the files that a plan edits."""

    facts: HostFacts
    sources: Sources


def collect(
    host: Host,
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
        login: For live values; without it servers are asked as nobody.
        endpoint: How to reach the server, instead of what its configuration and the kernel say.
        instance: The server that the operator chose by its name; the login goes to no other one.
    """
    reader = Reader(host)
    now = datetime.now(UTC)
    system = read_system(reader)
    processes = _processes(reader)
    around = Surroundings(
        listeners=_listeners(reader),
        interfaces=_interfaces(reader),
        packages=read_packages(reader, system.package_manager),
        now=now,
    )
    instances = _instances(reader, _Choice(config, instance), processes, around, Access(login, endpoint))
    facts = HostFacts(
        hostname=host.name(),
        names=host.names(),
        taken_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        root=host.root,
        tree=host.tree,
        state=host.state,
        os=system,
        memory=read_memory(reader, instances, processes),
        processors=host.processors(),
        numa_nodes=read_numa_nodes(reader),
        interfaces=around.interfaces,
        listeners=tuple(listener for listener in around.listeners if not listener.unix),
        kernel=read_kernel(reader),
        instances=instances,
        packages=around.packages,
        files=read_planned(reader, instances),
        unreadable=reader.refusals(),
    )
    return Detection(encodable(facts), reader.sources())


def _processes(reader: Reader) -> tuple[ProcessFacts, ...]:
    found = reader.ask("processes", reader.host.processes)
    return () if isinstance(found, Unreadable) else found


def _listeners(reader: Reader) -> tuple[Listener, ...]:
    found = reader.ask("listening sockets", reader.host.listeners)
    return () if isinstance(found, Unreadable) else found


def _interfaces(reader: Reader) -> tuple[Interface, ...]:
    found = reader.ask("network interfaces", reader.host.interfaces)
    return () if isinstance(found, Unreadable) else found


class _Choice(NamedTuple):
    """What the operator named."""

    config: PurePosixPath | None
    instance: str

    def names(self, candidate: Candidate) -> bool:
        """Tell whether this server has the name given."""
        units = (candidate.unit.name, *candidate.unit.aliases) if candidate.unit else ()
        known = {
            candidate.name,
            str(candidate.config or ""),
            *units,
            *(unit.removesuffix(".service") for unit in units),
        }
        return self.instance in known


def _meant(
    candidates: Sequence[Candidate], choice: _Choice, around: Surroundings, access: Access
) -> Sequence[Candidate]:
    """Choose the one server that the operator's login goes to; none where several could be meant.

    It is the server that is named (or the only one that hides its file), else the one that has the endpoint, else
    the only one that the service manager runs, else the only one.
    """
    if choice.instance:
        return [candidate for candidate in candidates if choice.names(candidate)]
    if choice.config is not None:
        named = [candidate for candidate in candidates if candidate.config == choice.config]
        nameless = [candidate for candidate in candidates if candidate.config is None]
        stopped = not any(candidate.process for candidate in named)
        return [*named, *nameless] if stopped and len(nameless) == 1 else named
    if access.endpoint is not None:
        found = [candidate for candidate in candidates if listens(candidate, access.endpoint, around.listeners)]
        return found or (candidates if len(candidates) == 1 else [])
    managed = [candidate for candidate in candidates if candidate.unit is not None]
    running = [candidate for candidate in managed if candidate.process is not None]
    likely = running or managed or candidates
    return likely if len(likely) == 1 else []


def _instances(
    reader: Reader,
    choice: _Choice,
    processes: Sequence[ProcessFacts],
    around: Surroundings,
    access: Access,
) -> tuple[Instance, ...]:
    """Read each server; one that told its file only when asked replaces the mere file of that name."""
    config = choice.config
    candidates = find_candidates(reader, config, processes, around.listeners)
    meant = _meant(candidates, choice, around, access)
    others = Access(withheld=access.login is not None and not meant)
    named = Access(access.login, access.endpoint, named=config is not None or bool(choice.instance))
    found = [
        (candidate, read_instance(reader, candidate, around, named if candidate in meant else others))
        for candidate in candidates
    ]
    running = {candidate.config for candidate, _ in found if candidate.process}
    kept = [each for each in found if each[0].process or each[0].unit or each[0].config not in running]
    kept.sort(key=lambda each: config is None or each[0].config != config)
    return tuple(instance for _, instance in kept)
