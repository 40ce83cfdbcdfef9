"""A server that was told to start is waited for while it may come, and watched while it should run."""

import time

import pytest

from wizard.apply.reach import Doors
from wizard.apply.steps import restart
from wizard.errors import VerifyError
from wizard.host.memory import MemoryHost
from wizard.host.memoryservices import MemoryServices, MemoryUnit

UNIT = "redis-server.service"


def host(active: str, **properties: str) -> MemoryHost:
    unit = MemoryUnit(active=active, properties={"Result": "exit-code", "NRestarts": "0", **properties})
    return MemoryHost(services=MemoryServices({UNIT: unit}))


@pytest.mark.parametrize("active", ["failed", "inactive"])
def test_one_that_is_down_is_not_waited_for(active: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "DOWN_SECONDS", 0.01)
    begun = time.monotonic()
    with pytest.raises(VerifyError, match=rf"is {active} \(exit-code\) soon after its start"):
        restart.wait(Doors(), seconds=600, host=host(active), unit=UNIT)
    assert time.monotonic() - begun < 300


@pytest.mark.parametrize("unit", [UNIT, ""])
@pytest.mark.parametrize("active", ["active", "activating"])
def test_one_that_may_come_is_waited_for_as_long_as_that_may_take(
    active: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "DOWN_SECONDS", 0.01)
    with pytest.raises(VerifyError, match="does not answer within 0 seconds"):
        restart.wait(Doors(), seconds=0.2, host=host(active), unit=unit)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "LOOK_SECONDS", 0.0)


@pytest.mark.usefixtures("looking")
def test_a_death_is_told_from_what_somebody_did() -> None:
    made = host("active", NRestarts="2")
    vigil, unit = restart.Vigil(made, UNIT), made.services.units[UNIT]
    assert vigil.death() == ""
    unit.active = "inactive"
    assert vigil.death() == "", "stopped"
    unit.active, unit.properties = "active", {"NRestarts": "0"}
    assert vigil.death() == "", "started anew"
    unit.properties = {"NRestarts": "1"}
    assert "was started again by the service manager" in vigil.death()
    unit.active, unit.properties = "activating", {"NRestarts": "0", "SubState": "auto-restart"}
    assert "was started again" in vigil.death()
    unit.active, unit.properties = "failed", {"Result": "signal"}
    assert vigil.death() == f"{UNIT} failed (signal)"


@pytest.mark.usefixtures("looking")
def test_one_that_was_down_from_the_beginning_or_that_nobody_can_see_is_not_watched() -> None:
    made = host("failed")
    assert restart.Vigil(made, UNIT).death() == ""
    assert restart.Vigil(made, "").death() == ""
    made = host("active")
    vigil = restart.Vigil(made, UNIT)
    del made.services.units[UNIT]
    assert vigil.death() == ""
