"""The systemd units that run redis-wizard regularly: a check that looks, and a renewal of certificates.

Their texts are in ``assets/systemd``. They are installed in ``/etc/systemd/system``, where they come before those of a
Debian package in ``/usr/lib/systemd/system``.

Source:
    systemd.timer(5), systemd.exec(5) on sandboxing and credentials, systemd.unit(5) on the order of directories.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import PurePosixPath

import assets
from wizard.errors import HostError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import watchdog
from wizard.jobs.boot_units import quote_word
from wizard.model.facts.files import FileKind
from wizard.model.value import Value


def credential_file(name: str) -> PurePosixPath:
    """Return where the program reads a credential: in a directory that only this run of the unit can read."""
    return PurePosixPath("%d", name)


class Timer(StrEnum):
    """What runs regularly."""

    CHECK = "check"
    RENEW = "renew"

    @property
    def unit(self) -> str:
        """Its timer."""
        return f"redis-wizard-{self}.timer"

    @property
    def service(self) -> str:
        """What the timer starts."""
        return f"redis-wizard-{self}.service"


class TimerState(Value, frozen=True, kw_only=True):
    """Whether a timer runs, and how its last run ended."""

    timer: Timer
    active: bool
    enabled: str
    """As systemd says; empty where no such timer is installed."""
    result: str
    """``success`` also before the first run."""
    last_run: str
    """As systemd writes it; empty before the first run."""
    next_run: str


class TimerList(Value, frozen=True, kw_only=True):
    """Both timers, as other programs read them."""

    schema: str = "redis-wizard/timers"
    version: int = 1
    timers: tuple[TimerState, ...]


def texts(
    timer: Timer,
    command: Sequence[str],
    *,
    writes: PurePosixPath | None = None,
    credentials: Mapping[str, PurePosixPath] | None = None,
) -> dict[str, str]:
    """Return both unit files by name.

    Args:
        timer: Which.
        command: What it runs; ``%d`` in it is the directory of credentials.
        writes: A directory that the check may write, for the textfile collector.
        credentials: The operator's password files by name, which systemd reads for it at each start.
    """
    words = (quote_word(each).replace("%%d/", "%d/") for each in command)
    loaded = (f"LoadCredential={name}:{quote_word(str(file))}\n" for name, file in (credentials or {}).items())
    values = {
        "command": " ".join(words),
        "more": "".join(loaded),
        "writes": f"ReadWritePaths={quote_word(f'-{writes}')}\n" if writes else "",
    }
    return {
        timer.service: assets.text(f"systemd/{timer.service}").format_map(values),
        timer.unit: assets.text(f"systemd/{timer.unit}"),
    }


def install(host: Host, timer: Timer, files: dict[str, str]) -> tuple[PurePosixPath, ...]:
    """Write the unit files and start the timer, now and at each boot.

    Raises:
        UnsupportedError: systemd does not run this host.
        HostError: a file cannot be written, or systemd refuses.
    """
    demand_systemd(host)
    paths = []
    for name, text in files.items():
        host.write(watchdog.UNITS / name, text.encode(), expected=None, owner="root", group="root", mode=0o644)
        paths.append(watchdog.UNITS / name)
    host.services.reload_definitions()
    host.services.enable(timer.unit)
    host.services.restart(timer.unit)
    return tuple(paths)


def remove(host: Host, timer: Timer) -> tuple[PurePosixPath, ...]:
    """Stop a timer and remove its files; one of a package stays installed, and disabled. Raises HostError."""
    demand_systemd(host)
    with suppress(HostError):
        host.services.stop(timer.unit)
    with suppress(HostError):
        host.services.disable(timer.unit)
    found = tuple(path for path in unit_files(timer) if host.status(path).kind is not FileKind.ABSENT)
    for path in found:
        host.remove(path)
    host.services.reload_definitions()
    return found


def state_of(host: HostReader, timer: Timer) -> TimerState:
    """Return whether a timer runs, and how the last run ended; raises HostError."""
    demand_systemd(host)
    seen = host.services.show(timer.unit, ("LastTriggerUSec", "NextElapseUSecRealtime"))
    service = host.services.show(timer.service, ("Result", "ExecMainExitTimestamp")).properties
    # systemd loses the service's time with the boot, and the timer's time leaves out manual runs.
    last = service.get("ExecMainExitTimestamp", "") or seen.properties.get("LastTriggerUSec", "")
    following = seen.properties.get("NextElapseUSecRealtime", "")
    return TimerState(
        timer=timer,
        active=seen.active == "active",
        enabled=seen.enabled,
        result=service.get("Result", ""),
        last_run="" if last == "n/a" else last,
        next_run="" if following == "n/a" else following,
    )


def unit_files(timer: Timer) -> tuple[PurePosixPath, ...]:
    """Return where the files of a timer are, if they are: its link for the boot first."""
    return tuple(watchdog.UNITS / name for name in (f"timers.target.wants/{timer.unit}", timer.unit, timer.service))


def demand_systemd(host: HostReader) -> None:
    """Refuse a host that systemd does not run."""
    if not watchdog.has_systemd(host):
        raise UnsupportedError("systemd does not run this host; run redis-wizard check from cron instead")
