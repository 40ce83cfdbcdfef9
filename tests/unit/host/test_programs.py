"""Running programs: no shell, a clean environment, a time limit that holds for the children too."""

import os
import time
from pathlib import Path, PurePosixPath

import pytest

from wizard.errors import ConcurrentChangeError, ProgramError
from wizard.host.local import LocalHost

SH = "/bin/sh"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 60
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_gives_status_output_and_errors() -> None:
    done = LocalHost().run([SH, "-c", "cat; echo wrong >&2; exit 3"], standard_input=b"one\xff")
    assert (done.status, done.output, done.errors) == (3, "one�", "wrong\n")


def test_passes_arguments_untouched_by_any_shell() -> None:
    arguments = ["/bin/echo", "$HOME; `id` *", ""]
    assert LocalHost().run(arguments).output == "$HOME; `id` * \n"


def test_hands_down_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDISCLI_AUTH", "secret")
    monkeypatch.setenv("PATH", "/evil")
    names = {line.partition("=")[0] for line in LocalHost().run(["/usr/bin/env"]).output.splitlines()}
    assert names == {"PATH", "LC_ALL", "HOME"}
    assert "/evil" not in LocalHost().run(["/usr/bin/env"]).output


def test_ends_a_program_and_its_children_after_the_time_limit(tmp_path: Path) -> None:
    child = tmp_path / "child"
    with pytest.raises(ProgramError, match="took too long") as caught:
        LocalHost().run([SH, "-c", f"sleep 60 & echo $! > {child}; wait"], seconds=3)
    assert caught.value.status is None
    assert wait_until_gone(int(child.read_text()))


@pytest.mark.parametrize("program", ["sh", "./sh", "", "/no/such/program", "/etc/passwd"])
def test_says_that_a_program_cannot_be_started(program: str) -> None:
    with pytest.raises(ProgramError):
        LocalHost().run([program])


@as_root
def test_runs_as_another_user_with_all_privileges_gone() -> None:
    done = LocalHost().run([SH, "-c", "id -un; id -G; grep CapEff /proc/self/status"], user="nobody")
    user, groups, capabilities = done.output.splitlines()
    assert user == "nobody"
    assert "0" not in groups.split()
    assert capabilities.split()[1].strip("0") == ""


def test_says_that_a_user_does_not_exist() -> None:
    with pytest.raises(ProgramError, match="no user"):
        LocalHost().run([SH], user="nosuchname")


def test_finds_programs_by_name_only_in_the_fixed_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sh").write_text("#!/bin/sh\n")
    (tmp_path / "sh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = LocalHost().find_program("sh")
    assert found is not None
    assert not found.is_relative_to(tmp_path)


def test_a_launched_program_writes_to_a_file_for_us_alone(tmp_path: Path) -> None:
    output = PurePosixPath(tmp_path / "output")
    running = LocalHost().launch([SH, "-c", "echo said; exec sleep 60"], directory=PurePosixPath("/"), output=output)
    try:
        deadline = time.monotonic() + 60
        while Path(output).read_text() != "said\n" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert running.poll() is None
        assert Path(output).read_text() == "said\n"
        assert Path(output).stat().st_mode & 0o7777 == 0o600
    finally:
        running.end()
    assert running.poll() is not None
    assert not is_alive(running.pid)
    running.end()


def test_a_program_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    command = f"trap '' TERM; echo > {ready}; while :; do sleep 1; done"
    running = LocalHost().launch(
        [SH, "-c", command], directory=PurePosixPath("/"), output=PurePosixPath(tmp_path / "o")
    )
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    running.end(seconds=0.2)
    assert running.poll() == -9


def test_output_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("kept")
    with pytest.raises(ConcurrentChangeError):
        LocalHost().launch([SH], directory=PurePosixPath("/"), output=PurePosixPath(tmp_path / "o"))
    assert (tmp_path / "o").read_text() == "kept"
