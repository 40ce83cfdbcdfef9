"""Who can reach the server, as rows of a picture: pure."""

from textual.content import Content

from screens.text.formatting import cut, lines, literal, row
from screens.text.host import wrapped
from screens.theme import TextStyle
from wizard.model.finding import Report, State
from wizard.planning.preview.network import InterfaceReach

_FIREWALL = 2
"""The item of the checklist about the packet filter."""
_LABEL = 25
"""Columns of the label before a text."""


def interface(reach: InterfaceReach, *, here: bool, width: int) -> Content:
    """Return an interface with its box, an arrow from who is behind it, and the clients by it now."""
    box = "[x]" if reach.open else "[-]" if reach.partly else "[ ]"
    label = f"{'>' if here else ' '} {box} {cut(reach.name, 9).ljust(9)} {_addresses(reach)}"
    arrow = "<--" if reach.open or reach.partly else "x--"
    tail = f" {arrow} {reach.origin}{'' if reach.up else ', down'}{_clients(reach)}"
    return row(
        literal(label, TextStyle.ACCENT if here else TextStyle.TEXT),
        literal(cut(tail, max(0, width - len(label))), _tone(reach)),
    )


def _addresses(reach: InterfaceReach) -> str:
    more = f" +{len(reach.addresses) - 1}" if len(reach.addresses) > 1 else ""
    return f"{cut(reach.addresses[0], 18)}{more}".ljust(19)


def _tone(reach: InterfaceReach) -> TextStyle:
    if reach.cut_off:
        return TextStyle.WARN
    if reach.open or reach.partly:
        return TextStyle.WARN if reach.public else TextStyle.TEXT
    return TextStyle.MUTED


def _clients(reach: InterfaceReach) -> str:
    if not reach.clients:
        return ""
    counts: dict[str, int] = {}
    for group in reach.clients:
        name = group.name or group.address
        counts[name] = counts.get(name, 0) + group.count
    names = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
    lost = sum(group.count for group in reach.cut_off)
    lose = "loses" if lost == 1 else "lose"
    return f": {lost} {lose} it: {names}" if lost else f": {names}"


def ports(open_ones: str, report: Report | None, width: int) -> Content:
    """Return the ports that will be open, and what the packet filter was seen to do."""
    found = next((each for each in (report.items if report else ()) if each.number == _FIREWALL), None)
    rows = _labelled("ports", open_ones, width, TextStyle.TEXT)
    if found is not None:
        tone = TextStyle.TEXT if found.state is State.PASS else TextStyle.WARN
        rows += _labelled("firewall", found.summary, width, tone)
    return lines(*rows)


def _labelled(label: str, text: str, width: int, tone: TextStyle) -> list[Content]:
    """Return a text in at most two rows behind its label."""
    room = width - _LABEL
    first, *rest = wrapped(text, room)
    shown = [first, cut(" ".join(rest), room)] if rest else [first]
    names = (label, "")
    return [literal(f"  {name:<{_LABEL - 3}} {each}", tone) for name, each in zip(names, shown, strict=False)]
