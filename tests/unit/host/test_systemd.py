"""systemctl's answers and refusals; what it really does is shown on a real host (tests/system)."""

from pathlib import PurePosixPath

import pytest

from wizard.errors import InvalidValueError, ProgramError, UnsupportedError
from wizard.host.memory import MemoryHost
from wizard.host.port import Completed
from wizard.host.systemd import Systemd

SYSTEMCTL = PurePosixPath("/usr/bin/systemctl")
SHOWN = "Id=redis-server.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=42\n"


def host(**answers: Completed) -> MemoryHost:
    """A host that systemd runs; `answers` by systemctl's verb, where ``_`` stands for ``-``."""
    made = MemoryHost()
    made.put_directory(PurePosixPath("/run/systemd/system"))
    made.programs["systemctl"] = SYSTEMCTL
    good = Completed(status=0, output="", errors="")
    made.answer = lambda line, _input, _user: answers.get(line[2].replace("-", "_"), good)
    return made


def said(output: str, *, status: int = 0, errors: str = "") -> Completed:
    return Completed(status=status, output=output, errors=errors)


def verbs(made: MemoryHost) -> list[str]:
    return [line[2] for line in made.runs]


def test_shows_state_and_the_properties_asked_for() -> None:
    made = host(show=said(SHOWN + "User=redis\nExecStart={ a }\nExecStart={ b }\n"))
    state = Systemd(made).show("redis.service", ("User", "ExecStart", "Nice"))
    assert (state.name, state.known, state.active) == ("redis-server.service", True, "active")
    assert (state.enabled, state.main_pid) == ("enabled", 42)
    assert state.properties == {"User": "redis", "ExecStart": "{ a }\n{ b }", "Nice": ""}


def test_asks_for_empty_properties_too() -> None:
    made = host(show=said(SHOWN))
    Systemd(made).show("redis.service", ("CapabilityBoundingSet",))
    assert "--all" in made.runs[0]


def test_an_unknown_unit_is_not_known() -> None:
    made = host(show=said("Id=x.service\nLoadState=not-found\nActiveState=inactive\nMainPID=0\n"))
    assert not Systemd(made).show("x.service").known


def test_lists_units_and_unit_files_but_no_templates_and_no_ghosts() -> None:
    made = host(
        list_units=said("redis-server.service loaded active running x\nghost.service not-found inactive dead x\n"),
        list_unit_files=said("redis-server.service enabled enabled\nredis-server@.service disabled enabled\n"),
    )
    assert Systemd(made).list_units(("redis*.service",)) == ("redis-server.service",)


def test_no_matching_unit_file_is_no_error() -> None:
    assert Systemd(host(list_unit_files=said("", status=1))).list_units(("redis*",)) == ()


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_clears_the_start_limit_first(verb: str) -> None:
    made = host(reset_failed=said("", status=1, errors="not loaded"))
    getattr(Systemd(made), verb)("redis-server.service")
    assert verbs(made) == ["reset-failed", verb]


@pytest.mark.parametrize("verb", ["start", "stop", "restart", "enable", "disable"])
def test_a_refusal_carries_status_and_words(verb: str) -> None:
    made = host(**{verb: said("", status=5, errors="Job failed.\nSee journalctl.\nMore")})
    with pytest.raises(ProgramError, match=r"ended with status 5: Job failed\. See journalctl\.$") as caught:
        getattr(Systemd(made), verb)("redis-server.service")
    assert caught.value.status == 5


@pytest.mark.parametrize("name", ["", "-H", "--root=/x", "a b.service", "a;b", "a\nb", "../x", "x" * 300])
def test_refuses_a_name_that_no_unit_has(name: str) -> None:
    made = host()
    with pytest.raises(InvalidValueError):
        Systemd(made).show(name)
    with pytest.raises(InvalidValueError):
        Systemd(made).stop(name)
    assert made.runs == []


def test_refuses_a_property_and_a_pattern_of_another_form() -> None:
    with pytest.raises(InvalidValueError):
        Systemd(host()).show("x.service", ("User,Group",))
    with pytest.raises(InvalidValueError):
        Systemd(host()).list_units(("a b",))


def test_says_that_systemd_does_not_run_here() -> None:
    with pytest.raises(UnsupportedError, match="systemd does not run this host"):
        Systemd(MemoryHost()).show("x.service")


def test_says_that_there_is_no_systemctl() -> None:
    made = host()
    made.programs.clear()
    with pytest.raises(UnsupportedError, match="no systemctl"):
        Systemd(made).reload_definitions()
