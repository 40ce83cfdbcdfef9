"""The command line's own behaviour: usage, statuses, words."""

import pytest

from wizard.cli.arguments import parse
from wizard.cli.main import main


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("redis-wizard ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["destroy"],
        ["plan", "--bogus"],
        ["detect", "--root", "relative/path"],
        ["detect", "--root", "/", "--sandbox"],
        ["detect", "--password-file", "/dev/null"],
        ["detect", "--cert", "/c.pem"],
        ["tour"],
        ["snapshots", "show"],
        ["answers", "validate"],
        ["apply", "--confirm-within"],
        ["apply", "--confirm-within", "-1"],
        ["apply", "--confirm-within", "86401"],
        ["apply", "--confirm-within", "0000099999"],
        ["apply", "--confirm-within", "1.5"],
        ["apply", "--confirm-within", "5m"],
        ["apply", "--confirm-within", "\N{ARABIC-INDIC DIGIT FIVE}"],
    ],
)
def test_wrong_usage_is_one_sentence_and_status_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 64
    words = said(capsys)
    assert words.startswith("redis-wizard: ")
    assert words.count("\n") == 1


def test_without_a_terminal_the_wizard_says_what_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    assert "detect, check, plan and apply" in said(capsys)


def test_a_missing_answers_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answers", "show", "/nowhere/answers.toml"]) == 1
    assert "/nowhere/answers.toml does not exist" in said(capsys)


def test_options_may_stand_before_or_after_the_command() -> None:
    before = parse(["--instance", "one", "plan"])
    after = parse(["plan", "--instance", "one"])
    assert before.instance == after.instance == "one"


@pytest.mark.parametrize(("words", "seconds"), [([], 0), (["--confirm-within", "86400"], 86400)])
def test_a_confirmation_is_asked_for_by_seconds(words: list[str], seconds: int) -> None:
    assert parse(["apply", *words]).confirm_within == seconds


def test_a_defect_shows_its_place_and_no_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "hunter2-hunter2"

    def broken(_: object) -> int:
        raise RuntimeError(secret)

    monkeypatch.setattr("wizard.cli.commands.detect.run", broken)
    assert main(["detect", "--debug"]) == 1
    words = said(capsys)
    assert "RuntimeError" in words
    assert secret not in words
