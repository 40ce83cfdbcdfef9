"""POSIX access control lists as an extended attribute holds them, in the words of getfacl.

Pure.

Source:
    Linux ``include/uapi/linux/posix_acl_xattr.h``: a version, then tag, permissions and id of each entry.
"""

import struct
from collections.abc import Iterator

ACCESS = "system.posix_acl_access"
NAMES = {ACCESS: "ACL", "system.posix_acl_default": "default ACL"}
_VERSION = 2
_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_FOLLOW_THE_MODE = frozenset({0x01, 0x10, 0x20})
_ALL, _MASK = 7, 0x10
_NAMED = {0x02: "user", 0x08: "group"}
_TAGS = {0x01: "user:", 0x02: "user:{}", 0x04: "group:", 0x08: "group:{}", 0x10: "mask:", 0x20: "other:"}


def text_of(data: bytes) -> str:
    """Return a list such as ``user::rw-,user:1000:r--,…``; empty when it has another form."""
    entries = data[_HEADER.size :]
    if len(data) < _HEADER.size or _HEADER.unpack_from(data)[0] != _VERSION or len(entries) % _ENTRY.size:
        return ""
    words = [_word(*entry) for entry in _ENTRY.iter_unpack(entries)]
    return ",".join(words) if all(words) else ""


def entries_beyond_mode(data: bytes) -> bytes:
    """Return what a list says beside the mode of its file: all but the owner, the mask and all other users.

    Source:
        acl(5), Correspondence between ACL entries and file permission bits.
    """
    entries = data[_HEADER.size :]
    if len(entries) % _ENTRY.size:
        return data
    return b"".join(_ENTRY.pack(*each) for each in _ENTRY.iter_unpack(entries) if each[0] not in _FOLLOW_THE_MODE)


def named_entries(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Return the users and groups that a list names: ``user`` or ``group``, the number, and bits of ``rwx``.

    Source:
        acl(5), Access check algorithm: what an entry gives is cut by the mask.
    """
    entries = [*_ENTRY.iter_unpack(data[_HEADER.size :])] if text_of(data) else []
    mask = next((permissions for tag, permissions, _ in entries if tag == _MASK), _ALL)
    for tag, permissions, number in entries:
        if tag in _NAMED and permissions & mask:
            yield _NAMED[tag], number, permissions & mask


def _word(tag: int, permissions: int, number: int) -> str:
    if tag not in _TAGS:
        return ""
    letters = "".join(letter if permissions & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
    return f"{_TAGS[tag].format(number)}:{letters}"
