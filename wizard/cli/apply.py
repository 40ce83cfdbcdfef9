"""``apply``: make the changes of a plan."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from wizard.apply.client import Apply, draw_passwords, start
from wizard.cli import output
from wizard.cli.context import host_of, login_of
from wizard.cli.files import check_new, read_given, write_new
from wizard.cli.plan import make
from wizard.cli.plan_text import render
from wizard.cli.signals import held
from wizard.errors import ApplyError, BusyError, HostError, InputError, InterruptedByOperatorError, UsageError
from wizard.host.port import Host
from wizard.model.event import Ending, Event, EventKind, Outcome
from wizard.model.plan import Plan
from wizard.model.text import clean
from wizard.model.value import Secret, from_json

PLAN_SCHEMA, PLAN_VERSION = "redis-wizard/plan", 1
PLAN_LIMIT = 16 << 20
ENDINGS = {
    Ending.APPLIED: 0,
    Ending.NOTHING: 0,
    Ending.ROLLED_BACK: 4,
    Ending.INCOMPLETE: 1,
    Ending.REFUSED: 1,
    Ending.BUSY: 5,
}


def run(options: argparse.Namespace) -> int:
    """Plan (or read a saved plan), ask, apply, and hand the secrets over once."""
    if options.plan and options.answers:
        raise UsageError("a saved plan has its answers in it; give PLAN or --answers, not both")
    with host_of(options) as host:
        plan = _read_plan(options.plan) if options.plan else make(host, options)[0]
        if plan.empty or options.dry_run:
            output.result(render(plan))
            return 0
        passwords = draw_passwords(plan)
        _check_hand_over(passwords, options)
        if not options.yes:
            _confirm(plan)
        login = login_of(options)
        with _kept_safe(passwords, options) as safe, held():
            outcome = follow(start(host, plan, login=login, passwords=passwords), quiet=options.quiet)
            safe.append(outcome.ending)
        return finish(host, outcome, passwords, options)


def _read_plan(path: PurePosixPath) -> Plan:
    text = read_given(path, limit=PLAN_LIMIT)
    try:
        _check_version(from_json(dict[str, Any], text))
        return from_json(Plan, text)
    except InputError as error:
        raise InputError(f"{path} is no plan of this version: {error}; make it again with plan --out") from None


def _check_version(document: Mapping[str, Any]) -> None:
    found = document.get("schema"), document.get("version")
    if found != (PLAN_SCHEMA, PLAN_VERSION):
        told = f"schema {found[0]!r:.40} and version {found[1]!r:.40}"
        raise InputError(f"it has {told}, and this program reads {PLAN_SCHEMA} {PLAN_VERSION}")


def _check_hand_over(passwords: Mapping[str, Secret], options: argparse.Namespace) -> None:
    """Know where new passwords will go before anything changes."""
    if not passwords:
        return
    if options.secrets_to:
        check_new(options.secrets_to)
    elif not output.interactive():
        raise UsageError(
            f"{len(passwords)} passwords will be generated; say where to write them with --secrets-to FILE"
        )


@contextmanager
def _kept_safe(passwords: Mapping[str, Secret], options: argparse.Namespace) -> Iterator[list[Ending]]:
    """Write the passwords down before they come into force; the file goes where they did not.

    The block adds how the apply ended. Where nobody can tell, the file stays.
    """
    endings: list[Ending] = []
    if not (passwords and options.secrets_to):
        yield endings
        return
    write_new(options.secrets_to, secrets_file(passwords), mode=0o600)
    try:
        yield endings
    except (BusyError, HostError):
        endings.append(Ending.REFUSED)
        raise
    finally:
        if endings and endings[-1] in {Ending.NOTHING, Ending.REFUSED, Ending.ROLLED_BACK}:
            Path(options.secrets_to).unlink(missing_ok=True)


def _confirm(plan: Plan) -> None:
    if not output.interactive():
        raise UsageError("no terminal to ask on; look at the plan first, then apply it with --yes")
    output.result(render(plan))
    if output.ask(f"Apply these {len(plan.changes)} changes to {clean(plan.host or 'this host')}? Type yes: ") != "yes":
        raise InterruptedByOperatorError("not applied; nothing changed")


def follow(apply: Apply, *, quiet: bool) -> Outcome:
    """Tell what happens until it has ended; an interrupt does not stop it."""
    told = _Told(quiet=quiet)
    while True:
        try:
            for event in apply.events():
                told.tell(event)
            return apply.outcome()
        except KeyboardInterrupt:
            output.talk("It is not stopped half-way: it goes on to its end, or undoes itself.")


class _Told:
    """What was told of an apply already; after an interrupt its events come again from the first one."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._sequence = 0
        self._words: object = None

    def tell(self, event: Event) -> None:
        """Say one event that is new, and worth a line."""
        if event.sequence <= self._sequence:
            return
        self._sequence = event.sequence
        # One act may carry out many changes, each with an event of its own in the journal.
        words = (event.kind, event.phase, event.text)
        if self._quiet or not event.text or event.kind is EventKind.BEGIN or words == self._words:
            return
        self._words = words
        mark = "FAIL" if event.kind is EventKind.FAILED else " ok " if event.kind is EventKind.DONE else " .. "
        output.talk(f"[{mark}] {event.phase}: {event.text}")


def tell(outcome: Outcome, options: argparse.Namespace) -> None:
    """Say how it ended.

    Raises:
        ApplyError: it was refused, or not all of it could be undone.
    """
    if ENDINGS[outcome.ending] == 1:
        raise ApplyError(outcome.summary)
    output.result(output.wrapped(outcome.summary))
    if options.verbose:
        output.result("\n".join(output.wrapped(check, indent="  ") for check in outcome.checks))


def finish(host: Host, outcome: Outcome, passwords: Mapping[str, Secret], options: argparse.Namespace) -> int:
    """Say how it ended, and hand the passwords over when they are in force.

    Raises:
        ApplyError: see :func:`tell`.
    """
    tell(outcome, options)
    if outcome.ending is Ending.APPLIED:
        _hand_over(host, passwords, options)
        output.result(output.wrapped(f"To undo it: redis-wizard rollback {outcome.snapshot}"))
    return ENDINGS[outcome.ending]


def _hand_over(host: Host, passwords: Mapping[str, Secret], options: argparse.Namespace) -> None:
    if not passwords:
        return
    if options.secrets_to:
        output.result(
            output.wrapped(f"The passwords of {len(passwords)} users are in {options.secrets_to}, mode 0600.")
        )
    else:
        rows = "\n".join(f"  {user:<20} {password.reveal()}" for user, password in passwords.items())
        output.result(f"Passwords, shown this once:\n{rows}")
    if host.entries(host.state / "clients"):
        output.result(output.wrapped(f"Client certificates are in {host.state}/clients, one directory a user."))


def secrets_file(passwords: Mapping[str, Secret]) -> str:
    """Write the table ``[passwords]``; names and passwords have no character that TOML would quote."""
    rows = "".join(f'"{user}" = "{password.reveal()}"\n' for user, password in passwords.items())
    return f"[passwords]\n{rows}"
