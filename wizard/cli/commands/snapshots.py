"""``snapshots``: list them, show one, compare, verify, keep and prune them."""

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath

from wizard import app
from wizard.cli import output
from wizard.cli.context import detect_host, host_of, reader_of
from wizard.errors import ApplyError, HostError, UsageError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.host import HostFacts
from wizard.model.snapshot import Snapshot
from wizard.model.text import counted, escape, format_amount, painted_diff
from wizard.model.value import replace, to_json
from wizard.snapshots.compare import Difference
from wizard.snapshots.compare_host import compare_snapshots, compare_with_host
from wizard.snapshots.integrity import Audit, audit
from wizard.snapshots.listing import Listing, list_snapshots
from wizard.snapshots.private_keys import held
from wizard.snapshots.prune import Pruning
from wizard.snapshots.reader import SnapshotReader

KIBIBYTE = 1024


def run(options: argparse.Namespace) -> int:
    """Do one of the actions."""
    if options.action in CHANGES and not options.dry_run:
        with host_of(options) as acting:
            return CHANGES[options.action](acting, options)
    with reader_of(options) as host:
        return ACTIONS[options.action](host, options)


def _list(host: HostReader, options: argparse.Namespace) -> int:
    found = list_snapshots(host)
    output.result(to_json(found) if options.json else "\n".join(_table(found)))
    return 0


def _show(host: HostReader, options: argparse.Namespace) -> int:
    store = SnapshotReader(host)
    found = store.load(_named(options))
    output.result(to_json(found) if options.json else _whole(found, held(store, found), _passwords_of(host, found)))
    return 0


def _passwords_of(host: HostReader, snapshot: Snapshot) -> str:
    """Name the file that an apply's new passwords were written to, and whether they are in force."""
    from wizard.jobs import requests  # noqa: PLC0415 - the other actions need no apply

    try:
        file = requests.load(host, snapshot.id).secrets_to
    except (ApplyError, HostError):
        return ""
    return f"{file}{', which are not in force' if snapshot.state == 'rolled-back' else ''}" if file else ""


def _diff(host: HostReader, options: argparse.Namespace) -> int:
    if options.other:
        found = compare_snapshots(host, _named(options), options.other)
    else:
        before = SnapshotReader(host).load(_named(options))
        found = compare_with_host(host, before, _facts(host, before, options))
    output.result(to_json(found) if options.json else _differences(found))
    return 0


def _facts(host: HostReader, snapshot: Snapshot, options: argparse.Namespace) -> HostFacts:
    if options.config is None and snapshot.instance.startswith("/"):
        options.config = PurePosixPath(snapshot.instance)
    return detect_host(host, options).facts


def show_rollback(host: HostReader, snapshot_id: str, options: argparse.Namespace) -> None:
    """Show every line that restoring a snapshot changes on the host."""
    snapshot = SnapshotReader(host).load(snapshot_id)
    output.result(_differences(compare_with_host(host, snapshot, _facts(host, snapshot, options), restored=True)))


def _verify(host: HostReader, options: argparse.Namespace) -> int:
    found = audit(SnapshotReader(host), options.snapshot)
    output.result(to_json(found) if options.json else "\n".join(_verdicts(found)))
    return 0 if found.ok else 1


def _preview_prune(host: HostReader, options: argparse.Namespace) -> int:
    from wizard.recovery import preview_prune  # noqa: PLC0415 - the other actions need no apply

    return _report(preview_prune(host, keep=options.keep, private_keys=options.private_keys), options)


def _prune(host: Host, options: argparse.Namespace) -> int:
    from wizard.recovery import prune_snapshots  # noqa: PLC0415 - the other actions need no apply

    return _report(prune_snapshots(host, keep=options.keep, private_keys=options.private_keys), options)


def _preview_keep(host: HostReader, options: argparse.Namespace) -> int:
    snapshot = SnapshotReader(host).load(_named(options))
    return _kept(replace(snapshot, kept=not options.release), options, verb="would be")


def _keep(host: Host, options: argparse.Namespace) -> int:
    return _kept(app.keep_snapshot(host, _named(options), kept=not options.release), options)


def _kept(snapshot: Snapshot, options: argparse.Namespace, *, verb: str = "is") -> int:
    deed = "kept: it is never pruned" if snapshot.kept else "no longer kept: it can be pruned"
    output.result(to_json(snapshot) if options.json else f"{escape(snapshot.id)} {verb} {deed}.")
    return 0


def _report(found: Pruning, options: argparse.Namespace) -> int:
    output.result(to_json(found) if options.json else "\n".join(_pruned(found)))
    return 0


