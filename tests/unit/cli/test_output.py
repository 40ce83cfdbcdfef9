"""When a stream may have colours, ✓ and ✗."""

import io

import pytest

from wizard.cli import output


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(("encoding", "has_them"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_an_encoding_without_the_symbols_has_no_colours_either(encoding: str, *, has_them: bool) -> None:
    assert output.colored(Terminal(io.BytesIO(), encoding=encoding)) is has_them


def test_marks_of_progress_are_symbols_there_and_words_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stderr", Terminal(raw, encoding="utf-8"))
    output.entry("verify: 3 checks", mark=output.Mark.DONE)
    output.entry("a\x1b[2J " + "b " * 50, mark=output.Mark.FAILED)
    monkeypatch.setenv("NO_COLOR", "1")
    output.entry("verify: 3 checks", mark=output.Mark.DONE)
    first, second, third, last = raw.getvalue().decode().splitlines()
    assert first == "\x1b[32m✓\x1b[0m verify: 3 checks"
    assert second.startswith("\x1b[1;31m✗\x1b[0m a")
    assert "\x1b[2J" not in second
    assert third.startswith("  b b")
    assert last == "[ ok ] verify: 3 checks"
