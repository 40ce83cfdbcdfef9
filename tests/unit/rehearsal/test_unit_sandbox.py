"""The sandbox of a unit as it will be, clone to a unit that harms nothing."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NoReturn

import pytest

from tests.support import facts_builder as build
from tests.support.apply_run import run
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices
from wizard.changes.context import ApplyContext
from wizard.changes.staging import Staged, StagedFile
from wizard.errors import LoginError, ProgramError, UnsupportedError
from wizard.host.services import TransientUnit
from wizard.model.value import replace
from wizard.rehearsal.unit_sandbox import UnitSandbox, clone_sandbox
from wizard.server.temporary import TemporaryServer

UNIT = "redis-server.service"
FRAGMENT = PurePosixPath("/usr/lib/systemd/system/redis-server.service")
DROP_INS = PurePosixPath(f"/etc/systemd/system/{UNIT}.d")
PLACE = PurePosixPath("/run/redis-wizard/reh-1")
DEBIAN = "[Service]\nType=notify\nExecStart=/usr/bin/redis-server x\nUser=redis\nRuntimeDirectory=redis\nNice=1\n"


def host(text: str = DEBIAN, more: Mapping[PurePosixPath, str] | None = None) -> MemoryHost:
    return MemoryHost({FRAGMENT: text.encode(), **{path: data.encode() for path, data in (more or {}).items()}})


def planned(on: MemoryHost, *drop_ins: PurePosixPath, files: Staged | None = None) -> ApplyContext:
    facts = build.with_instance(build.pristine_host(), unit=build.unit(drop_ins=drop_ins))
    return run(facts, host=on, files=files)


def transient(clone: UnitSandbox) -> TransientUnit:
    return clone.transient("/usr/bin/redis-server", PLACE / "c0.conf", PLACE / "c0.said")


def test_the_unit_ends_by_itself_and_touches_nothing_of_the_real_one() -> None:
    unit = transient(clone_sandbox(planned(host())))
    assert unit.name.startswith("redis-wizard-rehearsal-")
    assert unit.name.endswith(".service")
    assert unit.kind == "notify"
    assert unit.arguments == ("/usr/bin/redis-server", str(PLACE / "c0.conf"), "--supervised", "systemd")
    lines = dict(line.split("=", 1) for line in unit.properties)
    assert lines["RuntimeDirectory"] == "redis-wizard/reh-1/d"
    assert int(lines["RuntimeMaxSec"]) > int(lines["TimeoutStartSec"]) > 0
    assert lines["Restart"] == "no"
    assert lines["StandardOutput"] == f"append:{PLACE}/c0.said"
    assert not {line for line in unit.properties if line.startswith("ExecStart")}
    assert transient(clone_sandbox(planned(host()))).name != unit.name


def test_a_service_that_does_not_notify_is_only_started() -> None:
    unit = transient(clone_sandbox(planned(host("[Service]\nType=simple\n"))))
    assert unit.kind == "exec"
    assert unit.arguments[-1] == "no"
    assert "NotifyAccess=main" not in unit.properties


def test_a_drop_in_that_the_plan_writes_counts_as_it_will_be() -> None:
    ours, old = DROP_INS / "60-redis-wizard.conf", DROP_INS / "90-last.conf"
    on = host(more={old: "[Service]\nNice=3\n", ours: "[Service]\nNice=9\n"})
    file = StagedFile(
        path=ours, data=b"[Service]\nNice=2\n", expected="", owner="root", group="root", mode=0o644, changes=()
    )
    clone = clone_sandbox(planned(on, old, files=Staged(system=(file,))))
    assert [line for line in clone.settings.lines if line.startswith("Nice")] == ["Nice=1", "Nice=2", "Nice=3"]


def test_without_a_unit_file_nothing_is_lent() -> None:
    facts = build.with_instance(build.pristine_host(), unit=None)
    with pytest.raises(UnsupportedError, match="no systemd unit"):
        clone_sandbox(run(facts, host=host()))
    with pytest.raises(UnsupportedError, match="does not exist"):
        clone_sandbox(planned(MemoryHost()))


@pytest.mark.parametrize(
    ("modules", "label", "confined"),
    [
        (("apparmor",), b"unconfined\n", ""),
        (("apparmor",), b"/usr/bin/redis-server (enforce)\n", "/usr/bin/redis-server (enforce)"),
        (("apparmor",), b"redis (complain)\n", ""),
        (("selinux",), b"system_u:system_r:redis_t:s0\0", "redis_t"),
        (("selinux",), b"unconfined_u:unconfined_r:unconfined_t:s0\0", ""),
        (("selinux",), None, ""),
        ((), b"redis (enforce)\n", ""),
    ],
)
def test_a_confined_server_is_not_moved_out_of_its_places(
    modules: tuple[str, ...], label: bytes | None, confined: str
) -> None:
    on = host()
    if label is not None:
        on.put(PurePosixPath(f"/proc/{build.PID}/attr/current"), label)
    work = planned(on)
    work.facts = replace(work.facts, os=replace(work.facts.os, security_modules=modules))
    if confined:
        with pytest.raises(UnsupportedError) as refusal:
            clone_sandbox(work)
        assert confined in str(refusal.value)
    else:
        assert clone_sandbox(work).unit == UNIT


class Refusing(MemoryServices):
    """systemd-run with its refusals, one after the other."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = list(words)
        self.started: list[TransientUnit] = []

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        self.started.append(unit)
        if self.words:
            raise ProgramError(f"systemd-run {unit.name}", 1, self.words.pop(0))
        super().start_transient(unit, seconds=seconds)


def start(on: MemoryHost, clone: UnitSandbox) -> UnitSandbox:
    on.put(PLACE / "c0.said", b"")
    return clone.start("/usr/bin/redis-server", PLACE / "c0.conf", socket=PLACE / "d/s", output=PLACE / "c0.said")[1]


@pytest.mark.parametrize(
    "words",
    [
        "Unknown assignment: Odd=1",
        "Failed to parse Odd: 1",
        "Failed to start transient service unit: Cannot set property Odd, or unknown property.",
    ],
)
def test_a_line_that_systemd_does_not_lend_is_left_out_and_named(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_server: TemporaryServer) -> NoReturn:
        raise LoginError("no password is known")

    monkeypatch.setattr(TemporaryServer, "connect", refuse)
    on = host(f"{DEBIAN}Odd=1\n")
    on.services = services = Refusing(words)
    assert start(on, clone_sandbox(planned(on))).unsupported_settings == ("Odd",)
    assert "Odd=1" in services.started[0].properties
    assert "Odd=1" not in services.started[1].properties


def test_any_other_refusal_is_the_end_of_lending() -> None:
    on = host()
    on.services = services = Refusing("Failed to connect to bus")
    with pytest.raises(UnsupportedError, match="connect to bus"):
        start(on, clone_sandbox(planned(on)))
    assert len(services.started) == 1
