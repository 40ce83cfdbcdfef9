"""``recover``: finish now what was interrupted. At boot the host does so by itself."""

import argparse

from wizard import app
from wizard.cli import output
from wizard.cli.consent import demand_yes
from wizard.cli.context import host_of, reader_of
from wizard.cli.follow import exit_status, report
from wizard.errors import ApplyError, BusyError, LeftRunningError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.event import Outcome
from wizard.model.status import ApplyStatus, Stage

NOTHING = "Nothing to recover: no apply or rollback is open."


def run(options: argparse.Namespace) -> int:
    """Finish what was decided, roll back what was not; or leave the host as it is where neither can be."""
    if options.dry_run:
        with reader_of(options) as host:
            return _preview(host, options)
    with host_of(options) as host:
        before = _unfinished(host)
        return _leave(host, before, options) if options.leave else _recover(host, before, options)


def _unfinished(host: HostReader) -> ApplyStatus | None:
    found = app.status(host)
    return None if found is None or found.stage is Stage.ENDED else found


def _preview(host: HostReader, options: argparse.Namespace) -> int:
    """Show what a dry run would do."""
    output.result(output.wrapped(_would(_unfinished(host), options)))
    return 0


def _would(before: ApplyStatus | None, options: argparse.Namespace) -> str:
    if before is None:
        return NOTHING
    how = "close the {} {} and leave the host as it is" if options.leave else "finish or roll back the {} {}"
    return f"Would {how.format(before.kind, before.id)}."


def _recover(host: Host, before: ApplyStatus | None, options: argparse.Namespace) -> int:
    outcome = _outcome(host)
    if outcome is None:
        output.result(NOTHING)
        return 0
    report(outcome, options)
    return exit_status(before.kind if before else None, outcome)


def _outcome(host: Host) -> Outcome | None:
    try:
        return app.recover(host)
    except KeyboardInterrupt:
        raise LeftRunningError("it continues in the background; 'redis-wizard status' shows how far it is") from None
    except BusyError:
        raise
    except ApplyError as error:
        raise ApplyError(f"{error}, or redis-wizard recover --leave to leave the host as it is") from None


def _leave(host: Host, before: ApplyStatus | None, options: argparse.Namespace) -> int:
    if before is None:
        output.result(NOTHING)
        return 0
    if not options.yes:
        what = f"The {before.kind} {before.id} ({before.what}) may be half done and stays as it is."
        demand_yes(what, "Leave the host as it is?", deed="leave the host as it is")
    outcome = app.abandon(host)
    output.result(output.wrapped(outcome.summary if outcome else NOTHING))
    return 0
