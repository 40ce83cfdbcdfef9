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
    """Hand the passwords over, keep the change, and follow it to its end."""
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
        standing, _ = ready
        output.result(output.wrapped(f"Would confirm {standing.id}: {standing.what}."))
    return 0


def _prepare(host: HostReader, options: argparse.Namespace) -> tuple[ApplyStatus, Passwords] | None:
    """Return what can be confirmed, with its passwords; ``None`` where that was done before.

    Raises:
        ApplyError: nothing can be confirmed now.
    """
    standing = app.status(host, options.identity)
    if standing is None or standing.kind is not Operation.APPLY:
        raise ApplyError("no apply waits for a confirmation on this host")
    if standing.stage is Stage.ENDED and standing.outcome is not None:
        _ended(standing, standing.outcome)
        return None
    _demand_ready(standing)
    passwords = Passwords(_waiting(host, standing, options), options.secrets_to)
    passwords.require_destination("its new passwords are in no file and would be lost; add --secrets-to FILE")
    return standing, passwords


def _ended(standing: ApplyStatus, outcome: Outcome) -> None:
    """Answer who comes twice, or too late."""
    if outcome.result is Result.APPLIED:
        output.result(output.wrapped(f"{standing.id} is already confirmed. {outcome.summary}"))
        return
    if outcome.result is Result.ROLLED_BACK:
        raise _too_late(outcome)
    raise ApplyError(f"no apply waits for a confirmation; {standing.id} has finished: {outcome.summary}")


def _too_late(outcome: Outcome) -> RolledBackError:
    return RolledBackError(f"too late: {outcome.summary[:1].lower()}{outcome.summary[1:]}")


def _demand_ready(standing: ApplyStatus) -> None:
    """Say before any password is shown what the apply would refuse: to keep what is not verified yet.

    Raises:
        ApplyError: it is still at work, or was interrupted at work.
    """
    # One that was confirmed a moment ago works on its last line.
    if standing.stage is Stage.WORKING and standing.phase is not Phase.CONFIRM:
        raise ApplyError(
            f"{standing.id} is not verified yet ({standing.phase}: {standing.text}); "
            "redis-wizard status shows when you can confirm it"
        )
    if standing.stage is Stage.INTERRUPTED and standing.phase is not Phase.CONFIRM:
        raise ApplyError(
            f"{standing.id} was interrupted before it was verified; roll it back with redis-wizard recover"
        )


def _waiting(host: HostReader, standing: ApplyStatus, options: argparse.Namespace) -> Mapping[str, Secret]:
    """Return the passwords that nobody has in a file yet, or those that the operator wants in one of his own."""
    if standing.stage is Stage.UNDOING or not standing.secrets_waiting:
        return {}
    if standing.secrets_to and Path(standing.secrets_to).exists() and not options.secrets_to:
        return {}
    return app.pending_passwords(host, standing.id)


def _keep(
    host: Host, standing: ApplyStatus, passwords: Passwords, watch: SignalQueue, options: argparse.Namespace
) -> int:
    apply = app.attach(host, standing.id)
    passwords.write()
    passwords.show()
    kept = apply.confirm()
    if standing.stage is Stage.INTERRUPTED:
        with suppress(BusyError):  # so somebody does it already
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
