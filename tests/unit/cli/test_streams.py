"""Characters and errors of the standard streams."""

import io

import pytest

from wizard.cli import streams
from wizard.errors import HostError


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("é → x", "ascii", rb"\u00e9 \u2192 x"),
        ("é → x", "latin-1", b"\xe9 \\u2192 x"),
        ("\U0001f40d", "ascii", rb"\ud83d\udc0d"),
        ("\udcff", "utf-8", rb"\udcff"),
        ("é", "utf-8", b"\xc3\xa9"),
    ],
)
def test_what_a_stream_cannot_encode_becomes_escapes(text: str, encoding: str, written: bytes) -> None:
    streams.normalize()
    assert text.encode(encoding, streams.VISIBLE) == written


def test_a_broken_pipe_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert isinstance(streams.translate_error(BrokenPipeError()), BrokenPipeError)
    refused = streams.translate_error(OSError(28, "full"))
    assert isinstance(refused, HostError)
    assert "No space left on device" in str(refused)
