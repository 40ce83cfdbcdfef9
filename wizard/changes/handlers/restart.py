"""Restart the server once, with its keys safe on disk before, and wait until it has read them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from wizard.changes import live_config, user_record
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handler import CommitPhase, Handler, VerifyPhase
from wizard.changes.handlers import directives
from wizard.errors import (
    ApplyError,
    HostError,
    LoadingError,
    ServerError,
    UnreachableError,
    UnsupportedError,
    VerifyError,
)
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.host.services import ServiceState
from wizard.model.change import Restart
from wizard.model.event import Phase
from wizard.model.facts.instance import Instance
from wizard.model.login import Endpoint
from wizard.model.text import number_or
from wizard.model.unit_state import STOPPED, UP
from wizard.persistence import dataset, quiesce
from wizard.persistence.datafiles import data_files, is_complete_aof
from wizard.persistence.unit_timeouts import raised_timeouts
from wizard.server.access import of_unit
from wizard.server.client import Client
from wizard.server.downtime import DowntimeProbe
from wizard.server.sessions import Connector, endpoints

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
_PATIENCE = 60.0
"""Seconds for the start of a server whose dataset could not be read."""
_NOTED_SECONDS = 1.0
"""Seconds that writes may wait unsaid."""
STEADY_SECONDS = 4.0
"""A server that cannot live with its new configuration ends within this time after its start."""
STEADY_POLL = 0.2
_LIFE = ("active", "MainPID", "server", "NRestarts", "InvocationID")


@contextmanager
def prepared_restart(
    host: Host, unit: str, doors: Connector, *, places: Sequence[Endpoint], seconds: float
) -> Iterator[Callable[[], float]]:
    """Do first what takes time and need not make clients wait, and return the function that restarts the unit.

    That function restarts (or starts) it at once, waits until the server answers, and returns the downtime
    of its clients. After its start the server is expected at `places` alone.

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
        raise VerifyError(f"{unit} is {state['active']} ({state.get('Result')}) soon after its start; read its log")


def was_restarted(host: HostReader, instance: Instance | None) -> bool:
    """Return whether a server runs as another process than the one that was seen, so it has read its files again.

    Others may have restarted it, a package upgrade for one.
    """
    unit = instance.unit if instance is not None else None
    if instance is None or unit is None or host.tree is not None:
        return False
    before = instance.process.pid if instance.process else unit.main_pid
    try:
        return before != 0 and of_unit(host, unit.name).main_pid() not in {0, before}
    except HostError:
        return False


