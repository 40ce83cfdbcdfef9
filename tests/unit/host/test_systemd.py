"""systemctl's answers and refusals; what it really does is shown on a real host (tests/system)."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import BusyError, InvalidValueError, ProgramError, UnsupportedError
from wizard.host.reader import Completed
from wizard.host.services import TransientUnit
from wizard.host.systemd import Systemd
from wizard.model.value import replace

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


def test_a_start_clears_the_start_limit_first_and_a_restart_loses_no_time() -> None:
    made = host(reset_failed=said("", status=1, errors="not loaded"))
    services = Systemd(made)
    services.start("redis-server.service")
    services.restart("redis-server.service")
    services.clear_start_limit("redis-server.service")
    assert verbs(made) == ["reset-failed", "start", "restart", "reset-failed"]


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
    with pytest.raises(UnsupportedError, match="systemd does not run on this host"):
        Systemd(MemoryHost()).show("x.service")


def test_says_that_there_is_no_systemctl() -> None:
    made = host()
    made.programs.clear()
    with pytest.raises(UnsupportedError, match="no systemctl"):
        Systemd(made).reload_definitions()


# --- transient units -----------------------------------------------------------------------------

RUN = PurePosixPath("/usr/bin/systemd-run")
BUSY = "Failed to start transient service unit: Unit x.service was already loaded or has a fragment file.\n"


def unit(**more: object) -> TransientUnit:
    """A transient unit, with something changed."""
    return replace(
        TransientUnit(name="x.service", description="one sentence", arguments=("/bin/x", "--id", "1")), **more
    )


def asked(made: MemoryHost, what: TransientUnit) -> list[str]:
    """What systemd-run is asked for one unit."""
    made.programs["systemd-run"] = RUN
    Systemd(made).start_transient(what)
    (line,) = made.runs
    assert line[0] == str(RUN)
    return list(line)


def test_a_transient_unit_gives_its_name_free_and_says_no_command_line() -> None:
    line = asked(host(), unit(properties=("UMask=0077", "ExecStopPost=/bin/y z")))
    assert {"--quiet", "--collect", "--no-ask-password", "--unit=x.service"} <= set(line)
    # Without a description systemd takes the whole command line, and writes it to the system log.
    assert "--description=one sentence" in line
    assert line[line.index("--service-type=exec") + 1 :] == [
        "--property=UMask=0077",
        "--property=ExecStopPost=/bin/y z",
        *("--", "/bin/x", "--id", "1"),
    ]


def test_a_transient_unit_waits_as_its_kind_says() -> None:
    assert "--service-type=notify" in asked(host(), unit(kind="notify"))


def test_a_timer_is_exact_and_gives_its_name_free() -> None:
    line = asked(host(), unit(after_seconds=90))
    assert "--on-active=90.000" in line
    assert {"--timer-property=AccuracySec=100ms", "--timer-property=RemainAfterElapse=no"} <= set(line)
    assert "--collect" in line


def test_a_timer_that_repeats_starts_again_after_each_end() -> None:
    line = asked(host(), unit(after_seconds=30, every_seconds=30))
    assert {"--on-active=30.000", "--on-unit-inactive=30.000"} <= set(line)


def test_arguments_arrive_as_they_are() -> None:
    arguments = ("/bin/x", "$HOME", "a b", "", "--", "-x", "${y}", "$$")
    line = asked(host(), unit(arguments=arguments))
    assert line[line.index("--") + 1 :] == ["/bin/x", "$$HOME", "a b", "", "--", "-x", "$${y}", "$$$$"]


@pytest.mark.parametrize("name", ["", "-x.service", "a b.service", "x"])
def test_refuses_a_transient_unit_that_is_no_service(name: str) -> None:
    made = host()
    with pytest.raises(InvalidValueError):
        asked(made, unit(name=name))
    assert made.runs == []


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (BUSY, BusyError),
        (BUSY.replace("service unit: Unit x.service", "timer unit: Unit x.timer"), BusyError),
        ("Failed to start transient service unit: Unit x.service already exists.\n", BusyError),
        ("Failed to find executable /bin/x: No such file or directory\n", ProgramError),
        ("Job for x.service failed.\nSee journalctl.\n", ProgramError),
    ],
)
def test_tells_a_taken_name_from_another_refusal(errors: str, expected: type[Exception]) -> None:
    made = host()
    made.answer = lambda _line, _input, _user: said("", status=1, errors=errors)
    with pytest.raises(expected, match=r"x\.service"):
        asked(made, unit())


def test_says_that_there_is_no_systemd_run() -> None:
    with pytest.raises(UnsupportedError, match="no systemd-run"):
        Systemd(host()).start_transient(unit())


def test_a_stop_that_is_under_way_is_told_once_more() -> None:
    made = host(show=said(SHOWN.replace("=active", "=deactivating")))
    Systemd(made).stop("x.service")
    told = (str(SYSTEMCTL), "--no-ask-password", "kill", "--signal=TERM", "--kill-who=main", "--", "x.service")
    assert told in made.runs
    assert verbs(made) == ["show", "kill", "stop"]


@pytest.mark.parametrize("verb", ["stop", "restart"])
@pytest.mark.parametrize("state", ["frozen", "frozen-by-parent", "freezing"])
def test_a_frozen_unit_is_thawed(verb: str, state: str) -> None:
    refused = said("", status=1, errors="Cannot perform operation on frozen unit x.service.\n")
    made = host()
    made.answer = lambda line, _input, _user: {
        "show": said(f"{SHOWN}FreezerState={state}\n"),
        verb: said("") if "thaw" in verbs(made) else refused,
    }.get(line[2], said(""))
    getattr(Systemd(made), verb)("x.service")
    assert verbs(made)[-4:] == [verb, "show", "thaw", verb]


def test_a_unit_that_is_not_frozen_is_refused_once() -> None:
    made = host(restart=said("", status=1, errors="Job failed.\n"), show=said(f"{SHOWN}FreezerState=running\n"))
    with pytest.raises(ProgramError, match="Job failed"):
        Systemd(made).restart("x.service")
    assert verbs(made) == ["restart", "show"]


def test_kills_with_a_signal_that_nobody_can_ignore() -> None:
    made = host()
    Systemd(made).kill("x.service")
    assert made.runs == [(str(SYSTEMCTL), "--no-ask-password", "kill", "--signal=KILL", "--", "x.service")]


def test_killing_what_is_not_there_is_fine_and_a_refusal_is_not() -> None:
    gone = said("", status=1, errors="Failed to kill unit x.service: Unit x.service not loaded.\n")
    Systemd(host(kill=gone)).kill("x.service")
    with pytest.raises(ProgramError, match="Access denied"):
        Systemd(host(kill=said("", status=1, errors="Failed to kill unit x.service: Access denied\n"))).kill(
            "x.service"
        )
