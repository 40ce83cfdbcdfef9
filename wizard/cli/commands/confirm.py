"""``confirm``: keep an apply that waits for it, from any login."""

import argparse
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from wizard import app
from wizard.cli import output
from wizard.cli.commands.status import duration
from wizard.cli.context import host_of, reader_of
from wizard.cli.follow import ENDINGS, FollowOptions, follow, report
from wizard.cli.passwords import Passwords
from wizard.cli.signals import SignalQueue
from wizard.errors import ApplyError, BusyError, RolledBackError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.event import Outcome, Phase, Result
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.value import Secret


def run(options: argparse.Namespace) -> int:
    """Show or write the passwords, confirm the change, and follow it until it finishes."""
    if options.dry_run:
        with reader_of(options) as host:
            return _preview(host, options)
    with host_of(options) as host:
        if options.extend:
            return _extend(host, options)
        if (ready := _prepare(host, options)) is None:
            return 0
        with SignalQueue() as watch:
            return _keep(host, *ready, watch, options)


def _extend(host: Host, options: argparse.Namespace) -> int:
    """Let it wait longer."""
    apply = app.attach(host, options.identity)
    left = apply.extend(60.0 * options.extend)
    output.result(f"{apply.identity} waits for a confirmation for {duration(left)}; then it is rolled back.")
    return 0


def _preview(host: HostReader, options: argparse.Namespace) -> int:
    """Show what a dry run would do."""
    if options.extend:
        apply = app.status(host, options.identity)
        output.result(f"Would wait {options.extend} minutes more for {apply.id if apply else 'an apply'}.")
    elif (ready := _prepare(host, options)) is not None:
        found, _ = ready
        output.result(output.wrapped(f"Would confirm {found.id}: {found.what}."))
    return 0


def _prepare(host: HostReader, options: argparse.Namespace) -> tuple[ApplyStatus, Passwords] | None:
    """Return what can be confirmed, with its passwords; ``None`` where that was done before.

    Raises:
        ApplyError: nothing can be confirmed now.
    """
    found = app.status(host, options.identity)
    if found is None or found.kind is not Operation.APPLY:
        raise ApplyError("no apply waits for a confirmation on this host")
    if found.stage is Stage.ENDED and found.outcome is not None:
        _ended(found, found.outcome)
        return None
    _demand_ready(found)
    passwords = Passwords(_waiting(host, found, options), options.secrets_to)
    passwords.require_destination("its new passwords are in no file and would be lost; add --secrets-to FILE")
    return found, passwords


def _ended(found: ApplyStatus, outcome: Outcome) -> None:
    """Explain why there is nothing to confirm: confirmed already, or too late."""
    if outcome.result is Result.APPLIED:
        output.result(output.wrapped(f"{found.id} is already confirmed. {outcome.summary}"))
        return
    if outcome.result is Result.ROLLED_BACK:
        raise _too_late(outcome)
    raise ApplyError(f"no apply waits for a confirmation; {found.id} has finished: {outcome.summary}")


def _too_late(outcome: Outcome) -> RolledBackError:
    return RolledBackError(f"too late: {outcome.summary[:1].lower()}{outcome.summary[1:]}")


def _demand_ready(found: ApplyStatus) -> None:
    """Say before any password is shown what the apply would refuse: to keep what is not verified yet.

    Raises:
        ApplyError: it is still running, or was interrupted.
    """
    # One that was confirmed a moment ago works on its last line.
    if found.stage is Stage.WORKING and found.phase is not Phase.CONFIRM:
        raise ApplyError(
            f"{found.id} is not verified yet ({found.phase}: {found.text}); "
            "redis-wizard status shows when you can confirm it"
        )
    if found.stage is Stage.INTERRUPTED and found.phase is not Phase.CONFIRM:
        raise ApplyError(f"{found.id} was interrupted before it was verified; roll it back with redis-wizard recover")


def _waiting(host: HostReader, found: ApplyStatus, options: argparse.Namespace) -> Mapping[str, Secret]:
    """Return the passwords that are in no file yet, or those that the operator wants in another file."""
    if found.stage is Stage.UNDOING or not found.secrets_waiting:
        return {}
    if found.secrets_to and Path(found.secrets_to).exists() and not options.secrets_to:
        return {}
    return app.pending_passwords(host, found.id)


def _keep(host: Host, found: ApplyStatus, passwords: Passwords, watch: SignalQueue, options: argparse.Namespace) -> int:
    apply = app.attach(host, found.id)
    passwords.write()
    passwords.show()
    kept = apply.confirm()
    if found.stage is Stage.INTERRUPTED:
        with suppress(BusyError):  # another process finishes it already
            app.recover(host)
    outcome = follow(apply, watch, FollowOptions(quiet=options.quiet, late=True))
    passwords.finalize(outcome.result)
    if not kept and outcome.result is Result.ROLLED_BACK:
        raise _too_late(outcome)
    report(outcome, options)
    if outcome.result is Result.APPLIED:
        passwords.report_location()
        output.result(output.wrapped(f"To roll back: redis-wizard rollback {outcome.snapshot}"))
    return ENDINGS[outcome.result]
