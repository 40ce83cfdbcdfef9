"""Choose the runs, do them some at a time, and print one table."""

import random
import statistics
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

from tests.faults.kinds import KINDS, Kind, worker_killed
from tests.faults.stage import STATE, Verdict, stage

ENUMERATED = "worker killed after each record"


@dataclass(frozen=True)
class Run:
    """One host, one fault."""

    number: int
    kind: Kind
    seed: int

    @property
    def title(self) -> str:
        """For the log."""
        return f"{self.number:4} {self.kind.name} (seed {self.seed})"


@dataclass(frozen=True)
class Result:
    """How it went."""

    run: Run
    verdict: Verdict
    seconds: float


def records(hosts: str = "fault") -> int:
    """Apply once without a fault, and count the lines of the journal."""
    with stage(f"{hosts}-0") as first:
        first.apply()
        verdict = first.judge()
        assert verdict.passed, verdict
        assert verdict.ended == "planned", verdict
        return int(first.shell(f"cat {STATE}/applies/*/journal.jsonl | wc -l"))


def enumerated(count: int, *, every: int = 1, begin: int = 1) -> Iterator[Kind]:
    """Kill the worker after each record, or each n-th."""
    for record in range(begin, count + 1, every):
        yield Kind(f"{ENUMERATED}", partial(worker_killed, record=record))


def chosen(count: int, chance: random.Random, kinds: Sequence[Kind] = KINDS) -> Iterator[Kind]:
    """Take the kinds in turn, in an order of chance."""
    order: list[Kind] = []
    for _ in range(count if kinds else 0):
        if not order:
            order = chance.sample(kinds, len(kinds))
        yield order.pop()


def numbered(kinds: Iterable[Kind], chance: random.Random) -> list[Run]:
    """Give each run its number and its seed."""
    return [Run(number, kind, chance.randrange(1 << 30)) for number, kind in enumerate(kinds, 1)]


def perform(runs: Sequence[Run], *, jobs: int, hosts: str = "fault") -> list[Result]:
    """Do all runs, some at a time; say how each went. The hosts' names begin with ``hosts``."""
    results = []
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(_one, run, hosts) for run in runs]):
            result = future.result()
            results.append(result)
            mark = "ok  " if result.verdict.passed else "FAIL"
            sys.stdout.write(f"{mark} {result.run.title}: {result.verdict.ended}, {result.verdict.undone_by}\n")
            sys.stdout.write(f"       {result.verdict.summary[:200]}\n")
            sys.stdout.writelines(f"       {line}\n" for line in result.verdict.problems)
            sys.stdout.flush()
    return sorted(results, key=lambda result: result.run.number)


def _one(run: Run, hosts: str) -> Result:
    started = time.monotonic()
    try:
        with stage(f"{hosts}-{run.number}", *run.kind.options, emulated=run.kind.emulated) as here:
            run.kind.act(here, random.Random(run.seed))  # noqa: S311 - chance, no secret
            verdict = here.judge(run.kind.ends)
    except Exception as error:  # noqa: BLE001 - one run that breaks is a failed run, not the end of all
        last = traceback.extract_tb(error.__traceback__)[-1]
        verdict = Verdict("unknown", "nobody", "", (f"{last.filename}:{last.lineno} {error!r:.600}",))
    return Result(run, verdict, time.monotonic() - started)


def table(results: Sequence[Result]) -> str:
    """Give one line a kind of fault, as a table of Markdown."""
    head = "| fault | runs | not begun or refused | first state | planned state | ended by | failed | seconds, median |"
    rows = [head, "|---|---|---|---|---|---|---|---|"]
    for name in dict.fromkeys(result.run.kind.name for result in results):
        mine = [result for result in results if result.run.kind.name == name]
        ends = [result.verdict.ended for result in mine]
        who = ", ".join(sorted({result.verdict.undone_by for result in mine}))
        failed = sum(not result.verdict.passed for result in mine)
        seconds = statistics.median(result.seconds for result in mine)
        counts = (ends.count("not begun") + ends.count("refused"), ends.count("first"), ends.count("planned"))
        rows.append(f"| {name} | {len(mine)} | {' | '.join(map(str, counts))} | {who} | {failed} | {seconds:.1f} |")
    return "\n".join(rows)


def last_line(results: Sequence[Result]) -> str:
    """Say how many passed."""
    failed = sum(not result.verdict.passed for result in results)
    return f"{len(results) - failed} passed, {failed} failed"
