"""A shared directory is made once, by whichever process comes first."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.once import made_once

PROJECT = Path(__file__).parents[2]
MAKER = """\
import sys
from pathlib import Path
from tests.support.once import made_once

def make(fresh):
    (fresh / "full").write_text("yes")
    with Path(sys.argv[2]).open("a") as log:
        log.write("made\\n")

assert (made_once(Path(sys.argv[1]), make) / "full").read_text() == "yes"
"""


def test_processes_that_begin_at_once_make_it_once(tmp_path: Path) -> None:
    target, log = tmp_path / "cache" / "packages", tmp_path / "log"
    command = [sys.executable, "-c", MAKER, str(target), str(log)]
    makers = [subprocess.Popen(command, cwd=PROJECT) for _ in range(5)]
    assert [maker.wait(timeout=120) for maker in makers] == [0] * 5
    assert log.read_text() == "made\n"
    assert {path.name for path in target.parent.iterdir()} == {"packages", "packages.lock"}


def test_what_a_killed_maker_left_is_removed_and_made_anew(tmp_path: Path) -> None:
    left = tmp_path / "unfinished-packages-abc"
    left.mkdir()
    (left / "half").write_text("")
    made_once(tmp_path / "packages", lambda fresh: (fresh / "full").touch())
    assert {path.name for path in tmp_path.iterdir()} == {"packages", "packages.lock"}


def test_a_maker_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(fresh: Path) -> None:
        (fresh / "half").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        made_once(tmp_path / "packages", fail)
    assert {path.name for path in tmp_path.iterdir()} == {"packages.lock"}
