"""Looking at files below a directory that stands for ``/``: half of the port, for all real adapters."""

import fcntl
import hashlib
import mmap
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from wizard.errors import HostError, UnsafePathError
from wizard.host.accounts import Accounts, LocalAccounts
from wizard.host.files.attributes import is_immutable, read_attributes
from wizard.host.files.os_errors import is_absent, translate
from wizard.host.files.walk import ROOT, OpenedParent, Walker
from wizard.host.files.writers import first_on_the_way, first_writable
from wizard.model.facts.files import FileKind, FileStatus, Space
from wizard.model.value import Memory, replace

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""Opening something whose kind is not yet known: never a link, never blocking on a pipe."""

_HOLD = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
"""Holding something without opening it (open(2))."""

_CHUNK = 1 << 20
_KINDS = {
    stat.S_IFREG: FileKind.FILE,
    stat.S_IFDIR: FileKind.DIRECTORY,
    stat.S_IFLNK: FileKind.LINK,
    stat.S_IFSOCK: FileKind.SOCKET,
}


def digest_of(descriptor: int) -> str:
    """SHA-256 in hex of an open file, from its start."""
    digest = hashlib.sha256()
    offset = 0
    while chunk := os.pread(descriptor, _CHUNK, offset):
        digest.update(chunk)
        offset += len(chunk)
    return digest.hexdigest()


def _maps_code(descriptor: int) -> bool:
    try:
        mmap.mmap(descriptor, 1, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()
    except PermissionError:
        return False
    return True


@contextmanager
def opened(place: OpenedParent, flags: int = READ) -> Iterator[int]:
    """Open what is at a place, for as long as the context lasts."""
    descriptor = os.open(place.name, flags, dir_fd=place.directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_regular(descriptor: int) -> bool:
    """Return whether an open descriptor is a regular file."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


class TreeLook:
    """The looking half of the port's files.

    Args:
        walker: Finds the places; its base stands for ``/``.
        accounts: Names of owners.
    """

    def __init__(self, walker: Walker, accounts: Accounts) -> None:
        self.walker = walker
        """Finds the places."""
        self.accounts = accounts
        """Names ⇄ numbers of owners."""

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """See the port.

        A link that an untrusted user could have placed is followed only to what every user may read or
        that user owns: root does not read secrets on behalf of a service account.
        """
        with translate(path, "read"), self._opened_to_read(path) as descriptor:
            # The whole of a file in one call: of a large one there is then no second copy in memory.
            at_once = max(_CHUNK, os.fstat(descriptor).st_size + 1)
            chunks, length = [], 0
            while length <= limit and (chunk := os.read(descriptor, min(at_once, limit + 1 - length))):
                chunks.append(chunk)
                length += len(chunk)
        if length > limit:
            raise HostError(f"{path} is longer than {limit} bytes, so it is not read")
        return b"".join(chunks)

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """See the port."""
        with translate(path, "look at"):
            try:
                with self.walker.open_existing(path, follow=False) as place:
                    return self._status(path, place, digest=digest)
            except OSError as error:
                if is_absent(error):
                    return FileStatus(path=path, kind=FileKind.ABSENT)
                raise

    def resolve_target(self, path: PurePosixPath) -> PurePosixPath:
        """See the port."""
        with translate(path, "look at"), self.walker.open_for_change(path, follow=True) as place:
            return place.path

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """See the port."""
        with translate(path, "read the attributes of"):
            try:
                with self.walker.open_existing(path, follow=False) as place:
                    found = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
                    if stat.S_ISSOCK(found.st_mode):
                        with opened(place, _HOLD) as held:  # what cannot be opened has attributes by its path alone
                            return read_attributes(f"/proc/self/fd/{held}")
                    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
                        return {}
                    with opened(place) as descriptor:
                        return read_attributes(descriptor)
            except OSError as error:
                if is_absent(error):
                    return {}
                raise

    def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
        """See the port."""
        with translate(path, "look at"):
            if self.walker.base != ROOT and (outside := first_on_the_way(Walker(), self.walker.base)):
                return _plain_status(*outside, LocalAccounts())
            found = first_writable(self.walker, path, self._private())
        return None if found is None else _plain_status(*found, self.accounts)

    def _private(self) -> PurePosixPath:
        """Return the directory above which others may have a place: of this machine and of a tree there is none."""
        return ROOT

    def is_locked(self, path: PurePosixPath) -> bool:
        """See the port."""
        with translate(path, "look at"):
            try:
                with self.walker.open_existing(path, follow=False) as place, opened(place) as descriptor:
                    if not is_regular(descriptor):
                        raise UnsafePathError(path, "it is not a regular file")
                    # A shared lock fits every other look, and goes with the descriptor.
                    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError as error:
                if is_absent(error):
                    return False
                raise
        return False

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """See the port."""
        with translate(path, "list"):
            try:
                with (
                    self.walker.open_existing(path, follow=True) as place,
                    opened(place, READ | os.O_DIRECTORY) as descriptor,
                ):
                    return tuple(sorted(os.listdir(descriptor)))  # noqa: PTH208 - pathlib lists no open descriptor
            except OSError as error:
                if is_absent(error):
                    return ()
                raise

    def is_same_file(self, path: PurePosixPath, other: PurePosixPath) -> bool | None:
        """See the port."""
        one, two = self.number(path), self.number(other)
        return None if one is None or two is None else one == two

    def number(self, path: PurePosixPath) -> tuple[int, int] | None:
        """Return device and inode, whatever is mounted over the name for others."""
        try:
            with self.walker.open_existing(path, follow=True) as place:
                # What stands in for a process's directory (``/proc/PID/cwd``) is followed by the kernel alone.
                by_kernel = self.walker.is_kernel_file(path)
                found = os.stat(place.name, dir_fd=place.directory, follow_symlinks=by_kernel)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def space(self, path: PurePosixPath) -> Space:
        """See the port."""
        with translate(path, "look at"):
            for nearest in (path, *path.parents):
                try:
                    with (
                        self.walker.open_existing(nearest, follow=True) as place,
                        opened(place, os.O_PATH) as descriptor,
                    ):
                        return _space(path, descriptor)
                except OSError as error:
                    if not is_absent(error):
                        raise
        raise HostError(f"{self.walker.base} does not exist")

    def runs_code(self, path: PurePosixPath) -> bool:
        """See the port.

        Source:
            mmap(2): EPERM for PROT_EXEC on a file system mounted no-exec; security modules give EACCES.
        """
        with (
            translate(path, "open"),
            self.walker.open_existing(path, follow=False) as place,
            opened(place, READ) as descriptor,
        ):
            _demand_regular(descriptor, path)
            return os.fstat(descriptor).st_size > 0 and _maps_code(descriptor)

    def user_exists(self, user: str) -> bool:
        """See the port."""
        return self.accounts.user_number(user) is not None

    def group_exists(self, group: str) -> bool:
        """See the port."""
        return self.accounts.group_number(group) is not None

    @contextmanager
    def _opened_to_read(self, path: PurePosixPath) -> Iterator[int]:
        if self.walker.is_kernel_file(path):
            descriptor = os.open(path, READ & ~os.O_NOFOLLOW)
            try:
                _demand_regular(descriptor, path)
                yield descriptor
            finally:
                os.close(descriptor)
            return
        with self.walker.open_existing(path, follow=True) as place, opened(place, _HOLD) as held:
            # Judged before it is opened: to open a device can be an act of its own (a watchdog, a tape).
            _demand_regular(held, path)
            self._demand_own_or_open(held, place)
            descriptor = os.open(f"/proc/self/fd/{held}", READ & ~os.O_NOFOLLOW)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def _demand_own_or_open(self, descriptor: int, place: OpenedParent) -> None:
        found = os.fstat(descriptor)
        if os.geteuid() == 0 and place.untrusted - {found.st_uid} and not found.st_mode & stat.S_IROTH:
            whose = self.accounts.user_name(min(place.untrusted))
            raise UnsafePathError(place.path, f"a link of {whose} leads there, and not every user may read it")

    def _status(self, path: PurePosixPath, place: OpenedParent, *, digest: bool) -> FileStatus:
        found = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
        kind = _kind(found)
        target = os.readlink(place.name, dir_fd=place.directory) if kind is FileKind.LINK else ""
        immutable, hexadecimal = False, ""
        if kind is FileKind.FILE or kind is FileKind.DIRECTORY:
            immutable, hexadecimal = _inside(place, digest=digest and kind is FileKind.FILE)
        plain = _plain_status(path, found, self.accounts)
        return replace(plain, target=target, immutable=immutable, digest=hexadecimal)


