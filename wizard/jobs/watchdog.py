"""The watchdogs of an open apply: a boot unit, and timers. Armed before the first change, disarmed at the end.

::

    worker: its own deadline  →  its ExecStopPost  →  a guard that looks twice a minute  →  a unit at the next boot

All of them run the same `recover`. The order in which they are armed and disarmed leaves no moment in
which a change could remain without any of them.

Source:
    systemd.unit(5), systemd.service(5), systemd-run(1); measured: an early unit may call systemctl.
"""

import math
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.errors import BusyError, ConcurrentChangeError, HostError, InputError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.host.services import TransientUnit
from wizard.jobs import boot_clock, boot_units, journal, requests, retries, space, worker_secrets
from wizard.jobs.boot_units import BOOT_UNIT, DATA_UNIT
from wizard.jobs.bundle import archive
from wizard.jobs.journal_writer import Journal
from wizard.model import unit_state
from wizard.model.event import EventKind, Outcome, Phase
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.text import number_or
from wizard.model.value import Value, from_json, replace, to_json
from wizard.persistence import dataset
from wizard.snapshots.store import own_names

RUNNING = PurePosixPath("/run/systemd/system")
"""There where systemd runs the host."""
UNITS = PurePosixPath("/etc/systemd/system")
WORKER = "redis-wizard-apply.service"
GUARD = "redis-wizard-guard"
"""Looks twice a minute whether an apply is worked on, and recovers it where not. The id follows.

Of its own: what ends the worker's control group ends nothing here, and what ends a look ends no later one.
"""
DEADLINE = "redis-wizard-deadline"
"""Ends the wait for a confirmation when the worker does not. The id follows."""

WORK_SECONDS = 1200.0
"""Until a worker must have asked for a confirmation; a package manager may take three quarters of it."""
_PASSES = 5
"""How often all data may be written or read in one apply."""
LATER_SECONDS = 5.0
"""The worker has the first word about its own deadline."""
GUARD_SECONDS = 30.0
"""Seconds between two looks of the guard: no change without a worker remains for longer."""
_QUIET = ("LogLevelMax=notice", "SyslogLevel=warning")
"""A look that finds nothing to do leaves no line in the system log."""


class ArmedState(Value, frozen=True, kw_only=True):
    """What was spread."""

    directories: tuple[str, ...] = ()
    """Directories of links that were made for it."""
    boot: str = ""
    """The boot that the next one counts from."""
    limit: float = 0.0
    """When a worker must have asked for a confirmation, in seconds of CLOCK_BOOTTIME; 0: at no time."""


def has_systemd(host: HostReader) -> bool:
    """Return whether transient units and a boot unit can watch over this host."""
    return host.reopen_arguments == () and host.status(RUNNING).kind is FileKind.DIRECTORY


def arm(host: Host, identity: str, instance: Instance | None) -> None:
    """Arm the watchdogs, before the first change.

    Raises:
        HostError: they cannot be armed.
    """
    _write(host, host.state / "pending", f"{identity}\n")
    if not has_systemd(host):
        return
    command = archive.command(host)
    links = ((BOOT_UNIT, "sysinit.target.wants"), (DATA_UNIT, "multi-user.target.wants"))
    own = instance.unit.name if instance and instance.unit else ""
    texts = boot_units.texts(host.state, identity, command, own)
    missing = tuple(str(UNITS / d) for _, d in links if host.status(UNITS / d).kind is FileKind.ABSENT)
    armed = ArmedState(
        directories=missing, boot=boot_clock.boot_id(), limit=round(boot_clock.now() + _work_seconds(instance), 3)
    )
    _write(host, requests.directory_of(host, identity) / "armed.json", to_json(armed))
    for name, directory in links:
        _unit(host, name, texts[name])
        if host.status(UNITS / directory).kind is FileKind.ABSENT:
            host.make_directory(UNITS / directory, owner="root", group="root", mode=0o755)
        with suppress(ConcurrentChangeError):
            host.link(UNITS / directory / name, target=str(UNITS / name))
    watch(host, identity)


