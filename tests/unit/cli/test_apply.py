"""Following an apply, and keeping the passwords safe."""

import argparse
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from wizard.cli.apply import _kept_safe, follow, tell
from wizard.errors import ApplyError, BusyError
from wizard.model.event import Ending, Event, EventKind, Outcome, Phase
from wizard.model.value import Secret

PASSWORDS = {"app": Secret("drawn-for-a-test")}


def event(number: int) -> Event:
    return Event(
        sequence=number, at="2026-01-01T00:00:00.000Z", kind=EventKind.DONE, phase=Phase.COMMIT, text=f"act {number}"
    )


def outcome(ending: Ending) -> Outcome:
    return Outcome(ending=ending, summary="This is how it was.", seconds=1.0)


class Interrupted:
    """An apply during which the operator presses Ctrl+C twice."""

    def __init__(self) -> None:
        self.presses = 2

    def events(self) -> Iterator[Event]:
        yield event(1)
        yield event(2)
        if self.presses:
            self.presses -= 1
            raise KeyboardInterrupt
        yield event(3)

    def outcome(self) -> Outcome:
        return outcome(Ending.APPLIED)


def test_an_interrupt_stops_nothing_and_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ended = follow(Interrupted(), quiet=False)  # type: ignore[arg-type]  # it has what is asked of an apply
    assert ended.ending is Ending.APPLIED
    said = capsys.readouterr().err
    assert [said.count(f"act {number}\n") for number in (1, 2, 3)] == [1, 1, 1]
    assert said.count("It is not stopped half-way") == 2


@pytest.mark.parametrize(
    ("ending", "kept"),
    [
        (Ending.APPLIED, True),
        (Ending.BUSY, False),
        (Ending.INCOMPLETE, True),
        (Ending.ROLLED_BACK, False),
        (Ending.REFUSED, False),
        (Ending.NOTHING, False),
    ],
)
def test_the_passwords_stay_where_they_may_be_in_force(ending: Ending, kept: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a column
    path = tmp_path / "secrets.toml"
    with _kept_safe(PASSWORDS, argparse.Namespace(secrets_to=PurePosixPath(path))) as safe:
        assert path.read_text(encoding="ascii") == '[passwords]\n"app" = "drawn-for-a-test"\n'
        assert path.stat().st_mode & 0o777 == 0o600
        safe.append(ending)
    assert path.exists() is kept


@pytest.mark.parametrize(("error", "kept"), [(BusyError("another apply"), False), (ApplyError("unknown"), True)])
def test_an_apply_that_never_began_leaves_no_passwords(error: Exception, kept: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a column
    path = tmp_path / "secrets.toml"
    with (
        pytest.raises(type(error)),
        _kept_safe(PASSWORDS, argparse.Namespace(secrets_to=PurePosixPath(path))),
    ):
        raise error
    assert path.exists() is kept


@pytest.mark.parametrize("ending", [Ending.REFUSED, Ending.INCOMPLETE])
def test_what_was_refused_is_an_error(ending: Ending) -> None:
    with pytest.raises(ApplyError, match="This is how it was"):
        tell(outcome(ending), argparse.Namespace(verbose=False))
