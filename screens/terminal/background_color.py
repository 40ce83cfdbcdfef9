"""Ask the terminal for the colour of its background while the program loads.

Replies arrive where keys do, so the terminal neither echoes nor waits for a line until they are read. Device attributes
(DA1) are asked behind the colour: every terminal reports those, so the wait ends at once where the colour is unknown.

Source:
    xterm's control sequences: OSC 11, CSI c. COLORFGBG is not sent over ssh, and stays when a terminal changes its
    colours.
"""

import copy
import os
import re
import select
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

SECONDS: Final = 0.6
"""From the question on; a line that takes longer gets the dark colours, and its replies are dropped."""
_ASKED: Final = b"\x1b]11;?\x1b\\\x1b[c"
_COLOR: Final = re.compile(
    r"\x1b\]11;(?:rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?"
    r"|#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2}))(?:\x07|\x1b\\)"
)
_REPLY: Final = re.compile(r"\x1b\]1[01];[^\x07\x1b]{0,64}(?:\x07|\x1b\\)|\x1b\[\?[\d;]{0,32}c")
_BEGUN: Final = re.compile(r"(?:\x1b\]1[01];?[^\x07\x1b]{0,64}\x1b?|\x1b\]1?|\x1b\[\?[\d;]{0,32}|\x1b\[?)\Z")
_LAST: Final = re.compile(r"\x1b\[\?[\d;]{0,32}c")
_LIGHT: Final = 0.5
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue look (ITU-R BT.709)."""


def can_be_asked(environment: Mapping[str, str]) -> bool:
    """Return whether the colours depend on the background, and the terminal is one that shows no junk when asked.

    Terminals of 16 colours are drawn on their own background. The Linux console and hardware terminals do not know OSC.
    """
    name = environment.get("TERM", "")
    if environment.get("NO_COLOR") or name.startswith(("linux", "vt", "ansi", "cons", "dumb", "wy", "sun")):
        return False
    return name.endswith(("256color", "kitty", "direct")) or environment.get("COLORTERM", "") in {"truecolor", "24bit"}


class BackgroundQuery:
    """One question to the terminal, asked when this is made.

    Args:
        keyboard: The terminal to read from.
        screen: The terminal to write to.
    """

    def __init__(self, keyboard: int, screen: int) -> None:
        self._keyboard = keyboard
        self.attributes = termios.tcgetattr(keyboard)
        """How the terminal was before."""
        self.typed = b""
        """What was read and is no whole reply: keys that were typed ahead, or the first half of a late reply."""
        quiet = copy.deepcopy(self.attributes)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[0] &= ~termios.ICRNL
        termios.tcsetattr(keyboard, termios.TCSANOW, quiet)
        os.write(screen, _ASKED)
        self._deadline = time.monotonic() + SECONDS

    def light(self) -> bool | None:
        """Wait for the reply and return whether the background is light; ``None`` when the terminal does not tell."""
        data = ""
        while not is_last(data):
            left = max(0.0, self._deadline - time.monotonic())
            if not select.select((self._keyboard,), (), (), left)[0]:
                break
            try:
                read = os.read(self._keyboard, 4096)
            except OSError:
                break
            if not read:
                break
            data += read.decode("latin-1")
        self.typed = "".join(without_replies(data)).encode("latin-1")
        return is_light(data)

    def restore(self) -> None:
        """Set the terminal as it was before."""
        with suppress(termios.error):
            termios.tcsetattr(self._keyboard, termios.TCSANOW, self.attributes)


def is_last(text: str) -> bool:
    """Return whether the reply to the last question is in a text."""
    return _LAST.search(text) is not None


def is_light(text: str) -> bool | None:
    """Return whether a reply names a light colour; ``None`` where it names none."""
    found = _COLOR.search(text)
    if found is None:
        return None
    parts = [int(part, 16) / (16 ** len(part) - 1) for part in found.groups() if part is not None]
    return bool(sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True)) > _LIGHT)


def without_replies(text: str) -> tuple[str, str]:
    """Return what the operator typed, and the beginning of a reply whose end has not arrived yet."""
    text = _REPLY.sub("", text)
    begun = _BEGUN.search(text)
    return (text[: begun.start()], begun[0]) if begun else (text, "")
