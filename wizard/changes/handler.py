"""The acting half of a kind of change: what each kind must say, and the phases at which it is asked.

A phase orders kinds where their own order would not do: what a kind does may be spread over several phases, and what
several kinds do may meet in one. `wizard.changes.registry` walks the kinds at each phase.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Generic, TypeVar

from wizard.changes.context import ApplyContext
from wizard.changes.rollback_context import RollbackContext
from wizard.model.change import ChangeBase
from wizard.model.event import Phase

C = TypeVar("C", bound=ChangeBase)


class CommitPhase(Enum):
    """The phases of a commit, in their order: no instant is worse than the one before."""

    PACKAGES = auto()
    DIRECTORY_RIGHTS = auto()
    """Before anything is written there: the owner of a directory could rename our files."""
    DIRECTORIES = auto()
    CERTIFICATES = auto()
    APPEND_ONLY_ON = auto()
    ACL_FILES = auto()
    LIVE_VALUES = auto()
    """What the running server takes at once, without its listeners and users."""
    CONFIGURATION = auto()
    RIGHTS = auto()
    KERNEL = auto()
    SYSTEM_FILES = auto()
    UNITS = auto()
    OPEN_LISTENERS = auto()
    """New endpoints are open and proven before the users change and the old ones close."""
    LOAD_USERS = auto()
    CLOSE_LISTENERS = auto()
    RESTART = auto()
    """Once, last."""


class VerifyPhase(Enum):
    """The phases of a verification."""

    MACHINE = auto()
    """On a running machine, whether or not a server runs there."""
    RESTART = auto()
    LOGINS = auto()
    VALUES = auto()
    """In the running server, logged in."""
    STEADY = auto()
    """Last, after a restart: the server goes on running."""


class RollbackPhase(Enum):
    """The phases of a rollback; between the first two, the paths that existed are restored."""

    STOP_UNITS = auto()
    """Before the files of these units go."""
    RUNNING_SERVER = auto()
    """A server that was not restarted goes back by commands. A `ServerError` has it restarted instead."""
    KERNEL = auto()
    """All paths are restored."""
    UNIT_FILES = auto()
    START_UNITS = auto()
    FORGOTTEN = auto()
    """What no file gives back to a server that was restarted."""
    REPORT = auto()
    """What stays, for the operator."""


class ComparePhase(Enum):
    """What is compared with the snapshot once it is restored."""

    HOST = auto()
    """On every host, a directory tree too."""
    KERNEL = auto()
    """On a running machine."""
    SERVER = auto()
    """In the running server, logged in."""


Make = Callable[[ApplyContext, Sequence[C]], None]
Check = Callable[[ApplyContext, Sequence[C]], Iterable[str]]
"""One sentence for each thing that is right; a `VerifyError` for the first that is not."""
Undo = Callable[[RollbackContext], None]
Compare = Callable[[RollbackContext], Iterable[str]]
"""One sentence for each thing that is not as it was."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Handler(Generic[C]):
    """What one kind does. Each part is required; of an empty one the kind says why (`BY_FILES`, `BY_PATHS`)."""

    do: Mapping[CommitPhase, Make[C]]
    """Make the plan's changes of this kind; a plan without any does not call it."""
    verify: Mapping[VerifyPhase, Check[C]]
    """Prove from outside that they are made; a plan without any does not call it."""
    undo: Mapping[RollbackPhase, Undo]
    """Restore from the snapshot and the record of the apply alone: this may run after a crash, without a plan."""
    differences: Mapping[ComparePhase, Compare]
    """Compare with the snapshot."""


BY_FILES: Final[Mapping[VerifyPhase, Check[ChangeBase]]] = {}
"""Every apply compares the files it wrote, and sees that a new plan has none of its changes left."""
BY_PATHS_UNDONE: Final[Mapping[RollbackPhase, Undo]] = {}
"""Every rollback restores the paths of its snapshot."""
BY_PATHS_COMPARED: Final[Mapping[ComparePhase, Compare]] = {}
"""Every rollback compares the paths of its snapshot."""


def one_by_one(act: Callable[[ApplyContext, C], None]) -> Make[C]:
    """Return what makes every change in a step of its own in the journal."""

    def make(run: ApplyContext, changes: Sequence[C]) -> None:
        for change in changes:
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                act(run, change)

    return make
