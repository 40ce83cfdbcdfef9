"""The program of the detached part: the worker, its guardian where there is no systemd, and recovery.

::

    worker ID          do what the request says
    guard ID           the same, and finish it whatever happens to the worker
    recover WHY ID     finish an apply that was interrupted
    check              nothing: that it runs at all is the answer

``--root DIR`` or ``--sandbox-dir DIR`` behind it name another host than this machine, ``--packages DIRS``
where libraries are that only the worker needs. The front ends start it; no operator types this.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wizard.errors import BusyError, WizardError
from wizard.host import dumps
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_clock, journal, requests, retries, watchdog, worker_secrets
from wizard.jobs.bundle.proof import CHECK
from wizard.jobs.state_directory import demand_own
from wizard.model.event import Outcome
from wizard.model.status import Operation
from wizard.recovery import Trigger, attempt_recovery, ended_frozen, guard_once, kill_if_hung

WATCH_SECONDS = 1.0
AGAIN_SECONDS = 2.0
"""Between two tries of a recovery that cannot be done yet."""


def main(arguments: Sequence[str]) -> int:
    """Do one of these; the status is 0 when nothing is left to do."""
    _settle()
    if [*arguments] == [CHECK]:
        _demand_rollback()
        return 0
    options = _parse(arguments)
    sys.path += [place for place in options.packages.split(":") if place]
    host = _open(options)
    try:
        demand_own(host)
        if options.what == "guard":
            return _guard(host, options, arguments)
        if options.what == "worker":
            return _work(host, options.id)
        return _recover(host, Trigger(options.why), options.id)
    except WizardError as error:
        sys.stderr.write(f"redis-wizard: {error}\n")
    except Exception as error:  # noqa: BLE001 - no traceback, which may hold anything, reaches the system log
        sys.stderr.write(f"redis-wizard: an internal error ({type(error).__name__})\n")
    return 1


def _settle() -> None:
    """Allow no core file, create files that no other user can read, and leave the terminal."""
    dumps.forbid()
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # On SIGTERM the worker stops at once: a recovery finishes the apply.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _demand_rollback() -> None:
    """Load all that a rollback needs: it must be known before an apply that this works here."""
    import wizard.rollback  # noqa: F401, PLC0415 - a guard and a recovery that find nothing to do need none of it


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="redis-wizard", allow_abbrev=False)
    kinds = parser.add_subparsers(dest="what", required=True)
    for name in ("worker", "guard", "recover"):
        kind = kinds.add_parser(name, allow_abbrev=False)
        if name == "recover":
            kind.add_argument("why", choices=[reason.value for reason in Trigger])
        kind.add_argument("id")
        kind.add_argument("--packages", default="")
        kind.add_argument("--root", type=PurePosixPath)
        kind.add_argument("--sandbox-dir", type=PurePosixPath)
    return parser.parse_args(arguments)


def _open(options: argparse.Namespace) -> Host:
    if options.root:
        from wizard.host.rooted import RootedHost  # noqa: PLC0415 - one adapter a run

        return RootedHost(options.root)
    if options.sandbox_dir:
        from wizard.sandbox import SandboxHost  # noqa: PLC0415 - one adapter a run

        return SandboxHost(options.sandbox_dir)
    from wizard.host.local import LocalHost  # noqa: PLC0415 - one adapter a run

    return LocalHost()


def perform(host: Host, identity: str) -> Outcome:
    """Do what an order says.

    Raises:
        ApplyError: it could not be finished; it stays open.
    """
    order, secrets = requests.load(host, identity), worker_secrets.load(host, identity)
    if order.kind is Operation.ROLLBACK:
        from wizard.rollback import run_rollback  # noqa: PLC0415 - one of the two

        return run_rollback(host, order, secrets)
    from wizard.apply.worker import run_apply  # noqa: PLC0415 - planning and rehearsal are no part of a rollback

    return run_apply(host, order, secrets)


def _work(host: Host, identity: str) -> int:
    perform(host, identity)
    return _unended(host, identity)


def _unended(host: HostReader, identity: str) -> int:
    """Return 1 when the result of an apply could not be recorded: a recovery must try again."""
    return int(journal.read(host, identity).outcome is None)


def _recover(host: Host, reason: Trigger, identity: str) -> int:
    if reason is Trigger.GUARD:
        guard_once(host, identity)
        return 0
    told = retries.read(host, identity)
    if reason is Trigger.STOPPED and told is not None and boot_clock.now() < told.next:
        # What has just ended is a try that failed.
        return _again(host, identity)
    try:
        attempt_recovery(host, reason, identity)
    except BusyError:
        raise
    except WizardError:
        if reason is Trigger.BOOT and watchdog.only_dataset_left(host):
            # As far as it can be done before the server is up; the next unit does the rest.
            return 0
        if reason is Trigger.AFTER_SERVER_START and watchdog.has_systemd(host):
            # A unit that fails is started again by its own rule, and the guard has its own.
            return _again(host, identity)
        if reason is not Trigger.BOOT:
            _again(host, identity)
        raise
    return 0


def _again(host: Host, identity: str) -> int:
    if watchdog.has_systemd(host):
        watchdog.schedule_retry(host, identity)
        return 0
    return 1


def _guard(host: Host, options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Start the worker as a child, stop it at its deadline, and recover what it leaves open."""
    me = [sys.executable, "-I", sys.argv[0]]
    rest = list(arguments[2:])
    work = [*me, "worker", options.id, *rest]
    attend(host, options.id, subprocess.Popen(work, stdin=subprocess.DEVNULL))  # noqa: S603 - ourselves
    again = [*me, "recover", Trigger.STOPPED, options.id, *rest]
    # A sandbox that is closed takes us along, and leaves nothing to be finished.
    while Path(sys.argv[0]).exists():
        recovery = subprocess.Popen(again, stdin=subprocess.DEVNULL)  # noqa: S603 - ourselves
        if attend(host, options.id, recovery) == 0:
            break
        told = retries.read(host, options.id)
        if told is not None and told.over:
            return 1
        time.sleep(max(told.next - boot_clock.now(), 0.0) if told is not None else AGAIN_SECONDS)
    return 0


def attend(host: Host, identity: str, worker: "subprocess.Popen[bytes]") -> int:
    """Wait for the end of a worker, and end it when it is frozen: what timers do where there is systemd."""
    begun = boot_clock.now()
    while worker.poll() is None:
        with suppress(WizardError):
            if boot_clock.now() >= watchdog.deadline_of(host, identity, begun):
                kill_if_hung(host, identity, worker.kill)
            else:
                ended_frozen(host, identity, worker.kill)
        with suppress(subprocess.TimeoutExpired):
            worker.wait(WATCH_SECONDS)
    return worker.returncode
