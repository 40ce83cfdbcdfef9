"""On which addresses, port and socket Redis listens."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from screens.session import Session
from screens.step import ReasonBar
from screens.steps.form import FormStep, heading
from screens.text import changes
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor, Field
from screens.widgets.option_widgets import LABEL_WIDTH, CheckboxList, Option
from wizard.model.host import HostFacts
from wizard.model.network import Interface, Scope
from wizard.model.text import escape
from wizard.settings import setting_of

BIND = "network.bind"


class BindField(Field):
    """Checkboxes for the loopback and every interface, and a line for other addresses."""

    def __init__(self, options: tuple[Option, ...], raw: str) -> None:
        super().__init__(BIND)
        self._before = tuple(raw.split())
        keys = {option.key for option in options}
        self._ticks = CheckboxList(options, (word for word in self._before if word in keys))
        self._others = Editor(escape(" ".join(word for word in self._before if word not in keys)))
        self._keys = keys

    @property
    def raw(self) -> str:
        """The selected interfaces and typed addresses, in their earlier order."""
        wanted = [key for key in (option.key for option in self._ticks.options) if key in self._ticks.values]
        wanted += self._others.value.replace(",", " ").split()
        kept = [word for word in self._before if word in wanted]
        return " ".join((*kept, *(word for word in wanted if word not in kept)))

    @property
    def editor(self) -> CheckboxList:
        """The checkboxes."""
        return self._ticks

    def show_raw(self, raw: str) -> None:
        """Set the checkboxes and the line."""
        if raw == self.raw:
            return
        self._before = tuple(raw.split())
        self._ticks.values = frozenset(self._before) & self._keys
        self._others.value = escape(" ".join(word for word in self._before if word not in self._keys))

    def compose(self) -> ComposeResult:
        """Yield checkboxes, the line and the remark."""
        yield self._ticks
        label = Static(literal("  " + "other addresses".ljust(LABEL_WIDTH)), classes="label")
        hint = Static(literal(f" {setting_of(BIND).hint}", TextStyle.MUTED), classes="hint")
        yield Horizontal(label, self._others, hint, classes="fieldrow")
        yield self.remark_line


class NetworkStep(FormStep):
    """Asks where Redis listens."""

    step = "network"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._impact = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Yield addresses, port, socket and who would lose access."""
        yield Static(literal(f"Which addresses does Redis listen on?   {self.now('bind')}", TextStyle.STRONG))
        yield self.field(BindField(_options(self.session.facts), self.session.raw(BIND)))
        yield heading("Port and socket")
        yield self.line("network.port", self.now("port"), width=8)
        yield self.tick("network.protected_mode", self.now("protected-mode"))
        yield self.line("network.unix_socket")
        yield self.line("network.unix_socket_permissions", self.now("unixsocketperm"), width=8)
        yield self._impact

    def show_session(self, session: Session) -> None:
        """Show who would lose access by the newest plan."""
        super().show_session(session)
        self._impact.update(changes.impact_line(session.plan))

    def strip(self) -> ReasonBar:
        """Return that firewalls are not changed here, unless a field has its own reason."""
        usual = super().strip()
        return (
            usual if usual.why else ReasonBar(why="Close the port in the firewall too; Review lists what to do there.")
        )


def _options(facts: HostFacts | None) -> tuple[Option, ...]:
    found = [Option(key="loopback", label="loopback ", detail="127.0.0.1 and ::1, only programs on this host")]
    shown = (each for each in (facts.interfaces if facts else ()) if each.addresses and not _loopback(each))
    return (*found, *(_option(interface) for interface in shown))


def _loopback(interface: Interface) -> bool:
    return any(address.scope is Scope.LOOPBACK for address in interface.addresses)


def _option(interface: Interface) -> Option:
    addresses = ", ".join(f"{address.address}/{address.prefix}" for address in interface.addresses)
    public = any(address.scope is Scope.GLOBAL for address in interface.addresses)
    reach = "PUBLIC" if public else str(interface.addresses[0].scope)
    down = "" if interface.up else ", down"
    return Option(
        key=f"interface:{interface.name}", label=interface.name.ljust(9), detail=f"{addresses}  {reach}{down}"
    )
