"""``apply``: make the changes of a plan."""

import argparse
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from wizard import app
from wizard.cli import output
from wizard.cli.commands.plan import make, with_consent
from wizard.cli.commands.status import require_idle
from wizard.cli.context import host_of, login_of, reader_of
from wizard.cli.files import read_user_file
from wizard.cli.follow import ENDINGS, FollowOptions, follow, report
from wizard.cli.passwords import Passwords
from wizard.cli.plan_text import render, render_diffs
from wizard.cli.signals import SignalQueue
from wizard.errors import ApplyError, BusyError, InputError, OperatorInterruptedError, UsageError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.event import Outcome, Result
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.text import counted, escape
from wizard.model.value import from_json
from wizard.planning.consent import CONSENT_PHRASE, accept, changes_needing_consent, require_consent

PLAN_SCHEMA, PLAN_VERSION = "redis-wizard/plan", 1
PLAN_LIMIT = 16 << 20


def run(options: argparse.Namespace) -> int:
    """Plan (or read a saved plan), ask, apply, and hand the secrets over once."""
    if options.plan and options.answers:
        raise UsageError("a saved plan contains its answers; give PLAN or --answers, not both")
    if options.dry_run:
        with reader_of(options) as host:
            return _preview(host, options)
    with host_of(options) as host:
        # While another one is open, the host is neither as it was nor as it will be.
        require_idle(host)
        return perform(host, _plan(host, options), options)


def perform(host: Host, plan: Plan, options: argparse.Namespace) -> int:
    """Ask, apply a plan, and hand its secrets over once; return the exit status.

    Raises:
        WizardError: as `carry_out`.
    """
    if plan.empty:
        output.result(render(plan))
        return 0
    passwords = Passwords(app.generate_passwords(plan), options.secrets_to)
    passwords.require_destination(
        f"{passwords.count} passwords will be generated and have no file; add --secrets-to FILE"
    )
    if options.yes:
        require_consent(plan)
        if options.diff:
            output.result("\n\n".join(render_diffs(plan, color=output.colored())))
    else:
        if not output.interactive():
            raise UsageError("there is no terminal to ask on; read the plan first, then apply it with --yes")
        output.result(render(plan, color=output.colored()))
        plan = confirmed(plan)
    return carry_out(host, plan, login_of(options), passwords, options)


def _preview(host: HostReader, options: argparse.Namespace) -> int:
    """Show what a dry run would do."""
    output.result(render(_plan(host, options), color=output.colored()))
    return 0


def _plan(host: HostReader, options: argparse.Namespace) -> Plan:
    return with_consent(_read_plan(options.plan) if options.plan else make(host, options)[0], options)


def _read_plan(path: PurePosixPath) -> Plan:
    text = read_user_file(path, limit=PLAN_LIMIT)
    try:
        _check_version(from_json(dict[str, Any], text))
        return from_json(Plan, text)
    except InputError as error:
        raise InputError(f"{path} is not a plan of this version: {error}; make it again with plan --out") from None


def _check_version(document: Mapping[str, Any]) -> None:
    found = document.get("schema"), document.get("version")
    if found != (PLAN_SCHEMA, PLAN_VERSION):
        told = f"schema {found[0]!r:.40} and version {found[1]!r:.40}"
        raise InputError(f"it has {told}, and this program reads {PLAN_SCHEMA} {PLAN_VERSION}")


def confirmed(plan: Plan) -> Plan:
    """Ask whether to apply, and apart for the consent to a loss of data; return the plan with that consent.

    Raises:
        OperatorInterruptedError: the operator does not want it.
    """
    where = escape(plan.host or "this host")
    if output.ask(f"Apply {counted(len(plan.changes), 'change')} to {where}? Type yes to apply: ") != "yes":
        raise OperatorInterruptedError("not applied; nothing changed")
    losing = ", ".join(change.id for change in changes_needing_consent(plan))
    if (
        losing
        and output.ask(f"May lose data: {escape(losing)}. To accept this, type {CONSENT_PHRASE}: ") != CONSENT_PHRASE
    ):
        raise OperatorInterruptedError("not applied; nothing changed")
    return accept(plan)


def carry_out(host: Host, plan: Plan, login: Login | None, passwords: Passwords, options: argparse.Namespace) -> int:
    """Write the passwords before they take effect, start, follow, and remove the file where they did not.

    Returns:
        The exit status.

    Raises:
        WizardError: it was refused, or could not be rolled back in full.
    """
    with SignalQueue() as watch:
        passwords.write()
        try:
            apply = app.start(
                host,
                plan,
                login=login,
                passwords=passwords.drawn,
                confirm_within=options.confirm_within,
                secrets_to=passwords.file,
            )
        except WizardError as error:
            passwords.finalize(Result.REFUSED)
            raise _by_name(host, error) from None
        outcome = follow(apply, watch, _manner(options, passwords))
        # Only an outcome says that they are not in force: a follower that lost the job does not know.
        passwords.finalize(outcome.result)
        if outcome.result is Result.BUSY:
            raise _by_name(host, BusyError(outcome.summary))
        return _finish(host, outcome, passwords, options)


def _by_name(host: Host, error: WizardError) -> WizardError:
    """Say who holds the host where another job started in the moment after the check."""
    if isinstance(error, BusyError):
        try:
            require_idle(host)
        except ApplyError as found:
            return found
    return error


def _manner(options: argparse.Namespace, passwords: Passwords) -> FollowOptions:
    return FollowOptions(
        quiet=options.quiet,
        asks=output.interactive() and not options.quiet,
        keepable=bool(options.confirm_within),
        # An operator who confirms without the passwords is locked out.
        waiting=passwords.show,
        # Confirming shows them; where no confirmation is required, only this terminal can show them.
        leaving=None if options.confirm_within else passwords.show,
    )


def _finish(host: HostReader, outcome: Outcome, passwords: Passwords, options: argparse.Namespace) -> int:
    report(outcome, options)
    if outcome.result is Result.APPLIED:
        passwords.report_location()
        if passwords.count and host.entries(host.state / "clients"):
            output.result(
                output.wrapped(f"Client certificates are in {host.state}/clients, one directory for each user.")
            )
        output.result(output.wrapped(f"To roll back: redis-wizard rollback {outcome.snapshot}"))
    return ENDINGS[outcome.result]
