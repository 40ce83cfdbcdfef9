"""``recover``: bring to an end, now, what was cut off. At boot the host does so by itself."""

import argparse

from wizard.apply import client
from wizard.cli import output
from wizard.cli.context import host_of
from wizard.cli.follow import ENDINGS, tell
from wizard.errors import DetachedError
from wizard.model.event import Ending
from wizard.model.standing import Kind, Stage


def run(options: argparse.Namespace) -> int:
    """Finish what was decided, take back what was not."""
    with host_of(options) as host:
        before = client.standing(host)
        if options.dry_run:
            is_open = before is not None and before.stage is not Stage.ENDED
            output.result(
                output.wrapped(
                    f"Would bring the {before.kind} {before.id} to an end." if before and is_open else NOTHING
                )
            )
            return 0
        try:
            outcome = client.recover(host)
        except KeyboardInterrupt:
            raise DetachedError("it goes on by itself: 'redis-wizard status' shows where it stands") from None
    if outcome is None:
        output.result(NOTHING)
        return 0
    tell(outcome, options)
    # A rollback that was asked for is a success; status 4 is for one that nobody asked for.
    wanted = before is not None and before.kind is Kind.ROLLBACK and outcome.ending is Ending.ROLLED_BACK
    return 0 if wanted else ENDINGS[outcome.ending]


NOTHING = "Nothing is open: there is nothing to recover."
