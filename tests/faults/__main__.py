"""``make faults``: the campaign at length. Root on Debian only.

The kill after each record of the journal is enumerated; the other faults are N runs of chance, and a few on
an emulated host, which alone loses what was not synced.
"""

import argparse
import random
import sys
from collections.abc import Sequence

from tests.faults import campaign
from tests.faults.kinds import EMULATED, KINDS, Kind
from tests.support.debian import why_not


def main() -> int:
    """Run it; the last line says how many passed."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="runs of chance, beside the enumerated ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="hosts at a time")
    parser.add_argument("--every", type=int, default=1, help="enumerate each n-th record only; 0: none")
    parser.add_argument("--begin", type=int, default=1, help="the first record that is enumerated")
    parser.add_argument("--emulated", type=int, default=len(EMULATED), help="runs on a host with a disk of its own")
    parser.add_argument("--kind", action="append", help="only faults of this name")
    parser.add_argument("--hosts", default="fault", help="what the hosts' names begin with")
    options = parser.parse_args()
    if unknown := set(options.kind or ()) - {kind.name for kind in (*KINDS, *EMULATED)}:
        parser.error(f"no fault has the name {', '.join(sorted(unknown))}")
    if reason := why_not():
        sys.stdout.write(f"the campaign is left out: {reason}\n0 passed, 0 failed\n")
        return 0
    chance = random.Random(options.seed)  # noqa: S311 - chance, no secret
    enumerated = (
        campaign.enumerated(campaign.records(options.hosts), every=options.every, begin=options.begin)
        if options.every
        else ()
    )
    kinds = (
        *enumerated,
        *campaign.chosen(options.emulated, chance, _named(EMULATED, options.kind)),
        *campaign.chosen(options.runs, chance, _named(KINDS, options.kind)),
    )
    runs = campaign.numbered(kinds, chance)
    results = campaign.perform(runs, jobs=options.jobs, hosts=options.hosts)
    sys.stdout.write(f"\n{campaign.table(results)}\n\n{campaign.last_line(results)}\n")
    return int(any(not result.verdict.passed for result in results))


def _named(kinds: Sequence[Kind], names: Sequence[str] | None) -> Sequence[Kind]:
    return [kind for kind in kinds if not names or kind.name in names]


if __name__ == "__main__":
    sys.exit(main())
