"""The arguments of each command."""

import argparse
from collections.abc import Callable, Container, Sequence
from typing import NamedTuple, TypeAlias

from wizard.cli import action_arguments as actions
from wizard.cli.descriptions import EXAMPLES, MORE, UNINSTALL
from wizard.cli.parser import Parser, add_answers_file, add_common, add_flag, add_verbose, number, path

Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - the type that add_subparsers gives

DAY = 86_400

REPORT_FORMATS = ("table", "concise", "json", "markdown", "html", "sarif", "junit", "github", "prometheus")
SCHEMAS = (
    *("report", "facts", "plan", "status", "drift", "certificates", "attestations", "timers", "uninstall"),
    *("snapshots", "snapshot", "snapshots-diff", "snapshots-verify", "snapshots-prune"),
)
_PACKAGE = "wizard.cli.commands"


class _Row(NamedTuple):
    """A command."""

    name: str
    module: str
    """In `wizard.cli.commands`."""
    text: str
    add_arguments: Callable[[Parser], None]


def add_commands(commands: Commands, words: Container[str] | None) -> None:
    """Add every command; with words only those that are among them get their arguments, which cost most of it."""
    for row in _COMMANDS:
        parser = _command(commands, row)
        if words is None or row.name in words:
            add_common(parser, top=False)
            row.add_arguments(parser)


def run_of(module: str) -> Run:
    """Load a command's module when it runs: most of them need packages that the others do not."""

    def run(options: argparse.Namespace) -> int:
        from importlib import import_module  # noqa: PLC0415 - that is the point

        status: int = import_module(f"{_PACKAGE}.{module}").run(options)
        return status

    return run


def _command(commands: Commands, row: _Row) -> Parser:
    parser = commands.add_parser(row.name, help=row.text, description=row.text, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n\n".join(filter(None, (EXAMPLES.get(row.name), MORE)))
    parser.set_defaults(run=run_of(row.module), command=row.name, parser=parser)
    return parser


def _detect(parser: Parser) -> None:
    add_flag(parser, "--json", "show one JSON document")


def _check_command(parser: Parser) -> None:
    parser.add_argument(
        "items",
        nargs="*",
        metavar="ITEM|PATH",
        help="explain these items: evidence, reason and fix; judge these configuration and ACL files of a repository",
    )
    add_flag(parser, "--all --verbose -v", "show every item with its evidence")
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
        type=path,
        metavar="REPORT",
        help="write this JSON report again; look at no host",
    )
    parser.add_argument("--since", type=path, metavar="REPORT", help="also show what changed since this JSON report")
    parser.add_argument("--fail-under", type=number(0, 100), metavar="PERCENT", help="exit 3 when the score is lower")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these items")
    parser.add_argument("--explain", nargs="+", default=[], metavar="ID", help="the same as ITEM")
    add_answers_file(parser, "answers with attestations")


def _attest(parser: Parser) -> None:
    parser.add_argument("item", nargs="?", type=number(1, 25), metavar="ITEM", help="its number")
    parser.add_argument("--note", default="", metavar="TEXT", help="what was checked, and how; asked for without it")
    parser.add_argument("--by", default="", metavar="NAME", help="who checked it; the current user by default")
    parser.add_argument("--on", default="", metavar="DAY", help="when, such as 2026-07-01; today by default")
    add_flag(parser, "--withdraw", "remove the attestation of the item")
    add_flag(parser, "--json", "list as one JSON document")


def _plan(parser: Parser) -> None:
    add_answers_file(parser, "instead of the recommended ones")
    parser.add_argument("--out", type=path, metavar="FILE", help="save the plan, to apply just this later")
    _accept_data_loss(parser)
    add_flag(parser, "--detailed-exitcode", "exit 2 when something would change")
    add_flag(parser, "--json", "show one JSON document")


