"""One apply that is about to be rehearsed, on a host in memory."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

from tests.support import facts_builder as build
from tests.support.memory_host.host import MemoryHost
from wizard.changes.context import ApplyContext
from wizard.changes.staging import Staged
from wizard.config import ResolvedFiles
from wizard.jobs.journal_writer import Journal
from wizard.model.answers import Answers
from wizard.model.change import Change, Effect, SetDirective
from wizard.model.facts.configuration import ConfigLine
from wizard.model.facts.host import HostFacts
from wizard.model.plan import Plan
from wizard.snapshots.scope import SnapshotScope as Touched
from wizard.snapshots.store import Store

CONF = build.CONF


def run(
    facts: HostFacts, *changes: Change, host: MemoryHost | None = None, files: Staged | None = None
) -> ApplyContext:
    """Prepare it."""
    on = host or MemoryHost()
    for directory in ("/var/lib/redis", "/var/log/redis", "/run/redis", "/etc/redis"):
        on.put_directory(PurePosixPath(directory))
    plan = Plan(
        id="plan", created_at=facts.taken_at, host="db1", instance="redis-server", config=CONF, fingerprint="",
        answers=Answers(), changes=changes, diffs=(),
    )  # fmt: skip
    store = Store(on)
    identity = f"run-{len(store.listing())}"
    snapshot = store.take(
        Touched(instance="redis-server", what="", paths=()),
        facts,
        None,
        snapshot_id=identity,
        by="op",
        now=datetime.now(UTC),
    )
    return ApplyContext(
        host=on, plan=plan, journal=Journal(on, identity), store=store, login=None, passwords={},
        confirm_within=0, identity=identity, facts=facts, instance=facts.instances[0], snapshot=snapshot,
        staged=files or Staged(),
    )  # fmt: skip


def planned(**values: str) -> ResolvedFiles:
    """Give a configuration with these values; ``_`` stands for ``-``."""
    lines = (
        ConfigLine(name=name.replace("_", "-"), arguments=tuple(text.split()) or ("",), path=CONF, line=number)
        for number, (name, text) in enumerate(values.items(), start=1)
    )
    return ResolvedFiles(CONF, {CONF: b""}, tuple(lines))


def directive(name: str, *arguments: str) -> SetDirective:
    """Plan a line of the main file."""
    return SetDirective(
        id=f"directive:{name}", title=name, before="", after="", why="", source="", effect=Effect.NOW, undo="",
        path=CONF, name=name, values=(arguments,),
    )  # fmt: skip
