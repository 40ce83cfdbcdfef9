"""A small host in memory, and snapshots of it."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

from tests.support import facts_builder as build
from tests.support.memory_host.host import MemoryHost
from wizard.model.snapshot import Snapshot
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.scope import SnapshotScope
from wizard.snapshots.store import Store

CONF = PurePosixPath("/etc/redis/redis.conf")
NEW = PurePosixPath("/etc/redis/certs/server.key")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def host() -> MemoryHost:
    """A machine with a configuration that has an extended attribute."""
    made = MemoryHost({PurePosixPath("/etc/machine-id"): b"0123456789abcdef\n"})
    made.put(CONF, b"port 6379\n", owner="redis", group="redis", mode=0o640).attributes["user.note"] = b"x"
    return made


def take(
    on: MemoryHost,
    identity: str = "20261124-000000",
    *paths: PurePosixPath,
    instance: str = "redis-server",
    state: str = "open",
    footprint: ApplyRecord | None = None,
) -> Snapshot:
    """Take a snapshot of these paths, of the configuration and a missing key by default."""
    scope = SnapshotScope(instance=instance, what="1 change", paths=paths or (CONF, NEW))
    facts = build.pristine_host()
    return Store(on).take(
        scope,
        facts,
        facts.instances[0],
        snapshot_id=identity,
        by="op",
        now=NOW,
        state=state,
        footprint=footprint,
    )
