"""``snapshots``: list them, or show one."""

import argparse

from wizard.cli import output
from wizard.cli.context import host_of
from wizard.errors import UsageError
from wizard.model.snapshot import Snapshot
from wizard.model.text import clean
from wizard.model.value import Value, to_json
from wizard.snapshots.store import Store


class Listing(Value, frozen=True, kw_only=True):
    """All snapshots, as other programs read them."""

    schema: str = "redis-wizard/snapshots"
    version: int = 1
    snapshots: tuple[Snapshot, ...]


def run(options: argparse.Namespace) -> int:
    """List all snapshots, or show one in full."""
    with host_of(options) as host:
        store = Store(host)
        if options.action == "show":
            if not options.snapshot:
                raise UsageError("snapshots show needs the id of one; see 'snapshots list'")
            found = store.load(options.snapshot)
            output.result(to_json(found) if options.json else _whole(found))
        else:
            listing = store.listing()
            output.result(to_json(Listing(snapshots=listing)) if options.json else _table(listing))
    return 0


def _table(listing: tuple[Snapshot, ...]) -> str:
    if not listing:
        return "No snapshots yet; the first apply makes one."
    rows = [f"{'id':<22} {'taken':<20} {'state':<12} what"]
    rows += [clean(f"{s.id:<22} {s.taken_at[:19]:<20} {s.state:<12} {s.what}") for s in listing]
    return "\n".join(rows)


def _whole(snapshot: Snapshot) -> str:
    rows = [f"{snapshot.id} of {snapshot.host}, {snapshot.instance}, by {snapshot.by}", f"  before: {snapshot.what}"]
    for saved in snapshot.paths:
        status = saved.status
        rights = f"{status.mode:04o} {status.owner}:{status.group}" if status.owner else ""
        rows.append(f"  {status.kind:<10} {rights:<22} {status.path}")
    rows += [f"  kernel     {key} = {value}" for key, value in snapshot.kernel.items()]
    rows += [f"  live       {name} = {value}" for name, value in snapshot.directives.items()]
    return "\n".join(clean(row) for row in rows)
