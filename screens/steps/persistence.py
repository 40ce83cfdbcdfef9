"""What survives a crash, and who can read it."""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from screens.widgets.option_widgets import Option
from wizard.model.answers import Durability
from wizard.model.facts import Unreadable
from wizard.model.host import Instance
from wizard.model.text import format_amount

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
        self._now = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Yield the question, the save points, the present state and the directories."""
        yield Static(literal("Acceptable loss in a crash", TextStyle.STRONG))
        yield self.choice("persistence.durability", _DURABILITY)
        yield heading("Snapshots and files")
        yield self.line("persistence.snapshots", width=32)
        yield self.tick("persistence.tighten_directories")
        yield self.tick("persistence.server_writes")
        yield self._now

    def show_session(self, session: Session) -> None:
        """Show the present state."""
        super().show_session(session)
        if session.instance is not None:
            self._now.update(lines(*_state(session.instance), *_places(session.instance)))


def _state(instance: Instance) -> list[str]:
    if isinstance(instance.live, Unreadable):
        return [f"Now: [ ?? ] {instance.live.why}"]
    info, config = instance.live.info, instance.live.config
    appends = "on" if info.get("aof_enabled") == "1" else "off"
    saved = info.get("rdb_last_bgsave_status", "[ ?? ]")
    points = config.get("save", "") or "none"
    rows = [f"Now: AOF {appends} ({config.get('appendfsync', '-')}) · save points {points} · last save {saved}"]
    if appends == "off":
        rows.append("AOF is enabled live; a restart waits for its first rewrite.")
    return rows


def _places(instance: Instance) -> list[str]:
    rows = [
        f"{space.path}: {format_amount(space.free)} free of {format_amount(space.total)}" for space in instance.space
    ]
    # The directory of the socket is made again at each start; nothing in it survives.
    lasting = (each for each in instance.directories if not each.path.is_relative_to("/run"))
    rows += [f"{each.path}  {each.owner}:{each.group}  {each.mode:o}" for each in lasting]
    return rows
