"""How long a follower waits, and what it does then: decided from what it observes; the clock is an argument.

::

    no line yet, and its unit is gone          2 s → start it again; 2 s → close it: nothing was changed
    no line yet, and no unit is known         60 s → the same
    no process works on it                    15 s → start a recovery; gone again without a line → give up
    its journal is silent for 150 s           stop that process; 30 s later → give up
    a recovery fails again and again          60 s after the first failure, 180 s in the middle of a try → give up

Progress is a new line of the journal, and a working process writes one every twenty seconds, so a long step
is waited for.
"""

from enum import Enum, auto

from wizard.model.value import Value

GONE_SECONDS = 2.0
"""A unit that is gone for so long, without a line, has not started."""
UNBEGUN_SECONDS = 60.0
"""The same where there is no unit to ask: on a busy host the first line of a worker takes time."""
LEFT_ALONE_SECONDS = 15.0
"""After this long without a working process, a follower starts a recovery."""
SILENT_SECONDS = 150.0
"""The guard ends who is silent within 120 s, once there is a guard."""
KILLED_SECONDS = 30.0
"""Who was ended lets go of the lock within this."""
FAILING_SECONDS = 60.0
"""After its first failure, a recovery is followed for so long."""
TRYING_SECONDS = 180.0
"""The same while a try is under way: it may be the one that succeeds."""
TELL_SECONDS = 30.0
_STARTS = 2
"""A worker, or a recovery, that wrote no line is started once more."""


class Act(Enum):
    """What a follower does next."""

    WAIT = auto()
    START = auto()
    """Start what never began, once more."""
    RECOVER = auto()
    """Start a recovery."""
    KILL = auto()
    """End the process that holds the lock and writes nothing."""
    END_UNBEGUN = auto()
    """Give up: it never began, and nothing was changed."""
    GIVE_UP_LEFT = auto()
    """Give up: no recovery that is started writes a line."""
    GIVE_UP_HELD = auto()
    """Give up: the lock is held by what does not answer."""
    GIVE_UP_FAILING = auto()
    """Give up: the recovery fails, and is tried again without us."""


class Observation(Value, frozen=True, kw_only=True):
    """What a follower sees at one moment."""

    at: float
    """By the monotonic clock."""
    lines: int
    """Of the journal."""
    held: bool
    """A process holds the lock."""
    alive: bool | None
    """Its unit or process is there; ``None``: not known."""
    waits: bool = False
    """It waits for a confirmation that may still come, so that it writes nothing."""
    failing: float | None = None
    """Seconds since a recovery failed for the first time, where it is tried again by itself; ``None``: none did."""


class Patience:
    """Decides for one follower; asked again and again."""

    def __init__(self, at: float, *, asked: bool = False) -> None:
        """Begin to wait.

        Args:
            at: Now, by the monotonic clock.
            asked: A recovery has just been started.
        """
        self._lines = 0
        self._first = True
        self._moved = at
        """When the newest line came."""
        self._worked = at
        """When a working process was last observed."""
        self._alive = at
        """When its unit was last seen."""
        self._asked = asked
        self._starts = 1
        self._killed: float | None = None

    def next(self, sight: Observation) -> Act:
        """Return what to do now."""
        self._note(sight)
        if not sight.lines and not sight.held:
            return self._unbegun(sight)
        if sight.failing is not None and sight.failing > (TRYING_SECONDS if sight.held else FAILING_SECONDS):
            return Act.GIVE_UP_FAILING
        return self._held(sight) if sight.held else self._left(sight)

    def idle(self, sight: Observation) -> float:
        """Return the seconds since the last line of the journal, while one is due."""
        return 0.0 if sight.waits else sight.at - self._moved

    def _note(self, sight: Observation) -> None:
        grew = sight.lines > self._lines
        if grew and not self._first:
            self._starts, self._killed = 1, None
        if grew or sight.waits:
            self._moved = sight.at
        if grew or sight.held:
            self._worked = sight.at
        if grew or sight.held or sight.alive:
            self._alive = sight.at
        self._lines, self._first = sight.lines, False

    def _again(self, sight: Observation, act: Act, last: Act) -> Act:
        if self._starts >= _STARTS:
            return last
        self._starts += 1
        self._worked = self._alive = sight.at
        return act

    def _is_gone(self, sight: Observation, unknown: float) -> bool:
        return sight.at - self._alive > (unknown if sight.alive is None else GONE_SECONDS)

    def _unbegun(self, sight: Observation) -> Act:
        late = sight.at - self._moved > UNBEGUN_SECONDS
        if self._is_gone(sight, UNBEGUN_SECONDS) or late:
            self._moved = sight.at
            return self._again(sight, Act.START, Act.END_UNBEGUN)
        return Act.WAIT

    def _held(self, sight: Observation) -> Act:
        if self._killed is not None:
            return Act.GIVE_UP_HELD if sight.at - self._killed > KILLED_SECONDS else Act.WAIT
        if self.idle(sight) > SILENT_SECONDS:
            self._killed = sight.at
            return Act.KILL
        return Act.WAIT

    def _left(self, sight: Observation) -> Act:
        if sight.failing is not None:
            return Act.WAIT
        if self._asked or self._starts > 1:
            # One that we started ourselves ends with a line, or not at all.
            gone = self._is_gone(sight, LEFT_ALONE_SECONDS)
        else:
            gone = sight.at - self._worked > LEFT_ALONE_SECONDS
        return self._again(sight, Act.RECOVER, Act.GIVE_UP_LEFT) if gone else Act.WAIT
