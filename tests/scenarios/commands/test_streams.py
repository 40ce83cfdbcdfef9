"""Standard streams that are closed, full, cut off, or of another character set."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.scenario import ENVIRONMENT, command, debian, spawn

COMMANDS = ("--version", "--help", "detect", "check", "plan --json", "answers init")


def shell(line: str, tree: Path, words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which ``$COMMAND`` is the program with its arguments."""
    arguments = words.split() if words.startswith("--") else [*words.split(), "--root", str(tree)]
    return subprocess.run(
        ["/bin/bash", "-c", line.replace("$COMMAND", " ".join(command(*arguments)))],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, **environment},
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_behind_standard_output_is_an_error(words: str, tmp_path: Path) -> None:
    done = shell("$COMMAND >/dev/full", debian(tmp_path), words)
    assert done.returncode == 1
    assert done.stderr == (
        "redis-wizard: standard output cannot be written: No space left on device; the result is incomplete\n"
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_that_has_enough_is_no_error_to_speak_of(words: str, tmp_path: Path) -> None:
    done = shell("$COMMAND | true; echo ${PIPESTATUS[0]}", debian(tmp_path), words)
    assert done.stdout in {"141\n", "0\n"}
    assert done.stderr == ""


def test_the_first_lines_of_a_long_result_can_be_taken(tmp_path: Path) -> None:
    done = shell("$COMMAND | head -3", debian(tmp_path), "plan")
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == ""


@pytest.mark.parametrize("words", COMMANDS)
def test_a_closed_standard_output_is_said(words: str, tmp_path: Path) -> None:
    done = shell("$COMMAND >&-", debian(tmp_path), words)
    assert done.returncode == 64
    assert done.stderr == "redis-wizard: standard output is closed; redirect it to a file, or to /dev/null\n"


@pytest.mark.parametrize("words", COMMANDS)
def test_other_closed_streams_matter_not(words: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    open_, closed = shell("$COMMAND", root, words), shell("$COMMAND <&- 2>&-", root, words)
    assert (open_.returncode, closed.returncode, closed.stderr) == (0, 0, "")
    assert len(closed.stdout) == len(open_.stdout)


def test_a_sentence_that_nobody_can_read_leaves_the_exit_status(tmp_path: Path) -> None:
    for streams in ("2>&-", "2>/dev/full", ">&- 2>&- <&-"):
        assert shell(f"$COMMAND {streams}", tmp_path / "none", "detect").returncode == 64


@pytest.mark.parametrize("words", ["detect", "check", "plan"])
def test_colours_are_never_in_a_pipe(words: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    plain = spawn(words, "--root", root, environment={"NO_COLOR": "1", "TERM": "dumb"})
    assert plain.status == 0
    for environment in ({"TERM": "xterm-256color"}, {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}):
        assert "\x1b" not in spawn(words, "--root", root, environment=environment).out
    assert spawn(words, "--root", root, "--no-color").status == 0


LOCALES = ({"LC_ALL": "C"}, {"LC_ALL": "POSIX", "LANG": ""}, {"LC_ALL": "no_SUCH.UTF-8"}, {"LANG": "", "LC_ALL": ""})


@pytest.mark.parametrize("environment", LOCALES)
def test_any_locale_does(environment: dict[str, str], tmp_path: Path) -> None:
    root = debian(tmp_path, folder="ünï")
    for words in (("detect",), ("check",), ("plan",)):
        ran = spawn(*words, "--root", root, environment=environment)
        assert (ran.status, ran.err) == (0, "")
    assert json.loads(spawn("detect", "--root", root, "--json", environment=environment).out)["tree"] == str(root)


def test_a_terminal_of_another_character_set_gets_escapes(tmp_path: Path) -> None:
    root = debian(tmp_path, folder="\U0001f40d ünï →")
    with (root / "etc/redis/redis.conf").open("a", encoding="utf-8") as file:
        file.write('logfile "/var/log/é→\U0001f40d.log"\n')
    # Without -I, the interpreter heeds PYTHONIOENCODING; the installed program is started so.
    for encoding in ("ascii", "latin-1"):
        for words in (("plan",), ("detect", "--json")):
            done = subprocess.run(
                [command()[0], "-m", "wizard", *words, "--root", root],
                capture_output=True,
                env={**ENVIRONMENT, "PYTHONIOENCODING": encoding},
                cwd="/",
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, b"")
            if "--json" in words:
                document = json.loads(done.stdout.decode(encoding))
                assert document["tree"] == str(root)
                assert "/var/log/é→\U0001f40d.log" in str(document["instances"])


def test_the_working_directory_may_be_gone(tmp_path: Path) -> None:
    root, gone = debian(tmp_path), tmp_path / "gone"
    line = f"mkdir {gone} && cd {gone} && rmdir {gone} && $COMMAND"
    assert shell(line, root, "detect").returncode == 0
    refused = shell(f"{line} --answers answers.toml", root, "plan")
    assert refused.returncode == 64
    assert "is relative to the current directory, which no longer exists" in refused.stderr
