"""What is created is never wider than it will be, not even for an instant, whatever the umask."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.support.hosts import Bench, local_bench
from wizard.host.files import exclusive_create

Act = Callable[[Bench], object]


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The mode of each file and directory in the instant after its creation, with a umask that hides nothing."""
    found: list[int] = []
    real_open, real_mkdir = os.open, os.mkdir

    def opened(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = real_open(path, flags, mode, dir_fd=dir_fd)
        if flags & (os.O_CREAT | os.O_TMPFILE & ~os.O_DIRECTORY):
            found.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    def made(path: str | Path, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        real_mkdir(path, mode, dir_fd=dir_fd)
        found.append(stat.S_IMODE(os.stat(path, dir_fd=dir_fd).st_mode))

    before = os.umask(0)
    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "mkdir", made)
    yield found
    os.umask(before)


ACTS: dict[str, tuple[Act, int]] = {
    "a new file": (lambda bench: bench.write("file", b"x", mode=0o600), 0o600),
    "a file for a group": (lambda bench: bench.write("file", b"x", mode=0o640), 0o640),
    "in place of a wider one": (lambda bench: bench.write("wide", b"x", mode=0o600), 0o600),
    "a journal": (lambda bench: bench.host.append(bench.base / "file", b"x"), 0o600),
    "a reserve": (lambda bench: bench.host.reserve(bench.base / "file", 4096), 0o600),
    "a directory": (lambda bench: bench.directory("directory", mode=0o700), 0o700),
    "a directory for a group": (lambda bench: bench.directory("directory", mode=0o750), 0o750),
    "a file that the operator named": (
        lambda bench: exclusive_create.create(bench.base / "file", "x", mode=0o600),
        0o600,
    ),
    "the output of a program": (
        lambda bench: bench.host.launch(("/bin/true",), directory=PurePosixPath("/"), output=bench.base / "file").end(),
        0o600,
    ),
}


@pytest.mark.parametrize("what", ACTS)
def test_it_has_no_more_rights_than_it_will_have(tmp_path: Path, created: list[int], what: str) -> None:
    act, mode = ACTS[what]
    bench = local_bench(tmp_path)
    if what == "in place of a wider one":
        (tmp_path / "wide").touch(mode=0o666)
        created.clear()
    act(bench)
    assert created
    assert [oct(each) for each in created if each & ~mode] == []
    (last,) = tmp_path.iterdir()
    assert stat.S_IMODE(last.stat().st_mode) == mode


def test_a_lock_is_for_nobody_else(tmp_path: Path, created: list[int]) -> None:
    bench = local_bench(tmp_path)
    with bench.host.lock(bench.base / "lock"):
        assert created == [0o600]
