"""Installing a server where there is none.

The plan then holds the package alone: its files are known only once it is there.
"""

from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import PlanError
from wizard.model.answers import Answers
from wizard.model.change import Effect, InstallPackage
from wizard.model.facts.host import HostFacts, Package
from wizard.model.plan import Note, Plan
from wizard.planning.fingerprint import fact_fingerprints, fingerprint

_KNOWN = ("redis-server", "valkey-server", "redis", "valkey", "redis6")
"""In the order of preference: the chapter is about Redis."""
_CONFIGS = {
    "redis-server": "/etc/redis/redis.conf",
    "valkey-server": "/etc/valkey/valkey.conf",
    "redis": "/etc/redis/redis.conf",
    "valkey": "/etc/valkey/valkey.conf",
    "redis6": "/etc/redis6/redis6.conf",
}


def plan(facts: HostFacts, answers: Answers) -> Plan:
    """Plan the installation alone.

    Raises:
        PlanError: no package manager offers a server here.
    """
    package = candidate(facts)
    if package is None:
        remedy = "install one, or name its file with --config"
        raise PlanError(f"{facts.display_name} has no Redis or Valkey server, and no package of one is known; {remedy}")
    text = "after the package is installed, plan again: the other changes depend on its files"
    return Plan(
        id=f"{datetime.fromisoformat(facts.taken_at):%Y%m%d-%H%M%S}",
        created_at=facts.taken_at,
        host=facts.hostname,
        instance=package.name,
        config=PurePosixPath(_CONFIGS[package.name]),
        fingerprint=fingerprint(facts, None),
        fact_fingerprints=fact_fingerprints(facts, None),
        answers=answers,
        changes=(_install(facts, package),),
        diffs=(),
        notes=(Note(subject="package", text=text),),
    )


def candidate(facts: HostFacts) -> Package | None:
    """Return the package to install, ``None`` when none is known or one is installed."""
    if not facts.os.package_manager or any(each.installed for each in facts.packages):
        return None
    offered = {each.name: each for each in facts.packages if each.version}
    return next((offered[name] for name in _KNOWN if name in offered), None)


def _install(facts: HostFacts, package: Package) -> InstallPackage:
    return InstallPackage(
        id=f"package:{package.name}",
        title=f"install {package.name} {package.version}"[:60],
        before="",
        after=package.version,
        why="No Redis or Valkey server is installed here.",
        source="the distribution's package, with its unit and sandbox",
        effect=Effect.NOW,
        undo=f"remove the package {package.name}; written data stays",
        package=package.name,
        manager=facts.os.package_manager,
        unit=f"{package.name}.service",
    )
