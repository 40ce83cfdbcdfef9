"""``rollback``: take the open apply back, or put a snapshot back."""

import argparse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard import app
from wizard.cli import output
from wizard.cli.commands.snapshots import show_rollback
from wizard.cli.commands.status import require_idle
from wizard.cli.consent import demand_yes
from wizard.cli.context import host_of, login_of, reader_of
from wizard.cli.follow import ENDINGS, FollowOptions, exit_status, follow, report
from wizard.cli.signals import SignalQueue
from wizard.errors import ApplyError, HostError, SnapshotError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import requests
from wizard.jobs.passwords_file import UNUSED_PASSWORD_RESULTS
from wizard.model.event import Outcome, Result
from wizard.model.snapshot import Snapshot
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.text import escape, painted_diff
from wizard.model.value import replace
from wizard.rollback import RestorePreview, find_manual_changes, preview_restore
from wizard.snapshots.history import History
from wizard.snapshots.manual_changes import lines
from wizard.snapshots.private_keys import held
from wizard.snapshots.reader import SnapshotReader


def run(options: argparse.Namespace) -> int:
    """Roll back the open apply; without one restore a snapshot, by default the newest one in force."""
    if options.dry_run:
        with reader_of(options) as host:
            return _preview(host, options)
    with host_of(options) as host:
        found = app.status(host)
        if found is not None and _is_selected(found, options.snapshot):
            return _roll_back_open(host, found, options)
        require_idle(host)
        return _restore(host, _choose(host, options), options)


def _preview(host: HostReader, options: argparse.Namespace) -> int:
    """Show what a dry run would do."""
    found = app.status(host)
    if found is not None and _is_selected(found, options.snapshot):
        output.result(output.wrapped(f"Would roll back {found.id}: {found.what}."))
        _show(host, found.id, options)
        return 0
    snapshot = _choose(host, options)
    would = output.wrapped(f"Would restore {snapshot.id}: {snapshot.what}.")
    preview = preview_restore(host, snapshot, login_of(options))
    output.result("\n".join((would, *_changes(preview, whole=options.diff), *lines(preview.manual))))
    return 0


# --- the open apply --------------------------------------------------------------------------------


def _changes(found: RestorePreview, *, whole: bool) -> list[str]:
    if whole:
        return painted_diff("\n".join(found.changes.lines()), color=output.colored()).splitlines()
    named = replace(found.changes, paths=tuple(replace(each, diff="") for each in found.changes.paths))
    hint = output.wrapped(f"Every line that differs: redis-wizard snapshots diff {found.snapshot.id}")
    return [*named.lines(), hint]


def _is_selected(found: ApplyStatus, name: str) -> bool:
    """Return whether the open apply is what is to be rolled back."""
    return found.kind is Operation.APPLY and found.stage is not Stage.ENDED and name in ("", found.id)


def _show(host: HostReader, snapshot: str, options: argparse.Namespace) -> None:
    if options.diff:
        show_rollback(host, snapshot, options)


def _roll_back_open(host: Host, found: ApplyStatus, options: argparse.Namespace) -> int:
    _show(host, found.id, options)
    if not options.yes:
        what = f"{found.id}, started by {found.by}, is open: {found.what}"
        demand_yes(what, "Roll it back?", deed="roll it back")
    login = login_of(options)
    with SignalQueue() as watch:
        if found.stage is Stage.INTERRUPTED:
            # No worker is running that could read a decision.
            apply, decided = app.start_rollback(host, found.id, login=login), True
        else:
            apply = app.attach(host, found.id)
            decided = apply.rollback()
        outcome = follow(apply, watch, FollowOptions(quiet=options.quiet, late=True))
    if not decided and outcome.result is Result.APPLIED:
        raise ApplyError(f"too late: it was confirmed before; roll it back with redis-wizard rollback {found.id}")
    if outcome.result not in UNUSED_PASSWORD_RESULTS:
        report(outcome, options)
        return ENDINGS[outcome.result]
    output.result(output.wrapped(outcome.summary))
    if found.secrets_to:
        output.result(output.wrapped(f"The passwords in {found.secrets_to} are not in force."))
    return 0


# --- a snapshot ------------------------------------------------------------------------------------


def _restore(host: Host, snapshot: Snapshot, options: argparse.Namespace) -> int:
    login = login_of(options)
    if not options.quiet:
        for line in lines(find_manual_changes(host, snapshot, login)):
            output.info(line)
    _show(host, snapshot.id, options)
    if not options.yes:
        what = f"{snapshot.id}, taken {snapshot.taken_at}, before: {snapshot.what}"
        demand_yes(what, f"Roll {escape(snapshot.host)} back to it?", deed="roll back")
    with SignalQueue() as watch:
        apply = app.start_rollback(host, snapshot.id, login=login, accepted=options.accept_data_loss)
        outcome = follow(apply, watch, FollowOptions(quiet=options.quiet))
    report(outcome, options)
    for line in _left(host, snapshot, apply.identity, outcome):
        output.result(output.wrapped(line))
    return exit_status(Operation.ROLLBACK, outcome)


def _left(host: HostReader, snapshot: Snapshot, identity: str, outcome: Outcome) -> Iterator[str]:
    """Name the secrets that are left of what was rolled back: a file of passwords, and keys in a snapshot."""
    if outcome.result not in {Result.ROLLED_BACK, Result.INCOMPLETE}:
        return
    with suppress(ApplyError, HostError):
        file = requests.load(host, snapshot.id).secrets_to
        if file and outcome.result is Result.ROLLED_BACK and Path(file).exists():
            yield f"The passwords in {file} are not in force; remove that file."
    with suppress(SnapshotError, HostError):
        store = SnapshotReader(host)
        if keys := held(store, store.load(identity)):
            yield f"Snapshot {identity} holds private keys, to roll this back: {', '.join(map(str, keys))}."
            yield "To remove these keys: redis-wizard snapshots prune --private-keys"


def _choose(host: HostReader, options: argparse.Namespace) -> Snapshot:
    store = SnapshotReader(host)
    if options.snapshot:
        named = store.load(options.snapshot)
        History(store).ensure_topmost(named)
        return named
    history = History(store)
    newest = history.newest(options.instance)
    for name, why in _damaged(store, history):
        # Their names are their times: a damaged one may be the newest.
        if newest is None or name > newest.id:
            raise SnapshotError(f"{why}; name the snapshot to restore (see 'snapshots list')")
    if newest is None:
        raise SnapshotError(_none(history, options.instance))
    return newest.snapshot


def _damaged(store: SnapshotReader, history: History) -> Iterator[tuple[str, str]]:
    yield from ((each.id, each.why) for each in store.survey()[1])
    yield from ((entry.id, entry.damage) for entry in history.entries if entry.damage)


def _none(history: History, instance: str) -> str:
    last = history.last_rollback(instance)
    if last is None:
        return "there is no snapshot to restore; the first apply takes one"
    return f"no apply is in force; to roll back the last rollback: redis-wizard rollback {last.id}"
