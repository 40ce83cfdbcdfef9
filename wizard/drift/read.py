"""Read what the applies in force left, and what is there now."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.acl.password import mask_line
from wizard.drift.compare import compare
from wizard.drift.state import Drift, Observed, Written
from wizard.errors import SnapshotError, UnsupportedError
from wizard.formats.redisconf.directives import canonical
from wizard.host.reader import HostReader
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import Entry, History
from wizard.snapshots.manual_changes import digests_written, permissions_written
from wizard.snapshots.ownership import ON, rights_of
from wizard.snapshots.reader import SnapshotReader


def read_drift(host: HostReader, facts: HostFacts, instance: Instance | None) -> Drift | None:
    """Return how one server and its host differ from what was applied; ``None`` where no apply is in force.

    Raises:
        NotPermittedError: the snapshots cannot be read.
        HostError: a file cannot be read.
    """
    store = SnapshotReader(host)
    history = History(store)
    entries = history.in_force(instance.name) if instance is not None else history.active()[-1:]
    if not entries:
        return None
    newest, lost = entries[0].snapshot, [entry.id for entry in entries if entry.damage]
    written = _with_texts(_written(store, entries), store, instance)
    found = compare(written, _observe(host, written), facts, instance)
    return Drift(
        snapshot=newest.id,
        applied_at=newest.taken_at,
        applied_by=newest.by,
        what=newest.what,
        deviations=found,
        not_compared=(
            *(f"The record of {each} is damaged." for each in lost),
            *_not_compared(written, facts, instance),
        ),
    )


def values_left(host: HostReader, instance: str) -> dict[str, str]:
    """Return the live and kernel values that the applies in force left, by directive or kernel key.

    Raises:
        NotPermittedError: the snapshots cannot be read.
    """
    store = SnapshotReader(host)
    written = _written(store, History(store).in_force(instance))
    return {**written.kernel, **written.live}


def _written(store: SnapshotReader, entries: Sequence[Entry]) -> Written:
    written = Written()
    for entry in reversed(entries):
        written = _over(written, store, entry.snapshot, entry.footprint)
    return written


def _over(before: Written, store: SnapshotReader, snapshot: Snapshot, record: ApplyRecord) -> Written:
    restored = None
    if record.reverts:
        with suppress(SnapshotError):
            restored = store.load(record.reverts)
    if restored is not None:
        # A rollback that made an apply again: it left what this snapshot holds.
        files = [each.status for each in restored.paths if each.status.kind is FileKind.FILE]
        return Written(
            digests={**before.digests, **{each.path: each.digest for each in files}},
            permissions={**before.permissions, **{each.path: rights_of(each) for each in files}},
            live=_over_values(before.live, restored.directives),
            kernel={**before.kernel, **restored.kernel},
            units={**before.units, **{unit.name: unit.enabled in ON for unit in restored.units}},
            users=restored.users or before.users,
        )
    return Written(
        digests={**before.digests, **digests_written(snapshot, record)},
        permissions={**before.permissions, **permissions_written(snapshot, record)},
        live=_over_values(before.live, record.live),
        kernel={**before.kernel, **record.kernel},
        units={**before.units, **dict.fromkeys(record.enables, True)},
        users=_stored_users(store, record.users_left) or before.users,
    )


def _over_values(before: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    newer = set(map(canonical, values))
    return {**{name: value for name, value in before.items() if canonical(name) not in newer}, **values}


def _stored_users(store: SnapshotReader, digest: str) -> tuple[str, ...]:
    with suppress(SnapshotError):
        if digest:
            return _masked_users(store.blob(digest))
    return ()


def _masked_users(data: bytes) -> tuple[str, ...]:
    return tuple(map(mask_line, data.decode(errors="surrogateescape").splitlines()))


def _with_texts(written: Written, store: SnapshotReader, instance: Instance | None) -> Written:
    texts: dict[PurePosixPath, bytes] = {}
    for path in _config_files(instance):
        with suppress(SnapshotError):
            if digest := written.digests.get(path):
                texts[path] = store.blob(digest)
    return replace(written, texts=texts)


def _config_files(instance: Instance | None) -> Iterator[PurePosixPath]:
    if instance is not None and isinstance(instance.config, ConfigFacts):
        yield from (status.path for status in instance.config.files)
    if instance is not None and isinstance(instance.acl, AclFacts):
        yield instance.acl.status.path


def _observe(host: HostReader, written: Written) -> Observed:
    paths = dict.fromkeys((*written.digests, *written.permissions))
    units = {}
    with suppress(UnsupportedError):
        units = {name: host.services.show(name).enabled in ON for name in written.units}
    return Observed(paths={path: host.status(path, digest=path in written.digests) for path in paths}, units=units)


def _not_compared(written: Written, facts: HostFacts, instance: Instance | None) -> Iterator[str]:
    if facts.tree is None and written.live and instance is not None and not isinstance(instance.live, LiveServer):
        yield f"Live values and users: {instance.live.why}."
