"""Which instance of a host a name selects."""

from pathlib import PurePosixPath

from wizard.errors import PlanError
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.unit_state import WANTED


def choose(facts: HostFacts, name: str = "") -> Instance:
    """Return the instance of this name, or the only one.

    Args:
        facts: The host.
        name: The instance's name, its unit (or an alias of it) with or without ``.service``, or the
            absolute path of its configuration. Empty: the only instance, or the only one that runs.

    Raises:
        PlanError: there is none, none of this name, or several.
    """
    if not facts.instances:
        remedy = "name its file with --config, or let plan say how to install one"
        raise PlanError(f"no Redis or Valkey server was found on {facts.display_name}; {remedy}")
    exact = [each for each in facts.instances if each.name == name]
    meant = exact or [each for each in facts.instances if name in _names(each)]
    candidates = meant if name else _likely(facts.instances)
    if len(candidates) == 1:
        return candidates[0]
    known = ", ".join(each.name for each in facts.instances)
    if not candidates:
        raise PlanError(f"{facts.display_name} has no instance {name}; it has {known}")
    raise PlanError(f"{facts.display_name} has several instances ({known}); choose one with --instance")


def config_path(instance: Instance) -> PurePosixPath:
    """Return the path of the main configuration file, also when the file could not be read."""
    if isinstance(instance.config, ConfigFacts):
        return instance.config.main
    named = instance.config.what.split(" ")[-1]
    return PurePosixPath(named if named.startswith("/") else "/etc/redis/redis.conf")


def _names(instance: Instance) -> frozenset[str]:
    known = (*((instance.unit,) if instance.unit else ()), *instance.other_units)
    units = [name for unit in known for name in (unit.name, *unit.aliases)]
    config = instance.config if isinstance(instance.config, ConfigFacts) and not instance.own_mounts else None
    paths = (*((str(config.main),) if config else ()), *map(str, instance.other_names))
    return frozenset({instance.name, *units, *(unit.removesuffix(".service") for unit in units), *paths})


def _likely(instances: tuple[Instance, ...]) -> list[Instance]:
    """Prefer what runs (or tried to) over files that lie about, and of those a server over a Sentinel."""
    alive = [each for each in instances if each.process or (each.unit and each.unit.active in WANTED)]
    servers = [each for each in instances if not _is_sentinel(each)]
    return next((each for each in (alive, servers if not alive else []) if len(each) == 1), list(instances))


def _is_sentinel(instance: Instance) -> bool:
    lines = instance.config.lines if isinstance(instance.config, ConfigFacts) else ()
    named = isinstance(instance.binary, str) and instance.binary.endswith("-sentinel")
    return named or any(line.name == "sentinel" for line in lines)
