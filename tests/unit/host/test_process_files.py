"""The files of another process: its mounts and its root, whatever it puts there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from wizard.errors import HostError, NotFoundError, NotPermittedError, UnsafePathError
from wizard.host.local import LocalHost
from wizard.model.facts.files import FileKind

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount, and look into a process"
)

SCRIPT = r"""
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir etc proc && mount -t proc proc proc
echo inside >etc/plain
ln -s /etc/plain etc/link
ln -s ../../../../../../../../../../etc/plain etc/climbs
ln -s /proc/1/root/etc/passwd etc/by-proc
ln -s /proc/self/cwd etc/up
ln -s circle etc/circle
mkfifo etc/fifo
mknod etc/device c 1 5
truncate -s 1T etc/huge
exec "$2" -c 'import os, sys; os.chroot("."); print("ready", flush=True); sys.stdin.read()'
"""


@pytest.fixture(scope="module")
def pid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A process whose root is a file system of its own."""
    place = str(tmp_path_factory.mktemp("root"))
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", SCRIPT, "-", place, sys.executable]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        if started.stdout.readline() != "ready\n":
            pytest.skip("no file system can be mounted here")
        yield started.pid
        assert started.stdin is not None
        started.stdin.close()


@pytest.mark.parametrize("name", ["plain", "link", "climbs"])
def test_links_lead_to_the_root_of_the_process(pid: int, name: str) -> None:
    assert LocalHost().files_of(pid).read(PurePosixPath("/etc", name)) == b"inside\n"


@pytest.mark.parametrize("name", ["by-proc", "up/etc/passwd"])
def test_no_link_of_the_kernel_leads_out(pid: int, name: str) -> None:
    with pytest.raises((NotFoundError, NotPermittedError)):
        LocalHost().files_of(pid).read(PurePosixPath("/etc", name))


@pytest.mark.parametrize("name", ["fifo", "device", "circle"])
def test_what_is_no_file_is_not_opened(pid: int, name: str) -> None:
    with pytest.raises(UnsafePathError):
        LocalHost().files_of(pid).read(PurePosixPath("/etc", name))


def test_no_more_is_read_than_the_limit(pid: int) -> None:
    with pytest.raises(HostError, match="longer than"):
        LocalHost().files_of(pid).read(PurePosixPath("/etc/huge"))


def test_compares_what_both_have_by_a_name(pid: int) -> None:
    host = LocalHost()
    assert host.sees_same(pid, PurePosixPath("/etc/passwd")) is False
    assert host.sees_same(pid, PurePosixPath("/etc/plain")) is False
    assert host.sees_same(pid, PurePosixPath("/nowhere")) is None
    assert host.sees_same(os.getpid(), PurePosixPath("/etc/passwd")) is True


def test_an_ended_process_has_no_files() -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    assert LocalHost().files_of(ended.pid).status(PurePosixPath("/etc")).kind is FileKind.ABSENT
    assert LocalHost().sees_same(ended.pid, PurePosixPath("/etc/passwd")) is None
