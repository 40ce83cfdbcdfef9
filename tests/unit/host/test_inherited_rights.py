"""A default ACL of a directory gives nobody rights on what we make in it."""

import os
import struct
from pathlib import Path, PurePosixPath

import pytest

from wizard.host.rooted import RootedHost

OWNER, USER, GROUP, MASK, OTHER = 1, 2, 4, 0x10, 0x20
NOBODY = 0xFFFFFFFF
MONITOR = 4711


def acl(*entries: tuple[int, int, int]) -> bytes:
    """Write an ACL as acl(5) and the kernel's posix_acl_xattr.h have it."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "etc"
    place.mkdir()
    named = acl((OWNER, 7, NOBODY), (USER, 7, MONITOR), (GROUP, 7, NOBODY), (MASK, 7, NOBODY), (OTHER, 5, NOBODY))
    try:
        os.setxattr(place, "system.posix_acl_default", named)
    except OSError:
        pytest.skip("this file system has no ACLs")
    (place / "by-others").touch()
    assert "system.posix_acl_access" in os.listxattr(place / "by-others")
    return tmp_path


def test_what_is_new_has_the_rights_that_its_mode_says(tree: Path) -> None:
    host, owner, group = RootedHost(PurePosixPath(tree)), str(os.geteuid()), str(os.getegid())
    host.make_directory(PurePosixPath("/etc/certs"), owner=owner, group=group, mode=0o750)
    for path in ("/etc/key", "/etc/certs/key"):
        host.write(PurePosixPath(path), b"secret", expected="", owner=owner, group=group, mode=0o640)
    for path in ("etc/certs", "etc/key", "etc/certs/key"):
        assert os.listxattr(tree / path) == []
    assert (tree / "etc/key").stat().st_mode & 0o777 == 0o640


def test_the_rights_of_a_file_that_is_replaced_stay(tree: Path) -> None:
    host, owner, group = RootedHost(PurePosixPath(tree)), str(os.geteuid()), str(os.getegid())
    kept = os.getxattr(tree / "etc/by-others", "system.posix_acl_access")
    mode = (tree / "etc/by-others").stat().st_mode & 0o777
    host.write(PurePosixPath("/etc/by-others"), b"new", expected=None, owner=owner, group=group, mode=mode)
    assert os.getxattr(tree / "etc/by-others", "system.posix_acl_access") == kept


def test_the_label_of_a_file_that_is_replaced_stays(tree: Path) -> None:
    label = b"system_u:object_r:redis_conf_t:s0\0"
    try:
        os.setxattr(tree / "etc/by-others", "security.selinux", label)
    except OSError:
        pytest.skip("only root of the machine may set labels")
    host, owner, group = RootedHost(PurePosixPath(tree)), str(os.geteuid()), str(os.getegid())
    host.write(PurePosixPath("/etc/by-others"), b"new", expected=None, owner=owner, group=group, mode=0o640)
    assert (tree / "etc/by-others").read_bytes() == b"new"
    assert os.getxattr(tree / "etc/by-others", "security.selinux") == label
