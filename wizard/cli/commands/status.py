"""``status``: where an apply or rollback stands, and what can be said to it now."""

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
"""Stages in which somebody is at work."""


class NoApplyYet(Value, frozen=True, kw_only=True):
    """The document where nothing was ever applied: the schema of a standing, with a stage of its own and no more."""

    schema: str = "redis-wizard/status"
    version: int = 1
    stage: Literal["none"] = "none"


def run(options: argparse.Namespace) -> int:
    """Say where the open one stands, else how the newest one ended; at its end where it is followed."""
    if options.drift:
        return _show_drift(options)
    status = 0
    with reader_of(options) as host:
        standing = app.status(host, options.identity)
        where = shlex.join(host.reopen_arguments or ())
    if options.follow and standing is not None and standing.stage in _FOLLOWED:
        # It may have to start an apply again that was interrupted.
        with host_of(options) as acting:
            status = _follow(acting, standing, options)
            standing = app.status(acting, standing.id)
    if options.json:
        output.result(to_json(standing or NoApplyYet()))
    else:
        output.result(render(standing, where) if standing else "No apply was started on this host yet.")
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


def _follow(host: Host, standing: ApplyStatus, options: argparse.Namespace) -> int:
    """Return what happens until it has ended; give the exit status of who began it."""
    manner = FollowOptions(quiet=options.quiet, keepable=standing.kind is Operation.APPLY)
    with SignalQueue() as watch:
        return exit_status(standing.kind, follow(app.attach(host, standing.id), watch, manner))


def require_idle(host: Host) -> None:
    """Refuse to begin while another one is open.

    Raises:
        BusyError: it says which, whose, and what to do.
        ApplyError: nobody is at work on it, so that waiting does not help.
    """
    app.close_unstarted(host)
    standing = app.status(host)
    if standing is not None and standing.stage is not Stage.ENDED:
        kind = ApplyError if standing.stage is Stage.INTERRUPTED else BusyError
        raise kind(f"{_named(standing)}, started by {standing.by}, {_is(standing)}; {_remedy(standing)}")


def _named(standing: ApplyStatus) -> str:
    return f"the {standing.kind} {standing.id}"


def _is(standing: ApplyStatus) -> str:
    match standing.stage:
        case Stage.WORKING:
            return f"is running ({standing.phase})"
        case Stage.WAITING:
            return "waits for a confirmation"
        case Stage.UNDOING:
            return "is being rolled back"
        case Stage.INTERRUPTED:
            return "was interrupted"
        case Stage.ENDED:
            return "has finished"


def _remedy(standing: ApplyStatus) -> str:
    match standing.stage:
        case Stage.WAITING:
            return "confirm it with redis-wizard confirm, or roll it back with redis-wizard rollback"
        case Stage.INTERRUPTED:
            return "finish it with redis-wizard recover"
        case _:
            return "wait until it finishes; redis-wizard status shows how far it is"


def render(standing: ApplyStatus, where: str = "") -> str:
    """Lay it out for an 80-column terminal.

    Args:
        standing: Of what.
        where: Options by which a command means this host.
    """
    head = f"{_named(standing).removeprefix('the ').capitalize()} {_is(standing)}"
    rows = [_row(label, text) for label, text in _rows(standing) if text]
    # A command stays on one line, to be copied.
    commands = [escape(f"  {label:<10} redis-wizard {words} {where}".rstrip()) for label, words in _commands(standing)]
    return "\n".join([escape(head), *rows, *commands])


def _row(label: str, text: str) -> str:
    return output.wrapped(text, indent=f"  {label:<10} ", hanging=" " * 13)


def _rows(standing: ApplyStatus) -> Iterator[tuple[str, str]]:
    if standing.exposure is not None:
        yield "open", " ".join(standing.exposure.sentences())
    yield "what", f"{standing.what} on {standing.instance}" if standing.instance else standing.what
    yield "by", f"{standing.by}, started {standing.begun_at[:19].replace('T', ' ')} UTC"
    if standing.outcome is not None:
        yield "result", standing.outcome.rest
    else:
        yield "now", f"{standing.phase}: {standing.text}" if standing.text else str(standing.phase)
    yield "tries", standing.tries
    if standing.seconds_left is not None and standing.stage is Stage.WAITING:
        yield "time left", f"{duration(standing.seconds_left)}; then it is rolled back, unless you confirm it"
    yield "passwords", _passwords(standing)
    for damage in standing.damage:
        yield "journal", damage


def _passwords(standing: ApplyStatus) -> str:
    if standing.outcome is not None:
        void = standing.secrets_to and standing.outcome.result in UNUSED_PASSWORD_RESULTS
        return f"those in {standing.secrets_to} are not valid" if void else ""
    if standing.secrets_to:
        return f"in {standing.secrets_to}"
    return "the new ones are in no file yet; confirm shows them" if standing.secrets_waiting else ""


def _commands(standing: ApplyStatus) -> Iterator[tuple[str, str]]:
    match standing.stage:
        case Stage.WAITING:
            file = " --secrets-to FILE" if standing.secrets_waiting and not standing.secrets_to else ""
            yield "confirm", f"confirm{file}"
            yield "roll back", "rollback"
            yield "wait more", "confirm --extend 5"
        case Stage.INTERRUPTED:
            yield "finish", "recover"
        case Stage.WORKING | Stage.UNDOING if standing.tries:
            yield "finish", "recover"
        case Stage.WORKING if standing.kind is Operation.APPLY:
            yield "roll back", "rollback"
        case Stage.ENDED if standing.outcome and standing.outcome.result is Result.APPLIED:
            yield "roll back", f"rollback {standing.id}"
        case _:
            pass
    if standing.stage in _FOLLOWED:
        yield "follow", "status --follow"


def duration(seconds: float) -> str:
    """Write a time as people read it: ``4 min 12 s``."""
    left = math.ceil(seconds)
    if left < _MINUTE:
        return f"{left} s"
    if left < _HOUR:
        return f"{left // _MINUTE} min {left % _MINUTE} s"
    return f"{left // _HOUR} h {left % _HOUR // _MINUTE} min"
