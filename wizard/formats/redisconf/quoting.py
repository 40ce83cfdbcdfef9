"""Words and quotes of one redis.conf line, exactly as the server reads them.

Text outside ASCII is carried as the bytes it was: bytes that are no UTF-8 become lone surrogates
(``surrogateescape``) and turn back into the same bytes.
"""

import re
from collections.abc import Iterator

from wizard.errors import InvalidValueError

_BLANK = b" \t\n\r\x0b\x0c"
_BLANKS = re.compile(rb"[ \t\n\r\x0b\x0c]*+")
# A bare run ends at the four blanks the server's tokenizer names, not at all that isspace() knows.
_PIECE = re.compile(
    rb"""(?P<bare>[^ \t\n\r"']++)
       | "(?P<double>(?:[^"\\]|\\.)*+)"
       | '(?P<single>(?:[^'\\]|\\'|\\(?!'))*+)'""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
_NAMED_BACK = {value: b"\\" + key for key, value in _NAMED.items()} | {b'"': b'\\"', b"\\": b"\\\\"}
_NEEDS_SLOW_PATH = re.compile(rb"[\"'\x00\x0b\x0c]")


def split(text: bytes | str, *, joined: bool = False) -> tuple[str, ...]:
    r"""Split one line into its words.

    ``"…"`` knows ``\n \r \t \b \a \xHH`` and drops the backslash before any other character,
    ``'…'`` knows only ``\'``, a bare word takes backslashes as they are.

    Args:
        text: The line; its line end and the blanks around it do not matter.
        joined: Valkey 9 only: text directly behind a closing quote continues the word. Elsewhere
            a blank must follow.

    Raises:
        InvalidValueError: quotes are not balanced, text follows a closing quote, or there is a NUL
            byte. The message does not repeat the text, which may be a password.

    Source:
        redis ``src/sds.c``, ``sdssplitargs()``; the difference of Valkey 9 is measured on 9.1.2.
    """
    data = encode(text) if isinstance(text, str) else text
    if not _NEEDS_SLOW_PATH.search(data):
        return tuple(decode(word) for word in data.split())
    return tuple(decode(word) for _, word in _words(data, joined=joined))


def comment_after(text: bytes) -> tuple[str, ...] | None:
    """Return the words before a ``#`` that an operator took for the start of a comment.

    Only a word after the first that starts with a bare ``#`` counts, and what follows it may be
    unreadable (``timeout 300 # don't``). The server itself knows comments at the start of a line only.

    Returns:
        The words before it, ``None`` when there is no such word.
    """
    words: list[str] = []
    try:
        for start, word in _words(text.split(b"\0", maxsplit=1)[0], joined=True):
            if words and text[start : start + 1] == b"#":
                return tuple(words)
            words.append(decode(word))
    except InvalidValueError:
        return None
    return None


def quote(argument: str) -> str:
    r"""Write one argument so that every server reads it back unchanged.

    A plain word stays as it is. All else is put in double quotes with ``\xHH`` for bytes that do
    not print.
    """
    if argument and argument.isprintable() and not set(argument) & {" ", '"', "'", "\\"} and argument[0] != "#":
        return argument
    return '"' + "".join(map(_escaped, argument)) + '"'


def decode(data: bytes) -> str:
    """Turn bytes of a configuration into text from which :func:`encode` gives the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Turn text of a configuration into its bytes.

    Raises:
        InvalidValueError: the text holds half of a surrogate pair, which no file can hold.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise InvalidValueError("the text holds half of a surrogate pair; write the character itself") from None


def _words(data: bytes, *, joined: bool) -> Iterator[tuple[int, bytes]]:
    if b"\0" in data:
        raise InvalidValueError("a NUL byte ends the line for the server; remove it")
    position = _skip_blanks(data, 0)
    while position < len(data):
        start = position
        word, position = _word(data, position, joined=joined)
        yield start, word
        position = _skip_blanks(data, position)


def _skip_blanks(data: bytes, position: int) -> int:
    found = _BLANKS.match(data, position)
    return found.end() if found else position


def _word(data: bytes, position: int, *, joined: bool) -> tuple[bytes, int]:
    pieces = []
    while position < len(data) and data[position] not in b" \t\n\r":
        found = _PIECE.match(data, position)
        if found is None:
            raise InvalidValueError("its quotes are not balanced; close the quote at the end of the value")
        pieces.append(_piece(found))
        position = found.end()
        if found["bare"] is None and not joined:
            _refuse_text_after_quote(data, position)
            break
    return b"".join(pieces), position


def _piece(found: re.Match[bytes]) -> bytes:
    if found["double"] is not None:
        return _ESCAPE.sub(_unescaped, found["double"])
    if found["single"] is not None:
        return found["single"].replace(b"\\'", b"'")
    return found["bare"]


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes.fromhex(found[1].decode())
    return _NAMED.get(found[2], found[2])


def _refuse_text_after_quote(data: bytes, position: int) -> None:
    if position < len(data) and data[position] not in _BLANK:
        raise InvalidValueError("text follows a closing quote; put a blank there or quote the whole value")


def _escaped(character: str) -> str:
    data = encode(character)
    if data in _NAMED_BACK:
        return _NAMED_BACK[data].decode()
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in data)
