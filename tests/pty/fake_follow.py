"""A command that follows an apply which waits: nothing happens on any host.

Arguments: how long it works before it waits.
"""

import argparse
import sys
from threading import Timer

from tests.support.fake_apply import FakeApply
from wizard.cli import arguments, output
from wizard.cli.follow import ENDINGS, FollowOptions, follow
from wizard.cli.main import main
from wizard.cli.signals import SignalQueue


def run(_: argparse.Namespace) -> int:
    apply = FakeApply().does("the first act")
    Timer(float(sys.argv[1]), apply.waits).start()
    with SignalQueue() as watch:
        outcome = follow(apply, watch, FollowOptions(keepable=True, asks=output.interactive()))
    output.result(f"{outcome.summary} {apply.decided}")
    return ENDINGS[outcome.result]


if __name__ == "__main__":
    setattr(arguments, "parse", lambda _: argparse.Namespace(run=run, no_color=True))  # noqa: B010 - stands in for a function
    sys.exit(main(["apply"]))
