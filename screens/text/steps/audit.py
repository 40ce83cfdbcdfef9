"""What the answers on audit and limits do: pure."""

from screens.text.facts import named_clients
from wizard.model.answers import AuditAnswers
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.settings import RESERVED_FILES

_CLASSES = {
    "g": "DEL, EXPIRE, RENAME",
    "$": "strings",
    "l": "lists",
    "s": "sets",
    "h": "hashes",
    "z": "sorted sets",
    "t": "streams",
    "x": "expired keys",
    "e": "evicted keys",
    "d": "modules",
    "n": "new keys",
    "m": "missed keys",
}
"""Letters of ``notify-keyspace-events`` (redis.conf)."""
_NOT_OF_ALL = "nm"


def events(letters: str) -> str:
    """Return what a value of ``notify-keyspace-events`` publishes."""
    if not letters:
        return "No event is published."
    wanted = set(letters)
    if "A" in wanted:
        wanted |= set(_CLASSES) - set(_NOT_OF_ALL)
    classes = [words for letter, words in _CLASSES.items() if letter in wanted]
    if not wanted & {"K", "E"} or not classes:
        return "Nothing is published: it takes K (by key) or E (by event), and a class."
    ways = " and ".join(words for letter, words in (("K", "by key"), ("E", "by event")) if letter in wanted)
    return f"Published {ways}: {'everything' if 'A' in wanted else ', '.join(classes)}."


def idle(instance: Instance | None, answers: AuditAnswers) -> str:
    """Return which clients the idle timeout closes now; replicas and subscribers are never closed by it."""
    limit = answers.timeout_seconds
    if not limit:
        return "Idle clients stay connected."
    if instance is None or not isinstance(instance.live, LiveServer):
        return ""
    closed = [
        group
        for group in instance.live.clients
        if group.idle_seconds > limit and not group.replica and not group.subscribed
    ]
    if not closed:
        return "No client connected now has been idle that long."
    return f"Idle for longer now, and closed: {named_clients(closed)}."


def files(instance: Instance | None, answers: AuditAnswers) -> str:
    """Return whether the open files of the process are enough for the clients."""
    process = instance.process if instance is not None else None
    if process is None or isinstance(process.open_files, Unreadable):
        return ""
    needed = answers.max_clients + RESERVED_FILES
    if needed <= process.open_files:
        return f"The server may open {process.open_files:,} files, which is enough."
    return f"It needs {needed:,} open files and has {process.open_files:,}: see the kernel step."
