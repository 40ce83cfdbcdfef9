"""Without a command: open the wizard on a terminal."""

import argparse
import sys
from contextlib import ExitStack

from wizard.cli.context import host_of, login_of, read_answers, reader_of
from wizard.errors import TerminalError


def run(options: argparse.Namespace) -> int:
    """Open the wizard; without a terminal say what to do instead."""
    if options.plain:
        from wizard.cli.commands.plain import run as ask_plainly  # noqa: PLC0415 - one of the two front ends

        return ask_plainly(options)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        raise TerminalError("the wizard needs a terminal; without one, use detect, check, plan and apply (see --help)")
    from screens.app import run as open_wizard  # noqa: PLC0415 - as above
    from screens.options import Options  # noqa: PLC0415 - Textual costs 0.2 s

    answers = read_answers(options.answers) if options.answers else None
    with ExitStack() as stack:
        acting = None if options.dry_run else stack.enter_context(host_of(options))
        return open_wizard(
            Options(
                host=acting or stack.enter_context(reader_of(options)),
                acting=acting,
                login=login_of(options),
                dry_run=options.dry_run,
                view=options.view,
                answers=answers,
                config=options.config,
                instance=options.instance,
                secrets_to=options.secrets_to,
            )
        )