ACTIONS: Mapping[str, Callable[[HostReader, argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "diff": _diff,
    "verify": _verify,
    "keep": _preview_keep,
    "prune": _preview_prune,
}
CHANGES: Mapping[str, Callable[[Host, argparse.Namespace], int]] = {"keep": _keep, "prune": _prune}


def _named(options: argparse.Namespace) -> str:
    if not options.snapshot:
        raise UsageError(f"snapshots {options.action} needs the id of a snapshot; see 'snapshots list'")
    return str(options.snapshot)


# --- for people --------------------------------------------------------------------------------------


def _table(found: Listing) -> list[str]:
    if not found.snapshots and not found.damaged:
        return ["No snapshots yet; the first apply takes one."]
    rows = [_row(each, found) for each in found.snapshots]
    for each in found.damaged:
        # Where their time, which is their name, puts them.
        older = (number for number, row in enumerate(rows) if row[0] < each.id)
        rows.insert(next(older, len(rows)), (each.id, "", "damaged", "", each.why))
    rows.insert(0, ("id", "taken", "state", "size", "what"))
    table = [escape(f"{name:<22} {at:<20} {state:<17} {size:>9}  {what}") for name, at, state, size, what in rows]
    return [*table, *_with_keys(found)]


def _row(snapshot: Snapshot, found: Listing) -> tuple[str, ...]:
    state = found.state_of(snapshot) + (", kept" if snapshot.kept else "")
    return snapshot.id, snapshot.taken_at[:19], state, format_amount(found.sizes[snapshot.id]), snapshot.what


def _with_keys(found: Listing) -> Iterator[str]:
    """Name the snapshots of what was rolled back that hold private keys."""
    if names := found.undone_with_keys:
        verb = "holds" if len(names) == 1 else "hold"
        yield output.wrapped(
            f"{', '.join(names)} {verb} private keys of applies that were rolled back; "
            "'snapshots prune --private-keys' removes them."
        )


def _whole(snapshot: Snapshot, keys: Collection[PurePosixPath], passwords: str) -> str:
    rows = [f"{snapshot.id} of {snapshot.host}, {snapshot.instance}, by {snapshot.by}", f"  before: {snapshot.what}"]
    for saved in snapshot.paths:
        status = saved.status
        rights = f"{status.mode:04o} {status.owner}:{status.group}" if status.owner else ""
        target = f" -> {status.target}" if status.target else ""
        rows.append(f"  {status.kind:<10} {rights:<22} {status.path}{target}")
    rows += [f"  private key in this snapshot: {path}" for path in keys]
    rows += [f"  passwords  in {passwords}"] if passwords else []
    rows += [f"  kernel     {key} = {value}" for key, value in snapshot.kernel.items()]
    rows += [f"  live       {name} = {value}" for name, value in snapshot.directives.items()]
    rows += [f"  unit       {unit.name} {unit.active} {unit.enabled}" for unit in snapshot.units]
    return "\n".join(escape(row) for row in rows)


def _differences(found: Difference) -> str:
    return painted_diff("\n".join(found.lines()), color=output.colored())


def _verdicts(found: Audit) -> list[str]:
    rows = []
    for each in found.snapshots:
        rows.append(escape(f"{each.id:<22} {'damaged' if each.problems else 'intact'}"))
        rows += [output.wrapped(problem, indent="  ") for problem in each.problems]
    if not rows:
        rows.append("No snapshots yet; the first apply takes one.")
    if found.garbage:
        rows.append(f"{len(found.garbage)} stored files belong to no snapshot; 'snapshots prune' removes them:")
        rows += [escape(f"  {name}") for name in found.garbage]
    return rows


def _pruned(found: Pruning) -> list[str]:
    if found.empty:
        return [f"Nothing to remove: {counted(len(found.kept), 'snapshot')} kept.", *_keys(found)]
    word = "removed" if found.done else "would be removed"
    rows = [escape(f"{each.id:<22} {word}: {each.why}") for each in found.removed]
    rows += [escape(f"{each.id:<22} stays: {each.why}") for each in found.kept]
    verb = "Freed" if found.done else "Would free"
    return [*rows, f"{verb} {_amount(found.freed)}: {_parts(found)}.", *_keys(found)]


def _keys(found: Pruning) -> Iterator[str]:
    if found.private_keys:
        paths = ", ".join(map(str, found.private_keys))
        yield output.wrapped(f"Private keys {'removed' if found.done else 'that would be removed'}: {paths}.")
    if found.kept_keys:
        yield output.wrapped(f"Private keys that stay: {', '.join(map(str, found.kept_keys))}.")


def _parts(found: Pruning) -> str:
    counts = ((len(found.removed), "snapshot"), (len(found.records), "journal"), (len(found.blobs), "stored file"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _amount(size: int) -> str:
    return f"{size} bytes" if size < KIBIBYTE else f"{size / KIBIBYTE:.1f} KiB ({size} bytes)"
