"""What survives a crash, and who can read it."""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import lines, literal
from screens.text.steps import persistence as texts
from screens.theme import TextStyle
from screens.widgets.option_widgets import Option
from wizard.model.answers import Durability

_DURABILITY = (
    Option(key=Durability.ALWAYS, label="nothing       ", detail="AOF, fsync at every write: slow"),
    Option(key=Durability.SECOND, label="one second    ", detail="AOF, fsync every second"),
    Option(key=Durability.SNAPSHOTS, label="some minutes  ", detail="RDB snapshots only"),
    Option(key=Durability.NOTHING_KEPT, label="everything    ", detail="a cache: nothing is saved"),
    Option(key=Durability.KEEP, label="unchanged     ", detail="as the server is configured now"),
)


class PersistenceStep(FormStep):
    """Asks how much data a crash may lose."""

    step = "persistence"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._loss = Static(classes="effect")
        self._now = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Yield the question, what is lost, the save points, the present state and the directories."""
        yield Static(literal("Acceptable loss in a crash", TextStyle.STRONG))
        yield self.choice("persistence.durability", _DURABILITY)
        yield self._loss
        yield heading("Snapshots and files")
        yield self.line("persistence.snapshots", width=26)
        yield self.tick("persistence.tighten_directories")
        yield self.tick("persistence.server_writes")
        yield self._now

    def show_typed(self, session: Session) -> None:
        """Say what a crash loses by what is typed now."""
        said = texts.loss(session.facts, session.instance, session.answers.persistence)
        self._loss.update(literal(said, TextStyle.ACCENT))

    def show_session(self, session: Session) -> None:
        """Show the present state."""
        super().show_session(session)
        if session.instance is not None:
            self._now.update(lines(*texts.state(session.facts, session.instance)))
