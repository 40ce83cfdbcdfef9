"""Which of two values of a setting is the weaker one."""

from collections.abc import Sequence

from wizard.settings.measures import number, place, switch
from wizard.settings.setting import SMALLER, Direction, Measure, Setting


def is_weaker(setting: Setting, before: str | Sequence[str], after: str | Sequence[str]) -> bool | None:
    """Return whether a setting protects less with the value `after` than with `before`.

    Args:
        setting: The row.
        before: The value in force, as ``CONFIG GET`` or the kernel writes it, or the arguments of all its lines.
            Where there is no line it is the server's default, not an empty text.
        after: Likewise.

    Returns:
        ``None`` where the setting has no stricter direction, or where neither value is at least as strict as
        the other, such as two sets of which none contains the other.
    """
    measure = _measure(setting)
    if measure is None:
        return None
    try:
        old, new = (measure(_arguments(value)) for value in (before, after))
    except ValueError:
        return False if _arguments(before) == _arguments(after) else None
    least, most = (new, old) if setting.stricter in SMALLER else (old, new)
    if least <= most:
        return False
    return True if most <= least else None


def _measure(setting: Setting) -> Measure | None:
    if setting.measure is not None:
        return setting.measure
    match setting.stricter:
        case Direction.ON | Direction.OFF:
            return switch
        case Direction.LOWER | Direction.HIGHER:
            return number()
        case Direction.LISTED:
            return place(*setting.words)
        case Direction.FEWER | Direction.MORE | Direction.NONE:
            return None


def _arguments(value: str | Sequence[str]) -> tuple[str, ...]:
    return (tuple(value.split()) or ("",)) if isinstance(value, str) else tuple(value)
