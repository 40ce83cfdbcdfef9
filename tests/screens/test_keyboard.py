"""Bytes of a terminal become keys and pastes; a paste never acts as keys."""

import random
import time

import pytest
from textual.events import Key, Paste
from textual.message import Message

from screens.terminal.background_color import can_be_asked, is_light, without_replies
from screens.terminal.keyboard import Keyboard

F8 = b"\x1b[19~"


def taken(*reads: bytes, drops_replies: bool = False) -> list[str]:
    """What the reads of a terminal mean: names of keys, and pastes in quotes."""
    messages: list[Message] = []
    keyboard = Keyboard(messages.append, drops_replies=drops_replies)
    for data in reads:
        keyboard.take(data)
    keyboard.idle()
    keyboard.take(b"\t")
    keyboard.idle()
    kept = [each for each in messages if isinstance(each, Key | Paste)]
    found = [repr(each.text) if isinstance(each, Paste) else each.key for each in kept]
    assert found[-1:] == ["tab"], "deaf to what comes later"
    return found[:-1]


@pytest.mark.parametrize(
    ("reads", "meant"),
    [
        ((b"db1\r",), ["d", "b", "1", "enter"]),
        ((F8 * 9,), ["f8"] * 9),
        ((b"j" * 60,), ["j"] * 60),
        ((b"\x1b[B" * 40,), ["down"] * 40),
        ((b"\x1b[200~abc\x1b[201~",), ["'abc'"]),
        ((b"\x1b[200~ab", b"c\x1b[201~"), ["'abc'"]),
        ((b"\x1b[200~ab\x1b[201~qd\r",), ["'ab'"]),
        ((b"\x1b[200~ab\x1b[201~", b"qd\r"), ["'ab'"]),
        ((b"\x1b[200~ab\x1b[201~x\x1b[200~cd\x1b[201~",), ["'ab'", "'cd'"]),
        ((b"\x1b[200~a\x1b[21~n\x1b[201~",), ["'a\\x1b[21~n'"]),
        ((b"\x1b[200~a\x1b\x1b[201~",), ["'a\\x1b'"]),
        ((b"\x1b[20", b"0~a\x1b[21~n\x1b[20", b"1~"), ["'a\\x1b[21~n'"]),
        ((b"\x1b[2", b"1~"), ["f10"]),
        ((b"secret\rmore",), ["'secret\\nmore'"]),
        ((b"rm -rf / # of a page of text\r",), ["'rm -rf / # of a page of text\\n'"]),
        ((b"a line of a text, and more" * 200, b"l\r" * 9), None),
    ],
)
def test_a_paste_is_no_key(reads: tuple[bytes, ...], meant: list[str] | None) -> None:
    found = taken(*reads)
    assert found == meant if meant is not None else [each[0] for each in found] == ["'"]


def test_a_paste_is_whole_wherever_its_bytes_are_split() -> None:
    data = b"\x1b[200~a\x1b[21~n\r\n\x1b\x1b[201~"
    for size in range(1, len(data)):
        parts = [data[place : place + size] for place in range(0, len(data), size)]
        assert taken(*parts) == ["'a\\x1b[21~n\\n\\x1b'"] or size < 3, size


def test_what_comes_after_a_pause_is_a_key() -> None:
    messages: list[Message] = []
    keyboard = Keyboard(messages.append)
    keyboard.take(b"\x1b[200~ab\x1b[201~")
    keyboard.idle()
    keyboard.take(b"q")
    assert [each.key for each in messages if isinstance(each, Key)] == ["q"]


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_survived_and_are_few_keys(seed: int) -> None:
    data = random.Random(seed).randbytes(4096)  # noqa: S311 - noise
    assert len(taken(data)) <= 1


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?1;2c",
        b"\x1b]11;rgb:ff/ff/ff\x07",
        b"\x1b[?62;4;22c",
        b"\x1b]11;anything at all\x07",
        b"\x1b]10;rgb:0/0/0\x07",
    ],
)
def test_a_late_reply_is_no_key(reply: bytes) -> None:
    last = b"\x1b[?1c"
    for place in range(len(reply)):
        assert taken(reply[:place], reply[place:] + last, b"l", drops_replies=True) == ["l"], place


def test_escape_is_a_key_while_a_reply_is_awaited() -> None:
    messages: list[Message] = []
    keyboard = Keyboard(messages.append, drops_replies=True)
    keyboard.take(b"\x1b")
    keyboard.idle()
    deadline = time.monotonic() + 10
    while not messages:
        assert time.monotonic() < deadline
        keyboard.tick()
    assert [each.key for each in messages if isinstance(each, Key)] == ["escape"]


@pytest.mark.parametrize(
    ("reply", "light"),
    [
        ("\x1b]11;rgb:0000/0000/0000\x1b\\", False),
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True),
        ("\x1b]11;rgb:fd/f6/e3\x07", True),
        ("\x1b]11;rgb:00/2b/36\x07", False),
        ("\x1b]11;rgba:ffff/ffff/ffff/8000\x1b\\", True),
        ("\x1b]11;#ffffff\x07", True),
        ("\x1b]11;rgb:f/f/f\x07", True),
        ("\x1b]11;rgb:0/0/f\x07", False),
        ("\x1b]11;rgb:zz/ff/ff\x07", None),
        ("\x1b]11;white\x07", None),
        ("\x1b[?1;2c", None),
        ("", None),
    ],
)
def test_a_reply_tells_light_from_dark(reply: str, *, light: bool | None) -> None:
    assert is_light(reply) is light


def test_typed_keys_around_replies_stay() -> None:
    assert without_replies("a\x1b]11;rgb:0/0/0\x07b\x1b[?1cc") == ("abc", "")
    assert without_replies("a\x1b]11;rgb:0") == ("a", "\x1b]11;rgb:0")
    assert without_replies("\x1b[A\x1b[19~") == ("\x1b[A\x1b[19~", "")


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "putty-256color"}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, False),
        ({"TERM": "vt100"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({}, False),
    ],
)
def test_only_a_terminal_that_knows_is_asked(environment: dict[str, str], *, asked: bool) -> None:
    assert can_be_asked(environment) is asked
