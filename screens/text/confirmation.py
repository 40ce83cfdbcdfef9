"""The screen while a change waits for its confirmation. Pure."""

import re
from collections.abc import Sequence

from textual.content import Content

from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from wizard.model.event import ClientReturn
from wizard.model.value import Value

CHECKS_SHOWN = 2
WIDTH = 76
"""Columns of a text in the smallest complete window."""
_CONNECTIONS = re.compile(r" \((\d+) connections?\)$")
COUNTDOWN_LABEL = "Time left to confirm: "
SILENCE = "then it is rolled back, also after a reboot."


class PasswordDelivery(Value, frozen=True, kw_only=True):
    """Whether the operator has the new passwords; it holds no password."""

    users: tuple[str, ...] = ()
    """The users with a new password."""
    done: bool = False
    written_to: str = ""
    reading: bool = False
    """The passwords are being read."""
    failure: str = ""
    """Why they cannot be read."""

    @property
    def missing(self) -> bool:
        """Whether a confirmation now would lock the operator out."""
        return bool(self.users) and not self.done


def confirmation_text(
    checks: Sequence[str],
    delivery: PasswordDelivery,
    clients: ClientReturn | None = None,
    *,
    command: str = "redis-wizard confirm",
    over: bool = False,
    width: int = WIDTH,
) -> Content:
    """Return what happens without a confirmation, the checks, the clients, and the keys.

    Args:
        checks: From outside, a sentence each.
        delivery: Whether the operator has the new passwords.
        clients: Which are connected again.
        command: What confirms it from another login.
        over: The time is up.
        width: Columns of a row.
    """
    if over:
        return literal("The time is up: the change is being rolled back.", TextStyle.WARN)
    file = " --secrets-to FILE" if delivery.missing else ""
    return lines(
        "",
        *_checks(checks, 1 if clients else CHECKS_SHOWN, width),
        *client_rows(clients, width),
        literal("Try your applications from a second login. There, as root, this confirms:"),
        literal(f"  {command}{file}", TextStyle.ACCENT),
        "",
        *_keys(delivery, width),
    )


def client_rows(clients: ClientReturn | None, width: int = WIDTH) -> list[Content]:
    """Return which clients are not back, what was refused, and which clients are back, in a row each."""
    if clients is None:
        return []
    if clients.unknown:
        return [literal(cut(f"[ ?? ] clients are not known: {clients.unknown}", width), TextStyle.WARN)]
    rows = (
        (clients.missing, "[warn] not back", TextStyle.WARN),
        (clients.refused, "[warn] refused ", TextStyle.WARN),
        (clients.back, "[ ok ] back    ", TextStyle.OK),
    )
    return [
        literal(f"{label}  {_fitting(names, width - len(label) - 2)}", tone) for names, label, tone in rows if names
    ]


def _fitting(names: Sequence[str], width: int) -> str:
    """Return the names by host, else those that fit, and how many more the log has."""
    if len(text := "; ".join(_by_host(names))) <= width:
        return text
    for shown in range(len(names), 0, -1):
        more = f" and {len(names) - shown} more (l)" if shown < len(names) else ""
        if len(text := f"{', '.join(names[:shown])}{more}") <= width:
            return text
    return cut(names[0], width)


def _by_host(names: Sequence[str]) -> list[str]:
    """Return clients of one host together: ``orders-api, worker at 10.0.4.21``."""
    found: dict[str, list[str]] = {}
    for name in names:
        client, count = _CONNECTIONS.sub("", name), _CONNECTIONS.search(name)
        who, _, host = client.rpartition(" at ")
        several = f" ({count[1]})" if count and count[1] != "1" else ""
        found.setdefault(host, []).extend([f"{who}{several}"] if who else [])
    return [f"{', '.join(each)} at {host}" if each else host for host, each in found.items()]


def _checks(checks: Sequence[str], shown: int, width: int) -> list[Content | str]:
    if not checks:
        return []
    rows: list[Content | str] = [literal(cut(f"[ ok ] {check}", width), TextStyle.MUTED) for check in checks[-shown:]]
    if len(checks) > shown:
        last = "The last:" if shown == 1 else f"The last {shown}:"
        rows.insert(0, literal(f"[ ok ] {len(checks)} checks passed. {last}", TextStyle.MUTED))
    return rows if shown == 1 else [*rows, ""]


def _keys(delivery: PasswordDelivery, width: int) -> list[Content]:
    rows = [
        row(
            literal(" c ", TextStyle.ACCENT),
            literal("confirm: the change stays; redis-wizard rollback restores the host later"),
        ),
        row(
            literal(" r ", TextStyle.ACCENT),
            literal("roll back now: every file, value and unit becomes as it was before"),
        ),
        row(literal(" + ", TextStyle.ACCENT), literal("5 minutes more to decide")),
    ]
    words = _passwords(delivery, width)
    return [*words, *rows]


def _passwords(delivery: PasswordDelivery, width: int) -> list[Content]:
    if delivery.failure:
        return [literal(f"[ ?? ] the new passwords cannot be read: {delivery.failure}", TextStyle.FAIL)]
    if delivery.reading:
        return [literal("       reading the new passwords…", TextStyle.MUTED)]
    if not delivery.users:
        return []
    key = literal(" p ", TextStyle.ACCENT)
    if delivery.missing:
        text = f"take the new passwords of {', '.join(delivery.users)} first"
        return [row(key, literal(cut(text, width - 3), TextStyle.WARN))]
    where = f"written to {delivery.written_to}" if delivery.written_to else "shown"
    return [row(key, literal(cut(f"the new passwords ({where})", width - 3)))]
