"""Which memory limits hold for one server.

Source:
    cgroups(7); systemd.resource-control(5), ``MemoryMax=``.
"""

from pathlib import PurePosixPath

from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.machine import MemoryLimit

CGROUPS = PurePosixPath("/sys/fs/cgroup")
_HIERARCHIES = ("unified", "memory")
_PROPERTIES = (" MemoryMax", " MemoryHigh")


def limits_of(facts: HostFacts, instance: Instance) -> tuple[MemoryLimit, ...]:
    """Return the limits of the host that hold for one server; a limit of another server's unit is none of its."""
    others = [each for each in facts.instances if each.name != instance.name]
    return tuple(
        limit
        for limit in facts.memory.limits
        if _holds(limit.source, instance)
        # A group that is known to hold for none of them may hold for all: what is not known counts.
        or not (limit.source.endswith(_PROPERTIES) or any(_holds(limit.source, each) for each in others))
    )


def resource_limit(resource: str, instance: str) -> str:
    """Return how a resource limit of the process of an instance is named."""
    return f"{resource} of {instance}"


def _holds(source: str, instance: Instance) -> bool:
    if source.startswith("RLIMIT_"):
        return source == resource_limit(source.split(" ", maxsplit=1)[0], instance.name)
    if source.endswith(_PROPERTIES):
        return instance.unit is not None and source.rpartition(" ")[0] == instance.unit.name
    path = PurePosixPath(source)
    if not path.is_relative_to(CGROUPS):
        return True
    group = path.relative_to(CGROUPS).parent
    if group.parts[:1] and group.parts[0] in _HIERARCHIES:
        group = PurePosixPath(*group.parts[1:])
    return _own_group(instance).is_relative_to(group)


def _own_group(instance: Instance) -> PurePosixPath:
    """Return the control group of a server, without the leading slash; of one that is stopped, where it will be."""
    if instance.process is not None and instance.process.control_group:
        parts = PurePosixPath(instance.process.control_group).parts
    elif instance.unit is not None:
        slices = instance.unit.properties.get("Slice") or "system.slice"
        parts = (*PurePosixPath(slices).parts, instance.unit.name)
    else:
        parts = ()
    return PurePosixPath(*(part for part in parts if part not in {"/", ".."}))
