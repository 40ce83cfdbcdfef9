"""The arguments of all commands, as one parser.

Common options stand before or after the command.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NoReturn, TypeAlias

from wizard.cli.descriptions import PRUNE, UNINSTALL
from wizard.errors import UsageError

Run = Callable[[argparse.Namespace], int]

DAY = 86_400
KEPT_SNAPSHOTS = 10
LONGEST_NUMBER = 9
"""Digits that are read as a number at all."""

REPORT_FORMATS = ("table", "concise", "json", "markdown", "html", "sarif", "junit", "github", "prometheus")
SCHEMAS = ("report", "facts", "plan", "status", "snapshots")
_COMMANDS = "wizard.cli.commands"
EPILOGUE = """\
exit status: 0 done or nothing to do; 1 error; 2 changes pending (plan --detailed-exitcode);
3 check below --fail-under; 4 rolled back; 5 another apply is running; 6 it continues in the background (see status);
64 wrong usage; 130 interrupted, nothing changed
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are ours, with exit status 64."""

    def error(self, message: str) -> NoReturn:
        """Refuse in one sentence."""
        raise UsageError(f"{message}; see '{self.prog} --help'")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ``run`` of the result does what it asks.

    Raises:
        UsageError: the words do not make a command.
    """
    parser = _build()
    options = parser.parse_args(arguments)
    _check(options)
    return options


def _build() -> argparse.ArgumentParser:
    from wizard import __version__  # noqa: PLC0415 - a constant of the package

    parser = _Parser(
        prog="redis-wizard",
        description="Harden Redis or Valkey on this host. Alone on a terminal it opens the wizard.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"redis-wizard {__version__}")
    parser.set_defaults(run=_lazy("tui"), command="")
    _common(parser, top=True)
    _wizard_options(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    for add in (
        _detect,
        _check_command,
        _plan,
        _apply,
        _confirm,
        _rollback,
        _recover,
        _status,
        _snapshots,
        _answers,
        _tour,
        _acl,
        _schema,
        _uninstall,
    ):
        add(commands)
    return parser


def _lazy(module: str) -> Run:
    """Load a command's module when it runs: most of them need packages that the others do not."""

    def run(options: argparse.Namespace) -> int:
        from importlib import import_module  # noqa: PLC0415 - that is the point

        status: int = import_module(f"{_COMMANDS}.{module}").run(options)
        return status

    return run


def path_argument(text: str) -> PurePosixPath:
    """A path of the operator's, from the current directory where it is relative."""
    if not text:
        raise argparse.ArgumentTypeError("the file name is empty; name a file")
    try:
        return PurePosixPath(text if text.startswith("/") else f"{Path.cwd()}/{text}")
    except FileNotFoundError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is relative to the current directory, which no longer exists"
        ) from None


def _host_path(text: str) -> PurePosixPath:
    """A path of the host's, which may be a tree and knows no current directory; plans are JSON, so it is UTF-8."""
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an absolute path")
    if not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} has characters that cannot be shown; rename the file")
    return PurePosixPath(text)


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER and lowest <= int(text) <= highest):
            raise argparse.ArgumentTypeError(f"{text!r:.40} is not a number from {lowest} to {highest}")
        return int(text)

    return number


