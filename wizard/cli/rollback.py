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
from wizard.snapshots.handmade import hand_edits, lines
from wizard.snapshots.store import Store


def run(options: argparse.Namespace) -> int:
    """Roll back to a snapshot, the newest applied one by default."""
    with host_of(options) as host:
        snapshot = _choose(host, options)
        if options.dry_run:
            would = output.wrapped(f"Would put back {snapshot.id}: {snapshot.what}.")
            output.result("\n".join((would, *_hand_made(host, snapshot))))
            return 0
        if not options.quiet:
            for line in _hand_made(host, snapshot):
                output.talk(line)
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
    # Their names are their times: a damaged one may be the one that is meant.
    doubtful = [each for each in store.survey()[1] if newest is None or each.id > newest.id]
    if doubtful:
        raise SnapshotError(f"{doubtful[0].why}; name the one to go back to (see 'snapshots list')")
    if newest is None:
        raise SnapshotError(_none(store))
    return newest


def _none(store: Store) -> str:
    undo = next((each for each in store.listing() if each.state == "undo"), None)
    if undo is None:
        return "there is no snapshot to go back to; the first apply makes one"
    return f"no apply is in force that could be undone; to take the last rollback back: redis-wizard rollback {undo.id}"


def _hand_made(host: Host, snapshot: Snapshot) -> tuple[str, ...]:
    """Show what others wrote since and going back would overwrite."""
    return lines(hand_edits(host, Store(host), snapshot))


def _confirm(snapshot: Snapshot) -> None:
    if not output.interactive():
        raise UsageError("no terminal to ask on; give --yes to roll back")
    output.talk(f"{snapshot.id}, taken {snapshot.taken_at}, before: {snapshot.what}")
    if output.ask(f"Roll {clean(snapshot.host)} back to it? Type yes: ") != "yes":
        raise InterruptedByOperatorError("not rolled back; nothing changed")
