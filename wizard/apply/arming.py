"""The nets below an open apply: a boot unit, and timers. Spread before the first change, taken in after the end.

::

    worker: its own deadline  →  its ExecStopPost  →  a timer  →  a unit at the next boot

All of them run the same `recover`. The order in which they are spread and taken in leaves no instant in
which a change could outlive all of them. What may not live here: what they do (`recover`).

Source:
    systemd.unit(5), systemd.service(5), systemd-run(1); measured: an early unit may call systemctl.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.apply import data, journal, kit, orders, reserve, secretfile
from wizard.apply.journal import Journal
from wizard.errors import BusyError, ChangedUnderUsError, HostError, InputError
from wizard.host.port import Host, TransientUnit
from wizard.model.event import EventKind, Outcome, Phase
from wizard.model.facts import FileKind, Instance, LiveServer
from wizard.model.value import Value, from_json, replace, to_json
from wizard.snapshots.store import own_names

RUNNING = PurePosixPath("/run/systemd/system")
"""There where systemd runs the host."""
UNITS = PurePosixPath("/etc/systemd/system")
WORKER = "redis-wizard-apply.service"
BOOT_UNIT = "redis-wizard-recover.service"
DATA_UNIT = "redis-wizard-recover-data.service"
GUARD = "redis-wizard-guard"
"""Ends an apply that hangs before it could ask for a confirmation. The id follows: an old one may still run."""
DEADLINE = "redis-wizard-deadline"
"""Ends the wait for a confirmation when the worker does not. The id follows."""
RETRY = "redis-wizard-retry"
"""Tries again what could not be put back. The id follows."""

_SERVERS = ("redis-server.service", "redis.service", "valkey-server.service", "valkey.service")
_GUARD_SECONDS = 1200.0
"""A package manager may take three quarters of it."""
_PASSES = 5
"""How often all data may be written or read in one apply."""
_LATER_SECONDS = 5.0
"""The worker has the first word about its own deadline."""
_UNDER_WAY = {"active", "activating", "reloading"}
_AGAIN = ("Restart=on-failure", "RestartSec=2", "StartLimitIntervalSec=0")

_BOOT = """\
# Written by redis-wizard while a change waits to be kept; it removes itself.
[Unit]
Description=Undo a Redis change that nobody has confirmed
CollectMode=inactive-or-failed
DefaultDependencies=no
RequiresMountsFor=/etc {state} {python}
After=local-fs.target
Before=systemd-sysctl.service disable-thp.service shutdown.target {servers}
Conflicts=shutdown.target
ConditionPathExists={state}/pending

[Service]
Type=oneshot
ExecStart={command} recover boot {identity}
TimeoutStartSec=300

[Install]
WantedBy=sysinit.target
"""

_DATA = """\
# Written by redis-wizard while a change waits to be kept; it removes itself.
[Unit]
Description=Bring Redis, and its keys, back to where they were before a change that nobody has confirmed
CollectMode=inactive-or-failed
StartLimitIntervalSec=0
After={boot} {servers}
ConditionPathExists=|{state}/pending
ConditionPathExists=|{state}/pending-data