def unit_state(host: HostReader, unit: str) -> dict[str, str]:
    """Return what identifies one run of a unit; empty where no service manager runs it.

    Raises:
        ProgramError: the service manager does not answer, for longer than its own restart takes.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while unit:
        try:
            state = host.services.show(unit, PROPERTIES)
            server = of_unit(host, unit).main_pid() if state.active in UP else 0
        except UnsupportedError:
            break
        except HostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(STEP_SECONDS)
            continue
        return _told(state, server)
    return {}


def _told(state: ServiceState, server: int) -> dict[str, str]:
    """Return what is compared; a server that a script starts is another process than the main one."""
    return {"server": str(server), "active": state.active, "MainPID": str(state.main_pid), **state.properties}


class CrashWatcher:
    """Looks from time to time whether a server still runs; other programs may restart or stop it."""

    def __init__(self, host: HostReader, unit: str) -> None:
        self._host = host
        self._unit = unit
        self._last = self._life()
        self._looked = time.monotonic()

    def crash(self) -> str:
        """Say how it stopped by itself; empty while it did not, or where that is not known."""
        if self._last.get("active") != "active" or time.monotonic() - self._looked < LOOK_SECONDS:
            return ""
        before, now, self._looked = self._last, self._life(), time.monotonic()
        if now.get("active") == "failed":
            return f"{self._unit} failed ({now['Result']})"
        again = now.get("SubState", "").startswith("auto-restart") or _restarts(now) > _restarts(before)
        if again:
            return f"{self._unit} stopped and was started again by systemd"
        self._last = before | now | {"active": "active"}
        return ""

    def _life(self) -> dict[str, str]:
        try:
            return unit_state(self._host, self._unit)
        except HostError:
            return {}


def _restarts(state: dict[str, str]) -> int:
    """How often the service manager has started it again; the count begins again after a requested restart."""
    return number_or(state.get("NRestarts"))


# --- the change ----------------------------------------------------------------------------------


def _restart(run: ApplyContext, changes: Sequence[Restart]) -> None:
    for change in changes if run.is_running_host else ():
        client = run.connector.connect_or_none() if run.live else None
        seconds = dataset.save_timeout(client) if client is not None else _PATIENCE
        planned = endpoints(planned_configuration(run).values)
        with prepared_restart(run.host, change.unit, run.connector, places=planned, seconds=seconds) as act:
            persisted = _persist(run, change, client) if client is not None else None
            user_record.demand_unchanged(run)
            live_config.demand_unchanged(run)
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                run.restarted = True
                with _held(run, client, persisted):
                    run.downtime_seconds = act()
                run.restarted_at, run.unit_state = time.monotonic(), unit_state(run.host, change.unit)


def _persist(run: ApplyContext, change: Restart, client: Client) -> quiesce.PersistedDataset:
    accepted = change.id in run.plan.consents
    with run.journal.step(Phase.COMMIT, "persist all keys", changes=(change.id,)):
        on = _starts_from_append_only(run, client, accepted=accepted)
        persisted = quiesce.persist(client, from_append_only=on, rewrite=directives.has_renamed_commands(run))
        known = data_files(run.server, planned_configuration(run))
        if on and known and not accepted and client.key_total() and not is_complete_aof(run.host, known):
            raise ApplyError(
                f"the server keeps its append-only file elsewhere than in {known.dump.parent}, where its next start "
                "would look for it; make dir and appenddirname agree, then plan again"
            )
        return persisted


@contextmanager
def _held(run: ApplyContext, client: Client | None, persisted: quiesce.PersistedDataset | None) -> Iterator[None]:
    """Quiesce directly before the stop: clients that write may wait from now on."""
    if client is None or persisted is None:
        yield
        return
    with quiesce.quiesced(client, persisted, enter=run.connector.connect_or_none) as quiesced:
        run.dataset_before = quiesced.last
        yield
    if quiesced.waited > _NOTED_SECONDS:
        run.checks.append(f"Writes waited for {quiesced.waited:.0f} s while the last save ran; reads were answered.")


def _starts_from_append_only(run: ApplyContext, client: Client, *, accepted: bool) -> bool:
    """What the next start reads. Where it would find nothing and that was accepted, the keys go to the RDB file."""
    on = planned_configuration(run).value("appendonly", "no").lower() == "yes"
    return on and (dataset.uses_append_only(client) or not accepted)


def _was_restarted(run: ApplyContext, _: Sequence[Restart]) -> Iterator[str]:
    before = run.unit_state_before
    unit = run.server.unit.name if run.server.unit else ""
    if not run.restarted or not unit:
        return
    now = unit_state(run.host, unit)
    if now.get("active") != "active":
        raise VerifyError(f"{unit} is {now.get('active')} after its restart")
    if now.get("MainPID") == before.get("MainPID") and now.get("MainPID") != "0":
        raise VerifyError(f"{unit} still runs as process {now['MainPID']}: it was not restarted")
    yield f"{unit} runs as a new process; it did not answer for {run.downtime_seconds:.1f} s."


def _stays_up(run: ApplyContext, _: Sequence[Restart]) -> Iterator[str]:
    """It has run since its restart, and goes on; most of the time was needed for the other looks."""
    unit = run.server.unit.name if run.server.unit else ""
    if not run.unit_state:
        return
    while True:
        now, seconds = unit_state(run.host, unit), time.monotonic() - run.restarted_at
        if any(now.get(name) != run.unit_state.get(name) for name in _LIFE):
            raise VerifyError(
                f"{unit} does not keep running with the new configuration: it stopped after {seconds:.0f} s"
            )
        if seconds > STEADY_SECONDS:
            break
        time.sleep(STEADY_POLL)
    yield f"{unit} has run without interruption for {seconds:.0f} seconds."


HANDLER: Handler[Restart] = Handler(
    do={CommitPhase.RESTART: _restart},
    verify={VerifyPhase.RESTART: _was_restarted, VerifyPhase.STEADY: _stays_up},
    # A rollback restarts the server itself, once, where its files or values need it, and compares how it runs.
    undo={},
    differences={},
)
