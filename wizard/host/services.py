"""The service manager of a host: its queries and its commands."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from wizard.model.value import Value


class ServiceState(Value, frozen=True, kw_only=True):
    """What the service manager says of one unit."""

    name: str
    """With suffix, for example ``redis-server.service``."""
    known: bool
    """A unit of this name is loaded from a file."""
    active: str
    """``ActiveState``: ``active``, ``activating``, ``inactive``, ``failed``, …"""
    enabled: str
    """``UnitFileState``: ``enabled``, ``disabled``, ``static``, … or empty."""
    main_pid: int
    properties: Mapping[str, str]
    """All properties that were asked for; systemd's names."""


class TransientUnit(Value, frozen=True, kw_only=True):
    """A service that lives until it ends or the host does, with no file of its own.

    Its texts are readable by every user of the host: no secret may stand in them.
    """

    name: str
    """With suffix ``.service``."""
    description: str
    """Stands in the system log."""
    arguments: tuple[str, ...]
    """Program (absolute path) and arguments."""
    kind: str = "exec"
    """``Type=``: ``exec`` returns once the program runs, ``notify`` once it says that it is ready."""
    properties: tuple[str, ...] = ()
    """Lines of a ``[Service]`` section, as ``UMask=0077``."""
    after_seconds: float = 0
    """0 starts it now; else a timer of the same name does, counted in CLOCK_MONOTONIC."""
    every_seconds: float = 0
    """With a timer: it starts again so long after each end, also after one by a signal. 0: once."""


class ServiceReader(Protocol):
    """The service manager of a host, to be asked only. Every call has its own time limit.

    Raises, all of them: UnsupportedError where there is no service manager, ProgramError when it
    refuses or takes too long.
    """

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """Return the state of a unit; an unknown unit has ``known`` false."""
        ...

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Names of the units (loaded or with a unit file) that match any glob, sorted."""
        ...


class Services(ServiceReader, Protocol):
    """The service manager of a host, with its commands. Time limits and errors as for `ServiceReader`."""

    def reload_definitions(self) -> None:
        """``daemon-reload``."""
        ...

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """Clear a start limit first (``reset-failed``), then start and wait until it is up."""
        ...

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """Stop its process, also where it was asked before and goes on, and wait."""
        ...

    def clear_start_limit(self, unit: str) -> None:
        """Forget failed starts; a unit that never failed has none, which is fine."""
        ...

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """Restart at once, whatever its start limit says of that, and wait until it is up."""
        ...

    def enable(self, unit: str) -> None:
        """Start at boot from now on."""
        ...

    def disable(self, unit: str) -> None:
        """No longer start at boot."""
        ...

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """Start a unit that has no file, and return when it runs (or its timer does).

        Raises:
            BusyError: a unit of this name is there already.
        """
        ...

    def kill(self, unit: str) -> None:
        """SIGKILL every process of a unit; one that is not loaded has none."""
        ...
