"""Lists the snapshots, compares and verifies them, and asks before one is restored or pruned."""

from typing import TYPE_CHECKING

from screens.controllers.apply import ApplyController
from screens.controllers.context import Context, error_text
from screens.controllers.host import HostController
from screens.session import Mode
from wizard.model.snapshot import Snapshot
from wizard.model.text import counted

if TYPE_CHECKING:  # the first paint needs none of them
    from wizard.rollback import RestorePreview
    from wizard.snapshots.integrity import Audit
    from wizard.snapshots.listing import Listing
    from wizard.snapshots.prune import Pruning

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class SnapshotsController:
    """Reads snapshots, and starts their rollback."""

    def __init__(self, context: Context, host: HostController, applying: ApplyController) -> None:
        self._context = context
        self._host = host
        self._applying = applying
        self._asked = ""
        """The snapshot to roll back to, once the list is there."""

    @property
    def _may_change(self) -> bool:
        return self._context.session.mode is Mode.NORMAL

    def show(self, restore: str = "") -> None:
        """Open the list, and ask to roll back to one of it."""
        from screens.views.snapshots import SnapshotsScreen

        self._asked = restore
        self._context.display.push_screen(SnapshotsScreen(self._context.session))

    def read(self) -> None:
        """Read the snapshots, in a thread."""
        from wizard.snapshots.listing import Listing

        nothing = Listing(snapshots=())
        self._context.tasks.start(
            "snapshots",
            self._context.engine.snapshots,
            self._fill,
            lambda error: self._fill(nothing, error_text(error)),
        )

    def _fill(self, listing: "Listing", failure: str = "") -> None:
        from screens.views.snapshots import SnapshotsScreen

        screen = self._context.display.screen
        if isinstance(screen, SnapshotsScreen):
            screen.show(listing, failure)
        asked, self._asked = self._asked, ""
        for snapshot in listing.snapshots:
            if snapshot.id == asked:
                self.restore(snapshot)

    # --- looking -----------------------------------------------------------------------------------

    def diff(self, snapshot: Snapshot) -> None:
        """Show what changed since a snapshot."""
        engine, facts = self._context.engine, self._context.session.facts
        if facts is None:
            self._context.display.bell()
            return
        self._context.tasks.start(
            "snapshot diff",
            lambda: engine.changed_since(snapshot, facts),
            lambda found: self._tell(f"Since {snapshot.id}", found.lines()),
            lambda error: self._tell(f"Since {snapshot.id}", (f"[FAIL] {error_text(error)}",)),
        )

    def verify(self, snapshot: Snapshot) -> None:
        """Read every byte of a snapshot."""
        engine = self._context.engine
        self._context.tasks.start(
            "verify",
            lambda: engine.verify_snapshot(snapshot.id),
            lambda found: self._verified(snapshot, found),
            lambda error: self._tell(f"Verify {snapshot.id}", (f"[FAIL] {error_text(error)}",)),
        )

    def _verified(self, snapshot: Snapshot, found: "Audit") -> None:
        from screens.views.snapshots import SnapshotsScreen

        problems = tuple(problem for each in found.snapshots for problem in each.problems)
        good = f"[ ok ] Intact: every byte of {snapshot.id} is as it was stored."
        for screen in self._context.display.screen_stack:
            if isinstance(screen, SnapshotsScreen):
                screen.show_verdict(snapshot.id, f"[FAIL] {problems[0]}" if problems else good)
        if problems:
            self._tell(f"{snapshot.id} is damaged", tuple(f"[FAIL] {each}" for each in problems))

    def _tell(self, title: str, rows: tuple[str, ...]) -> None:
        from screens.dialogs.text import TextDialog
        from screens.text.formatting import lines

        self._context.display.push_screen(TextDialog(title, lines(*rows)))

    # --- keeping and pruning -------------------------------------------------------------------------

    def keep(self, snapshot: Snapshot) -> None:
        """Exempt a snapshot from pruning, or let it be pruned again."""
        engine = self._context.engine
        self._context.tasks.start(
            "keep",
            lambda: engine.keep_snapshot(snapshot.id, kept=not snapshot.kept),
            lambda _: self.read(),
            lambda error: self._tell(f"Keep {snapshot.id}", (f"[FAIL] {error_text(error)}",)),
        )

    def prune(self) -> None:
        """Show what pruning removes, then ask."""
        self._context.tasks.start(
            "prune",
            self._context.engine.preview_prune,
            self._ask_prune,
            lambda error: self._tell("Prune", (f"[FAIL] {error_text(error)}",)),
        )

    def _ask_prune(self, found: "Pruning") -> None:
        from screens.dialogs.questions import ask_prune
        from screens.text.snapshots import pruning_lines

        if found.empty or not self._may_change:
            title = "Nothing to prune" if found.empty else "Prune would remove (dry run)"
            self._tell(title, pruning_lines(found))
            return
        self._context.display.push_screen(ask_prune(found), lambda yes: self._prune() if yes else None)

    def _prune(self) -> None:
        self._context.tasks.start(
            "prune",
            self._context.engine.prune,
            self._pruned,
            lambda error: self._tell("Prune", (f"[FAIL] {error_text(error)}",)),
        )

    def _pruned(self, found: "Pruning") -> None:
        from screens.text.snapshots import pruning_lines

        self._tell(f"{counted(len(found.removed), 'snapshot')} removed", pruning_lines(found))
        self.read()

    # --- restoring -----------------------------------------------------------------------------------

    def restore(self, snapshot: Snapshot) -> None:
        """Show what a rollback changes, then ask."""
        engine, login = self._context.engine, self._host.login
        self._context.tasks.start(
            "restore",
            lambda: engine.preview_restore(snapshot, login),
            lambda found: self._preview(snapshot, found, ""),
            lambda error: self._preview(snapshot, None, error_text(error)),
        )

    def _preview(self, snapshot: Snapshot, found: "RestorePreview | None", failure: str) -> None:
        from screens.dialogs.preview import PreviewDialog
        from screens.text.snapshots import restore_text
        from screens.views.snapshots import SnapshotsScreen

        display = self._context.display
        if not isinstance(display.screen, SnapshotsScreen):
            return
        if found is not None and found.refusal:
            self._tell("Not the newest", (found.refusal,))
            return
        dialog = PreviewDialog(
            f"A rollback to {snapshot.id} changes",
            restore_text(found, failure),
            "roll back" if self._may_change else "",
        )
        display.push_screen(dialog, lambda go: self._ask(snapshot, found, failure) if go else None)

    def _ask(self, snapshot: Snapshot, found: "RestorePreview | None", failure: str) -> None:
        from screens.dialogs.questions import ask_restore
        from wizard.snapshots.manual_changes import lines

        unknown = (f"[ ?? ] manual changes are unknown: {failure}",)
        question = ask_restore(snapshot, lines(found.manual) if found is not None else unknown)
        self._context.display.push_screen(
            question, lambda yes: self._applying.roll_back_to(snapshot.id) if yes else None
        )
