"""Hosts for tests: each adapter with a directory in which a test may do what it likes."""

import hashlib
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tests.support.memory_host.host import MemoryHost
from wizard.host.local import LocalHost
from wizard.host.port import Host
from wizard.host.rooted import RootedHost
from wizard.sandbox.files import Layout
from wizard.sandbox.host import SandboxHost
from wizard.sandbox.services import SandboxServices, SandboxState

WORK = PurePosixPath("/srv/1/2/3/4/work")
"""The bench's directory in hosts that have a tree of their own; deep, so that ``..`` stays harmless."""


def digest(data: bytes) -> str:
    """What the port's ``expected`` wants."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Bench:
    """One host to work on."""

    host: Host
    base: PurePosixPath
    """An empty directory, ours alone."""
    real: Path | None
    """The same directory on the disk, ``None`` in memory."""
    user: str
    group: str

    def write(self, name: str, data: bytes, *, expected: str | None = None, mode: int = 0o640) -> PurePosixPath:
        """Write a file as ourselves."""
        path = self.base / name
        self.host.write(path, data, expected=expected, owner=self.user, group=self.group, mode=mode)
        return path

    def directory(self, name: str, mode: int = 0o755) -> PurePosixPath:
        """Make a directory as ourselves."""
        path = self.base / name
        self.host.make_directory(path, owner=self.user, group=self.group, mode=mode)
        return path


def _ours() -> tuple[str, str]:
    """Our user and group as the port wants them."""
    return pwd.getpwuid(os.geteuid()).pw_name, str(os.getegid())


def local_bench(tmp_path: Path) -> Bench:
    """The running machine, in a private directory."""
    user, _ = _ours()
    tmp_path.chmod(0o755)
    return Bench(LocalHost(), PurePosixPath(tmp_path), tmp_path, user, _group_name())


def rooted_bench(tmp_path: Path) -> Bench:
    """A tree with accounts of its own."""
    user, _ = _ours()
    work = tmp_path / WORK.relative_to("/")
    work.mkdir(parents=True, mode=0o755)
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "passwd").write_text(f"{user}:x:{os.geteuid()}:{os.getegid()}::/:/bin/sh\nredis:x:101:101::/:/bin/false\n")
    (etc / "group").write_text(f"{_group_name()}:x:{os.getegid()}:\nredis:x:101:\n")
    return Bench(RootedHost(PurePosixPath(tmp_path)), WORK, work, user, _group_name())


def memory_bench(tmp_path: Path) -> Bench:
    """A host in memory."""
    del tmp_path
    user, _ = _ours()
    group = _group_name()
    host = MemoryHost(user=user, accounts={"root": 0, user: os.geteuid()})
    host.groups = {"root": 0, group: os.getegid()}
    for path in (*reversed(WORK.parents[:-1]), WORK):
        host.put_directory(path, owner=user, group=group)
    return Bench(host, WORK, None, user, group)


def sandbox_bench(place: Path) -> Bench:
    """A sandbox whose server was never started; `place` must have a short name."""
    user, _ = _ours()
    layout = Layout(PurePosixPath(place))
    SandboxServices(layout).remember(SandboxState(binary=PurePosixPath("/bin/false"), owners={}))
    work = place / "work"
    work.mkdir(mode=0o755)
    return Bench(SandboxHost(layout.directory), PurePosixPath(work), work, user, _group_name())


def _group_name() -> str:
    import grp  # noqa: PLC0415 - only here

    return grp.getgrgid(os.getegid()).gr_name


BENCHES: dict[str, Callable[[Path], Bench]] = {
    "local": local_bench,
    "rooted": rooted_bench,
    "memory": memory_bench,
    "sandbox": sandbox_bench,
}
"""Every adapter that can be changed, by a function that sets it up in an empty directory."""
