"""Which clients come back, and which calls the server refuses, while an apply waits for its confirmation."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wizard.changes.context import ApplyContext
from wizard.detect import group_clients
from wizard.errors import WizardError
from wizard.model.event import ClientReturn
from wizard.model.facts.live import ClientGroup
from wizard.model.network import is_loopback
from wizard.model.text import counted
from wizard.server.client import OWN_NAME, Client

LOOK_SECONDS = 2.0
THIS_HOST = "this host"
_REASONS = {
    "key": "a key outside its patterns",
    "channel": "a channel outside its patterns",
    "auth": "a login",
    "tls-cert": "its certificate names no user",
    "database": "a database outside its rules",
}
"""What ACL LOG calls a refusal, in words. A key or channel is never named: its name may hold a secret.

Source:
    redis 8 ``src/acl.c``, ``aclCommand``: the reasons of an entry.
"""


class ClientWatch:
    """Asks the running server, and writes to the journal what is different from the look before."""

    def __init__(self, run: ApplyContext) -> None:
        self._run = run
        self._before = run.live.clients if run.live else ()
        self._reported: ClientReturn | None = None
        self._next = 0.0

    def look(self) -> None:
        """Look, unless the last look was a moment ago; without a running server there is nothing to see."""
        now = time.monotonic()
        if now < self._next or self._run.live is None or not self._run.is_running_host:
            return
        try:
            seen = self._compare(self._run.connector.connect())
        except WizardError as error:  # a look that fails decides nothing
            seen = ClientReturn(unknown=str(error))
        if seen != self._reported and (self._reported is not None or seen.sentence()):
            self._run.journal.compared(seen)
            self._reported = seen
        # Counted from the answer: a server that answers late is not asked again at once.
        self._next = time.monotonic() + LOOK_SECONDS

    def _compare(self, client: Client) -> ClientReturn:
        after = group_clients(client.client_list(), own=client.identity())
        return compare_clients(self._before, after, tuple(self._refused(client)))

    def _refused(self, client: Client) -> Iterator[str]:
        since = time.monotonic() - (self._run.changed_at or 0.0)
        for entry, caller in client.refusals():
            if caller.get("name") != OWN_NAME and _seconds(entry.get("age-seconds", "")) <= since:
                yield refusal(entry, caller)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def compare_clients(
    before: Iterable[ClientGroup], after: Iterable[ClientGroup], refused: Sequence[str] = ()
) -> ClientReturn:
    """Compare by client name and address: user, port and TLS may be others after a change."""
    was, has = _connections(before), _connections(after)
    back = tuple(f"{name} ({counted(count, 'connection')})" for name, count in was.items() if has[name] >= count)
    missing = tuple(f"{name} ({has[name]} of {count})" for name, count in was.items() if has[name] < count)
    return ClientReturn(back=back, missing=missing, refused=tuple(refused))


def refusal(entry: Mapping[str, str], client: Mapping[str, str]) -> str:
    """Return one entry of ACL LOG in words.

    Args:
        entry: ``reason``, ``object``, ``username`` and ``count``, as ACL LOG names them.
        client: The attributes of its ``client-info``.
    """
    reason = entry.get("reason", "")
    what = entry.get("object", "").upper() if reason == "command" else _REASONS.get(reason, reason or "a call")
    # Of a refused login the name is whatever was typed, perhaps a password.
    user = "" if reason == "auth" else f" as {entry.get('username', '')}"
    calls = entry.get("count", "1")
    times = f" ({calls} times)" if calls not in {"", "1"} else ""
    return f"{_name(client.get('name', ''), '', _host(client))}{user}: {what}{times}"


def _host(client: Mapping[str, str]) -> str:
    if "U" in client.get("flags", ""):
        return "unix"
    return client.get("addr", "").rpartition(":")[0].strip("[]")


def _connections(groups: Iterable[ClientGroup]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in groups:
        label = "replica" if each.replica else each.name or each.exporter
        found[_name(label, each.library, each.address)] += each.count
    return found


def _name(name: str, library: str, address: str) -> str:
    where = THIS_HOST if address in {"", "unix"} or is_loopback(address) else address
    label = name or library
    return f"{label} at {where}" if label else where