def deadline_of(host: HostReader, identity: str, begun: float) -> float:
    """Return when a worker is due to be recovered, for the guardian process where there are no timers.

    Args:
        host: The machine.
        identity: Of the apply.
        begun: When it began, in seconds of CLOCK_BOOTTIME; so is what is given.
    """
    deadline = journal.read(host, identity).deadline
    if deadline is not None:
        return deadline + LATER_SECONDS
    return begun + _work_seconds(requests.load_instance(host, identity))


def missing_watchdogs(host: HostReader) -> str:
    """Say what no net holds on this machine; empty where every one is spread."""
    if host.reopen_arguments != () or has_systemd(host):
        return ""
    return "systemd does not run on this host: after a power cut, only redis-wizard recover rolls back"


def arm_confirmation_deadline(host: Host, seconds: float) -> None:
    """Spread one more net for the wait for a confirmation.

    Raises:
        HostError: it cannot be spread.
    """
    identity = pending_apply(host)
    if has_systemd(host) and identity:
        _timer(host, DEADLINE, "deadline", identity, seconds + LATER_SECONDS)


def watch(host: Host, identity: str, *, first: float = GUARD_SECONDS) -> None:
    """Have the guard look, in `first` seconds and from then on; one that is there already goes on.

    Raises:
        HostError: it cannot be started.
    """
    with suppress(BusyError):
        _timer(host, GUARD, "guard", identity, first, every=GUARD_SECONDS)


def stop_watching(host: Host, identity: str) -> None:
    """Let the guard look no more; a look that is under way goes on."""
    with suppress(HostError):
        if host.services.show(f"{GUARD}-{identity}.timer").known:
            host.services.stop(f"{GUARD}-{identity}.timer")


def schedule_retry(host: Host, identity: str) -> None:
    """Have the recovery tried again soon: by the guard, which makes the later tries too.

    Raises:
        HostError: it cannot be started.
    """
    if host.services.show(f"{GUARD}-{identity}.timer").known:
        host.services.start(f"{GUARD}-{identity}.service")
    else:
        watch(host, identity, first=2.0)


def retry_scheduled(host: HostReader, identity: str) -> bool:
    """Return whether the guard, or the unit that comes after the server at boot, is about to try once more."""
    if not has_systemd(host):
        return False
    told = retries.read(host, identity)
    units = [f"{GUARD}-{identity}.timer"] if told is not None and not told.over else []
    with suppress(HostError):
        return any(host.services.show(unit).active in unit_state.RUNNING for unit in (*units, DATA_UNIT))
    return False


def limit_of(host: HostReader, identity: str) -> float:
    """Return when a worker must have asked for a confirmation, in seconds of CLOCK_BOOTTIME of this boot."""
    armed = _armed(host, identity)
    return armed.limit if armed.limit and armed.boot == boot_clock.boot_id() else math.inf


def workers(identity: str) -> tuple[str, ...]:
    """Return the units in which an apply may be worked on, but the guard's own."""
    return (WORKER, f"{DEADLINE}-{identity}.service", DATA_UNIT)


def is_armed(host: HostReader, identity: str) -> bool:
    """Return whether any watchdog is armed, and for no other apply than this one."""
    if pending_apply(host) not in ("", identity):
        return False
    places = (host.state / "pending", host.state / "pending-data", *(UNITS / name for name in (BOOT_UNIT, DATA_UNIT)))
    return any(host.status(path).kind is not FileKind.ABSENT for path in places)


def worker_is_stopping(host: HostReader) -> bool:
    """Return whether the worker's unit still exists, with what systemd runs after it."""
    with suppress(HostError):
        return has_systemd(host) and host.services.show(WORKER).active in unit_state.ALIVE
    return False


def defer_dataset_restore(host: Host, identity: str) -> None:
    """Leave the last part, the keys, to the unit that comes after the server.

    Raises:
        HostError: it cannot be left.
    """
    _write(host, host.state / "pending-data", f"{identity}\n")
    host.remove(host.state / "pending")