def _common(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Add the options that stand before or after the command."""
    group = parser.add_argument_group("common options")

    def add(*names: str, default: object = None, **keywords: object) -> None:
        # Given again after the command, an option must not reset what stood before it.
        keywords["default"] = default if top else argparse.SUPPRESS
        group.add_argument(*names, **keywords)  # type: ignore[arg-type]  # argparse's own keywords

    add("--root", type=path_argument, metavar="DIR", help="look at and change a directory tree instead of the host")
    add("--instance", default="", metavar="NAME", help="the server, where the host has several")
    add("--config", type=_host_path, metavar="FILE", help="a configuration file that no unit or process uses")
    add("--socket", type=_host_path, metavar="PATH", help="connect to the server by this unix socket")
    add("--host", default="", metavar="ADDRESS", help="connect to the server at this address")
    add("--port", type=_number(1, 65535), metavar="PORT", help="… and port")
    add("--tls", action="store_true", default=False, help="… with TLS")
    add("--user", default="", metavar="NAME", help="log in to the server as this ACL user")
    add("--password-file", default="", metavar="FILE", help="file with its password; - is standard input")
    add("--cert", type=path_argument, metavar="FILE", help="the client's certificate")
    add("--key", type=path_argument, metavar="FILE", help="the client's private key")
    add("--cacert", type=path_argument, metavar="FILE", help="the CA's certificate")
    add("--sandbox", action="store_true", default=False, help="use a private server in a directory of its own")
    add("--sandbox-dir", type=path_argument, metavar="DIR", help="… and keep it in this directory")
    add("--dry-run", "--check", action="store_true", default=False, help="change nothing")
    add("--diff", action="store_true", default=False, help="show diffs")
    add("--verbose", "-v", action="store_true", default=False, help="show more")
    add("--quiet", "-q", action="store_true", default=False, help="show the result only")
    add("--no-color", action="store_true", default=False, help="show no colours (NO_COLOR does the same)")
    add("--debug", action="store_true", default=False, help="show where a defect happened, without values")


def _wizard_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the wizard")
    group.add_argument(
        "--plain", action="store_true", help="ask the same steps as numbered questions, without a screen"
    )
    group.add_argument("--view", action="store_true", help="show snapshots and checklist, change nothing")
    group.add_argument("--answers", type=path_argument, metavar="FILE", help="start from these answers")
    group.add_argument(
        "--secrets-to", type=path_argument, metavar="FILE", help="write generated passwords to this new file, mode 0600"
    )


Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001 - the type that add_subparsers gives


def _command(commands: Commands, name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=_lazy(module), command=name)
    _common(parser, top=False)
    return parser


def _detect(commands: Commands) -> None:
    parser = _command(commands, "detect", "detect", "Show what is on this host.")
    parser.add_argument("--json", action="store_true", help="show one JSON document")


def _check_command(commands: Commands) -> None:
    parser = _command(commands, "check", "check", "Judge every item of the checklist, with evidence.")
    parser.add_argument("items", nargs="*", metavar="ITEM", help="explain these items: evidence, reason and fix")
    parser.add_argument("--all", action="store_true", help="show every item with its evidence, as -v does")
    parser.add_argument("--format", choices=REPORT_FORMATS, default=REPORT_FORMATS[0], help="table by default")
    parser.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="[FORMAT=]FILE",
        help="write to a new file, mode 0600, or to standard output (-); repeat it for more formats",
    )
    parser.add_argument(
        "--from",
        dest="earlier",
        type=path_argument,
        metavar="REPORT",
        help="write this JSON report again; look at no host",
    )
    parser.add_argument(
        "--since", type=path_argument, metavar="REPORT", help="also show what changed since this JSON report"
    )
    parser.add_argument("--fail-under", type=_number(0, 100), metavar="PERCENT", help="exit 3 when the score is lower")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these items")
    parser.add_argument("--explain", nargs="+", default=[], metavar="ID", help="the same as ITEM")
    parser.add_argument(
        "--answers", default=argparse.SUPPRESS, type=path_argument, metavar="FILE", help="answers with attestations"
    )


def _plan(commands: Commands) -> None:
    parser = _command(commands, "plan", "plan", "Show what would change, as diffs, and which clients lose access.")
    parser.add_argument(
        "--answers",
        default=argparse.SUPPRESS,
        type=path_argument,
        metavar="FILE",
        help="instead of the recommended ones",
    )
    parser.add_argument("--out", type=path_argument, metavar="FILE", help="save the plan, to apply just this later")
    _accept_data_loss(parser)
    parser.add_argument("--detailed-exitcode", action="store_true", help="exit 2 when something would change")
    parser.add_argument("--json", action="store_true", help="show one JSON document")


def _apply(commands: Commands) -> None:
    parser = _command(commands, "apply", "apply", "Make the changes: rehearse, verify, roll back on any failure.")
    parser.add_argument("plan", nargs="?", type=path_argument, metavar="PLAN", help="a plan saved with plan --out")
    parser.add_argument(
        "--answers", default=argparse.SUPPRESS, type=path_argument, metavar="FILE", help="plan from these answers"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _accept_data_loss(parser)
    parser.add_argument(
        "--confirm-within",
        type=_number(0, DAY),
        default=0,
        metavar="SECONDS",
        help="roll back unless you confirm within this time; 0, the default, needs no confirmation",
    )
    _secrets_to(parser)


def _accept_data_loss(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept-data-loss",
        action="append",
        default=[],
        metavar="CHANGE",
        help="accept that this change of the plan may lose data; repeat it for each change",
    )


def _secrets_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secrets-to",
        default=argparse.SUPPRESS,
        type=path_argument,
        metavar="FILE",
        help="write generated passwords to this new file, mode 0600",
    )


def _confirm(commands: Commands) -> None:
    parser = _command(commands, "confirm", "confirm", "Confirm an apply that waits for it, from any login.")
    _identity(parser)
    _secrets_to(parser)


def _identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identity", nargs="?", default="", metavar="ID", help="the newest one by default")


def _rollback(commands: Commands) -> None:
    text = "Roll back the open apply, or restore a snapshot: files, kernel, live values."
    parser = _command(commands, "rollback", "rollback", text)
    parser.add_argument(
        "snapshot",
        nargs="?",
        default="",
        metavar="SNAPSHOT",
        help="by default the open apply, else the newest one in force",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--accept-data-loss", action="store_true", help="accept that the rollback may lose data")


def _recover(commands: Commands) -> None:
    parser = _command(commands, "recover", "recover", "Finish or roll back an interrupted apply or rollback now.")
    parser.add_argument(
        "--leave", action="store_true", help="close it and leave the host as it is, where recovery fails"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _status(commands: Commands) -> None:
    parser = _command(
        commands, "status", "status", "Show how far an apply or rollback is, and which commands it accepts."
    )
    _identity(parser)
    parser.add_argument("--follow", action="store_true", help="show each step until it finishes, then the result")
    parser.add_argument("--json", action="store_true", help="show one JSON document")


def _actions(parser: argparse.ArgumentParser, texts: Mapping[str, str]) -> list[argparse.ArgumentParser]:
    """Add what a command can do, each a parser of its own: so options may stand before and behind its operand."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    made: list[argparse.ArgumentParser] = []
    for name, text in texts.items():
        made.append(actions.add_parser(name, help=text, description=text, allow_abbrev=False))
        _common(made[-1], top=False)
    return made


def _snapshots(commands: Commands) -> None:
    parser = _command(commands, "snapshots", "snapshots", "List, show, compare, verify and prune snapshots.")
    texts = {
        "list": "List all snapshots, newest first: which are in force, which are damaged.",
        "show": "Show one snapshot in full.",
        "diff": "Compare a snapshot with the host, or with another one; secrets are masked.",
        "verify": "Read every byte of one snapshot, or of all; exit 1 when one is damaged.",
        "prune": "Remove old snapshots, and stored files that no snapshot uses.",
    }
    actions = dict(zip(texts, _actions(parser, texts), strict=True))
    for name in ("show", "diff", "verify"):
        actions[name].add_argument("snapshot", nargs="?", default="", metavar="SNAPSHOT")
    actions["diff"].add_argument(
        "other", nargs="?", default="", metavar="OTHER", help="compare with this snapshot instead of the host"
    )
    actions["prune"].description = PRUNE
    actions["prune"].formatter_class = argparse.RawDescriptionHelpFormatter
    actions["prune"].add_argument(
        "--keep", type=_number(1, 10_000), default=KEPT_SNAPSHOTS, metavar="N", help=f"{KEPT_SNAPSHOTS} by default"
    )
    actions["prune"].add_argument(
        "--private-keys",
        action="store_true",
        help="also remove those that hold private keys of an apply that was rolled back",
    )
    parser.add_argument("--json", action="store_true", help="show one JSON document")
    for action in actions.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="show one JSON document")


