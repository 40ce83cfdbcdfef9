"""New passwords: written before they come into force, shown once, gone where they are worth nothing."""

import tomllib
from pathlib import Path, PurePosixPath

import pytest

from wizard.cli.passwords import Passwords
from wizard.errors import InputError, UsageError
from wizard.model.event import Result
from wizard.model.value import Secret

DRAWN = {"app.x": Secret("drawn-for-a-test"), "admin": Secret("another one")}


@pytest.fixture
def target(tmp_path: Path) -> PurePosixPath:
    return PurePosixPath(tmp_path / "secrets.toml")


def test_the_file_is_toml_and_private(target: PurePosixPath) -> None:
    passwords = Passwords(DRAWN, target)
    assert passwords.file == ""
    passwords.write()
    assert passwords.file == str(target)
    read = tomllib.loads(Path(target).read_text(encoding="ascii"))
    assert read == {"passwords": {"app.x": "drawn-for-a-test", "admin": "another one"}}
    assert Path(target).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("ending", "kept"),
    [
        (Result.APPLIED, True),
        (Result.BUSY, False),
        (Result.INCOMPLETE, True),
        (Result.ROLLED_BACK, False),
        (Result.REFUSED, False),
        (Result.NOTHING, False),
    ],
)
def test_the_file_stays_where_they_may_be_in_force(ending: Result, kept: bool, target: PurePosixPath) -> None:  # noqa: FBT001 - a column
    passwords = Passwords(DRAWN, target)
    passwords.write()
    passwords.finalize(ending)
    assert Path(target).exists() is kept


def test_a_file_that_is_there_is_refused_before_anything_happens(target: PurePosixPath) -> None:
    Path(target).write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        Passwords(DRAWN, target).require_destination("add --secrets-to FILE")


def test_without_file_and_terminal_the_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="add --secrets-to FILE"):
        Passwords(DRAWN, None).require_destination("add --secrets-to FILE")
    assert capsys.readouterr() == ("", "")


def test_they_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    passwords = Passwords(DRAWN, None)
    passwords.show()
    passwords.report_location()
    out = capsys.readouterr().out
    assert [out.count(secret.reveal()) for secret in DRAWN.values()] == [1, 1]


def test_what_is_in_a_file_is_not_shown(target: PurePosixPath, capsys: pytest.CaptureFixture[str]) -> None:
    passwords = Passwords(DRAWN, target)
    passwords.write()
    passwords.show()
    assert capsys.readouterr().out == ""
    passwords.report_location()
    out = capsys.readouterr().out
    assert str(target) in out.replace("\n", "")
    assert not [secret for secret in DRAWN.values() if secret.reveal() in out]


def test_without_passwords_there_is_nothing_to_do(target: PurePosixPath, capsys: pytest.CaptureFixture[str]) -> None:
    passwords = Passwords({}, target)
    passwords.require_destination("no need")
    passwords.write()
    passwords.finalize(Result.APPLIED)
    passwords.report_location()
    assert not Path(target).exists()
    assert capsys.readouterr().out == ""
