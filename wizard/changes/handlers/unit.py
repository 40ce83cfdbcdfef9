"""Enable and start a unit of the product's own, and restore the units of a snapshot."""

from collections.abc import Callable, Iterator

from wizard.changes.context import ApplyContext
from wizard.changes.handler import BY_FILES, CommitPhase, ComparePhase, Handler, RollbackPhase, one_by_one
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, UnsupportedError
from wizard.model.change import EnableUnit
from wizard.model.snapshot import SavedUnit
from wizard.model.unit_state import RUNNING
from wizard.snapshots.ownership import ON, is_external


def _enable(run: ApplyContext, change: EnableUnit) -> None:
    """Enable it, and start it once where something runs."""
    run.host.services.enable(change.unit)
    if run.is_running_host:
        run.host.services.start(change.unit)


def _stop(work: RollbackContext) -> None:
    """Stop and disable what did not run and was not enabled; before the files of these units go."""
    for saved in work.snapshot.units:
        _attempt(work, saved, _take_back if _is_ours(work, saved) else _leave)


def _start(work: RollbackContext) -> None:
    """Enable and start what was enabled and ran; once the files of these units are back."""
    for saved in work.snapshot.units:
        if _is_ours(work, saved):
            _attempt(work, saved, _bring_back)


def _is_ours(work: RollbackContext, saved: SavedUnit) -> bool:
    """An apply restores what its record names and no other unit; a rollback by command restores all."""
    return work.known is None or work.known.remembered or saved.name in work.footprint.enables


def _leave(work: RollbackContext, saved: SavedUnit) -> None:
    """Name what others did to a unit that the apply has not enabled; its running has a way of its own."""
    now = work.host.services.show(saved.name)
    if is_external(now.enabled, saved.enabled):
        text = f"{saved.name} is {now.enabled or 'absent'}, was {saved.enabled or 'absent'}"
        work.differences.append(f"{text}: set by another administrator since; it stays")


def _attempt(work: RollbackContext, saved: SavedUnit, act: Callable[[RollbackContext, SavedUnit], None]) -> None:
    try:
        act(work, saved)
    except UnsupportedError:
        return
    except HostError as error:
        work.differences.append(f"{saved.name} could not be restored: {error}")


def _take_back(work: RollbackContext, saved: SavedUnit) -> None:
    services, now = work.host.services, work.host.services.show(saved.name)
    if not work.booting and now.active in RUNNING and saved.active not in RUNNING and saved.name != server_unit(work):
        services.stop(saved.name)
    if now.enabled in ON and saved.enabled not in ON:
        services.disable(saved.name)


def _bring_back(work: RollbackContext, saved: SavedUnit) -> None:
    services, now = work.host.services, work.host.services.show(saved.name)
    if saved.enabled in ON and now.enabled not in ON:
        services.enable(saved.name)
    if not work.booting and saved.active in RUNNING and now.active not in RUNNING and saved.name != server_unit(work):
        services.start(saved.name)


def server_unit(work: RollbackContext) -> str:
    """The unit of the server, whose starting and stopping has a way of its own; empty without one."""
    return work.footprint.restarts or (work.instance.unit.name if work.instance and work.instance.unit else "")


def _differences(work: RollbackContext) -> Iterator[str]:
    for saved in work.snapshot.units:
        try:
            now = work.host.services.show(saved.name)
        except UnsupportedError:
            continue
        if not work.booting and (now.active in RUNNING) is not (saved.active in RUNNING):
            yield f"{saved.name} is {now.active}, was {saved.active}"
        elif now.enabled != saved.enabled:
            yield f"{saved.name} is {now.enabled or 'absent'}, was {saved.enabled}"


HANDLER: Handler[EnableUnit] = Handler(
    do={CommitPhase.UNITS: one_by_one(_enable)},
    verify=BY_FILES,
    undo={RollbackPhase.STOP_UNITS: _stop, RollbackPhase.START_UNITS: _start},
    differences={ComparePhase.HOST: _differences},
)
