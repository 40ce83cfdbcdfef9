"""The wizard in a real terminal: signals, garbage on the line, crashes, terminals that are none."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.terminal import DARK, KEYS, LIGHT, Terminal

pytestmark = pytest.mark.pty

ROOT = Path(__file__).parent.parent.parent
SECRET = "S3CRET-of-a-test"
COUNTDOWN_BYTES = 90
"""What one second of the countdown may cost on the line."""
ARROW_BYTES, TAB_BYTES, NEXT_BYTES = 1_500, 4_000, 10_000
"""What a key may cost on the line, at 80×24."""
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}


def start(*arguments: str, term: str = "xterm-256color", background: str = DARK, **environment: str) -> Terminal:
    """The wizard on the fake engine."""
    command = (sys.executable, "-m", "tests.pty.fake_wizard", *arguments)
    return Terminal(command, environment={**ENVIRONMENT, **environment}, term=term, background=background)


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_starts_shows_the_host_and_leaves_by_the_keyboard() -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100", "[ Review recommended plan ]", "NOTHING CHANGED YET · 6 changes")
        terminal.press(KEYS["F10"])
        terminal.wait_for("Leave redis-wizard?")
        time.sleep(0.6)  # the question takes no keys before anybody can have read it
        terminal.press("\x1b[C\x1b[C" + KEYS["Enter"])
        assert terminal.status() == 0
        assert b"\x1b[?1049l" in terminal.received


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_ends_it_with_order(number: signal.Signals, status: int) -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100")
        terminal.child.kill(number)
        assert terminal.status() == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals) -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100")
        terminal.child.kill(number)
        terminal.status()
        assert b"\x1b[?1049l" in terminal.received


@pytest.mark.parametrize(
    "garbage", [b"\xff\xfe", b"\x1b[M\xf0\xf1\xf2", b"caf\xe9", b"\x1b[999999999u", b"\x1b[1114112;5u", b"\x00\x1b[I"]
)
def test_garbage_on_the_line_is_survived(garbage: bytes) -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100")
        terminal.child.send(garbage)
        terminal.settle()
        terminal.press(KEYS["F8"])
        terminal.wait_for("Who can reach Redis")


def test_a_paste_without_an_end_does_not_kill_the_keyboard() -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100")
        terminal.press("\x1b[200~abc")
        time.sleep(1.5)
        terminal.press(KEYS["F8"])
        terminal.wait_for("Who can reach Redis")


def test_nine_keys_in_one_burst_cross_nine_steps() -> None:
    with start() as terminal:
        terminal.wait_for("NOTHING CHANGED YET · 6 changes")
        terminal.press(KEYS["F8"] * 9)
        terminal.wait_for(">9 Review", "6 changes in 2 files")


def test_a_crash_shows_no_value_and_ends_with_1() -> None:
    with start("crash") as terminal:
        assert terminal.status() == 1
        assert SECRET.encode() not in terminal.received
        assert b"internal error: ValueError" in terminal.received


def test_copying_sends_nothing_to_the_clipboard() -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100")
        terminal.press("l")
        terminal.wait_for("password (hidden)")
        time.sleep(0.6)  # as above
        terminal.press("hunter2" + "\x1b[1;2H" + "\x18")
        terminal.settle()
        assert b"\x1b]52" not in terminal.received
        assert b"hunter2" not in terminal.received


def test_keys_are_never_logged_though_the_environment_asks(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tests.pty.fake_wizard")
    environment = {**ENVIRONMENT, "TEXTUAL_DEBUG": "1", "TEXTUAL_LOG": str(tmp_path / "log"), "COLUMNS": "40"}
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for("Score 60/100", "F10 Quit")
    assert not (tmp_path / "log").exists()
    assert not (ROOT / "keys.log").exists()


def to_apply(terminal: Terminal) -> None:
    terminal.wait_for("NOTHING CHANGED YET · 6 changes", "[ Review recommended plan ]")
    terminal.settle()
    terminal.review()
    terminal.wait_for("6 changes in 2 files")
    terminal.press(KEYS["F8"])
    terminal.wait_for("Type db1")
    time.sleep(0.6)  # as above
    terminal.press("db1" + KEYS["Enter"])


def hang_up(terminal: Terminal) -> None:
    process = terminal.child.ptyproc  # type: ignore[attr-defined]  # its stubs leave it out
    process.fileobj.close()
    process.closed = True


def test_a_lost_terminal_does_not_keep_an_apply_from_beginning(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    with start("slow", str(gate)) as terminal:
        to_apply(terminal)
        terminal.wait_for("WORKING")
        terminal.child.kill(signal.SIGTERM)
        hang_up(terminal)
        time.sleep(1)  # long enough for a wizard that would end at once
        assert terminal.child.isalive()
        gate.unlink()
        _until((tmp_path / "gate.done").exists)
    assert "apply" in (tmp_path / "gate.done").read_text()


def test_an_apply_that_has_begun_needs_no_terminal(tmp_path: Path) -> None:
    with start("waiting", str(tmp_path / "it")) as terminal:
        to_apply(terminal)
        terminal.wait_for("PENDING CONFIRM")
        hang_up(terminal)
        _until((tmp_path / "it.done").exists)
    assert "apply" in (tmp_path / "it.done").read_text()


def test_the_countdown_sends_a_few_bytes_a_second_and_nothing_else(tmp_path: Path) -> None:
    with start("waiting", str(tmp_path / "it")) as terminal:
        to_apply(terminal)
        terminal.wait_for("PENDING CONFIRM", "confirm: 4:")
        text = terminal.settle()
        shown = next(line for line in text.splitlines() if "Time left to confirm" in line).split()[4]
        later = int(shown[2:]) - 5
        before = len(terminal.received)
        terminal.wait_for(f"confirm: 4:{later:02}")
        assert len(terminal.received) - before < 6 * COUNTDOWN_BYTES


@pytest.mark.parametrize(
    ("term", "words"), [("dumb", "TERM=dumb cannot show screens"), ("", "TERM= cannot show screens")]
)
def test_a_terminal_that_can_show_nothing_is_refused(term: str, words: str) -> None:
    with start(term=term) as terminal:
        assert terminal.status() == 64
        assert words.encode() in terminal.received
        assert b"\x1b[?1049h" not in terminal.received


def test_no_terminal_is_refused_with_one_line() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.pty.fake_wizard"],
        env={**ENVIRONMENT, "TERM": "xterm"},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 64
    assert ran.stdout == b""
    assert ran.stderr.startswith(b"redis-wizard: the wizard needs a terminal")
    assert ran.stderr.count(b"\n") == 1


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"COLORTERM": "truecolor"}])
@pytest.mark.parametrize("background", [DARK, LIGHT], ids=["dark", "light"])
def test_every_look_shows_the_same_words(environment: dict[str, str], background: str) -> None:
    with start(background=background, **environment) as terminal:
        text = terminal.wait_for("Score 60/100", "[FAIL]")
        assert "step 3" in text


def test_without_colours_no_colour_is_sent() -> None:
    with start(NO_COLOR="1") as terminal:
        terminal.wait_for("Score 60/100")
        assert b"38;2;" not in terminal.received
        assert b"38;5;" not in terminal.received


def _until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("term", "no_color"), [("xterm-256color", "1"), ("linux", "")])
def test_without_shades_the_focus_is_reverse(term: str, no_color: str) -> None:
    with start(term=term, NO_COLOR=no_color) as terminal:
        terminal.wait_for("[ Step by step ]")
        terminal.settle()
        assert _reversed(terminal) == "[ Review recommended plan ]"
        terminal.press(KEYS["Up"])
        terminal.settle()
        assert "anyone may log in" in _reversed(terminal)


def _reversed(terminal: Terminal) -> str:
    """Everything on the screen that is drawn in reverse."""
    buffer = terminal.screen.buffer
    return "".join(buffer[y][x].data for y in range(24) for x in range(80) if buffer[y][x].reverse).strip()


@pytest.mark.parametrize(
    ("term", "background", "environment"),
    [
        ("xterm-256color", DARK, {}),
        ("xterm-256color", LIGHT, {}),
        ("xterm-256color", DARK, {"NO_COLOR": "1"}),
        ("linux", DARK, {}),
        ("screen", DARK, {}),
    ],
    ids=["dark", "light", "no colours", "linux", "screen"],
)
def test_what_is_typed_into_a_login_is_seen(term: str, background: str, environment: dict[str, str]) -> None:
    with start(term=term, background=background, **environment) as terminal:
        terminal.wait_for("Score 60/100")
        terminal.press("l")
        terminal.wait_for("password (hidden)", "[ Cancel ]", "[ Log in ]")
        time.sleep(0.6)  # as above
        terminal.press("\x1b[Z")  # Shift+Tab
        terminal.press("Qz7")
        text = terminal.wait_for("user                     Qz7")
        row = next(y for y, line in enumerate(text.splitlines()) if "Qz7" in line)
        column = terminal.screen.display[row].index("Qz7")
        cells = [terminal.screen.buffer[row][column + place] for place in range(3)]
        assert all(cell.fg != cell.bg or cell.fg == "default" for cell in cells)
        terminal.press(KEYS["Tab"])
        terminal.settle()
        terminal.press("hunter2")
        terminal.wait_for("password (hidden)        •••••••")
        assert b"hunter2" not in terminal.received


def _bytes_of(terminal: Terminal, key: str) -> int:
    before = len(terminal.received)
    terminal.press(key)
    terminal.settle()
    return len(terminal.received) - before


def test_a_key_costs_little_on_a_thin_line() -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        terminal.settle()
        for _ in range(4):
            arrows = [_bytes_of(terminal, KEYS["Down"]) for _ in range(3)]
            tabs = [_bytes_of(terminal, KEYS["Tab"]) for _ in range(3)]
            assert statistics.median(arrows) <= ARROW_BYTES, arrows
            assert statistics.median(tabs) <= TAB_BYTES, tabs
            assert _bytes_of(terminal, KEYS["F8"]) <= NEXT_BYTES
        before = len(terminal.received)
        terminal.settle(2.0)
        assert len(terminal.received) == before


@pytest.mark.parametrize("how", ["Ctrl+L", "resize"])
def test_a_screen_that_was_written_over_is_drawn_again(how: str) -> None:
    with start() as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        terminal.settle()
        wanted = terminal.text()
        terminal.stream.feed(b"\x1b[2J\x1b[1;1Hbroadcast message: lunch")
        if how == "Ctrl+L":
            terminal.press("\x0c")
        else:
            terminal.child.setwinsize(20, 70)
            terminal.child.setwinsize(24, 80)
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        terminal.settle()
        assert terminal.text() == wanted
