"""Which wanted value goes to which existing line, so that as few lines as possible change."""

from bisect import bisect_left
from collections.abc import Hashable, Sequence


def align(existing: Sequence[Hashable | None], wanted: Sequence[Hashable]) -> list[list[int]]:
    """Return for each existing line the wanted values, by position, that stand in its place.

    Order is kept: read in a row, the lists say 0, 1, 2, … up to the last wanted value. A wanted
    value meets a line of equal meaning where order allows; between such meetings values take the
    last of the free lines one by one, and what is left follows the last line before it.

    Args:
        existing: Meanings of the lines there are, at least one; ``None`` equals nothing.
        wanted: Meanings of the lines wanted.
    """
    chosen: list[list[int]] = [[] for _ in existing]
    line = value = 0
    for meeting_line, meeting_value in [*_meetings(existing, wanted), (len(existing), len(wanted))]:
        _fill(chosen, range(line, meeting_line), range(value, meeting_value))
        if meeting_value < len(wanted):
            chosen[meeting_line].append(meeting_value)
        line, value = meeting_line + 1, meeting_value + 1
    return chosen


def _meetings(existing: Sequence[Hashable | None], wanted: Sequence[Hashable]) -> list[tuple[int, int]]:
    places: dict[Hashable, list[int]] = {}
    for position, meaning in enumerate(existing):
        if meaning is not None:
            places.setdefault(meaning, []).append(position)
    found = []
    start = 0
    for value, meaning in enumerate(wanted):
        candidates = places.get(meaning, [])
        nearest = bisect_left(candidates, start)
        if nearest < len(candidates):
            found.append((candidates[nearest], value))
            start = candidates[nearest] + 1
    return found


def _fill(chosen: list[list[int]], free: range, values: range) -> None:
    """Spread values over free lines from their end; more values than lines pile up on the last one."""
    if not values:
        return
    if not free:
        # No free line: they follow the line before, or stand before the first one.
        chosen[max(free.start - 1, 0)].extend(values)
        return
    used = min(len(free), len(values))
    first = free.stop - used
    for offset in range(used):
        chosen[first + offset].append(values[offset])
    chosen[free.stop - 1].extend(values[used:])
