"""The arguments of commands that have actions, such as ``snapshots list``."""

import argparse
from collections.abc import Mapping

from wizard.cli.descriptions import EXPORT_COMPOSE, MORE, PRUNE
from wizard.cli.parser import Parser, add_answers_file, add_common, add_flag, add_verbose, host_path, number, path
from wizard.snapshots import KEPT_SNAPSHOTS

AUTHORITY_STEPS = ("trust", "issue", "drop")
TIMERS = ("check", "renew")


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


def snapshots(parser: Parser) -> None:
    """Add list, show, diff, verify, keep, prune."""
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
    add_flag(actions["keep"], "--release", "no longer keep it")
    actions["prune"].description = PRUNE
    actions["prune"].add_argument(
        "--keep", type=number(1, 10_000), default=KEPT_SNAPSHOTS, metavar="N", help=f"{KEPT_SNAPSHOTS} by default"
    )
    add_flag(actions["prune"], "--private-keys", "also remove those that hold private keys of a rolled-back apply")
    add_flag(parser, "--json", "show one JSON document")
    for action in actions.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="show one JSON document")


def answers(parser: Parser) -> None:
    """Add init, show, validate."""
    texts = {
        "init": "Write the recommended answers with their reasons.",
        "show": "Show the answers of a file, or the recommended ones.",
        "validate": "Check whether a file fits this host.",
    }
    for action in _actions(parser, texts):
        action.add_argument("file", nargs="?", type=path, metavar="FILE")


def acl(parser: Parser) -> None:
    """Add test."""
    text = "May this user run this command? The server decides it where it can be asked; nothing is run."
    (test,) = _actions(parser, {"test": text})
    test.add_argument("name", metavar="USER")
    test.add_argument("words", nargs="+", metavar="COMMAND", help="with its arguments; -- before those with a dash")
    test.add_argument("--on-key", action="append", default=[], metavar="KEY", help="a key behind the arguments")


def cert(parser: Parser) -> None:
    """Add show, renew, issue, authority."""
    texts = {
        "show": "Show each certificate: role, names, issuer, validity, key, files.",
        "renew": "Renew what expires soon, or what is named; the running server serves it at once.",
        "issue": "Issue a certificate for a client, or for another host with --name.",
        "authority": "Replace the authority, one step at a time; without a step, show which is next.",
    }
    actions = dict(zip(texts, _actions(parser, texts), strict=True))
    actions["show"].add_argument("name", nargs="?", default="", metavar="NAME", help="all of one: server, or a client")
    add_flag(actions["show"], "--json", "show one JSON document")
    add_flag(actions["show"], "--verbose -v", "show all of each certificate")
    actions["renew"].add_argument(
        "certificates", nargs="*", metavar="NAME", help="renew these now: server, or a client"
    )
    actions["issue"].add_argument("client", metavar="NAME", help="of the user or host")
    actions["issue"].add_argument(
        "--name", dest="names", action="append", default=[], metavar="NAME", help="a host name or address; repeat it"
    )
    actions["issue"].add_argument("--days", type=number(1, 10_000), default=0, metavar="N", help="397 by default")
    add_flag(actions["issue"], "--stdout", "also write key, certificate and authority to standard output")
    actions["authority"].add_argument("step", nargs="?", choices=AUTHORITY_STEPS, help="the next step")
    for name in ("renew", "issue", "authority"):
        add_flag(actions[name], "--diff", "show the diffs of the plan with --yes too")
        add_verbose(actions[name])
        add_flag(actions[name], "--yes", "do not ask")
        add_answers_file(actions[name], "answers that name the authority")
    parser.set_defaults(confirm_within=0, accept_data_loss=[], plan=None)


def timer(parser: Parser) -> None:
    """Add install, remove, status, run."""
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
    add_flag(actions["status"], "--json", "show one JSON document")


def export(parser: Parser) -> None:
    """Add compose."""
    (compose,) = _actions(parser, {"compose": EXPORT_COMPOSE.partition("\n")[0]})
    compose.description = EXPORT_COMPOSE
    compose.add_argument(
        "directory", nargs="?", type=path, metavar="DIRECTORY", help="a new one; only the compose file without it"
    )
    compose.add_argument(
        "--answers", default=argparse.SUPPRESS, type=path, metavar="FILE", help="instead of the recommended ones"
    )
