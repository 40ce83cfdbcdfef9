"""Why a server did not start in a unit: its own words, the service manager's, or none of both counts against it."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices
from wizard.errors import HostError, ProgramError, RehearsalError, UnsupportedError
from wizard.host.reader import Completed
from wizard.host.services import TransientUnit
from wizard.server.temporary import TemporaryServer

NAME = "redis-wizard-rehearsal-1.service"
OUTPUT = PurePosixPath("/run/redis-wizard/reh-1/c0.said")
SOCKET = PurePosixPath("/run/redis-wizard/reh-1/d/s")
JOURNALCTL = PurePosixPath("/usr/bin/journalctl")
STEPS = (
    f"Starting {NAME} - rehearsal...\n{NAME}: %s\n{NAME}: Failed at step %s spawning /usr/bin/redis-server: No file\n"
    f"{NAME}: Main process exited, code=exited, status=%s\n{NAME}: Failed with result 'exit-code'.\n"
    f"Failed to start {NAME} - rehearsal.\n"
)


class Failing(MemoryServices):
    """A manager whose start of a transient unit fails as systemd-run does."""

    def __init__(self, error: HostError) -> None:
        super().__init__()
        self.error = error

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        del seconds
        self.calls.append(f"start-transient {unit.name}")
        raise self.error


def attempt(error: HostError, *, words: str = "", journal: str = "") -> tuple[MemoryHost, type[Exception], str]:
    services = Failing(error)
    host = MemoryHost({OUTPUT: words.encode()}, services=services)
    if journal:
        host.programs["journalctl"] = JOURNALCTL
        host.answer = lambda _line, _input, _user: Completed(status=0, output=journal, errors="")
    unit = TransientUnit(name=NAME, description="x", arguments=("/usr/bin/redis-server",), kind="notify")
    with pytest.raises((RehearsalError, UnsupportedError)) as caught:
        TemporaryServer.start_in_unit(host, unit, socket=SOCKET, output=OUTPUT, seconds=5)
    return host, caught.type, str(caught.value)


def failed(words: str = "", status: int | None = 1) -> ProgramError:
    return ProgramError("systemd-run", status, words)


def test_the_servers_own_words_count_first() -> None:
    _, kind, said = attempt(failed(), words="*** FATAL ***\nbad\n", journal=STEPS % ("", "X", "1/FAILURE"))
    assert kind is RehearsalError
    assert said.startswith("*** FATAL ***\nbad")
    assert "systemd" not in said


def test_of_a_signal_the_server_cannot_speak() -> None:
    killed = f"{NAME}: Main process exited, code=killed, status=31/SYS\nFailed to start {NAME} - x.\n"
    _, kind, said = attempt(failed(), words="* Server initialized\n", journal=killed)
    assert kind is RehearsalError
    assert said.endswith("# systemd: Main process exited, code=killed, status=31/SYS")


@pytest.mark.parametrize("step", ["USER", "NAMESPACE", "EXEC"])
def test_a_step_of_the_real_unit_counts_against_it(step: str) -> None:
    journal = STEPS % ("Failed to determine user credentials: No such process", step, "217/USER")
    host, kind, said = attempt(failed(), journal=journal)
    assert kind is RehearsalError
    assert "Failed to determine user credentials" in said
    assert NAME not in said
    assert "Starting" not in said
    assert host.services.calls[-2:] == [f"stop {NAME}", f"kill {NAME}"]


@pytest.mark.parametrize("step", ["CHDIR", "STDOUT"])
def test_a_step_that_is_our_own_counts_against_nobody(step: str) -> None:
    assert attempt(failed(), journal=STEPS % ("x", step, "200/CHDIR"))[1] is UnsupportedError


@pytest.mark.parametrize(
    "error",
    [failed("Unknown assignment: X=1"), failed(status=None), failed()],
    ids=["refused", "too slow", "without a word of anybody"],
)
def test_a_unit_that_is_not_even_tried_counts_against_nobody(error: ProgramError) -> None:
    assert attempt(error)[1] is UnsupportedError


def test_older_versions_say_in_words_that_the_start_failed() -> None:
    journal = STEPS % ("x", "USER", "217/USER")
    assert attempt(failed("Job for x.service failed."), journal=journal)[1] is RehearsalError


def test_without_a_service_manager_nothing_is_tried() -> None:
    assert attempt(UnsupportedError("systemd does not run on this host"))[1] is UnsupportedError
