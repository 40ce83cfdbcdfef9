"""A server that was told to start is waited for while it may come, and watched while it should run."""

import time
from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.changes.handlers import restart
from wizard.errors import ProgramError, VerifyError
from wizard.host.services import ServiceState
from wizard.model.login import Endpoint
from wizard.server.sessions import Connector

UNIT = "redis-server.service"
NOWHERE = Endpoint(socket=PurePosixPath("/run/no-server-is-here.sock"))


def host(active: str, **properties: str) -> MemoryHost:
    unit = MemoryUnit(active=active, properties={"Result": "exit-code", "NRestarts": "0", **properties})
    return MemoryHost(services=MemoryServices({UNIT: unit}))


@pytest.mark.parametrize("active", ["failed", "inactive"])
def test_one_that_is_down_is_not_waited_for(active: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "DOWN_SECONDS", 0.01)
    begun = time.monotonic()
    with pytest.raises(VerifyError, match=rf"is {active} \(exit-code\) soon after its start"):
        restart.wait_until_up(Connector([NOWHERE]), seconds=600, host=host(active), unit=UNIT)
    assert time.monotonic() - begun < 300


@pytest.mark.parametrize("unit", [UNIT, ""])
@pytest.mark.parametrize("active", ["active", "activating"])
def test_one_that_may_come_is_waited_for_as_long_as_that_may_take(
    active: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "DOWN_SECONDS", 0.01)
    with pytest.raises(VerifyError, match="does not answer within 0 seconds"):
        restart.wait_until_up(Connector([NOWHERE]), seconds=0.2, host=host(active), unit=unit)


def test_without_an_address_the_service_manager_tells() -> None:
    assert restart.wait_until_up(Connector(), seconds=60, host=host("active"), unit=UNIT) is None
    with pytest.raises(VerifyError, match="is failed"):
        restart.wait_until_up(Connector(), seconds=60, host=host("failed", Result="exit-code"), unit=UNIT)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "LOOK_SECONDS", 0.0)


@pytest.mark.usefixtures("looking")
def test_a_death_is_told_from_what_somebody_did() -> None:
    made = host("active", NRestarts="2")
    vigil, unit = restart.CrashWatcher(made, UNIT), made.services.units[UNIT]
    assert vigil.crash() == ""
    unit.active = "inactive"
    assert vigil.crash() == "", "stopped"
    unit.active, unit.properties = "active", {"NRestarts": "0"}
    assert vigil.crash() == "", "started anew"
    unit.properties = {"NRestarts": "1"}
    assert "was started again by systemd" in vigil.crash()
    unit.active, unit.properties = "activating", {"NRestarts": "0", "SubState": "auto-restart"}
    assert "was started again" in vigil.crash()
    unit.active, unit.properties = "failed", {"Result": "signal"}
    assert vigil.crash() == f"{UNIT} failed (signal)"


@pytest.mark.usefixtures("looking")
def test_one_that_was_down_from_the_beginning_or_that_nobody_can_see_is_not_watched() -> None:
    made = host("failed")
    assert restart.CrashWatcher(made, UNIT).crash() == ""
    assert restart.CrashWatcher(made, "").crash() == ""
    made = host("active")
    vigil = restart.CrashWatcher(made, UNIT)
    del made.services.units[UNIT]
    assert vigil.crash() == ""


class Busy(MemoryServices):
    """A service manager that is replaced by itself."""

    refusals = 2

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """Refuse a few times."""
        self.refusals -= 1
        if self.refusals >= 0:
            raise ProgramError("systemctl show", 1, "Connection reset by peer")
        return super().show(unit, properties)


def test_a_service_manager_that_does_not_answer_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = MemoryHost(services=Busy({UNIT: MemoryUnit(active="active", properties={"NRestarts": "3"})}))
    assert restart.unit_state(made, UNIT)["NRestarts"] == "3"
    monkeypatch.setattr(restart, "ANSWER_SECONDS", 0.0)
    made = MemoryHost(services=Busy({UNIT: MemoryUnit()}))
    with pytest.raises(ProgramError, match="Connection reset"):
        restart.unit_state(made, UNIT)
