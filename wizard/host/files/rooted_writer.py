"""Changing files below a directory that stands for ``/``: the other half, for all real adapters.

Everything goes through directory descriptors and is durable when the call returns.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath

from wizard.errors import (
    BusyError,
    ConcurrentChangeError,
    HostError,
    NotFoundError,
    UnsafePathError,
    UnsupportedError,
)
from wizard.host.accounts import group_number, user_number
from wizard.host.files.attributes import drop_inherited_rights, is_immutable, set_attributes
from wizard.host.files.os_errors import is_absent, translate
from wizard.host.files.paths import sibling
from wizard.host.files.replace import Ownership, back_up_file, replace_file, restore_file, sync_directory, write_all
from wizard.host.files.rooted_reader import READ, TreeLook, digest_of, is_regular, opened
from wizard.host.files.walk import OpenedParent

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_FALLOCATE = {errno.EOPNOTSUPP, errno.ENOSYS}
_NOT_EMPTY = {errno.ENOTEMPTY, errno.EEXIST}
_HARD_LINK = "it has a second name (hard link) that another user could have created"


class TreeFiles(TreeLook):
    """Both halves of the port's files."""

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        ownership = self._ownership(owner, group, mode)
        with translate(path, "write"), self.walker.open_for_change(path, follow=True) as place:
            replace_file(place, path, data, expected=expected, ownership=ownership)

    def append(self, path: PurePosixPath, data: bytes, *, durable: bool = True) -> None:
        """See the port; on a full disk the file keeps its former length."""
        with translate(path, "append to"), self.walker.open_for_change(path) as place:
            new = _create(place)
            with opened(place, _APPEND) as descriptor:
                _demand_plain(descriptor, place)
                _append(descriptor, data)
                if durable:
                    os.fdatasync(descriptor)
            if durable and new:
                sync_directory(place)

    @contextmanager
    def lock(self, path: PurePosixPath) -> Iterator[None]:
        """See the port."""
        with translate(path, "lock"), self.walker.open_for_change(path) as place:
            _create(place)
            descriptor = os.open(place.name, _LOCK, dir_fd=place.directory)
        try:
            _take_lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        ownership = self._ownership(owner, group, mode)
        with translate(path, "create"), self.walker.open_for_change(path) as place:
            os.mkdir(place.name, 0o700, dir_fd=place.directory)
            try:
                _settle_new_directory(place, path, ownership)
            except BaseException:
                os.rmdir(place.name, dir_fd=place.directory)
                raise
            sync_directory(place)

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        ownership = self._ownership(owner, group, mode)
        with translate(path, "change the mode of"), self._own(path) as descriptor:
            _set_ownership(descriptor, ownership)
            os.fsync(descriptor)

    def set_attributes(self, path: PurePosixPath, attributes: Mapping[str, bytes]) -> None:
        """See the port."""
        with translate(path, "change the attributes of"), self._own(path) as descriptor:
            try:
                set_attributes(descriptor, attributes)
            except OSError as error:
                if error.errno == errno.EOPNOTSUPP:
                    raise UnsupportedError(f"the file system of {path} does not support these attributes") from error
                raise
            os.fsync(descriptor)

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """See the port."""
        with (
            translate(path, "rename"),
            self.walker.open_for_change(path) as source,
            self.walker.open_for_change(to) as target,
        ):
            if not _is_there(source):
                raise NotFoundError(path)
            if _is_there(target):
                raise ConcurrentChangeError(to)
            os.rename(source.name, target.name, src_dir_fd=source.directory, dst_dir_fd=target.directory)
            sync_directory(target)
            sync_directory(source)

    def hard_link_backup(self, path: PurePosixPath, name: str) -> None:
        """See the port."""
        with translate(path, "keep"), self.walker.open_for_change(path, follow=True) as place:
            back_up_file(place, sibling(place.path, name), path)

    def restore_backup(self, path: PurePosixPath, name: str, *, expected: str, owner: str, replaces: str) -> None:
        """See the port."""
        number = self._user(owner)
        with translate(path, "restore"), self.walker.open_for_change(path, follow=True) as place:
            component = sibling(place.path, name)
            restore_file(place, component, path, expected=expected, owner=number, replaces=replaces)

    def reserve(self, path: PurePosixPath, size: int) -> None:
        """See the port."""
        with translate(path, "reserve"), self.walker.open_for_change(path) as place:
            descriptor = os.open(place.name, _NEW, 0o600, dir_fd=place.directory)
            try:
                _set_aside(descriptor, size, path)
                os.fsync(descriptor)
            except BaseException:
                os.unlink(place.name, dir_fd=place.directory)
                raise
            finally:
                os.close(descriptor)
            sync_directory(place)

    def link(self, path: PurePosixPath, *, target: str) -> None:
        """See the port."""
        with translate(path, "create"), self.walker.open_for_change(path) as place:
            os.symlink(target, place.name, dir_fd=place.directory)
            sync_directory(place)

    def remove(self, path: PurePosixPath, *, expected: str | None = None) -> None:
        """See the port."""
        with translate(path, "remove"):
            try:
                with self.walker.open_for_change(path) as place:
                    _remove(place, path, expected)
                    sync_directory(place)
            except OSError as error:
                if not is_absent(error):
                    raise

    def _ownership(self, owner: str, group: str, mode: int) -> Ownership:
        return Ownership(owner=self._user(owner), group=self._group(group), mode=mode)

    def _user(self, owner: str) -> int:
        """Return the number of a user whom files are given to."""
        return user_number(self.accounts, owner)

    def _group(self, group: str) -> int:
        """Return the number of a group that files are given to."""
        return group_number(self.accounts, group)

    @contextmanager
    def _own(self, path: PurePosixPath) -> Iterator[int]:
        """Open a file or directory whose owner, mode or attributes may be changed."""
        with self.walker.open_for_change(path) as place:
            found = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
                raise UnsafePathError(place.path, "it is not a regular file or directory")
            with opened(place) as descriptor:
                _demand_one_name(descriptor, place)
                if is_immutable(descriptor):
                    raise HostError(f"{path} has the immutable attribute; remove it with chattr -i and plan again")
                yield descriptor


