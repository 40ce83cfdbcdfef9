"""POSIX access control lists in words."""

import struct

import pytest

from wizard.snapshots.posixacl import entries_beyond_mode, named_entries, text_of


def packed(*entries: tuple[int, int, int], version: int = 2) -> bytes:
    return struct.pack("<I", version) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_reads_as_getfacl_writes_it() -> None:
    none = 0xFFFFFFFF
    data = packed((1, 6, none), (2, 4, 1000), (4, 4, none), (8, 7, 33), (0x10, 5, none), (0x20, 0, none))
    assert text_of(data) == "user::rw-,user:1000:r--,group::r--,group:33:rwx,mask::r-x,other::---"


@pytest.mark.parametrize("data", [b"", b"\x02", packed(version=1), packed((1, 6, 0))[:-1], packed((3, 6, 0))])
def test_another_form_has_no_words(data: bytes) -> None:
    assert text_of(data) == ""


def test_what_the_mode_says_too_is_left_out() -> None:
    none = 0xFFFFFFFF
    narrow = packed((1, 6, none), (2, 4, 34), (4, 4, none), (0x10, 4, none), (0x20, 0, none))
    wide = packed((1, 7, none), (2, 4, 34), (4, 4, none), (0x10, 6, none), (0x20, 5, none))
    assert entries_beyond_mode(narrow) == entries_beyond_mode(wide) != entries_beyond_mode(packed((2, 6, 34)))
    assert entries_beyond_mode(b"") == b""


def test_what_an_entry_gives_is_cut_by_the_mask() -> None:
    none = 0xFFFFFFFF
    named = ((1, 6, none), (2, 6, 34), (2, 4, 35), (4, 6, none), (8, 2, 33))
    wide, narrow = (packed(*named, (0x10, mask, none), (0x20, 0, none)) for mask in (6, 4))
    assert list(named_entries(wide)) == [("user", 34, 6), ("user", 35, 4), ("group", 33, 2)]
    assert list(named_entries(narrow)) == [("user", 34, 4), ("user", 35, 4)]
    assert list(named_entries(b"")) == []
