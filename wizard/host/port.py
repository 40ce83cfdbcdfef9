"""The port: all that the product may ask of, or do to, a machine.

Adapters: `local` (this machine), `rooted` (a directory tree), `memory` (tests), `dryrun` (looks
through to another, refuses every change), `sandbox` (a private directory with a server of its own).
All paths are absolute. What may not live here: any idea of Redis.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import PurePosixPath
from typing import Protocol

from wizard.model.facts import FileStatus, Space
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


class Services(Protocol):
    """The service manager of a host. Every call has its own time limit.

    Raises, all of them: UnsupportedError where there is no service manager, ProgramError when it
    refuses or takes too long.
    """

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """Tell the state of a unit; an unknown unit has ``known`` false."""
        ...

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Names of the units (loaded or with a unit file) that match any glob, sorted."""
        ...

    def reload_definitions(self) -> None:
        """``daemon-reload``."""
        ...

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """Clear a start limit first (``reset-failed``), then start and wait until it is up."""
        ...

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """Tell its process to stop, also one that was told before and goes on, and wait."""
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


class Running(Protocol):
    """A program that was started and not waited for."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def poll(self) -> int | None:
        """Exit status, ``None`` while it runs."""
        ...

    def end(self, *, seconds: float = 5) -> None:
        """SIGTERM, then SIGKILL after the time given; returns when it is gone."""
        ...


class Files(Protocol):
    """Files to look at, by the names that one process has for them. The calls are those of `Host`."""

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """Read a regular file, following links inside the process's root."""
        ...

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """Tell what a path is, not following a last link; an absent one has kind ABSENT."""
        ...

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """Extended attributes of a file or directory by full name."""
        ...

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Names in a directory, sorted; empty when it is absent."""
        ...

    def space(self, path: PurePosixPath) -> Space:
        """Free and total space of the file system that holds `path` (or its nearest parent)."""
        ...


class Host(Protocol):
    """A machine."""

    # --- looking -----------------------------------------------------------------------------

    @property
    def root(self) -> bool:
        """We may do everything here (effective user id 0, or a tree of our own)."""
        ...

    @property
    def tree(self) -> PurePosixPath | None:
        """The directory that stands for ``/``, ``None`` for the running machine."""
        ...

    @property
    def services(self) -> Services:
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

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """Read a regular file (or a file of /proc and /sys), following links.

        Raises:
            NotFoundError, NotPermittedError, UnsafePathError (not a regular file), HostError
            (longer than `limit`, input/output error).
        """
        ...

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """Tell what a path is, not following a last link; an absent one has kind ABSENT.

        Args:
            path: Any absolute path.
            digest: Also read a regular file and give its SHA-256.

        Raises:
            NotPermittedError: a directory on the way may not be searched.
        """
        ...

    def resolve_target(self, path: PurePosixPath) -> PurePosixPath:
        """Tell where a `write` to this path would land: links are followed as there, and the last name may be absent.

        Raises:
            UnsafePathError: a link is in the way that somebody else than root (or we) could have placed.
            NotFoundError: a directory on the way is absent.
            NotPermittedError: it may not be searched.
        """
        ...

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """Extended attributes of a file or directory by full name (POSIX ACLs among them), not following a last link.

        Empty where the path is absent or the file system has none.

        Raises:
            NotPermittedError: it may not be read.
        """
        ...

    def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
        """Return the outermost thing by which another user than root (or we) could change what a path holds.

        That is a directory on the way, the path itself, or anything below it: of another owner, or writable by its
        group or by everybody, by mode or by access control list. A link below the path counts; so does a sticky
        directory, but not one above a tree or sandbox. ``None`` where there is no such thing, or no such path.

        Raises:
            UnsafePathError: a link is in the way that another user could have placed.
            NotPermittedError: a directory may not be searched.
        """
        ...

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Names in a directory, sorted; empty when it is absent.

        Raises:
            NotPermittedError: it may not be read.
        """
        ...

    def is_same_file(self, path: PurePosixPath, other: PurePosixPath) -> bool | None:
        """Tell whether two names, followed through links, are one directory or file; ``None`` where one is not seen."""
        ...

    def files_of(self, pid: int) -> Files:
        """Give the files as a process sees them: its root, its mounts. No link of its leads out of that root.

        Who made those mounts decides what lies there: ask before anything is believed.

        Raises, with the first look:
            NotFoundError (it has ended), NotPermittedError.

        Raises:
            UnsupportedError: nothing runs here.
        """
        ...

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """Tell whether a process has, by this name, the file or directory that we have by it.

        Returns:
            ``None`` where neither of us has one, or its files cannot be seen; false where one of us has none.
        """
        ...

    def space(self, path: PurePosixPath) -> Space:
        """Free and total space of the file system that holds `path` (or its nearest parent)."""
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
        """Whether this user name is known on the host."""
        ...

    def group_exists(self, group: str) -> bool:
        """Whether this group name is known on the host."""
        ...

    # --- running programs --------------------------------------------------------------------

    def find_program(self, name: str) -> PurePosixPath | None:
        """Absolute path of a program on the host's fixed, root-owned search path."""
        ...

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """Run a program to its end: no shell, a clean environment (``LC_ALL=C``), no terminal.

        A status other than 0 is no error here. No secret may stand in `arguments`.

        Args:
            arguments: Program (absolute path) and arguments.
            seconds: Killed with all its children after this.
            standard_input: Given to it on standard input.
            user: Run as this user with its groups, without privileges; empty runs as we are.

        Raises:
            ProgramError: it took too long or cannot be started.
            UnsupportedError: a directory tree runs no programs.
        """
        ...

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> Running:
        """Start a program and return; its output goes to the file `output`, created 0600.

        Raises:
            ProgramError, UnsupportedError: as `run`.
        """
        ...

    # --- changing ----------------------------------------------------------------------------

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """Create or replace a regular file atomically and durably.

        The new file has its owner and mode from the first byte, is fsynced, renamed over the old
        one, and the directory is fsynced. Extended attributes and ACLs of a replaced file are
        carried over. No link is followed in any directory that somebody else than root (or we)
        can write; a path whose last component is a root-owned link in a safe directory is replaced at its target.

        Args:
            path: Where.
            data: All of its bytes.
            expected: SHA-256 in hex of what must be there now; empty string: nothing may be there;
                ``None``: whatever.
            owner: User name or number as text.
            group: Group name or number as text.
            mode: Permission bits.

        Raises:
            ChangedUnderUsError, UnsafePathError, NotPermittedError, NoSpaceError, NotFoundError
            (parent directory missing), HostError.
        """
        ...

    def append(self, path: PurePosixPath, data: bytes, *, durable: bool = True) -> None:
        """Add bytes at the end of a regular file, creating it 0600 (its directory must exist).

        Args:
            path: Where.
            data: Usually whole lines.
            durable: Return only when they, and the file's name when it is new, are on the disk.

        Raises:
            UnsafePathError, NotPermittedError, NoSpaceError, NotFoundError, HostError.
        """
        ...

    def lock(self, path: PurePosixPath) -> AbstractContextManager[None]:
        """Hold an exclusive lock on a file (created 0600) while the context lasts; it dies with its process.

        Raises, on entering:
            BusyError: another process, or this one, holds it.
            NotPermittedError, NotFoundError (its directory is missing).
        """
        ...

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """Create one directory with exactly this mode; its parent must exist. An existing directory is an error.

        Raises:
            ChangedUnderUsError (something is there), UnsafePathError, NotPermittedError, NotFoundError.
        """
        ...

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """Set owner, group and mode of a regular file or directory, never of a link's target.

        Raises:
            NotFoundError, UnsafePathError, NotPermittedError.
        """
        ...

    def set_attributes(self, path: PurePosixPath, attributes: Mapping[str, bytes]) -> None:
        """Make the extended attributes of a regular file or directory exactly these.

        Raises:
            NotFoundError, UnsafePathError, NotPermittedError, UnsupportedError (the file system has none).
        """
        ...

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """Rename within one directory or file system, durable; `to` must not exist.

        Raises:
            NotFoundError, ChangedUnderUsError, UnsafePathError, NotPermittedError.
        """
        ...

    def hard_link_backup(self, path: PurePosixPath, name: str) -> None:
        """Give a regular file a second name (hard link) in its own directory, so that `bring_back` needs no space.

        Args:
            path: The file; a trusted link is followed as by `write`, and the name lies beside its target.
            name: One component; nothing may have it.

        Raises:
            NotFoundError, ChangedUnderUsError (the name is taken), UnsafePathError, NotPermittedError,
            NoSpaceError, UnsupportedError (no hard links here), InvalidValueError (no component).
        """
        ...

    def restore_backup(self, path: PurePosixPath, name: str, *, expected: str, owner: str, replaces: str) -> None:
        """Rename a kept file over what is at `path` now, durably: same inode, times, rights, attributes.

        Where both are one file, only the second name goes.

        Args:
            path: As for `keep`.
            name: As for `keep`.
            expected: SHA-256 that the kept file must have.
            owner: User name or number that it must belong to: in a directory of his own somebody may have
                put a copy in its place, open for writing in his hands.
            replaces: SHA-256 of what must be at `path` now; empty: nothing may be there.

        Raises:
            NotFoundError: there is no such name.
            ChangedUnderUsError: either file is another one.
            UnsafePathError, NotPermittedError, HostError.
        """
        ...

    def reserve(self, path: PurePosixPath, size: int) -> None:
        """Create a file 0600 that holds `size` bytes of the file system, to be removed when space is short.

        Raises:
            ChangedUnderUsError (something is there), NoSpaceError, UnsafePathError, NotPermittedError,
            UnsupportedError (this file system sets nothing aside).
        """
        ...

    def link(self, path: PurePosixPath, *, target: str) -> None:
        """Create a symbolic link; nothing may be there.

        Raises:
            ChangedUnderUsError, UnsafePathError, NotPermittedError.
        """
        ...

    def remove(self, path: PurePosixPath, *, expected: str | None = None) -> None:
        """Remove a name: of a file, link, pipe, socket, device or empty directory; absent is fine.

        No link is followed and nothing is opened, so what a link leads to stays.

        Args:
            path: What to remove.
            expected: SHA-256 that a regular file must have; ``None``: whatever.

        Raises:
            ChangedUnderUsError (other contents, or directory not empty), UnsafePathError, NotPermittedError.
        """
        ...

    def write_kernel(self, key: str, value: str) -> None:
        """Write one sysctl (``vm.overcommit_memory``) or huge page knob (``thp.enabled``, ``thp.defrag``) live.

        Raises:
            NotPermittedError, UnsupportedError (no such key, or read-only here).
        """
        ...