def _set_aside(descriptor: int, size: int, path: PurePosixPath) -> None:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno in _NO_FALLOCATE:
            raise UnsupportedError(f"the file system of {path} cannot reserve space") from None
        raise


def _create(place: OpenedParent) -> bool:
    """Create an empty file 0600 unless something is there; tell whether it is new."""
    try:
        descriptor = os.open(place.name, _NEW, 0o600, dir_fd=place.directory)
    except FileExistsError:
        return False
    os.close(descriptor)
    return True


def _demand_plain(descriptor: int, place: OpenedParent) -> None:
    if not is_regular(descriptor):
        raise UnsafePathError(place.path, "it is not a regular file")
    _demand_one_name(descriptor, place)


def _demand_one_name(descriptor: int, place: OpenedParent) -> None:
    """Refuse a file of several names where another user could have linked a foreign file here."""
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1 and not place.exclusive:
        raise UnsafePathError(place.path, _HARD_LINK)


def _append(descriptor: int, data: bytes) -> None:
    before = os.fstat(descriptor).st_size
    try:
        write_all(descriptor, data)
    except OSError:
        # A torn line would swallow the next one.
        os.ftruncate(descriptor, before)
        raise


def _take_lock(descriptor: int, path: PurePosixPath) -> None:
    if not is_regular(descriptor):
        raise UnsafePathError(path, "it is not a regular file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(f"{path} is locked by another apply or rollback; wait until it finishes") from None


def _settle_new_directory(place: OpenedParent, path: PurePosixPath, ownership: Ownership) -> None:
    with opened(place, READ | os.O_DIRECTORY) as descriptor:
        found = os.fstat(descriptor)
        ours = found.st_uid == os.geteuid() and not os.listdir(descriptor)  # noqa: PTH208 - pathlib lists no descriptor
        if not ours:
            raise ConcurrentChangeError(path)
        drop_inherited_rights(descriptor)
        _set_ownership(descriptor, ownership)
        os.fsync(descriptor)


def _set_ownership(descriptor: int, ownership: Ownership) -> None:
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (ownership.owner, ownership.group):
        os.fchown(descriptor, ownership.owner, ownership.group)
    # After the owner, because chown clears setuid and setgid.
    os.fchmod(descriptor, ownership.mode)


def _is_there(place: OpenedParent) -> bool:
    try:
        os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _remove(place: OpenedParent, path: PurePosixPath, expected: str | None) -> None:
    mode = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        _remove_directory(place, path, expected)
        return
    if expected is not None:
        _demand_digest(place, path, expected, regular=stat.S_ISREG(mode))
    os.unlink(place.name, dir_fd=place.directory)


def _demand_digest(place: OpenedParent, path: PurePosixPath, expected: str, *, regular: bool) -> None:
    if not regular:
        raise ConcurrentChangeError(path)
    with opened(place) as descriptor:
        if digest_of(descriptor) != expected:
            raise ConcurrentChangeError(path)


def _remove_directory(place: OpenedParent, path: PurePosixPath, expected: str | None) -> None:
    if expected is not None:
        raise ConcurrentChangeError(path)
    try:
        os.rmdir(place.name, dir_fd=place.directory)
    except OSError as error:
        if error.errno in _NOT_EMPTY:
            raise ConcurrentChangeError(path) from None
        raise
