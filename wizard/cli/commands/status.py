"""``status``: how far an apply or rollback is, and which commands it accepts now."""

import argparse
import math
import shlex
from collections.abc import Iterator
from typing import Literal

from wizard import app
from wizard.cli import output
from wizard.cli.context import detect_host, host_of, instance_of, reader_of
from wizard.cli.follow import FollowOptions, exit_status, follow
from wizard.cli.signals import SignalQueue
from wizard.drift import Drift, read_drift
from wizard.errors import ApplyError, BusyError
from wizard.host.port import Host
from wizard.jobs.passwords_file import UNUSED_PASSWORD_RESULTS
from wizard.model.event import Result
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.text import escape
from wizard.model.value import Value, to_json

_MINUTE, _HOUR = 60, 3600
_FOLLOWED = frozenset({Stage.WORKING, Stage.WAITING, Stage.UNDOING})
"""Stages in which a worker is running."""


class NoApplyYet(Value, frozen=True, kw_only=True):
    """The document where nothing was ever applied: the schema of a status, with a stage of its own and no more."""

    schema: str = "redis-wizard/status"
    version: int = 1
    stage: Literal["none"] = "none"


def run(options: argparse.Namespace) -> int:
    """Print the status of the open job, else of the newest one; with ``--follow`` when it has finished."""
    if options.drift:
        return _show_drift(options)
    status = 0
    with reader_of(options) as host:
        found = app.status(host, options.identity)
        where = shlex.join(host.reopen_arguments or ())
    if options.follow and found is not None and found.stage in _FOLLOWED:
        # It may have to start an apply again that was interrupted.
        with host_of(options) as acting:
            status = _follow(acting, found, options)
            found = app.status(acting, found.id)
    if options.json:
        output.result(to_json(found or NoApplyYet()))
    else:
        output.result(render(found, where) if found else "No apply was started on this host yet.")
    return status


def _show_drift(options: argparse.Namespace) -> int:
    """Show what differs on the host from what the applies in force left."""
    with reader_of(options) as host:
        detection = detect_host(host, options)
        found = read_drift(host, detection.facts, instance_of(detection, options))
    if options.json:
        output.result(to_json(found or Drift(snapshot="", applied_at="", applied_by="", what="")))
    elif found is None:
        output.result("No apply is in force.")
    else:
        when = found.applied_at[:16].replace("T", " ")
        head = f"Since the apply of {when} UTC by {found.applied_by} ({found.what}): {found.finding}."
        output.result("\n".join([output.wrapped(head), *(output.wrapped(each, indent="  ") for each in found.texts)]))
    return 0


def _follow(host: Host, found: ApplyStatus, options: argparse.Namespace) -> int:
    """Return what happens until it has ended; give the exit status of who began it."""
    manner = FollowOptions(quiet=options.quiet, keepable=found.kind is Operation.APPLY)
    with SignalQueue() as watch:
        return exit_status(found.kind, follow(app.attach(host, found.id), watch, manner))


def require_idle(host: Host) -> None:
    """Refuse to begin while another one is open.

    Raises:
        BusyError: the text names the job, who started it, and what to do.
        ApplyError: no worker is running, so that waiting does not help.
    """
    app.close_unstarted(host)
    found = app.status(host)
    if found is not None and found.stage is not Stage.ENDED:
        kind = ApplyError if found.stage is Stage.INTERRUPTED else BusyError
        raise kind(f"{_named(found)}, started by {found.by}, {_is(found)}; {_remedy(found)}")


def _named(found: ApplyStatus) -> str:
    return f"the {found.kind} {found.id}"


def _is(found: ApplyStatus) -> str:
    match found.stage:
        case Stage.WORKING:
            return f"is running ({found.phase})"
        case Stage.WAITING:
            return "waits for a confirmation"
        case Stage.UNDOING:
            return "is being rolled back"
        case Stage.INTERRUPTED:
            return "was interrupted"
        case Stage.ENDED:
            return "has finished"


def _remedy(found: ApplyStatus) -> str:
    match found.stage:
        case Stage.WAITING:
            return "confirm it with redis-wizard confirm, or roll it back with redis-wizard rollback"
        case Stage.INTERRUPTED:
            return "finish it with redis-wizard recover"
        case _:
            return "wait until it finishes; redis-wizard status shows how far it is"


def render(found: ApplyStatus, where: str = "") -> str:
    """Lay it out for an 80-column terminal.

    Args:
        found: The status to show.
        where: Options by which a command means this host.
    """
    head = f"{_named(found).removeprefix('the ').capitalize()} {_is(found)}"
    rows = [_row(label, text) for label, text in _rows(found) if text]
    # A command stays on one line, to be copied.
    commands = [escape(f"  {label:<10} redis-wizard {words} {where}".rstrip()) for label, words in _commands(found)]
    return "\n".join([escape(head), *rows, *commands])


def _row(label: str, text: str) -> str:
    return output.wrapped(text, indent=f"  {label:<10} ", hanging=" " * 13)


def _rows(found: ApplyStatus) -> Iterator[tuple[str, str]]:
    if found.exposure is not None:
        yield "open", " ".join(found.exposure.sentences())
    yield "what", f"{found.what} on {found.instance}" if found.instance else found.what
    yield "by", f"{found.by}, started {found.begun_at[:19].replace('T', ' ')} UTC"
    if found.outcome is not None:
        yield "result", found.outcome.rest
    else:
        yield "now", f"{found.phase}: {found.text}" if found.text else str(found.phase)
    yield "tries", found.tries
    if found.seconds_left is not None and found.stage is Stage.WAITING:
        yield "time left", f"{duration(found.seconds_left)}; then it is rolled back, unless you confirm it"
    yield "passwords", _passwords(found)
    for damage in found.damage:
        yield "journal", damage


def _passwords(found: ApplyStatus) -> str:
    if found.outcome is not None:
        void = found.secrets_to and found.outcome.result in UNUSED_PASSWORD_RESULTS
        return f"those in {found.secrets_to} are not valid" if void else ""
    if found.secrets_to:
        return f"in {found.secrets_to}"
    return "the new ones are in no file yet; confirm shows them" if found.secrets_waiting else ""


def _commands(found: ApplyStatus) -> Iterator[tuple[str, str]]:
    match found.stage:
        case Stage.WAITING:
            file = " --secrets-to FILE" if found.secrets_waiting and not found.secrets_to else ""
            yield "confirm", f"confirm{file}"
            yield "roll back", "rollback"
            yield "wait more", "confirm --extend 5"
        case Stage.INTERRUPTED:
            yield "finish", "recover"
        case Stage.WORKING | Stage.UNDOING if found.tries:
            yield "finish", "recover"
        case Stage.WORKING if found.kind is Operation.APPLY:
            yield "roll back", "rollback"
        case Stage.ENDED if found.outcome and found.outcome.result is Result.APPLIED:
            yield "roll back", f"rollback {found.id}"
        case _:
            pass
    if found.stage in _FOLLOWED:
        yield "follow", "status --follow"


def duration(seconds: float) -> str:
    """Write a time as people read it: ``4 min 12 s``."""
    left = math.ceil(seconds)
    if left < _MINUTE:
        return f"{left} s"
    if left < _HOUR:
        return f"{left // _MINUTE} min {left % _MINUTE} s"
    return f"{left // _HOUR} h {left % _HOUR // _MINUTE} min"
