"""The arguments of all commands, as one parser.

Common options stand before or after the command.
"""

import argparse
from collections.abc import Sequence

from wizard.cli.command_arguments import add_commands, run_of
from wizard.cli.descriptions import EPILOGUE, EXAMPLES
from wizard.cli.parser import FullParser, Parser, add_common, path
from wizard.errors import UsageError


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ``run`` of the result does what it asks.

    Raises:
        UsageError: the words do not make a command.
    """
    parser = build(arguments)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown, parser)
    _check(options)
    return options


def build(words: Sequence[str] | None = None, *, repeat: bool = False) -> argparse.ArgumentParser:
    """Return the parser of all commands.

    Args:
        words: What is to be parsed: a command that is not among them gets no arguments. All have theirs without it.
        repeat: Each command's help has the common options too, for the completion of a shell. Otherwise the help of
            `redis-wizard` alone has them.
    """
    from wizard import __version__  # noqa: PLC0415 - a constant of the package

    kind = FullParser if repeat else Parser
    parser = kind(
        prog="redis-wizard",
        usage="%(prog)s [options] [COMMAND]",
        description="Harden Redis or Valkey on this host. Alone on a terminal it opens the wizard.",
        epilog=f"{EXAMPLES['']}\n\n{EPILOGUE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"redis-wizard {__version__}")
    # Without a command `--plain` applies like the command that has these options.
    parser.set_defaults(run=run_of("tui"), command="", parser=parser, diff=False, verbose=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog=parser.prog, parser_class=kind)
    _wizard_options(parser)
    add_common(parser, top=True)
    add_commands(commands, words)
    return parser


def _wizard_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the wizard")
    group.add_argument(
        "--plain", action="store_true", help="ask the same steps as numbered questions, without a screen"
    )
    group.add_argument("--view", action="store_true", help="show snapshots and checklist, change nothing")
    group.add_argument("--answers", type=path, metavar="FILE", help="start from these answers")
    group.add_argument(
        "--secrets-to", type=path, metavar="FILE", help="write generated passwords to this new file, mode 0600"
    )


def _check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if options.root and (options.sandbox or options.sandbox_dir):
        raise UsageError("--root and --sandbox exclude each other; give one of them")
    if options.root and (options.socket or options.host or options.port):
        raise UsageError("--root has files only and no server; leave out --socket, --host and --port")
    if options.socket and (options.host or options.port):
        raise UsageError("--socket and --host or --port exclude each other; give one of them")
    if options.password_file and not options.user:
        raise UsageError("--password-file needs a user; add --user NAME")
    if options.user and not (options.password_file or options.cert):
        raise UsageError("--user needs a password; add --password-file FILE, or - for standard input")
    if bool(options.cert) != bool(options.key):
        raise UsageError("--cert and --key need each other; give both")
