"""What a follower does where an apply makes no progress: start it again, have it recovered, or give up and say why."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from wizard.errors import ApplyError, BusyError, HostError
from wizard.host.port import Host
from wizard.jobs import boot_clock, lock, retries, watchdog
from wizard.jobs.journal import Record
from wizard.jobs.retries import Tries
from wizard.model.event import Event, EventKind, Phase
from wizard.recovery import guard, launch, recover
from wizard.recovery.patience import TELL_SECONDS, Act, Observation, Patience

_LOOK_SECONDS = 0.5
"""Between two questions to the service manager."""


class Following:
    """One follower of an apply or rollback.

    Args:
        host: The machine.
        identity: Of the apply.
        asked: This follower has just started a recovery.
    """

    def __init__(self, host: Host, identity: str, *, asked: bool) -> None:
        self._host = host
        self._identity = identity
        self._patience = Patience(time.monotonic(), asked=asked)
        self._alive: bool | None = None
        self._looked = 0.0
        self._told = 0

    def step(self, record: Record) -> Iterator[Event]:
        """Do what the moment asks for, and give what there is to tell while nothing happens.

        Raises:
            ApplyError: it makes no progress; the text says since when, why, and what to do.
        """
        told = retries.read(self._host, self._identity)
        sight = self._see(record, told)
        self._act(self._patience.next(sight), sight, told)
        periods = int(self._patience.idle(sight) / TELL_SECONDS)
        if periods > self._told:
            yield _note(record, _waiting(sight, self._patience.idle(sight), told))
        self._told = periods

    def _see(self, record: Record, told: Tries | None) -> Observation:
        held, now = lock.is_held(self._host), time.monotonic()
        if not held and now - self._looked > _LOOK_SECONDS:
            self._alive, self._looked = launch.is_alive(self._host), now
        return Observation(
            at=now,
            lines=len(record.events),
            held=held,
            alive=self._alive,
            waits=record.confirmable,
            failing=boot_clock.now() - told.first if told is not None else None,
        )

    def _act(self, act: Act, sight: Observation, told: Tries | None) -> None:
        match act:
            case Act.WAIT:
                return
            case Act.START:
                with suppress(BusyError):  # so it comes after all
                    launch.start(self._host, self._identity)
            case Act.RECOVER:
                with suppress(BusyError):  # another process works on it, which does not hold the lock yet
                    launch.recover(self._host, self._identity)
            case Act.KILL:
                guard.end_silent(self._host, self._identity)
            case Act.END_UNBEGUN:
                self._end_unbegun()
            case Act.GIVE_UP_LEFT:
                words = launch.last_words(self._host, self._identity) or "it left no message"
                raise ApplyError(
                    f"the recovery of apply {self._identity} was started twice and reported nothing: {words}; "
                    "fix that, then run redis-wizard recover"
                )
            case Act.GIVE_UP_HELD:
                seconds = self._patience.idle(sight)
                raise ApplyError(
                    f"a process holds {self._host.state}/lock and has written nothing for {seconds:.0f} s; "
                    "stop that process, then run redis-wizard recover"
                )
            case Act.GIVE_UP_FAILING if told is not None:
                raise ApplyError(f"{told.why} ({retries.sentence(told)})")
            case _:
                return

    def _end_unbegun(self) -> None:
        words = launch.last_words(self._host, self._identity) or f"see journalctl -u {watchdog.WORKER}"
        why = f"the worker was started twice and reported nothing: {words}"
        with suppress(HostError):
            self._host.services.kill(watchdog.WORKER)
        try:
            recover.end_unbegun(self._host, self._identity, why)
        except (HostError, BusyError) as error:
            raise ApplyError(f"{why}; its result could not be recorded: {error}; run redis-wizard recover") from error


def _waiting(sight: Observation, idle: float, told: Tries | None) -> str:
    if not sight.lines:
        return f"Waiting for the worker's first line for {idle:.0f} s"
    if told is not None:
        return f"Waiting for the recovery: {retries.sentence(told)}: {told.why}"
    if sight.held:
        return f"Waiting for the process that works on it: it has written nothing for {idle:.0f} s"
    return f"Waiting for a recovery: no process has worked on it for {idle:.0f} s"


def _note(record: Record, text: str) -> Event:
    phase = record.events[-1].phase if record.events else Phase.LOCK
    return Event(at=datetime.now(UTC).isoformat(timespec="milliseconds"), kind=EventKind.NOTE, phase=phase, text=text)
