"""Finding, running and launching programs: no shell, a clean environment, a time limit, one group."""

import contextlib
import os
import pwd
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TypedDict

from wizard.errors import ProgramError
from wizard.host.reader import Completed

SEARCH_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are looked for, whatever the caller's environment says."""

_ENVIRONMENT = {"PATH": ":".join(SEARCH_PATH), "LC_ALL": "C", "HOME": "/"}
_CANNOT_START = 126
_NOT_FOUND = 127
_LAST_WORDS_SECONDS = 1.0


class ProcessUser(TypedDict, total=False):
    """Who a child process becomes, as arguments of Popen; empty for "as we are"."""

    user: int
    group: int
    extra_groups: list[int]


def find_program(name: str, directories: Sequence[str] = SEARCH_PATH) -> PurePosixPath | None:
    """Find a program on a fixed search path.

    As root, only one counts that no other user can replace.
    """
    if not name or "/" in name or "\0" in name:
        return None
    for directory in directories:
        path = Path(directory, name)
        if _is_program(path) and (os.geteuid() != 0 or (_only_root(path) and _only_root(path.parent))):
            return PurePosixPath(path)
    return None


def identity_of(user: str, program: str) -> ProcessUser:
    """Return the numbers that a child needs to run as a user, with all groups of that user.

    Raises:
        ProgramError: no such user, or only root could become this one.
    """
    if not user:
        return {}
    try:
        known = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except (KeyError, ValueError):
        raise ProgramError(program, _CANNOT_START, f"there is no user {user!r} on this host") from None
    if known.pw_uid == os.geteuid() != 0:
        return {}
    if os.geteuid() != 0:
        raise ProgramError(program, _CANNOT_START, f"only root may run it as {user}")
    groups = os.getgrouplist(known.pw_name, known.pw_gid)
    return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": groups}


def run(arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = "") -> Completed:
    """Run a program to its end; see the port."""
    program = _program(arguments)
    with _started(
        arguments,
        directory="/",
        identity=identity_of(user, program),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            output, errors = process.communicate(standard_input, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise ProgramError(program, None, _end_group(process)) from None
        except BaseException:
            _end_group(process)
            raise
    return Completed(
        status=process.returncode,
        output=output.decode(errors="replace"),
        errors=errors.decode(errors="replace"),
    )


def launch(arguments: Sequence[str], *, directory: PurePosixPath, output: int, user: str = "") -> "Launched":
    """Start a program in a session of its own; its output goes to the open descriptor `output`.

    Raises:
        ProgramError: it cannot be started.
    """
    program = _program(arguments)
    process = _started(
        arguments,
        directory=str(directory),
        identity=identity_of(user, program),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
    return Launched(process)


class Launched:
    """A program that was started and not waited for."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """See the port."""
        return self._process.pid

    def poll(self) -> int | None:
        """See the port."""
        return self._process.poll()

    def end(self, *, seconds: float = 5) -> None:
        """See the port; children of the program get the last signal too."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        _kill_group(self._process.pid)
        # One that the kernel holds in a call ends with that call; do not wait for it.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def _started(
    arguments: Sequence[str], *, directory: str, identity: ProcessUser, stdin: int, stdout: int, stderr: int
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, an absolute path, a clean environment
            list(arguments),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=directory,
            env=_ENVIRONMENT,
            start_new_session=True,
            umask=0o077,
            **identity,
        )
    except (OSError, ValueError) as error:
        absent = isinstance(error, FileNotFoundError)
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise ProgramError(arguments[0], _NOT_FOUND if absent else _CANNOT_START, words or "") from error


def _program(arguments: Sequence[str]) -> str:
    if not arguments or not arguments[0].startswith("/"):
        program = arguments[0] if arguments else "a program without a name"
        raise ProgramError(program, _NOT_FOUND, "it is not an absolute path")
    return arguments[0]


def _end_group(process: "subprocess.Popen[bytes]") -> str:
    """Kill a program with all its children; give what it said on standard error, if anything."""
    _kill_group(process.pid)
    try:
        _, errors = process.communicate(timeout=_LAST_WORDS_SECONDS)
    except (subprocess.TimeoutExpired, ValueError):
        # A process outside its group holds the pipe; nothing more is read from it.
        return ""
    return (errors or b"").decode(errors="replace").strip().partition("\n")[0]


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _is_program(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _only_root(path: Path) -> bool:
    found = path.stat()
    writers = stat.S_IWOTH | (stat.S_IWGRP if found.st_gid != 0 else 0)
    return found.st_uid == 0 and not found.st_mode & writers
