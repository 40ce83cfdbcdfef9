"""How the benchmarks measure and print."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    baseline: str
    ratio: float
    wanted: str

    def __str__(self) -> str:
        return f"{self.what:<46} {self.measured:>12} {self.baseline:>12} {self.ratio:>8.2f}  {self.wanted}"


def seconds_of(act: Callable[[], object], *, times: int = 5) -> float:
    """Median wall time of an act in seconds."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def program(arguments: Sequence[str]) -> Callable[[], object]:
    """Make an act of a program that runs to its end, whatever its status."""
    return lambda: subprocess.run(arguments, check=False, capture_output=True, stdin=subprocess.DEVNULL)


def peak_memory(arguments: Sequence[str]) -> int:
    """Peak resident memory of a program in bytes."""
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return _kibibytes(usage) * 1024


def _kibibytes(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss


def milliseconds(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1000:.1f} ms"
