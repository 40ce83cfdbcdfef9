"""A change by command is not cut in two by a hang-up, a polite end, or Ctrl+C."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

GOES_ON = "It is not stopped half-way"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_does_not_stop_it(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-m", "wizard", "tour", "--sandbox"]
    result = tmp_path / "result"
    with (
        result.open("w") as output,
        subprocess.Popen(
            command, stdout=output, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        ) as running,
    ):
        assert running.stderr
        said = []
        for line in running.stderr:
            said.append(line)
            if line.startswith("[ ok ] stage") and GOES_ON not in "".join(said):
                running.send_signal(number)
    assert running.returncode == 0, "".join(said)
    assert GOES_ON in "".join(said)
    assert "the host is as it was" in result.read_text()
