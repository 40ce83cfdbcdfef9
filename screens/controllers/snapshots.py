"""Lists the snapshots, and asks before one is restored."""

from collections.abc import Collection, Sequence

from screens.controllers.apply import ApplyController
from screens.controllers.context import Context, error_text
from screens.controllers.host import HostController
from wizard.model.snapshot import Snapshot

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class SnapshotsController:
    """Reads snapshots, and starts their rollback."""

    def __init__(self, context: Context, host: HostController, applying: ApplyController) -> None:
        self._context = context
        self._host = host
        self._applying = applying
        self._asked = ""
        """The snapshot to roll back to, once the list is there."""

    def show(self, restore: str = "") -> None:
        """Open the list, and ask to roll back to one of it."""
        from screens.views.snapshots import SnapshotsScreen

        self._asked = restore
        self._context.display.push_screen(SnapshotsScreen(self._context.session))

    def read(self) -> None:
        """Read the snapshots, in a thread."""
        engine = self._context.engine
        self._context.tasks.start(
            "snapshots",
            lambda: (engine.snapshots(), engine.in_force()),
            lambda found: self._fill(*found),
            lambda error: self._fill((), (), error_text(error)),
        )

    def _fill(self, snapshots: Sequence[Snapshot], in_effect: Collection[str], failure: str = "") -> None:
        from screens.views.snapshots import SnapshotsScreen

        screen = self._context.display.screen
        if isinstance(screen, SnapshotsScreen):
            screen.show(snapshots, in_effect, failure)
        asked, self._asked = self._asked, ""
        for snapshot in snapshots:
            if snapshot.id == asked:
                self.restore(snapshot)

    def restore(self, snapshot: Snapshot) -> None:
        """Look for manual changes, then ask."""
        engine, login = self._context.engine, self._host.login
        self._context.tasks.start(
            "manual changes",
            lambda: (engine.out_of_turn(snapshot), engine.manual_changes(snapshot, login)),
            lambda found: self._ask(snapshot, found[1], refusal=found[0]),
            lambda error: self._ask(snapshot, (f"[ ?? ] manual changes are unknown: {error_text(error)}",)),
        )

    def _ask(self, snapshot: Snapshot, changes: Sequence[str], *, refusal: str = "") -> None:
        from screens.dialogs.questions import ask_restore
        from screens.dialogs.text import TextDialog
        from screens.text.formatting import literal
        from screens.views.snapshots import SnapshotsScreen

        display = self._context.display
        if not isinstance(display.screen, SnapshotsScreen):
            return
        if refusal:
            display.push_screen(TextDialog("Not the newest", literal(refusal)))
            return
        question = ask_restore(snapshot, changes)
        display.push_screen(question, lambda yes: self._applying.roll_back_to(snapshot.id) if yes else None)