def only_dataset_left(host: HostReader) -> bool:
    """Return whether all is restored but the keys."""
    left = (host.status(host.state / name).kind is not FileKind.ABSENT for name in ("pending", "pending-data"))
    return tuple(left) == (False, True)


def pending_apply(host: HostReader) -> str:
    """Return the id of the apply that is open, as the disk has it; empty when there is none."""
    for name in ("pending", "pending-data"):
        with suppress(HostError):
            return host.read(host.state / name).decode(errors="replace").strip()
    return ""


def close_apply(
    host: Host, log: Journal, kind: EventKind, phase: Phase, outcome: Outcome, *, text: str = ""
) -> Outcome:
    """Write the outcome, then remove its secrets and disarm the watchdogs; they stay when it cannot be written."""
    try:
        log.end(kind, phase, outcome, text)
    except HostError as error:
        more = f"Its result could not be recorded: {error}; fix that, then run redis-wizard recover"
        return replace(outcome, summary=f"{outcome.summary} {more}")
    with suppress(HostError):
        worker_secrets.delete(host, log.identity)
    retries.forget(host, log.identity)
    disarm(host, log.identity)
    return outcome


def disarm(host: Host, identity: str) -> None:
    """Disarm the watchdogs, unless another apply has armed them again; one that stays finds nothing to do."""
    if pending_apply(host) not in ("", identity):
        return
    for name in ("pending", "pending-data"):
        with suppress(HostError):
            host.remove(host.state / name)
    with suppress(HostError):
        space.release_space(host, identity)
    if not has_systemd(host):
        return
    for timer in (DEADLINE, GUARD):
        with suppress(HostError):
            if host.services.show(f"{timer}-{identity}.timer").known:
                host.services.stop(f"{timer}-{identity}.timer")
    armed = _armed(host, identity)
    for name, directory in ((DATA_UNIT, "multi-user.target.wants"), (BOOT_UNIT, "sysinit.target.wants")):
        for path in (UNITS / directory / name, UNITS / name):
            with suppress(HostError):
                host.remove(path)
        if str(UNITS / directory) in armed.directories:
            # Another program may have put a link there now.
            with suppress(HostError):
                host.remove(UNITS / directory)
    with suppress(HostError):
        if host.services.show(BOOT_UNIT).known:
            # One that could not put everything back has failed, and would be remembered as that without its file.
            host.services.clear_start_limit(BOOT_UNIT)
            host.services.reload_definitions()


# --- inside --------------------------------------------------------------------------------------


def _armed(host: HostReader, identity: str) -> ArmedState:
    try:
        return from_json(ArmedState, host.read(requests.directory_of(host, identity) / "armed.json"))
    except (HostError, InputError):
        return ArmedState()


def _timer(host: Host, name: str, why: str, identity: str, seconds: float, *, every: float = 0) -> None:
    host.services.start_transient(
        TransientUnit(
            name=f"{name}-{identity}.service",
            description="Roll back a Redis change that was not confirmed",
            arguments=(*archive.command(host), "recover", why, identity),
            properties=_QUIET,
            after_seconds=seconds,
            every_seconds=every,
        )
    )


def _work_seconds(instance: Instance | None) -> float:
    return WORK_SECONDS + _PASSES * _patience(instance)


def _patience(instance: Instance | None) -> float:
    if instance is None or not isinstance(instance.live, LiveServer):
        return 0.0
    return math.ceil(number_or(instance.live.info.get("used_memory")) / dataset.SLOWEST_BYTES_PER_SECOND)


def _unit(host: Host, name: str, text: str) -> None:
    host.write(UNITS / name, text.encode(), expected=None, owner="root", group="root", mode=0o644)


def _write(host: Host, path: PurePosixPath, text: str) -> None:
    owner, group = own_names(host)
    host.write(path, text.encode(), expected=None, owner=owner, group=group, mode=0o600)