[Service]
Type=simple
ExecStart={command} recover data {identity}
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
"""


class Armed(Value, frozen=True, kw_only=True):
    """What was spread."""

    directories: tuple[str, ...] = ()
    """Directories of links that were made for it."""


def has_systemd(host: Host) -> bool:
    """Tell whether transient units and a boot unit can watch over this host."""
    return host.reopen == () and host.status(RUNNING).kind is FileKind.DIRECTORY


def arm(host: Host, identity: str, instance: Instance | None) -> None:
    """Spread the nets; nothing has been changed before.

    Raises:
        HostError: they cannot be spread.
    """
    _write(host, host.state / "pending", f"{identity}\n")
    if not has_systemd(host):
        return
    command = kit.command(host)
    links = ((BOOT_UNIT, "sysinit.target.wants"), (DATA_UNIT, "multi-user.target.wants"))
    missing = tuple(str(UNITS / d) for _, d in links if host.status(UNITS / d).kind is FileKind.ABSENT)
    _write(host, orders.place(host, identity) / "armed.json", to_json(Armed(directories=missing)))
    for (name, directory), template in zip(links, (_BOOT, _DATA), strict=True):
        _unit(host, name, _text(host, template, identity, instance, command))
        if host.status(UNITS / directory).kind is FileKind.ABSENT:
            host.make_directory(UNITS / directory, owner="root", group="root", mode=0o755)
        with suppress(ChangedUnderUsError):
            host.link(UNITS / directory / name, target=str(UNITS / name))
    _timer(host, GUARD, "deadline", identity, _guard_seconds(instance))


def due(host: Host, identity: str, begun: float) -> float:
    """Say when a worker is looked after, for who watches it where no timer does.

    Args:
        host: The machine.
        identity: Of the apply.
        begun: When it began, in seconds of CLOCK_BOOTTIME; so is what is given.
    """
    deadline = journal.read(host, identity).deadline
    if deadline is not None:
        return deadline + _LATER_SECONDS
    return begun + _guard_seconds(orders.instance_of(host, identity))


def unwatched(host: Host) -> str:
    """Say what no net holds on this machine; empty where every one is spread."""
    if host.reopen != () or has_systemd(host):
        return ""
    return "no systemd runs this host: after a power cut nothing is taken back before redis-wizard recover is called"


def expect_word(host: Host, seconds: float) -> None:
    """Spread one more net for the wait for a confirmation.

    Raises:
        HostError: it cannot be spread.
    """
    identity = pending(host)
    if has_systemd(host) and identity:
        _timer(host, DEADLINE, "deadline", identity, seconds + _LATER_SECONDS)


def try_again(host: Host, identity: str) -> None:
    """Have the recovery tried again and again until it is done."""
    with suppress(BusyError):
        _timer(host, RETRY, "again", identity, 2.0)


def tries_again(host: Host, identity: str) -> bool:
    """Tell whether a timer, or the unit that comes after the server at boot, is about to try once more."""
    if not has_systemd(host):
        return False
    units = (f"{RETRY}-{identity}.timer", f"{RETRY}-{identity}.service", DATA_UNIT)
    return any(host.services.show(unit).active in _UNDER_WAY for unit in units)


def is_armed(host: Host, identity: str) -> bool:
    """Tell whether anything of the nets is spread, and for no other apply than this one."""
    if pending(host) not in ("", identity):
        return False
    places = (host.state / "pending", host.state / "pending-data", *(UNITS / name for name in (BOOT_UNIT, DATA_UNIT)))
    return any(host.status(path).kind is not FileKind.ABSENT for path in places)


def is_leaving(host: Host) -> bool:
    """Tell whether the worker's unit has not gone yet, with what systemd runs after it."""
    return has_systemd(host) and host.services.show(WORKER).active in _UNDER_WAY | {"deactivating"}


def leave_data(host: Host, identity: str) -> None:
    """Leave the last part, the keys, to the unit that comes after the server.

    Raises:
        HostError: it cannot be left.
    """
    _write(host, host.state / "pending-data", f"{identity}\n")
    host.remove(host.state / "pending")


def waits_for_server(host: Host) -> bool:
    """Tell whether all is put back but the keys."""
    left = (host.status(host.state / name).kind is not FileKind.ABSENT for name in ("pending", "pending-data"))
    return tuple(left) == (False, True)


def pending(host: Host) -> str:
    """Give the id of the apply that is open, as the disk has it; empty when there is none."""
    for name in ("pending", "pending-data"):
        with suppress(HostError):
            return host.read(host.state / name).decode(errors="replace").strip()
    return ""


