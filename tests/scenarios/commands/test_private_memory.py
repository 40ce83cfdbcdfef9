"""No memory of a process that holds a password reaches a core file, a debugger or another user."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.scenario import ANY_USER, AS_ANY_USER, ENVIRONMENT, PASSWORD, debian

SECONDS = 60.0
TELL = """
import ctypes, resource, sys
from wizard.cli.main import main
main(sys.argv[1:])
PR_GET_DUMPABLE = 3
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE), file=sys.stderr)
"""
COMMANDS = (
    ("status",),
    ("detect",),
    ("check",),
    ("plan",),
    ("apply", "--yes"),
    ("recover",),
    ("snapshots", "list"),
    (),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_front_end_forbids_dumps(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", TELL, *words, "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS, env=ENVIRONMENT)
    assert done.stderr.splitlines()[-1] == "0 0 0"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as another user, and see whose its memory is")
@pytest.mark.parametrize("command", ["check", "plan"])
def test_it_does_so_before_it_reads_a_password(command: str, public: Path) -> None:
    root, pipe = debian(public), public / "password"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    words = [command, "--root", str(root), "--user", "default", "--password-file", str(pipe)]
    program = [sys.executable, "-I", "-c", AS_ANY_USER, *words]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/") as running:
        writer = _opened(pipe, running)
        # It waits for the password, and its memory is root's.
        assert Path(f"/proc/{running.pid}/mem").stat().st_uid == 0
        assert f"Uid:\t{ANY_USER}" in Path(f"/proc/{running.pid}/status").read_text()
        os.write(writer, PASSWORD.encode())
        os.close(writer)
        assert running.wait(SECONDS) == 0


def _opened(pipe: Path, running: "subprocess.Popen[bytes]") -> int:
    """Open a pipe for writing once the program reads it."""
    deadline = time.monotonic() + SECONDS
    while running.poll() is None:
        assert time.monotonic() < deadline
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    raise AssertionError(running.returncode)
