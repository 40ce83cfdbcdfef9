"""The port: all that the product may do to a machine. What it may ask of one is in `wizard.host.reader`.

Adapters: `local` (this machine), `rooted` (a directory tree), `sandbox` (a private directory with a server of its
own). All paths are absolute.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import PurePosixPath
from typing import Protocol

from wizard.host.reader import Completed, HostReader
from wizard.host.services import Services


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


class Host(HostReader, Protocol):
    """A machine to look at and to change."""

    @property
    def services(self) -> Services:
        """Its service manager."""
        ...

    # --- running programs --------------------------------------------------------------------

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
        carried over. No link is followed in any directory that a user other than root (or this process's)
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
            owner: User name or number that it must belong to: the owner of the directory may have put a copy
                in its place that is still open for writing.
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
