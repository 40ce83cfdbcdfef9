"""The digest of every fact that a plan rests on; an apply refuses a plan when it has moved.

What changes by itself (time, memory in use, clients, counters, processes) is left out, so that a
plan holds until somebody changes the host. What may not live here: the plan.
"""

import hashlib
from pathlib import PurePosixPath

from wizard.model.facts import AclFacts, ConfigFacts, HostFacts, Instance, LiveServer, MachineMemory, Unreadable
from wizard.model.value import to_builtins, to_line

_VOLATILE_DIRECTIVES = frozenset({"hash-seed", "proc-title-template"})


def basis(facts: HostFacts, instance: Instance | None) -> str:
    """Give the SHA-256 in hex over what matters of these facts.

    Args:
        facts: The host.
        instance: The instance that is planned for, ``None`` when there is none yet.
    """
    parts: dict[str, object] = {
        "host": [facts.hostname, sorted(facts.names), facts.root, facts.tree, facts.state, facts.os],
        "memory": _memory(facts.memory),
        "interfaces": facts.interfaces,
        "kernel": sorted(facts.kernel, key=lambda setting: setting.key),
        "packages": facts.packages if instance is None else (),
        "files": [_file(each) for each in facts.files if _matters(facts, each.path)],
        "instances": sorted((each.name, each.flavour) for each in facts.instances),
        "instance": _instance(instance) if instance else {},
    }
    return hashlib.sha256(to_line(to_builtins(parts)).encode()).hexdigest()


def _matters(facts: HostFacts, path: PurePosixPath) -> bool:
    """Leave out what an apply itself makes before it looks again: its lock, journals and snapshots."""
    if path.is_relative_to("/run/redis-wizard"):
        return False
    ours = (facts.state / "ca", facts.state / "clients")
    return not path.is_relative_to(facts.state) or any(path.is_relative_to(each) for each in ours)


def _memory(memory: MachineMemory) -> list[object]:
    return [memory.total, memory.swap, memory.limits]


def _file(status: object) -> object:
    # A directory's size moves with its entries; a file's with its digest.
    plain = to_builtins(status)
    return {key: plain[key] for key in ("path", "kind", "owner", "group", "mode", "target", "immutable", "digest")}


def _instance(instance: Instance) -> dict[str, object]:
    unit = instance.unit
    return {
        "name": instance.name,
        "binary": [instance.flavour, instance.version, instance.binary, instance.tls_build],
        "unit": [unit.name, unit.drop_ins, unit.properties] if unit else [],
        "runs": instance.process is not None,
        "config": _config(instance.config),
        "acl": _acl(instance.acl),
        "live": _live(instance.live),
        "directories": [_file(each) for each in instance.directories],
        "tls": [[each.path, each.fingerprint, each.not_after] for each in instance.tls.certificates],
        "keys": [_file(each) for each in instance.tls.keys],
        "checks": [instance.tls.key_matches, instance.tls.chain_valid],
    }


def _config(config: ConfigFacts | Unreadable) -> list[object]:
    if isinstance(config, Unreadable):
        return [config]
    return [config.main, [_file(each) for each in config.files], config.lines]


def _acl(acl: AclFacts | Unreadable | None) -> list[object]:
    return [acl.path, _file(acl.status), acl.lines] if isinstance(acl, AclFacts) else [acl]


def _live(live: LiveServer | Unreadable) -> list[object]:
    if isinstance(live, Unreadable):
        return ["unreadable"]
    kept = {name: value for name, value in live.config.items() if name not in _VOLATILE_DIRECTIVES}
    return [live.version, live.role, kept, sorted(live.acl), sorted(live.replicas), live.missing_commands]
