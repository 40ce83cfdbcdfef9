"""``rollback``: put a snapshot back."""

import argparse

from wizard.apply.client import start_rollback
from wizard.cli import output
from wizard.cli.context import host_of, login_of
from wizard.cli.follow import ENDINGS, Manner, follow, tell
from wizard.cli.signals import Watch
from wizard.errors import InterruptedByOperatorError, SnapshotError, UsageError
from wizard.host.port import Host
from wizard.model.event import Ending
from wizard.model.snapshot import Snapshot
from wizard.model.text import clean
from wizard.snapshots.store import Store


def run(options: argparse.Namespace) -> int:
    """Roll back to a snapshot, the newest applied one by default."""
    with host_of(options) as host:
        snapshot = _choose(host, options)
        if options.dry_run:
            output.result(output.wrapped(f"Would put back {snapshot.id}: {snapshot.what}."))
            return 0
        if not options.yes:
            _confirm(snapshot)
        login = login_of(options)
        with Watch() as watch:
            outcome = follow(start_rollback(host, snapshot.id, login=login), watch, Manner(quiet=options.quiet))
    tell(outcome, options)
    # Asked for, a rollback that was done is a success; status 4 is for one that nobody asked for.
    return 0 if outcome.ending is Ending.ROLLED_BACK else ENDINGS[outcome.ending]


def _choose(host: Host, options: argparse.Namespace) -> Snapshot:
    store = Store(host)
    if options.snapshot:
        return store.load(options.snapshot)
    newest = store.newest(options.instance)
    if newest is None:
        raise SnapshotError("there is no snapshot to go back to; the first apply makes one")
    return newest


def _confirm(snapshot: Snapshot) -> None:
    if not output.interactive():
        raise UsageError("no terminal to ask on; give --yes to roll back")
    output.talk(f"{snapshot.id}, taken {snapshot.taken_at}, before: {snapshot.what}")
    if output.ask(f"Roll {clean(snapshot.host)} back to it? Type yes: ") != "yes":
        raise InterruptedByOperatorError("not rolled back; nothing changed")
