"""``make bench``: speed and size as ratios against a baseline of the same run; nothing is asserted.

A figure is the median of several runs. The wanted figure stands beside the measured one.
"""

import signal
import sys

from tests.bench import documents, programs, rehearsal, restarts, screens, users


def main() -> int:
    """Run all benchmarks and print one table."""
    # What a benchmark has started is taken down when it is cut off, by Ctrl+C or otherwise.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    print(f"{'what':<46} {'measured':>12} {'baseline':>12} {'ratio':>8}  wanted")
    for section in (programs, users, screens, rehearsal, documents, restarts):
        for row in section.rows():
            print(row)
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
