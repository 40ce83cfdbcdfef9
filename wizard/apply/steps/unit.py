"""Read unit definitions anew, enable and start a unit of our own, and take that back.

What may not live here: the server's own unit (`restart`).
"""

from wizard.apply.run import Run
from wizard.apply.undo import Undo
from wizard.errors import HostError
from wizard.model.change import EnableUnit

_ON = frozenset({"enabled", "enabled-runtime", "linked", "alias", "static"})


def do(run: Run, change: EnableUnit) -> None:
    """Enable it and start it once."""
    run.host.services.enable(change.unit)
    run.host.services.start(change.unit)


def undo(work: Undo) -> None:
    """Bring the units that the apply enabled back to what they were; before their files go."""
    was = {unit.name: unit for unit in work.snapshot.units}
    for name in work.footprint.enables:
        old = was.get(name)
        try:
            if old is None or old.active not in {"active", "activating"}:
                work.host.services.stop(name)
            if old is None or old.enabled not in _ON:
                work.host.services.disable(name)
        except HostError as error:
            work.kept.append(f"the unit {name} could not be taken back: {error}")
