"""Restart the server once, with its keys safe on disk before, and wait until it has read them.

What may not live here: what needs the restart.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from wizard.errors import HostError, LoadingError, ServerError, UnreachableError, UnsupportedError, VerifyError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.host.services import ServiceState
from wizard.model.facts import Instance
from wizard.model.login import Endpoint
from wizard.model.unit_state import STOPPED
from wizard.persistence.unit_timeouts import raised_timeouts
from wizard.server.client import Client
from wizard.server.downtime import DowntimeProbe
from wizard.server.sessions import Connector

STEP_SECONDS = 0.05
WAIT_SECONDS = 0.01
"""Between two looks for a server that starts: its clients wait with us."""
PROPERTIES = ("InvocationID", "NRestarts", "Result", "SubState")
ANSWER_SECONDS = 5.0
DOWN_SECONDS = 0.5
"""Between two looks at one that does not answer."""
LOOK_SECONDS = 1.0
"""Between two looks at a server that runs."""
_BASE_SECONDS = 90.0


@contextmanager
def prepared_restart(
    host: Host, unit: str, doors: Connector, *, places: Sequence[Endpoint], seconds: float
) -> Iterator[Callable[[], float]]:
    """Do all that takes time and need not be done while clients wait, and give the act that restarts the unit.

    The act restarts (or starts) it at once, waits until the server answers, and tells how long that was
    away for its clients. From its start on the server is looked for at `places` alone.

    Raises:
        ProgramError, UnsupportedError: by the act: the service manager refuses.
        VerifyError: by the act: it runs, but does not answer.
    """
    with DowntimeProbe(doors) as pulse, raised_timeouts(host, unit, seconds):
        host.services.clear_start_limit(unit)

        def act() -> float:
            doors.close()
            doors.only(places)
            host.services.restart(unit, seconds=_BASE_SECONDS + seconds)
            wait_until_up(doors, seconds=seconds, host=host, unit=unit)
            return round(pulse.longest_gap(), 3)

        yield act


def wait_until_up(doors: Connector, *, seconds: float, host: HostReader, unit: str) -> Client | None:
    """Wait until a server answers; ``None`` when it does and lets none of our logins in.

    Raises:
        VerifyError: it does not answer in time, or is down: a unit that does not tell when it is ready
            counts as started at once, also one that ends at once.
    """
    begun = looked = time.monotonic()
    if not doors.endpoints:
        # No address is known, so only the service manager can tell.
        _demand_up(host, unit)
        return None
    while True:
        try:
            return doors.connect()
        except (UnreachableError, LoadingError) as error:
            now = time.monotonic()
            if now - begun > seconds:
                raise VerifyError(f"the server does not answer within {seconds:.0f} seconds: {error}") from None
            if now - looked > DOWN_SECONDS:
                _demand_up(host, unit)
                looked = time.monotonic()
            time.sleep(WAIT_SECONDS)
        except ServerError:
            return None


def _demand_up(host: HostReader, unit: str) -> None:
    try:
        state = unit_state(host, unit)
    except HostError:
        return
    if state.get("active") in STOPPED:
        raise VerifyError(f"{unit} is {state['active']} ({state.get('Result')}) soon after its start; its log says why")


def was_restarted(host: HostReader, instance: Instance | None) -> bool:
    """Tell whether a server runs as another process than the one that was seen, so it has read its files anew.

    Others may have restarted it, a package upgrade for one.
    """
    unit = instance.unit if instance is not None else None
    if unit is None or not unit.main_pid or host.tree is not None:
        return False
    try:
        return host.services.show(unit.name).main_pid not in {0, unit.main_pid}
    except HostError:
        return False


def unit_state(host: HostReader, unit: str) -> dict[str, str]:
    """What tells one life of a unit from the next; empty where no service manager runs it.

    Raises:
        ProgramError: the service manager does not answer, for longer than one that is just replaced by itself.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while unit:
        try:
            state = host.services.show(unit, PROPERTIES)
        except UnsupportedError:
            break
        except HostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(STEP_SECONDS)
            continue
        return _told(state)
    return {}


def _told(state: ServiceState) -> dict[str, str]:
    return {"active": state.active, "MainPID": str(state.main_pid), **state.properties}


class CrashWatcher:
    """Looks now and then whether a server still runs that did so once; whoever restarts or stops it may do so."""

    def __init__(self, host: HostReader, unit: str) -> None:
        self._host = host
        self._unit = unit
        self._last = self._life()
        self._looked = time.monotonic()

    def crash(self) -> str:
        """Say how it came to an end by itself; empty while it did not, or nobody can tell."""
        if self._last.get("active") != "active" or time.monotonic() - self._looked < LOOK_SECONDS:
            return ""
        before, now, self._looked = self._last, self._life(), time.monotonic()
        if now.get("active") == "failed":
            return f"{self._unit} failed ({now['Result']})"
        again = now.get("SubState", "").startswith("auto-restart") or _restarts(now) > _restarts(before)
        if again:
            return f"{self._unit} ended and was started again by the service manager"
        self._last = before | now | {"active": "active"}
        return ""

    def _life(self) -> dict[str, str]:
        try:
            return unit_state(self._host, self._unit)
        except HostError:
            return {}


def _restarts(state: dict[str, str]) -> int:
    """How often the service manager has started it again; counted anew after a restart that somebody asked for."""
    text = state.get("NRestarts", "")
    return int(text) if text.isdecimal() else 0
