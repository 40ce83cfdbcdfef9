"""Settle the environment variables that Textual reads when it is imported.

Some of them write typed characters to a file or import code, so only known values of harmless ones
stay.
"""

from collections.abc import MutableMapping

_KEPT = {
    "TEXTUAL_COLOR_SYSTEM": ("auto", "standard", "256", "truecolor"),
    "TEXTUAL_ANIMATIONS": ("none",),
}
_SET = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_FPS": "30",
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
}
_PINNING = ("COLUMNS", "LINES")


def settle(environment: MutableMapping[str, str]) -> None:
    """Remove what could leak secrets or fix the size, and set what saves output.

    Args:
        environment: Changed in place; `os.environ` in the program.

    Source:
        Measured with Textual 8.2: ``TEXTUAL_DEBUG`` writes keys.log with passwords,
        ``TEXTUAL_DRIVER`` imports code, ``COLUMNS`` freezes the width through a resize.
    """
    for name in tuple(environment):
        if name.startswith("TEXTUAL_") and environment[name] not in _KEPT.get(name, ()):
            del environment[name]
    for name in _PINNING:
        environment.pop(name, None)
    environment.update(_SET)