def _apply(parser: Parser) -> None:
    parser.add_argument("plan", nargs="?", type=path, metavar="PLAN", help="a plan saved with plan --out")
    add_flag(parser, "--diff", "show the diffs of the plan with --yes too")
    add_verbose(parser)
    add_answers_file(parser, "plan from these answers")
    add_flag(parser, "--yes", "do not ask")
    _accept_data_loss(parser)
    parser.add_argument(
        "--confirm-within",
        type=number(0, DAY),
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
        type=path,
        metavar="FILE",
        help="write generated passwords to this new file, mode 0600",
    )


def _confirm(parser: Parser) -> None:
    _identity(parser)
    add_verbose(parser)
    more = "wait this much longer instead, at most 60 minutes from now"
    parser.add_argument("--extend", type=number(1, 60), default=0, metavar="MINUTES", help=more)
    _secrets_to(parser)


def _identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identity", nargs="?", default="", metavar="ID", help="the newest one by default")


def _rollback(parser: Parser) -> None:
    parser.add_argument(
        "snapshot",
        nargs="?",
        default="",
        metavar="SNAPSHOT",
        help="by default the open apply, else the newest one in force",
    )
    add_flag(parser, "--diff", "show what changes, before it does")
    add_verbose(parser)
    add_flag(parser, "--yes", "do not ask")
    add_flag(parser, "--accept-data-loss", "accept that the rollback may lose data")


def _recover(parser: Parser) -> None:
    add_flag(parser, "--leave", "close it and leave the host as it is, where recovery fails")
    add_verbose(parser)
    add_flag(parser, "--yes", "do not ask")


def _status(parser: Parser) -> None:
    _identity(parser)
    add_flag(parser, "--follow", "show each step until it finishes, then the result")
    add_flag(parser, "--drift", "show what differs on the host since the last apply")
    add_flag(parser, "--json", "show one JSON document")


def _schema(parser: Parser) -> None:
    parser.add_argument(
        "document", nargs="?", choices=SCHEMAS, help="one of %(choices)s; all names without one", metavar="DOCUMENT"
    )


def _uninstall(parser: Parser) -> None:
    parser.description = UNINSTALL
    add_flag(parser, "--yes", "do not ask")
    add_flag(parser, "--keep-snapshots", "keep snapshots, for a later installation")
    add_flag(parser, "--remove-ca", "also remove the key of the CA; no certificate can be issued afterwards")
    add_flag(parser, "--json", "show one JSON document")


_COMMANDS: Sequence[_Row] = (
    _Row("detect", "detect", "Show what is on this host.", _detect),
    _Row("check", "check", "Judge every item of the checklist, with evidence.", _check_command),
    _Row(
        "attest",
        "attest",
        "Attest an item that the host cannot prove, for 90 days; without an item, list what is attested.",
        _attest,
    ),
    _Row("plan", "plan", "Show what would change, as diffs, and which clients lose access.", _plan),
    _Row("apply", "apply", "Make the changes: rehearse, verify, roll back on any failure.", _apply),
    _Row("confirm", "confirm", "Confirm an apply that waits for it, from any login.", _confirm),
    _Row(
        "rollback",
        "rollback",
        "Roll back the open apply, or restore a snapshot: files, kernel, live values.",
        _rollback,
    ),
    _Row("recover", "recover", "Finish or roll back an interrupted apply or rollback now.", _recover),
    _Row("status", "status", "Show how far an apply or rollback is, and which commands it accepts.", _status),
    _Row("snapshots", "snapshots", "List, show, compare, verify, keep and prune snapshots.", actions.snapshots),
    _Row("answers", "answers", "Write, show or check an answers file.", actions.answers),
    _Row(
        "tour", "demo", "With --sandbox: detect, check, plan, apply, check, rollback, without a screen.", lambda _: None
    ),
    _Row("acl", "acl", "Show what ACL users may do.", actions.acl),
    _Row("cert", "cert", "Show, renew and issue certificates, and replace the authority.", actions.cert),
    _Row("timer", "timer", "Run the check, or the renewal of certificates, every day by systemd.", actions.timer),
    _Row("export", "export", "Write the planned server for a container of its own.", actions.export),
    _Row("schema", "schema", "Show the JSON schema of a document that another command writes.", _schema),
    _Row("uninstall", "uninstall", "Remove what redis-wizard left on this host.", _uninstall),
)
