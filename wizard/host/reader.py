"""All that the product may ask of a machine. What only looks takes a `HostReader`, so that it cannot change anything.

All paths are absolute.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from wizard.host.services import ServiceReader
from wizard.model.facts.files import FileStatus, Space
from wizard.model.network import Connection, Holder, Interface, Listener
from wizard.model.value import Value


class Completed(Value, frozen=True, kw_only=True):
    """What a program said."""

    status: int
    output: str
    """Standard output, decoded with replacement."""
    errors: str
    """Standard error, decoded with replacement."""


class ProcessFacts(Value, frozen=True, kw_only=True):
    """A running process, as far as the adapter may see it."""

    pid: int
    parent: int
    name: str
    """Command name of at most 15 bytes (``/proc/PID/comm``)."""
    arguments: tuple[str, ...]
    """The full command line; empty for kernel threads and where it cannot be read."""
    user: str
    resident: int
    """Bytes (RSS)."""
    shared: int = 0
    """Of these, bytes of files and of shared memory, which other processes may have too (proc(5), statm)."""
    started: float
    """Seconds since the epoch."""


class ProcessLife(Value, frozen=True, kw_only=True):
    """What tells one process from a later one with the same id, and whose process it is."""

    pid: int
    started: int
    """Clock ticks after boot (proc(5), stat, field 22)."""
    user_id: int
    """Effective user id."""
    user: str
    """Its name; the number as text where it has none."""
    parent: int = 0


class Files(Protocol):
    """Files to look at: those of the machine, or those that one process has by these names."""

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """Read a regular file (or a file of /proc and /sys), following links.

        Raises:
            NotFoundError, NotPermittedError, UnsafePathError (not a regular file), HostError
            (longer than `limit`, input/output error).
        """
        ...

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """Return what a path is, not following a last link; an absent one has kind ABSENT.

        Args:
            path: Any absolute path.
            digest: Also read a regular file and give its SHA-256.

        Raises:
            NotPermittedError: a directory on the way may not be searched.
        """
        ...

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """Extended attributes of a file or directory by full name (POSIX ACLs among them), not following a last link.

        Empty where the path is absent or the file system has none.

        Raises:
            NotPermittedError: it may not be read.
        """
        ...

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Names in a directory, sorted; empty when it is absent.

        Raises:
            NotPermittedError: it may not be read.
        """
        ...

    def space(self, path: PurePosixPath) -> Space:
        """Free and total space of the file system that holds `path` (or its nearest parent)."""
        ...


class HostReader(Files, Protocol):
    """A machine to look at."""

    @property
    def root(self) -> bool:
        """We may do everything here (effective user id 0, or a tree of our own)."""
        ...

    @property
    def tree(self) -> PurePosixPath | None:
        """The directory that stands for ``/``, ``None`` for the running machine."""
        ...

    @property
    def services(self) -> ServiceReader:
        """Its service manager."""
        ...

    @property
    def state(self) -> PurePosixPath:
        """The product's own directory, 0700: ``/var/lib/redis-wizard``; in a sandbox inside it."""
        ...

    @property
    def reopen_arguments(self) -> tuple[str, ...] | None:
        """Arguments by which another process of the product opens this same host; ``None``: it cannot."""
        ...

    def name(self) -> str:
        """Host name, without domain."""
        ...

    def names(self) -> tuple[str, ...]:
        """Other names it knows of itself: fully qualified, from ``/etc/hosts``."""
        ...

    def kernel_release(self) -> str:
        """``uname -r``, empty for a tree."""
        ...

    def architecture(self) -> str:
        """``uname -m``."""
        ...

    def processors(self) -> int:
        """Usable processors."""
        ...

    def resolve_target(self, path: PurePosixPath) -> PurePosixPath:
        """Return where a `write` to this path would land: links are followed as there, and the last name may be absent.

        Raises:
            UnsafePathError: a link is in the way that a user other than root (or this process's) could have placed.
            NotFoundError: a directory on the way is absent.
            NotPermittedError: it may not be searched.
        """
        ...

    def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
        """Return the outermost thing by which a user other than root (or this process's) could change a path.

        That is a directory on the way, the path itself, or anything below it: of another owner, or writable by its
        group or by every user, by mode or by access control list. A link below the path counts; so does a sticky
        directory, but not one above a tree or sandbox. ``None`` where there is no such thing, or no such path.

        Raises:
            UnsafePathError: a link is in the way that another user could have placed.
            NotPermittedError: a directory may not be searched.
        """
        ...

    def is_same_file(self, path: PurePosixPath, other: PurePosixPath) -> bool | None:
        """Tell whether two names, followed through links, are one directory or file; ``None`` where one is not seen."""
        ...

    def files_of(self, pid: int) -> Files:
        """Return the files as a process sees them: its root, its mounts. No link of its leads out of that root.

        The user that made those mounts decides what is there: check that user first.

        Raises, with the first look:
            NotFoundError (it has ended), NotPermittedError.

        Raises:
            UnsupportedError: nothing runs here.
        """
        ...

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """Return whether a process has, by this name, the file or directory that we have by it.

        Returns:
            ``None`` where neither of us has one, or its files cannot be seen; false where one of us has none.
        """
        ...

    def runs_code(self, path: PurePosixPath) -> bool:
        """Whether the kernel maps machine code of a file: not of an empty one, nor where it is mounted ``noexec``.

        Raises:
            HostError: the file cannot be opened.
        """
        ...

    def interfaces(self) -> tuple[Interface, ...]:
        """Network interfaces; empty for a tree."""
        ...

    def listeners(self) -> tuple[Listener, ...]:
        """TCP listeners and listening unix sockets with a path; empty for a tree."""
        ...

    def processes(self) -> tuple[ProcessFacts, ...]:
        """All visible processes; empty for a tree."""
        ...

    def life(self, pid: int) -> ProcessLife | None:
        """Return what identifies a running process; ``None`` when there is none, and for a tree."""
        ...

    def holder(self, pid: int, connection: Connection) -> Holder:
        """Return whether a process holds the server's end of a connection of this machine.

        Raises:
            NotPermittedError: the sockets of that process may not be read.
        """
        ...

    def user_exists(self, user: str) -> bool:
        """Return whether this user name is known on the host."""
        ...

    def group_exists(self, group: str) -> bool:
        """Return whether this group name is known on the host."""
        ...

    def is_locked(self, path: PurePosixPath) -> bool:
        """Return whether a process, also this one, holds the lock of a file; nothing is created.

        Raises:
            NotPermittedError, UnsafePathError.
        """
        ...

    def find_program(self, name: str) -> PurePosixPath | None:
        """Absolute path of a program on the host's fixed, root-owned search path."""
        ...

    def query(self, arguments: Sequence[str], *, seconds: float = 10, user: str = "") -> Completed:
        """Run a program that only looks, as `Host.run` does; `wizard.host.queries` has the list.

        Raises:
            UnsupportedError: it is not in the list, or a directory tree runs no programs.
            ProgramError: it took too long or cannot be started.
        """
        ...