def _plain_status(path: PurePosixPath, found: os.stat_result, accounts: Accounts) -> FileStatus:
    return FileStatus(
        path=path,
        kind=_kind(found),
        owner=accounts.user_name(found.st_uid),
        group=accounts.group_name(found.st_gid),
        mode=stat.S_IMODE(found.st_mode),
        size=Memory(found.st_size),
        links=found.st_nlink,
        modified=int(found.st_mtime),
    )


def _kind(found: os.stat_result) -> FileKind:
    return _KINDS.get(stat.S_IFMT(found.st_mode), FileKind.OTHER)


def _inside(place: OpenedParent, *, digest: bool) -> tuple[bool, str]:
    """Return the immutable flag and, when wanted, the digest; without the right to read only the first is given up."""
    try:
        with opened(place) as descriptor:
            return is_immutable(descriptor), digest_of(descriptor) if digest else ""
    except PermissionError:
        if digest:
            raise
        return False, ""


def _demand_regular(descriptor: int, path: PurePosixPath) -> None:
    if not is_regular(descriptor):
        raise UnsafePathError(path, "it is not a regular file")


def _space(path: PurePosixPath, descriptor: int) -> Space:
    found = os.fstatvfs(descriptor)
    return Space(
        path=path,
        free=Memory(found.f_bavail * found.f_frsize),
        total=Memory(found.f_blocks * found.f_frsize),
        filesystem=_filesystem(descriptor),
        read_only=bool(found.f_flag & os.ST_RDONLY),
    )


def _filesystem(descriptor: int) -> str:
    """Type of the file system an open descriptor lies on, by its mount's number (proc(5), fdinfo and mountinfo)."""
    try:
        info = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    mount = next((line.split()[1] for line in info.splitlines() if line.startswith("mnt_id:")), "")
    row = next((line for line in mounts.splitlines() if line.split(" ", 1)[0] == mount), "")
    _, _, end = row.partition(" - ")
    return end.split(" ", 1)[0]
