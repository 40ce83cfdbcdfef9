"""The names of a certificate: a box for each name and address of the host, and a line for others."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from screens.text.formatting import literal, row
from screens.text.steps.current import FieldState
from screens.theme import TextStyle
from screens.widgets.field import Editor, Field
from screens.widgets.option_widgets import LABEL_WIDTH, CheckboxList, Option
from wizard.model.text import escape

AUTO = "auto"
Offer = tuple[tuple[str, ...], tuple[str, ...]]
"""The names that `AUTO` stands for, and other addresses of the host."""
_TITLE = "Names of the server"


class NamesField(Field):
    """Boxes and a line that are one answer; where every automatic name is on, the answer says ``auto``."""

    def __init__(self, answer: str, raw: str, offer: Callable[[], Offer]) -> None:
        super().__init__(answer)
        self._offer = offer
        self._offered: Offer = ((), ())
        self._title = Static(literal(_TITLE, TextStyle.STRONG))
        self._boxes = CheckboxList((), ())
        self._others = Editor("")
        self._others.styles.width = 40
        self._show(raw)

    @property
    def raw(self) -> str:
        """The names as words: ``auto`` first, then what is named beside it."""
        chosen = [option.key for option in self._boxes.options if option.key in self._boxes.values]
        automatic, _ = self._offered
        if automatic and set(automatic) <= set(chosen):
            chosen = [AUTO, *(name for name in chosen if name not in automatic)]
        return " ".join((*chosen, *self._others.value.replace(",", " ").split()))

    @property
    def editor(self) -> CheckboxList:
        """The boxes."""
        return self._boxes

    def show_raw(self, raw: str) -> None:
        """Set the boxes and the line."""
        if raw.split() != self.raw.split():
            self._show(raw)

    def redraw(self) -> None:
        """Show the names that the other answers lead to now."""
        if self._offer() != self._offered:
            self._show(self.raw)

    def show_state(self, state: FieldState) -> None:
        """Show the names of the certificate in use, behind the title."""
        mark = "  *" if state.recommended else ""
        self._title.update(row(literal(f"{_TITLE}{mark}   ", TextStyle.STRONG), state.hint))

    def _show(self, raw: str) -> None:
        words = raw.split()
        automatic, others = self._offered = self._offer()
        options = [Option(key=name, label=name) for name in automatic]
        options += [Option(key=name, label=name, detail="the server does not listen here") for name in others]
        known = {option.key for option in options}
        chosen = {name for word in words for name in (automatic if word == AUTO else (word,))}
        self._boxes.options = tuple(options)
        self._boxes.values = frozenset(chosen & known)
        self._boxes.cursor = min(self._boxes.cursor, max(0, len(options) - 1))
        # Without facts the answer itself is typed.
        rest = [word for word in words if word not in known and (word != AUTO or not options)]
        if self._others.value.replace(",", " ").split() != rest:
            self._others.value = escape(" ".join(rest))
        self._boxes.refresh(layout=True)

    @on(CheckboxList.Changed)
    def _chosen(self, message: CheckboxList.Changed) -> None:
        message.stop()
        self.post_message(self.Left(self))

    def compose(self) -> ComposeResult:
        """Yield the title with the names in use, the boxes, the line and the remark."""
        yield self._title
        yield self._boxes
        label = Static(literal("  " + "other names".ljust(LABEL_WIDTH)), classes="label")
        hint = Static(literal(" names, IPs", TextStyle.MUTED), classes="hint")
        yield Horizontal(label, self._others, hint, classes="fieldrow")
        yield self.remark_line
