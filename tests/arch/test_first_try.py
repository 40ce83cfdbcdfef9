"""A test passes at its first try, or it fails."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SECOND_TRIES = re.compile(
    r"--last-failed|--lf\b|--failed-first|--ff\b|\bflaky\b|\breruns?\b|\bxfail\b|\brerunfailures\b|pytest-retry"
)


def sources() -> Iterator[Path]:
    yield from (PROJECT / "Makefile", PROJECT / "pyproject.toml", *(PROJECT / "requirements").rglob("*.*"))
    yield from (path for path in (PROJECT / "tools").rglob("*") if path.is_file())
    tests = (path for path in (PROJECT / "tests").rglob("*") if path.suffix in {"", ".py", ".sh", ".toml", ".ini"})
    yield from (path for path in tests if path.is_file() and path != Path(__file__))


def test_nothing_gives_a_test_a_second_try() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in sources()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if SECOND_TRIES.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["pytest --lf", "pytest --last-failed", "@pytest.mark.xfail", "@flaky", "--reruns 2"])
def test_a_second_try_is_recognised(line: str) -> None:
    assert SECOND_TRIES.search(line)