def _answers(commands: Commands) -> None:
    parser = _command(commands, "answers", "answers", "Write, show or check an answers file.")
    texts = {
        "init": "Write the recommended answers with their reasons.",
        "show": "Show the answers of a file, or the recommended ones.",
        "validate": "Check whether a file fits this host.",
    }
    for action in _actions(parser, texts):
        action.add_argument("file", nargs="?", type=path_argument, metavar="FILE")


def _tour(commands: Commands) -> None:
    _command(commands, "tour", "demo", "With --sandbox: detect, check, plan, apply, check, rollback, without a screen.")


def _acl(commands: Commands) -> None:
    parser = _command(commands, "acl", "acl", "Show what ACL users may do.")
    text = "May this user run this command? The server decides it where it can be asked; nothing is run."
    (test,) = _actions(parser, {"test": text})
    test.add_argument("name", metavar="USER")
    test.add_argument("words", nargs="+", metavar="COMMAND", help="with its arguments; -- before those with a dash")
    test.add_argument("--on-key", action="append", default=[], metavar="KEY", help="a key behind the arguments")


def _schema(commands: Commands) -> None:
    parser = _command(commands, "schema", "schema", "Show the JSON schema of a document that another command writes.")
    parser.add_argument(
        "document", nargs="?", choices=SCHEMAS, help="one of %(choices)s; all names without one", metavar="DOCUMENT"
    )


def _uninstall(commands: Commands) -> None:
    parser = _command(commands, "uninstall", "uninstall", "Remove what redis-wizard left on this host.")
    parser.description = UNINSTALL
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--keep-snapshots", action="store_true", help="keep snapshots, for a later installation")
    parser.add_argument(
        "--remove-ca",
        action="store_true",
        help="also remove the key of the CA; no certificate can be issued afterwards",
    )
    parser.add_argument("--json", action="store_true", help="show one JSON document")


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
