"""What a file has beside bytes, owner and mode: extended attributes and the immutable flag.

Source:
    xattr(7), acl(5), ioctl_iflags(2).
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_GET_FLAGS = 0x80086601
"""``FS_IOC_GETFLAGS`` on 64-bit Linux."""
_IMMUTABLE = 0x10
"""``FS_IMMUTABLE_FL``."""
_RIGHTS = {"system.posix_acl_access", "system.posix_acl_default"}
_NO_FLAGS = {errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_NONE_HERE = {errno.EOPNOTSUPP, errno.ENOSYS}
_NOT_OURS = {errno.EPERM, errno.EACCES, errno.EOPNOTSUPP}


def is_immutable(descriptor: int) -> bool:
    """Return whether an open file or directory has the immutable attribute (``chattr +i``)."""
    buffer = bytearray(8)
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, buffer)
    except OSError as error:
        if error.errno in _NO_FLAGS:
            return False
        raise
    return bool(int.from_bytes(buffer[:4], "little") & _IMMUTABLE)


def read_attributes(descriptor: int | str) -> dict[str, bytes]:
    """Extended attributes of an open file or directory, or of a path; empty where the file system has none."""
    try:
        names = os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NONE_HERE:
            return {}
        raise
    return {name: os.getxattr(descriptor, name) for name in sorted(names)}


def set_attributes(descriptor: int, wanted: Mapping[str, bytes]) -> None:
    """Make the extended attributes of an open file or directory exactly these.

    What a security module keeps for itself (``security.*``) is left as it is where it forbids us.

    Raises:
        OSError: the file system has none, or we may not.
    """
    present = read_attributes(descriptor)
    for name in present.keys() - wanted.keys():
        with _left_to_security_modules(name):
            os.removexattr(descriptor, name)
    for name, value in wanted.items():
        if present.get(name) != value:
            with _left_to_security_modules(name):
                os.setxattr(descriptor, name, value)


def drop_inherited_rights(descriptor: int) -> None:
    """Take away what the directory's default ACL gave to an open file or directory that is new.

    Its mode says who may do what; a user named in a default ACL must not read a key that we write.
    """
    present = read_attributes(descriptor)
    for name in _RIGHTS & present.keys():
        os.removexattr(descriptor, name)


@contextmanager
def _left_to_security_modules(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not (name.startswith("security.") and error.errno in _NOT_OURS):
            raise
