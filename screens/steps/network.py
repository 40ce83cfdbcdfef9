"""On which addresses, port and socket Redis listens."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens.base_screen import ReasonBar
from screens.session import Session
from screens.steps.form import FormStep, heading, title
from screens.text import changes
from screens.text.formatting import literal, row
from screens.text.steps import network as texts
from screens.text.steps.current import FieldState
from screens.theme import TextStyle
from screens.widgets.field import Editor, Field
from screens.widgets.option_widgets import LABEL_WIDTH, CheckboxList, Option
from wizard.errors import WizardError
from wizard.model.text import escape
from wizard.planning.preview.connections import connection_preview
from wizard.planning.preview.network import InterfaceReach, interface_reach
from wizard.settings import setting_of

BIND = "network.bind"
_WIDTH = 76
_QUESTION = "Who can reach Redis?"


class InterfaceBoxes(CheckboxList):
    """A box for each interface, with who is behind it and who comes by it now."""

    def __init__(self, reaches: tuple[InterfaceReach, ...]) -> None:
        super().__init__((), ())
        self.show(reaches)

    def show(self, reaches: tuple[InterfaceReach, ...]) -> None:
        """Show the interfaces by other words."""
        self.reaches = reaches
        self.options = tuple(Option(key=each.name, label=each.name) for each in reaches)
        self.values = frozenset(each.name for each in reaches if each.open)
        self.refresh()

    def line(self, place: int, option: Option) -> Content:  # noqa: ARG002 - the interface has more than its option
        """Draw one interface, its box, an arrow, and the clients."""
        here = self.has_focus and place == self.cursor
        return texts.interface(self.reaches[place], here=here, width=self.size.width or _WIDTH)


class BindField(Field):
    """A box for each interface, and a line for other addresses; both are one answer."""

    def __init__(self, raw: str, reach: Callable[[Sequence[str]], tuple[InterfaceReach, ...]]) -> None:
        super().__init__(BIND)
        self._words = tuple(raw.split())
        self._reach = reach
        self._boxes = InterfaceBoxes(reach(self._words))
        self._others = Editor(escape(" ".join(self._typed_words())))
        self._title = title(_QUESTION)

    def _typed_words(self) -> list[str]:
        return [word for word in self._words if not self._has_box(word)]

    def _has_box(self, word: str) -> bool:
        """Return whether a word is that of a box, with or without the sign for "optional"."""
        return word.removeprefix("-") in {each.word.removeprefix("-") for each in self._boxes.reaches}

    @property
    def raw(self) -> str:
        """The selected interfaces and typed addresses, in their earlier order."""
        wanted = [word for word in self._words if self._has_box(word)]
        wanted += self._others.value.replace(",", " ").split()
        kept = [word for word in self._words if word in wanted]
        return " ".join((*kept, *(word for word in wanted if word not in kept)))

    @property
    def editor(self) -> CheckboxList:
        """The boxes."""
        return self._boxes

    def show_raw(self, raw: str) -> None:
        """Set the boxes and the line."""
        self._words = tuple(raw.split())
        if raw != self.raw:
            self._others.value = escape(" ".join(self._typed_words()))
        self.redraw()

    def show_state(self, state: FieldState) -> None:
        """Show where the server listens now, behind the question."""
        mark = "  *" if state.recommended else ""
        self._title.update(row(literal(f"{_QUESTION}{mark}   ", TextStyle.STRONG), state.hint))

    def redraw(self) -> None:
        """Let the boxes agree with what is typed."""
        self._boxes.show(self._reach(self.raw.split()))

    @on(CheckboxList.Changed)
    def _chosen(self, message: CheckboxList.Changed) -> None:
        message.stop()
        before = self._boxes.reaches
        name = self._boxes.options[self._boxes.cursor].key
        chosen = next(each for each in before if each.name == name)
        words = self.raw.split()
        self._words = chosen.closed(words, before) if chosen.open else chosen.opened(words)
        self._others.value = escape(" ".join(self._typed_words()))
        self.redraw()
        self.post_message(self.Left(self))

    def compose(self) -> ComposeResult:
        """Yield the question with what the host has now, boxes, the line and the remark."""
        yield self._title
        yield self._boxes
        label = Static(literal("  " + "other addresses".ljust(LABEL_WIDTH)), classes="label")
        hint = Static(literal(f" {setting_of(BIND).hint}", TextStyle.MUTED), classes="hint")
        yield Horizontal(label, self._others, hint, classes="fieldrow")
        yield self.remark_line


class NetworkStep(FormStep):
    """Asks where Redis listens."""

    step = "network"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._bind: BindField | None = None
        self._ports = Static()
        self._impact = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Yield addresses, port, socket and who would lose access."""
        self._bind = BindField(self.session.raw(BIND), self._reach)
        yield self.field(self._bind)
        yield self._ports
        yield heading("Port and socket")
        yield self.line("network.port", width=8)
        yield self.tick("network.protected_mode")
        yield self.line("network.unix_socket", width=14)
        yield self.line("network.unix_socket_permissions", width=8)
        yield self._impact

    def _reach(self, words: Sequence[str]) -> tuple[InterfaceReach, ...]:
        facts = self.session.facts
        return () if facts is None else interface_reach(facts, self.session.instance, words)

    def show_typed(self, session: Session) -> None:
        """Let the boxes and the ports agree with what is typed now."""
        if self._bind is not None:
            self._bind.redraw()
        if session.facts is None:
            return
        try:
            preview = connection_preview(session.facts, session.instance, session.answers)
        except WizardError:
            # Half of an address is typed; the line below its field says so.
            return
        self._ports.update(texts.ports(preview.ports, session.report, self.text_width))

    def show_session(self, session: Session) -> None:
        """Show who would lose access by the newest plan."""
        super().show_session(session)
        self._impact.update(changes.impact_rows(session.plan, session, width=self.text_width, rows=3))

    def strip(self) -> ReasonBar:
        """Return that firewalls are not changed here, unless a field has its own reason."""
        usual = super().strip()
        return (
            usual if usual.why else ReasonBar(why="Close the port in the firewall too; Review lists what to do there.")
        )
