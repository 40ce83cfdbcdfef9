"""The fingerprint of the facts that a plan depends on, and of each of them by a name for people.

An apply refuses a plan when one has changed, and names it. What changes by itself (time, memory in use, clients,
counters, processes) is left out: a plan stays valid until a person or program changes the host. The names are in
saved plans, so they stay. Every fact counts or is left out for a reason: ``tests/arch/test_host_facts.py``.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.text import escape
from wizard.model.value import to_builtins, to_line

_VOLATILE_DIRECTIVES = frozenset({"hash-seed", "proc-title-template"})
_SHORT = 12
"""Hex digits of one fact's fingerprint: enough to name it; the digest over all of them decides."""
_NAMED = 4
"""So many are named in one sentence."""
_RUNNING = "in the running server"
_ASKED = f"what can be read {_RUNNING}"


def fingerprint(facts: HostFacts, instance: Instance | None) -> str:
    """Return the SHA-256 in hex over all facts.

    Args:
        facts: The host.
        instance: The instance that is planned for, ``None`` when there is none yet.
    """
    return _digest({name: _digest(value) for name, value in _facts(facts, instance)})


def fact_fingerprints(facts: HostFacts, instance: Instance | None) -> dict[str, str]:
    """Return a short fingerprint of each fact that a plan depends on, by its name."""
    return {name: _digest(value)[:_SHORT] for name, value in _facts(facts, instance)}


def describe_changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which facts differ between two sets of fingerprints; empty when none does.

    Args:
        before: The plan's.
        now: The host's, in the order of importance.
    """
    names = [name for name in dict.fromkeys((*now, *before)) if before.get(name) != now.get(name)]
    if _ASKED in names:
        # Another login, or none, or no server: then each of its values would be named.
        names = [name for name in names if not name.endswith(_RUNNING) or name == _ASKED]
    rest = len(names) - _NAMED
    more = [f"{rest} more"] if rest > 0 else []
    return " and ".join(part for part in (", ".join(map(escape, names[:_NAMED])), *more) if part)


# --- the facts -----------------------------------------------------------------------------------


def _facts(facts: HostFacts, instance: Instance | None) -> Iterator[tuple[str, object]]:
    """Return every fact that counts by its name, first what an operator is likeliest to change."""
    if instance is not None:
        yield from _files(_statuses(facts, instance), _lines(instance))
        yield from _live(instance)
        yield from _instance(instance)
    else:
        yield from _files(_statuses(facts, None), {})
        yield "the packages of a server", facts.packages
    for setting in sorted(facts.kernel, key=lambda each: each.key):
        yield f"the kernel value {setting.key}", setting
    yield "the servers of this host", sorted((each.name, each.flavour) for each in facts.instances if each.in_use)
    yield "the memory of the machine", [facts.memory.total, facts.memory.swap, facts.memory.limits]
    yield "the network interfaces", facts.interfaces
    yield "the names of this host", [facts.hostname, sorted(facts.names)]
    yield "the operating system", [facts.root, facts.tree, facts.state, facts.os]


def _statuses(facts: HostFacts, instance: Instance | None) -> Iterable[FileStatus]:
    if instance is not None:
        yield from instance.config.files if isinstance(instance.config, ConfigFacts) else ()
        yield from [instance.acl.status] if isinstance(instance.acl, AclFacts) else ()
        yield from instance.directories
        yield from instance.tls.keys
        yield from (each.status for each in instance.output_writers)
    yield from (each for each in facts.files if _matters(facts, each.path))


def _matters(facts: HostFacts, path: PurePosixPath) -> bool:
    """Return whether a path counts: an apply writes its lock, journals and snapshots before it detects again."""
    if path.is_relative_to("/run/redis-wizard"):
        return False
    ours = (facts.state / "ca", facts.state / "clients")
    return not path.is_relative_to(facts.state) or any(path.is_relative_to(each) for each in ours)


def _files(statuses: Iterable[FileStatus], lines: Mapping[PurePosixPath, object]) -> Iterator[tuple[str, object]]:
    """Return each path once, its contents apart from owner and mode."""
    known: dict[PurePosixPath, list[FileStatus]] = {}
    for status in statuses:
        known.setdefault(status.path, []).append(status)
    for path, found in known.items():
        digest = next((each.digest for each in found if each.digest), "")
        yield str(path), [found[0].kind, found[0].target, digest, lines.get(path, ())]
        if found[0].kind is not FileKind.ABSENT:
            # A directory's size changes with its entries; a file's with its digest.
            rights = [found[0].owner, found[0].group, found[0].mode, found[0].immutable]
            yield f"owner and mode of {path}", rights


def _lines(instance: Instance) -> dict[PurePosixPath, object]:
    """Return the lines of each file beside its digest: a file that could not be read has none."""
    found: dict[PurePosixPath, list[object]] = {}
    if isinstance(instance.config, ConfigFacts):
        for line in instance.config.lines:
            found.setdefault(line.path, []).append(line)
    if isinstance(instance.acl, AclFacts):
        found.setdefault(instance.acl.path, []).append(instance.acl.lines)
    return dict(found)


def _live(instance: Instance) -> Iterator[tuple[str, object]]:
    live = instance.live
    if not isinstance(live, LiveServer):
        yield _ASKED, "unreadable"
        return
    yield _ASKED, [live.version, bool(live.config), bool(live.acl)]
    for name, value in live.config.items():
        if name not in _VOLATILE_DIRECTIVES:
            yield f"{name} {_RUNNING}", value
    yield f"the users {_RUNNING}", sorted(live.acl)
    yield f"the commands {_RUNNING}", live.missing_commands
    yield f"the role and the replicas {_RUNNING}", [live.role, sorted(live.replicas)]


def _instance(instance: Instance) -> Iterator[tuple[str, object]]:
    unit, tls = instance.unit, instance.tls
    config, acl = instance.config, instance.acl
    yield f"whether {instance.name} runs", instance.process is not None
    yield (
        f"the program of {instance.name}",
        [instance.name, instance.flavour, instance.version, instance.binary, instance.tls_build],
    )
    yield f"the unit of {instance.name}", [unit.name, unit.drop_ins, unit.properties] if unit else []
    yield (
        f"the configuration of {instance.name}",
        [config.main, [each.path for each in config.files]] if isinstance(config, ConfigFacts) else config,
    )
    if instance.barred:
        yield f"whose files {instance.name} uses", instance.barred
    yield f"the ACL file of {instance.name}", acl.path if isinstance(acl, AclFacts) else acl
    certificates = [[each.path, each.fingerprint, each.not_after] for each in tls.certificates]
    yield f"the certificates of {instance.name}", [certificates, tls.key_matches, tls.chain_valid]


def _digest(value: object) -> str:
    return hashlib.sha256(to_line(to_builtins(value)).encode()).hexdigest()
