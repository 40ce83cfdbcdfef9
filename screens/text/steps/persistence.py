"""What a crash loses by the answers, and the present state of the files: pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from wizard.config import configuration_of
from wizard.model.answers import Durability, PersistenceAnswers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import counted, format_amount, number_or

_MINUTE = 60
_UNKNOWN = "[ ?? ]"


def loss(facts: HostFacts | None, instance: Instance | None, answers: PersistenceAnswers) -> str:
    """Return what a crash loses, in one sentence, at the rate of writes since the last save."""
    rate = _writes_a_second(facts, instance)
    match answers.durability:
        case Durability.ALWAYS:
            return "A crash loses no write; each write waits for the disk."
        case Durability.SECOND:
            return f"A crash loses 1 second of writes at most{_about(rate, 1)}."
        case Durability.SNAPSHOTS:
            return _between_saves(answers.snapshots, rate, instance)
        case Durability.NOTHING_KEPT:
            return f"A crash or a restart loses everything{_keys(instance)}."
        case Durability.KEEP:
            return _unchanged(instance, rate)


def _unchanged(instance: Instance | None, rate: float | None) -> str:
    if instance is None:
        return "The server keeps what it does now."
    configuration = configuration_of(instance)
    if configuration.value("appendonly") == "yes":
        if configuration.value("appendfsync") == "always":
            return "As now: a crash loses no write."
        return f"As now: a crash loses 1 second of writes at most{_about(rate, 1)}."
    words = configuration.value("save").split()
    points = [" ".join(words[at : at + 2]) for at in range(0, len(words), 2)]
    return f"As now: {_between_saves(points, rate, instance).replace('A crash', 'a crash', 1)}"


def _between_saves(points: Iterable[str], rate: float | None, instance: Instance | None) -> str:
    pairs = [tuple(number_or(word, 0) for word in point.split()) for point in points]
    usable = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]  # noqa: PLR2004 - seconds and changes
    if not usable:
        return f"A crash loses everything since the last manual save{_keys(instance)}."
    longest = max(seconds for seconds, _ in usable)
    # A point saves once its time is over and its changes are made.
    waits = [max(seconds, changes / rate) for seconds, changes in usable] if rate else [longest]
    seconds = min(waits)
    return f"A crash loses up to {_duration(seconds)} of writes{_about(rate, seconds)}."


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return counted(whole, "second") if whole < 2 * _MINUTE else counted(round(whole / _MINUTE), "minute")


def _about(rate: float | None, seconds: float) -> str:
    if rate is None:
        return ""
    return f", about {round(rate * seconds):,} at the present rate"


def _keys(instance: Instance | None) -> str:
    live = instance.live if instance is not None else None
    return f": {counted(live.keys, 'key')} now" if isinstance(live, LiveServer) else ""


def _writes_a_second(facts: HostFacts | None, instance: Instance | None) -> float | None:
    """Return the rate since the last save; ``None`` where it is not known."""
    if facts is None or instance is None or not isinstance(instance.live, LiveServer):
        return None
    info = instance.live.info
    saved, changes = number_or(info.get("rdb_last_save_time", ""), 0), info.get("rdb_changes_since_last_save", "")
    passed = datetime.fromisoformat(facts.taken_at).timestamp() - saved
    return number_or(changes, 0) / passed if saved and changes and passed >= 1 else None


# --- the files -------------------------------------------------------------------------------------


def state(facts: HostFacts | None, instance: Instance) -> Iterator[str]:
    """Yield how the last save went, the free space, and who can read the directories."""
    yield _last_save(facts, instance)
    by_disk: dict[tuple[int, int], list[str]] = {}
    for space in instance.space:
        by_disk.setdefault((space.free, space.total), []).append(str(space.path))
    for (free, total), paths in by_disk.items():
        yield f"{format_amount(free)} free of {format_amount(total)}: {', '.join(paths)}"
    for each in instance.directories:
        # The directory of the socket is made again at each start; nothing in it survives.
        if not each.path.is_relative_to("/run"):
            yield f"{each.mode:>4o} {each.owner}:{each.group}  {each.path}"


def _last_save(facts: HostFacts | None, instance: Instance) -> str:
    if isinstance(instance.live, Unreadable):
        return f"Now: {_UNKNOWN} {instance.live.why}"
    info = instance.live.info
    appends = "on" if info.get("aof_enabled") == "1" else "off"
    saved = number_or(info.get("rdb_last_save_time", ""), 0)
    ago = ""
    if facts is not None and saved:
        ago = f" {_duration(max(0, datetime.fromisoformat(facts.taken_at).timestamp() - saved))} ago"
    result = info.get("rdb_last_bgsave_status", _UNKNOWN)
    return f"Now: last save{ago} {result} · AOF {appends}"