def ended(host: Host, log: Journal, kind: EventKind, phase: Phase, outcome: Outcome, *, text: str = "") -> Outcome:
    """Write how it ended, then forget its secrets and take the nets in; they stay when it cannot be written."""
    try:
        log.end(kind, phase, outcome, text)
    except HostError as error:
        more = f"Its end could not be written down: {error}; mend that, then run redis-wizard recover"
        return replace(outcome, summary=f"{outcome.summary} {more}")
    with suppress(HostError):
        secretfile.forget(host, log.identity)
    disarm(host, log.identity)
    return outcome


def disarm(host: Host, identity: str) -> None:
    """Take the nets in, unless another apply has spread them anew; what stays of them finds nothing to do."""
    if pending(host) not in ("", identity):
        return
    for name in ("pending", "pending-data"):
        with suppress(HostError):
            host.remove(host.state / name)
    with suppress(HostError):
        reserve.free(host, identity)
    if not has_systemd(host):
        return
    for timer in (DEADLINE, GUARD, RETRY):
        with suppress(HostError):
            if host.services.show(f"{timer}-{identity}.timer").known:
                host.services.stop(f"{timer}-{identity}.timer")
    armed = _armed(host, identity)
    for name, directory in ((DATA_UNIT, "multi-user.target.wants"), (BOOT_UNIT, "sysinit.target.wants")):
        for path in (UNITS / directory / name, UNITS / name):
            with suppress(HostError):
                host.remove(path)
        if str(UNITS / directory) in armed.directories:
            # Somebody else may have put a link there by now.
            with suppress(HostError):
                host.remove(UNITS / directory)
    with suppress(HostError):
        if host.services.show(BOOT_UNIT).known:
            # One that could not put everything back has failed, and would be remembered as that without its file.
            host.services.clear_start_limit(BOOT_UNIT)
            host.services.reload_definitions()


# --- inside --------------------------------------------------------------------------------------


def _armed(host: Host, identity: str) -> Armed:
    try:
        return from_json(Armed, host.read(orders.place(host, identity) / "armed.json"))
    except (HostError, InputError):
        return Armed()


def _timer(host: Host, name: str, why: str, identity: str, seconds: float) -> None:
    host.services.start_transient(
        TransientUnit(
            name=f"{name}-{identity}.service",
            description="Undo a Redis change that nobody has confirmed",
            arguments=(*kit.command(host), "recover", why, identity),
            properties=_AGAIN,
            after_seconds=seconds,
        )
    )


def _text(host: Host, template: str, identity: str, instance: Instance | None, command: Sequence[str]) -> str:
    own = instance.unit.name if instance and instance.unit else ""
    servers = dict.fromkeys([*([own] if own else []), *_SERVERS])
    return template.format(
        state=quoted(str(host.state)),
        python=quoted(command[0]),
        boot=BOOT_UNIT,
        servers=" ".join(quoted(name) for name in servers),
        command=" ".join(quoted(word) for word in command),
        identity=identity,
    )


def quoted(word: str) -> str:
    """Write one word of a unit file; specifiers and variables in it mean nothing.

    Source:
        systemd.syntax(7), systemd.service(5) on command lines.
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(letter.isspace() or letter in "\"'\\;" for letter in word) else escaped


def _guard_seconds(instance: Instance | None) -> float:
    return _GUARD_SECONDS + _PASSES * _patience(instance)


def _patience(instance: Instance | None) -> float:
    if instance is None or not isinstance(instance.live, LiveServer):
        return 0.0
    used = instance.live.info.get("used_memory", "0")
    return math.ceil(int(used) / data.SLOWEST) if used.isdecimal() else 0.0


def _unit(host: Host, name: str, text: str) -> None:
    host.write(UNITS / name, text.encode(), expected=None, owner="root", group="root", mode=0o644)


def _write(host: Host, path: PurePosixPath, text: str) -> None:
    owner, group = own_names(host)
    host.write(path, text.encode(), expected=None, owner=owner, group=group, mode=0o600)
