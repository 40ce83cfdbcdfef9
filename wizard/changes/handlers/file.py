"""Write the product's own files, and have the service manager read those that are units."""

from collections.abc import Sequence

from wizard.changes import files
from wizard.changes.context import ApplyContext
from wizard.changes.handler import BY_FILES, BY_PATHS_COMPARED, CommitPhase, Handler, RollbackPhase
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError
from wizard.model.change import WriteFile
from wizard.model.event import Phase


def _write(run: ApplyContext, _: Sequence[WriteFile]) -> None:
    files.write(run, run.staged.system)
    if run.staged.reloads and run.is_running_host:
        with run.journal.step(Phase.COMMIT, "reload the unit files"):
            run.host.services.reload_definitions()


def _reload(work: RollbackContext) -> None:
    if not work.footprint.reloads or work.host.tree is not None:
        return
    try:
        with work.journal.step(Phase.ROLLBACK, "reload the unit files"):
            work.host.services.reload_definitions()
    except HostError as error:
        work.differences.append(f"the unit files were not reloaded: {error}")


HANDLER: Handler[WriteFile] = Handler(
    do={CommitPhase.SYSTEM_FILES: _write},
    verify=BY_FILES,
    undo={RollbackPhase.UNIT_FILES: _reload},
    differences=BY_PATHS_COMPARED,
)
