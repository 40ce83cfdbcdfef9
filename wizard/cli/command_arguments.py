"""The arguments of each command."""

import argparse
from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from wizard.cli.descriptions import EXAMPLES, EXPORT_COMPOSE, MORE, PRUNE, UNINSTALL
from wizard.cli.parser import Parser, add_common, host_path, number, path
from wizard.snapshots import KEPT_SNAPSHOTS

Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - the type that add_subparsers gives

DAY = 86_400

REPORT_FORMATS = ("table", "concise", "json", "markdown", "html", "sarif", "junit", "github", "prometheus")
AUTHORITY_STEPS = ("trust", "issue", "drop")
TIMERS = ("check", "renew")
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


def _flag(parser: argparse.ArgumentParser, names: str, text: str) -> None:
    parser.add_argument(*names.split(), action="store_true", help=text)


def _answers_file(parser: argparse.ArgumentParser, text: str) -> None:
    # The wizard has the option too: without it here, what stood before the command counts.
    parser.add_argument("--answers", default=argparse.SUPPRESS, type=path, metavar="FILE", help=text)


def _detect(parser: Parser) -> None:
    _flag(parser, "--json", "show one JSON document")


def _check_command(parser: Parser) -> None:
    parser.add_argument(
        "items",
        nargs="*",
        metavar="ITEM|PATH",
        help="explain these items: evidence, reason and fix; judge these configuration and ACL files of a repository",
    )
    _flag(parser, "--all --verbose -v", "show every item with its evidence")
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
    _answers_file(parser, "answers with attestations")


def _attest(parser: Parser) -> None:
    parser.add_argument("item", nargs="?", type=number(1, 25), metavar="ITEM", help="its number")
    parser.add_argument("--note", default="", metavar="TEXT", help="what was checked, and how; asked for without it")
    parser.add_argument("--by", default="", metavar="NAME", help="who checked it; the current user by default")
    parser.add_argument("--on", default="", metavar="DAY", help="when, such as 2026-07-01; today by default")
    _flag(parser, "--withdraw", "remove the attestation of the item")
    _flag(parser, "--json", "list as one JSON document")


def _plan(parser: Parser) -> None:
    _answers_file(parser, "instead of the recommended ones")
    parser.add_argument("--out", type=path, metavar="FILE", help="save the plan, to apply just this later")
    _accept_data_loss(parser)
    _flag(parser, "--detailed-exitcode", "exit 2 when something would change")
    _flag(parser, "--json", "show one JSON document")


def _apply(parser: Parser) -> None:
    parser.add_argument("plan", nargs="?", type=path, metavar="PLAN", help="a plan saved with plan --out")
    _flag(parser, "--diff", "show the diffs of the plan with --yes too")
    _verbose(parser)
    _answers_file(parser, "plan from these answers")
    _flag(parser, "--yes", "do not ask")
    _accept_data_loss(parser)
    parser.add_argument(
        "--confirm-within",
        type=number(0, DAY),
        default=0,
        metavar="SECONDS",
        help="roll back unless you confirm within this time; 0, the default, needs no confirmation",
    )
    _secrets_to(parser)


def _verbose(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "--verbose -v", "show every check that passed")


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
    _verbose(parser)
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
    _flag(parser, "--diff", "show what changes, before it does")
    _verbose(parser)
    _flag(parser, "--yes", "do not ask")
    _flag(parser, "--accept-data-loss", "accept that the rollback may lose data")


def _recover(parser: Parser) -> None:
    _flag(parser, "--leave", "close it and leave the host as it is, where recovery fails")
    _verbose(parser)
    _flag(parser, "--yes", "do not ask")


def _status(parser: Parser) -> None:
    _identity(parser)
    _flag(parser, "--follow", "show each step until it finishes, then the result")
    _flag(parser, "--drift", "show what differs on the host since the last apply")
    _flag(parser, "--json", "show one JSON document")


