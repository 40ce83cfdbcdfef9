"""Start-up, the headless commands, and a peer's audit."""

import shutil
import sys
from collections.abc import Iterator

from tests.bench.measure import Row, milliseconds, peak_memory, program, seconds_of

WIZARD = [sys.executable, "-I", "-m", "wizard"]
EMPTY = [sys.executable, "-I", "-c", "pass"]
MEMORY_WANTED = 60 << 20


def rows() -> Iterator[Row]:
    """Measure programs against an interpreter that does nothing, and check against lynis."""
    empty = seconds_of(program(EMPTY), times=15)
    for arguments, wanted in (
        (["--version"], "under 100 ms"),
        (["--help"], "under 100 ms"),
        (["detect", "--json"], "under 500 ms"),
        (["check"], "under 1000 ms"),
        (["plan"], "under 1000 ms"),
    ):
        taken = seconds_of(program(WIZARD + arguments), times=7)
        yield Row(" ".join(arguments), milliseconds(taken), milliseconds(empty), taken / empty, wanted)
    for arguments in (["detect", "--json"], ["check"], ["plan"]):
        peak = peak_memory(WIZARD + arguments)
        yield Row(
            f"peak memory of {arguments[0]}", f"{peak >> 20} MiB", "60 MiB", peak / MEMORY_WANTED, "ratio at most 1"
        )
    yield from _lynis()


def _lynis() -> Iterator[Row]:
    lynis = shutil.which("lynis")
    if lynis is None:
        print("check against lynis: left out, lynis is not installed")
        return
    audit = seconds_of(program([lynis, "audit", "system", "--quick", "--quiet", "--no-colors"]), times=1)
    check = seconds_of(program([*WIZARD, "check"]), times=3)
    yield Row("lynis quick audit / check", milliseconds(audit), milliseconds(check), audit / check, "ratio at least 20")
