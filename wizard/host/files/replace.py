"""Replacing one regular file atomically and durably, at a place that was reached safely.

The bytes go to a new file beside the old one, with a random name, and owner and mode set before the
first byte; it is renamed only when the old file is still the one that was looked at.

Source:
    rename(2), fsync(2) (a new name is durable only when its directory is synced), xattr(7).
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from wizard.errors import ConcurrentChangeError, HostError, UnsafePathError, UnsupportedError
from wizard.host.files.attributes import drop_inherited_rights, is_immutable, read_attributes, set_attributes
from wizard.host.files.rooted_reader import READ, digest_of, is_regular, opened
from wizard.host.files.walk import OpenedParent
from wizard.model.value import Value, replace

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Ownership(Value, frozen=True, kw_only=True):
    """Who a new file belongs to and who may do what with it."""

    owner: int
    group: int
    mode: int


def replace_file(
    place: OpenedParent, path: PurePosixPath, data: bytes, *, expected: str | None, ownership: Ownership
) -> None:
    """Create or replace the file at a place; see the port's `write`.

    Raises:
        ChangedUnderUsError: not the bytes that were expected, or another program changes them right now.
        UnsafePathError: something else than a regular file is there.
        HostError: the file is immutable.
        OSError: the kernel refused; the new file has been removed again.
    """
    with _current(place) as old:
        _check(old, place, path, expected)
        temporary = f".{place.name}.rw-{secrets.token_hex(6)}"
        descriptor = os.open(temporary, _CREATE, 0o600, dir_fd=place.directory)
        try:
            _fill(descriptor, old, data, ownership)
            _demand_same(old, place, path)
            _put_in_place(place, temporary, path, fresh=old is None)
            _demand_ours(descriptor, place, path)
        finally:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=place.directory)
    sync_directory(place)


def back_up_file(place: OpenedParent, name: str, path: PurePosixPath) -> None:
    """Link the file at a place to another name in the same directory, durably; see the port's `keep`.

    A file with several names is welcome: neither this nor `restore_file` touches what is in it.

    Raises:
        ChangedUnderUsError: the name is taken.
        UnsafePathError: something else than a regular file is there.
        UnsupportedError: this file system has no hard links.
        OSError: the kernel refused.
    """
    here = place.directory
    with opened(place) as descriptor:
        _demand_regular(descriptor, place)
        _demand_mutable(descriptor, path)
    try:
        os.link(place.name, name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
    except FileExistsError:
        raise ConcurrentChangeError(place.path.with_name(name)) from None
    except OSError as error:
        if error.errno in _NO_HARD_LINKS:
            raise UnsupportedError(f"the file system of {path} has no hard links") from None
        raise
    sync_directory(place)


def restore_file(
    place: OpenedParent, name: str, path: PurePosixPath, *, expected: str, owner: int, replaces: str | None
) -> None:
    """Rename a kept file over the one at a place, durably; see the port's `bring_back`.

    Raises:
        ChangedUnderUsError: either file is another one, or another program changes them right now.
        UnsafePathError: either is something else than a regular file.
        HostError: the file at the place is immutable.
        OSError: the kernel refused; FileNotFoundError: there is no such name.
    """
    kept = replace(place, name=name, path=place.path.with_name(name))
    with opened(kept) as descriptor, _current(place) as old:
        _demand_regular(descriptor, kept)
        if os.fstat(descriptor).st_uid != owner or digest_of(descriptor) != expected:
            raise ConcurrentChangeError(kept.path)
        _check(old, place, path, replaces)
        # rename(2) does nothing, and leaves both, when two names are of one file.
        if old is None or not os.path.sameopenfile(old, descriptor):
            _demand_same(old, place, path)
            _put_in_place(place, name, path, fresh=old is None)
        _demand_ours(descriptor, place, path)
        _drop_name(descriptor, kept)
    sync_directory(place)


def sync_directory(place: OpenedParent) -> None:
    """Make the names in a place's directory durable."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place.directory)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however many the kernel takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _current(place: OpenedParent) -> Iterator[int | None]:
    """Open what is there now, ``None`` when nothing is."""
    try:
        descriptor = os.open(place.name, READ, dir_fd=place.directory)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _check(old: int | None, place: OpenedParent, path: PurePosixPath, expected: str | None) -> None:
    if old is None:
        if expected:
            raise ConcurrentChangeError(path)
        return
    _demand_regular(old, place)
    if expected is not None and expected != digest_of(old):
        raise ConcurrentChangeError(path)
    _demand_mutable(old, path)


def _demand_regular(descriptor: int, place: OpenedParent) -> None:
    if not is_regular(descriptor):
        raise UnsafePathError(place.path, "it is not a regular file")


def _demand_mutable(descriptor: int, path: PurePosixPath) -> None:
    if is_immutable(descriptor):
        raise HostError(f"{path} has the immutable attribute; remove it with chattr -i and plan again")


def _fill(descriptor: int, old: int | None, data: bytes, ownership: Ownership) -> None:
    # The owner goes first: chown clears setuid and setgid. The mode goes last: it also bounds a
    # carried-over ACL. Only then come the bytes.
    os.fchown(descriptor, ownership.owner, ownership.group)
    if old is not None:
        set_attributes(descriptor, read_attributes(old))
    else:
        drop_inherited_rights(descriptor)
    os.fchmod(descriptor, ownership.mode)
    write_all(descriptor, data)
    if ownership.mode & (stat.S_ISUID | stat.S_ISGID):
        # Writing removes these two unless root writes (write(2)).
        os.fchmod(descriptor, ownership.mode)
    os.fsync(descriptor)


def _demand_same(old: int | None, place: OpenedParent, path: PurePosixPath) -> None:
    """Refuse when the name or the bytes behind it changed while the new file was being written."""
    if old is None:
        return
    try:
        same = _is_named(old, place)
    except FileNotFoundError:
        same = False
    if not same:
        raise ConcurrentChangeError(path)


def _put_in_place(place: OpenedParent, temporary: str, path: PurePosixPath, *, fresh: bool) -> None:
    here = place.directory
    if fresh:
        # Other than a rename, a hard link fails when the name exists.
        try:
            os.link(temporary, place.name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
        except FileExistsError:
            raise ConcurrentChangeError(path) from None
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            return
    os.rename(temporary, place.name, src_dir_fd=here, dst_dir_fd=here)


def _demand_ours(descriptor: int, place: OpenedParent, path: PurePosixPath) -> None:
    """Refuse to report success when a user that can write the directory has swapped the new file."""
    if not _is_named(descriptor, place):
        raise ConcurrentChangeError(path)


def _drop_name(descriptor: int, kept: OpenedParent) -> None:
    """Remove a second name, unless the rename removed it or it is now another file."""
    with contextlib.suppress(FileNotFoundError):
        if _is_named(descriptor, kept):
            os.unlink(kept.name, dir_fd=kept.directory)


def _is_named(descriptor: int, place: OpenedParent) -> bool:
    """Return whether the name at a place is still that of an open file."""
    ours = os.fstat(descriptor)
    now = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
    return (ours.st_dev, ours.st_ino) == (now.st_dev, now.st_ino)
