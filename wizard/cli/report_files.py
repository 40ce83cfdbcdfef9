"""The outputs of ``check``: which format goes where, and files that are never another's."""

import argparse
import re
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from wizard.cli.parser import path
from wizard.errors import UsageError
from wizard.host.files import exclusive_create
from wizard.host.files.replace_own import OwnFile

REPLACED: Final = "prometheus"
"""The format whose file is written again and again, under the eyes of a collector."""
_OWN_START: Final = b"# HELP redis_wizard_"
_NAMED = re.compile(r"([a-z]+)=(.*)", re.DOTALL)


class Output(NamedTuple):
    """One report to write."""

    format: str
    path: PurePosixPath | None
    """``None`` is standard output."""


def outputs_of(options: argparse.Namespace, formats: tuple[str, ...]) -> tuple[Output, ...]:
    """Return what ``--format`` and ``--output`` ask for; standard output without any file.

    Raises:
        UsageError: no such format, or one place twice.
    """
    found = tuple(_output(text, options.format, formats) for text in options.output)
    for index, each in enumerate(found):
        if each.path in (other.path for other in found[:index]):
            raise UsageError(f"--output names {each.path or 'standard output'} twice; give each report its own file")
    return found or (Output(options.format, None),)


def _output(text: str, default: str, formats: tuple[str, ...]) -> Output:
    named = _NAMED.fullmatch(text)
    if named and named[1] not in formats:
        raise UsageError(
            f"--output {text}: there is no format {named[1]}; name one of {', '.join(formats)}, "
            f"or write ./{text} for a file of that name"
        )
    name, place = (named[1], named[2]) if named else (default, text)
    try:
        return Output(name, None if place == "-" else path(place))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--output {text}: {error}") from None


def check(output: Output) -> None:
    """Refuse early what `write` would refuse after the look at the host.

    Raises:
        InvalidValueError, NotFoundError, NotPermittedError.
    """
    if output.path is None:
        return
    if output.format == REPLACED:
        OwnFile(output.path, start=_OWN_START).check()
    else:
        exclusive_create.check(output.path)


def write(output: Output, text: str) -> None:
    """Write a report to its file: new, for its owner alone; a Prometheus file replaces its predecessor at once.

    Raises:
        InvalidValueError, NotFoundError, NotPermittedError, NoSpaceError, HostError: it is as it was before.
    """
    if output.path is None:
        return
    if output.format == REPLACED:
        # The collector reads as another user, and takes only names that end in .prom.
        OwnFile(output.path, start=_OWN_START).replace(text, mode=0o644)
    else:
        exclusive_create.create(output.path, text, mode=0o600)
