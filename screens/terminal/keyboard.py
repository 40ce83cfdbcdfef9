"""Turn the bytes of a terminal into keys and pastes; a paste never acts as keys, with or without brackets around it.

Source:
    Measured with Textual 8.2.8: a byte that is not UTF-8 or a key code out of range ends the stock reader; a paste
    without its end mark swallows every later key; what follows an end mark inside a paste acts as keys.
"""

import re
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Final

from textual._xterm_parser import XTermParser
from textual.events import Paste
from textual.message import Message

from screens.terminal.background_color import without_replies

_PASTE_BEGIN: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"
_PASTE_SECONDS: Final = 1.0
_REPLY_SECONDS: Final = 2.0
_SHORTEST: Final = len("\x1b[")
"""What is no longer may be a key of its own, and waits for a moment only."""
_KEY: Final = re.compile(r"\x1b(?:\[M...|\[[0-?]*[ -/]*[@-~]|O.|.)", re.DOTALL)
_LINES: Final = re.compile(r"[^\x00-\x20]{2}[^\x00-\x1f]*[\r\n]+[^\x00-\x1f]{3}")
_TYPED_AT_ONCE: Final = 24
"""More characters than a person types ahead on a slow line; a key that is held down repeats one."""
_DIFFERENT: Final = 3


class Keyboard:
    """Turns bytes into messages.

    Args:
        emit: Is given each message.
        drops_replies: The terminal was asked, and its replies are no keys. A multiplexer answers one question itself
            at once, and passes the reply to another on much later.
    """

    def __init__(self, emit: Callable[[Message], None], *, drops_replies: bool = False) -> None:
        self._emit = emit
        self._drops_replies = drops_replies
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")
        self._parser = XTermParser()
        self._bracketed: list[str] | None = None
        """What has come so far of a paste with brackets; ``None`` outside of one."""
        self._paste_since = 0.0
        self._mark = ""
        """What may be the first half of a mark."""
        self._pasted: list[str] = []
        """What has come so far of a paste without brackets."""
        self._deaf = False
        """A paste has just ended: what follows without a pause is a part of it."""
        self._held, self._held_since = "", 0.0
        """What may be the first half of a reply."""

    def take(self, data: bytes) -> None:
        """Process what was read."""
        text = self._without_replies(self._held + self._decoder.decode(data))
        if self._pasted or (self._bracketed is None and _PASTE_BEGIN not in text and _is_paste(text)):
            self._pasted.append(text)
        elif text:
            self._take(text)

    def idle(self) -> None:
        """Process that nothing has come for a moment."""
        self._deaf = False
        self._decoder.reset()
        if self._held and (len(self._held) <= _SHORTEST or time.monotonic() - self._held_since > _REPLY_SECONDS):
            held, self._held = self._held, ""
            self._take(held if len(held) <= _SHORTEST else "")
        if self._pasted:
            self._end_paste(self._pasted)
            self._pasted = []
        if self._bracketed is None:
            mark, self._mark = self._mark, ""
            self._parse(mark)
        elif time.monotonic() - self._paste_since > _PASTE_SECONDS:
            self._end_paste(self._bracketed)
            self._bracketed, self._mark = None, ""

    def tick(self) -> None:
        """Process that time has passed; an Escape of its own is known by that."""
        try:
            for message in self._parser.tick():
                self._emit(message)
        except (ValueError, OverflowError):
            self._parser = XTermParser()

    def _without_replies(self, text: str) -> str:
        self._held = ""
        if self._drops_replies:
            text, self._held = without_replies(text)
            self._held_since = time.monotonic()
        return text

    def _take(self, text: str) -> None:
        text, self._mark = self._mark + text, ""
        while text:
            mark = _PASTE_BEGIN if self._bracketed is None else _PASTE_END
            part, found, text = text.partition(mark)
            if not found:
                # Outside of a paste the first two letters may be a key.
                part, self._mark = _without_begun(part, mark, least=1 if self._bracketed is not None else 3)
            self._take_part(part, at_mark=bool(found))

    def _take_part(self, part: str, *, at_mark: bool) -> None:
        if self._bracketed is not None:
            # Textual's parser takes an escape sequence inside a paste for a key.
            self._bracketed.append(part)
            self._paste_since = time.monotonic()
            if at_mark:
                self._end_paste(self._bracketed)
                self._bracketed, self._deaf = None, True
            return
        if not self._deaf:
            self._parse(part)
        if at_mark:
            self._bracketed, self._deaf = [], False
            self._paste_since = time.monotonic()

    def _end_paste(self, parts: list[str]) -> None:
        self._emit(Paste("".join(parts).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")))

    def _parse(self, text: str) -> None:
        try:
            for message in self._parser.feed(text) if text else ():
                self._emit(message)
        except (ValueError, OverflowError):
            # A key code outside of Unicode. What was half read is dropped with the parser.
            self._parser = XTermParser()


def _without_begun(text: str, mark: str, *, least: int) -> tuple[str, str]:
    """Return a text, and apart from it the first letters of a mark that it ends with."""
    for length in range(len(mark) - 1, least - 1, -1):
        if text.endswith(mark[:length]):
            return text[:-length], mark[:length]
    return text, ""


def _is_paste(text: str) -> bool:
    """Return whether text that came at once was pasted: a person types fewer letters between two reads."""
    plain = _KEY.sub("", text)
    letters = [letter for letter in plain if letter.isprintable()]
    many = len(letters) > _TYPED_AT_ONCE and len(set(letters)) > _DIFFERENT
    return many or _LINES.search(plain) is not None