def _actions(parser: Parser, texts: Mapping[str, str]) -> list[Parser]:
    """Add what a command can do, each a parser of its own: so options may stand before and behind its operand."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(parser))
    made: list[Parser] = []
    for name, text in texts.items():
        made.append(actions.add_parser(name, help=text, description=text, epilog=MORE, allow_abbrev=False))
        made[-1].set_defaults(parser=made[-1])
        made[-1].formatter_class = argparse.RawDescriptionHelpFormatter
        add_common(made[-1], top=False)
    return made


def _snapshots(parser: Parser) -> None:
    texts = {
        "list": "List all snapshots, newest first: which are in force, which are damaged.",
        "show": "Show one snapshot in full.",
        "diff": "Compare a snapshot with the host, or with another one; secrets are masked.",
        "verify": "Read every byte of one snapshot, or of all; exit 1 when one is damaged.",
        "keep": "Never prune a snapshot; with --release prune it again.",
        "prune": "Remove old snapshots, and stored files that no snapshot uses.",
    }
    actions = dict(zip(texts, _actions(parser, texts), strict=True))
    for name in ("show", "diff", "verify", "keep"):
        actions[name].add_argument("snapshot", nargs="?", default="", metavar="SNAPSHOT")
    actions["diff"].add_argument(
        "other", nargs="?", default="", metavar="OTHER", help="compare with this snapshot instead of the host"
    )
    _flag(actions["keep"], "--release", "no longer keep it")
    actions["prune"].description = PRUNE
    actions["prune"].add_argument(
        "--keep", type=number(1, 10_000), default=KEPT_SNAPSHOTS, metavar="N", help=f"{KEPT_SNAPSHOTS} by default"
    )
    _flag(actions["prune"], "--private-keys", "also remove those that hold private keys of a rolled-back apply")
    _flag(parser, "--json", "show one JSON document")
    for action in actions.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="show one JSON document")


def _answers(parser: Parser) -> None:
    texts = {
        "init": "Write the recommended answers with their reasons.",
        "show": "Show the answers of a file, or the recommended ones.",
        "validate": "Check whether a file fits this host.",
    }
    for action in _actions(parser, texts):
        action.add_argument("file", nargs="?", type=path, metavar="FILE")


def _acl(parser: Parser) -> None:
    text = "May this user run this command? The server decides it where it can be asked; nothing is run."
    (test,) = _actions(parser, {"test": text})
    test.add_argument("name", metavar="USER")
    test.add_argument("words", nargs="+", metavar="COMMAND", help="with its arguments; -- before those with a dash")
    test.add_argument("--on-key", action="append", default=[], metavar="KEY", help="a key behind the arguments")


def _cert(parser: Parser) -> None:
    texts = {
        "show": "Show each certificate: role, names, issuer, validity, key, files.",
        "renew": "Renew what expires soon, or what is named; the running server serves it at once.",
        "issue": "Issue a certificate for a client, or for another host with --name.",
        "authority": "Replace the authority, one step at a time; without a step, show which is next.",
    }
    actions = dict(zip(texts, _actions(parser, texts), strict=True))
    actions["show"].add_argument("name", nargs="?", default="", metavar="NAME", help="all of one: server, or a client")
    _flag(actions["show"], "--json", "show one JSON document")
    _flag(actions["show"], "--verbose -v", "show all of each certificate")
    actions["renew"].add_argument(
        "certificates", nargs="*", metavar="NAME", help="renew these now: server, or a client"
    )
    actions["issue"].add_argument("client", metavar="NAME", help="of the user or host")
    actions["issue"].add_argument(
        "--name", dest="names", action="append", default=[], metavar="NAME", help="a host name or address; repeat it"
    )
    actions["issue"].add_argument("--days", type=number(1, 10_000), default=0, metavar="N", help="397 by default")
    _flag(actions["issue"], "--stdout", "also write key, certificate and authority to standard output")
    actions["authority"].add_argument("step", nargs="?", choices=AUTHORITY_STEPS, help="the next step")
    for name in ("renew", "issue", "authority"):
        _flag(actions[name], "--diff", "show the diffs of the plan with --yes too")
        _verbose(actions[name])
        _flag(actions[name], "--yes", "do not ask")
        _answers_file(actions[name], "answers that name the authority")
    parser.set_defaults(confirm_within=0, accept_data_loss=[], plan=None)


def _timer(parser: Parser) -> None:
    texts = {
        "install": "Install and start a timer; the options of a login are those of its runs.",
        "remove": "Stop a timer and remove its units.",
        "status": "Show whether the timers run, and how their last runs ended.",
        "run": "Do what a timer does: check every server into the journal and a textfile, or renew certificates.",
    }
    actions = dict(zip(texts, _actions(parser, texts), strict=True))
    for name in ("install", "run"):
        actions[name].add_argument(
            "--textfile",
            type=host_path,
            metavar="FILE",
            help="for the textfile collector of node_exporter; Debian's directory where it is there",
        )
        actions[name].add_argument(
            "--login",
            dest="logins",
            action="append",
            nargs=3,
            default=[],
            metavar=("SERVER", "USER", "FILE"),
            help="log in to this server as USER, with the password in FILE; repeat it for each server",
        )
    for name in ("install", "remove", "run"):
        actions[name].add_argument("timer", nargs="?", choices=TIMERS, default=TIMERS[0], help="check by default")
    _flag(actions["status"], "--json", "show one JSON document")


def _export(parser: Parser) -> None:
    (compose,) = _actions(parser, {"compose": EXPORT_COMPOSE.partition("\n")[0]})
    compose.description = EXPORT_COMPOSE
    compose.add_argument(
        "directory", nargs="?", type=path, metavar="DIRECTORY", help="a new one; only the compose file without it"
    )
    compose.add_argument(
        "--answers", default=argparse.SUPPRESS, type=path, metavar="FILE", help="instead of the recommended ones"
    )


def _schema(parser: Parser) -> None:
    parser.add_argument(
        "document", nargs="?", choices=SCHEMAS, help="one of %(choices)s; all names without one", metavar="DOCUMENT"
    )


def _uninstall(parser: Parser) -> None:
    parser.description = UNINSTALL
    _flag(parser, "--yes", "do not ask")
    _flag(parser, "--keep-snapshots", "keep snapshots, for a later installation")
    _flag(parser, "--remove-ca", "also remove the key of the CA; no certificate can be issued afterwards")
    _flag(parser, "--json", "show one JSON document")


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
    _Row("snapshots", "snapshots", "List, show, compare, verify, keep and prune snapshots.", _snapshots),
    _Row("answers", "answers", "Write, show or check an answers file.", _answers),
    _Row(
        "tour", "demo", "With --sandbox: detect, check, plan, apply, check, rollback, without a screen.", lambda _: None
    ),
    _Row("acl", "acl", "Show what ACL users may do.", _acl),
    _Row("cert", "cert", "Show, renew and issue certificates, and replace the authority.", _cert),
    _Row("timer", "timer", "Run the check, or the renewal of certificates, every day by systemd.", _timer),
    _Row("export", "export", "Write the planned server for a container of its own.", _export),
    _Row("schema", "schema", "Show the JSON schema of a document that another command writes.", _schema),
    _Row("uninstall", "uninstall", "Remove what redis-wizard left on this host.", _uninstall),
)
