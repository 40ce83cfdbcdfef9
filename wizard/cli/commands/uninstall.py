"""``uninstall``: remove what the product left on the host, before the program itself is removed."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from wizard.cli import output
from wizard.cli.commands.status import require_idle
from wizard.cli.consent import demand_yes
from wizard.cli.context import host_of, reader_of
from wizard.cli.own_command import removal
from wizard.errors import NotPermittedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.value import to_json
from wizard.recovery import Removal, remove_traces, survey_traces

NOTHING = "Nothing of redis-wizard is left on this host."
NO_WAY_BACK = "No apply of redis-wizard can be rolled back afterwards."


def run(options: argparse.Namespace) -> int:
    """Say what goes and what stays, ask, and remove it; not while an apply is open."""
    if options.dry_run:
        with reader_of(options) as host:
            found = _survey(host, options)
    else:
        with host_of(options) as host:
            found = _remove(host, options)
    output.result(to_json(found) if options.json else "\n".join(_lines(found, keep=options.keep_snapshots)))
    return 1 if found.failed else 0


def _survey(host: HostReader, options: argparse.Namespace) -> Removal:
    return survey_traces(host, keep_snapshots=options.keep_snapshots, remove_ca=options.remove_ca)


def _remove(host: Host, options: argparse.Namespace) -> Removal:
    if not host.root:
        raise NotPermittedError(host.state, "remove")
    require_idle(host)
    found = _survey(host, options)
    if not found.removes:
        return found
    if not options.yes:
        for line in _lines(found, keep=options.keep_snapshots):
            output.info(line, lines=True)
        warning = "" if options.keep_snapshots else NO_WAY_BACK
        demand_yes(warning, "Remove what redis-wizard left on this host?", deed="remove it")
    return remove_traces(host, keep_snapshots=options.keep_snapshots, remove_ca=options.remove_ca)


def _lines(found: Removal, *, keep: bool) -> Iterator[str]:
    yield from _listed("Removed:" if found.done else "Would remove:", found.removes)
    yield from _listed("Not removed:", found.failed)
    yield from _listed("The hardened configuration stays:", found.stays)
    yield from _listed("These keys stay:", found.keys)
    if found.keys:
        yield output.wrapped(
            "No certificate for this server and its clients can be issued without the key of the CA. "
            "Move it to a safe place, or remove it with --remove-ca."
        )
    yield from _listed(
        "These password files stay; remove them after you store the passwords elsewhere:", found.passwords
    )
    if not found.removes:
        yield NOTHING
    elif found.done:
        yield "The snapshots stay, for a later installation." if keep else NO_WAY_BACK
        yield f"Now remove the program: {removal(Path(sys.argv[0]), Path(__file__).parents[3])}"


def _listed(title: str, things: tuple[object, ...]) -> Iterator[str]:
    if things:
        yield title
        yield from (output.wrapped(str(each), indent="  ") for each in things)
