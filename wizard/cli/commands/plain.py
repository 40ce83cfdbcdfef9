"""``--plain``: the wizard as numbered questions."""

import argparse
from contextlib import ExitStack

from screens.local_engine import LocalEngine
from screens.options import Options
from wizard import app
from wizard.cli import output
from wizard.cli.commands.apply import carry_out, confirmed
from wizard.cli.commands.status import require_idle
from wizard.cli.context import host_of, login_of, read_answers, reader_of
from wizard.cli.passwords import Passwords
from wizard.cli.plain import PlainWizard
from wizard.errors import TerminalError, UsageError


def run(options: argparse.Namespace) -> int:
    """Ask every step, then apply as ``apply`` does."""
    if not output.interactive():
        raise TerminalError("--plain needs a terminal; without one, use detect, check, plan and apply (see --help)")
    if options.view:
        raise UsageError("--plain has no --view; use check and snapshots list")
    answers = read_answers(options.answers) if options.answers else None
    with ExitStack() as stack:
        acting = None if options.dry_run else stack.enter_context(host_of(options))
        host = acting or stack.enter_context(reader_of(options))
        if acting is not None:
            require_idle(acting)
        engine = LocalEngine(host, acting)
        wizard = PlainWizard(
            engine,
            Options(
                host=host,
                acting=acting,
                login=login_of(options),
                dry_run=options.dry_run,
                answers=answers,
                config=options.config,
                instance=options.instance,
            ),
        )
        plan = wizard.ask()
        if plan is None or acting is None:
            return 0
        passwords = Passwords(app.generate_passwords(plan), options.secrets_to)
        passwords.require_destination("the new passwords have no terminal to be shown on; add --secrets-to FILE")
        options.confirm_within = engine.confirm_within
        status = carry_out(acting, confirmed(plan), wizard.login, passwords, options)
        if not status:
            engine.discard_draft()
        return status
