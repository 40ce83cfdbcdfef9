"""Start-up, the headless commands, and a peer's audit."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.measure import Row, milliseconds, peak_memory, program, seconds_of

WIZARD = [sys.executable, "-I", "-m", "wizard"]
EMPTY = [sys.executable, "-I", "-c", "pass"]
MEMORY_WANTED = 60 << 20


def rows() -> Iterator[Row]:
    """Measure programs against an interpreter that does nothing, and check against lynis."""
    empty = seconds_of(program(EMPTY), times=15)
    which = _instance()
    for arguments, wanted in (
        (["--version"], "under 100 ms"),
        (["--help"], "under 100 ms"),
        (["detect", "--json"], "under 500 ms"),
        (["check", *which], "under 500 ms"),
        (["plan", *which], "under 500 ms"),
    ):
        taken = seconds_of(program(WIZARD + arguments), times=7)
        yield Row(arguments[0], milliseconds(taken), milliseconds(empty), taken / empty, wanted)
    for arguments in (["detect", "--json"], ["check", *which], ["plan", *which]):
        peak = peak_memory(WIZARD + arguments)
        yield Row(
            f"peak memory of {arguments[0]}", f"{peak >> 20} MiB", "60 MiB", peak / MEMORY_WANTED, "ratio at most 1"
        )
    yield from _lynis(which)


def _instance() -> list[str]:
    """Name the first server of this machine, where there are several."""
    done = subprocess.run([*WIZARD, "detect", "--json"], check=True, capture_output=True)
    instances = json.loads(done.stdout)["instances"]
    return ["--instance", instances[0]["name"]] if instances else []


def _lynis(which: list[str]) -> Iterator[Row]:
    lynis = shutil.which("lynis")
    if lynis is None:
        print("check against lynis: left out, lynis is not installed")
        return
    audit = seconds_of(program([lynis, "audit", "system", "--quick", "--quiet", "--no-colors"]), times=1)
    check = seconds_of(program([*WIZARD, "check", *which]), times=3)
    yield Row("lynis quick audit / check", milliseconds(audit), milliseconds(check), audit / check, "ratio at least 20")
