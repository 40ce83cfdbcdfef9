"""What all commands share: how a mistake is refused, how values are read, and the common options."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, TypeAlias

from wizard.errors import UsageError

LONGEST_NUMBER = 9
"""Digits that are read as a number at all."""


class Parser(argparse.ArgumentParser):
    """A parser with the product's errors, and exit status 64."""

    lists_common = False
    """Whether the help of a command repeats the common options."""

    def print_help(self, file: object = None) -> None:
        """Write the help as every result: argparse hides that it could not be written."""
        from wizard.cli import output  # noqa: PLC0415 - for the help alone

        del file
        output.result(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Refuse in one sentence."""
        choice = re.search(r"invalid choice: '([^']*)'.* \(choose from (.*)\)", message)
        nearest = _nearest(choice[1], re.findall(r"[\w-]+", choice[2])) if choice else ""
        said = f"{choice[1]!r} is unknown; did you mean {nearest}? See" if choice and nearest else f"{message}; see"
        raise UsageError(f"{said} '{self.prog} --help'")

    def refuse(self, unknown: Sequence[str], top: argparse.ArgumentParser) -> NoReturn:
        """Refuse what no option and no operand takes; name the option that was probably intended.

        Args:
            unknown: The words.
            top: The parser of the program, with the common options.
        """
        words, given = " ".join(unknown), unknown[0].partition("=")[0]
        nearest = _nearest(given, re.findall(r"--[a-z][a-z-]+", self.format_help() + top.format_help()))
        said = f"{given} is unknown; did you mean {nearest}? See" if nearest else ""
        raise UsageError(f"{said or f'unrecognized arguments: {words}; see'} '{self.prog} --help'")


class FullParser(Parser):
    """A parser whose commands list the common options too: what a shell completes."""

    lists_common = True


def _nearest(word: str, words: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - a command line that is right does not need it

    return next(iter(difflib.get_close_matches(word, words, n=1)), "")


def path(text: str) -> PurePosixPath:
    """Return a path of the operator's, from the current directory where it is relative."""
    if not text:
        raise argparse.ArgumentTypeError("the file name is empty; name a file")
    try:
        return PurePosixPath(text if text.startswith("/") else f"{Path.cwd()}/{text}")
    except FileNotFoundError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is relative to the current directory, which no longer exists"
        ) from None


def host_path(text: str) -> PurePosixPath:
    """Return a path of the host's, which may be a tree without a current directory; plans are JSON, so it is UTF-8."""
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an absolute path")
    if not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} has characters that cannot be shown; rename the file")
    return PurePosixPath(text)


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return the reader of a number in this range."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER and lowest <= int(text) <= highest):
            raise argparse.ArgumentTypeError(f"{text!r:.40} is not a number from {lowest} to {highest}")
        return int(text)

    return number


def add_common(parser: Parser, *, top: bool) -> None:
    """Add the options that stand before or after the command; their help stands once, with the program's own."""
    for title, options in (("target", _TARGET), ("login", _LOGIN), ("run and output", _OUTPUT)):
        group = parser.add_argument_group(title)
        for names, keywords in options:
            given: dict[str, Any] = {"default": False if keywords.get("action") else None, **keywords}
            if not top:
                # Given again after the command, an option must not reset what stood before it.
                given["default"] = argparse.SUPPRESS
            if not (top or parser.lists_common):
                given["help"] = argparse.SUPPRESS
            group.add_argument(*names.split(), **given)


_Options: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
_FLAG = {"action": "store_true"}
_FILE = {"type": path, "metavar": "FILE"}
_TARGET: _Options = (
    ("--instance", {"default": "", "metavar": "NAME", "help": "the server, where the host has several"}),
    ("--socket", {"type": host_path, "metavar": "PATH", "help": "connect to the server by this unix socket"}),
    ("--host", {"default": "", "metavar": "ADDRESS", "help": "connect to the server at this address"}),
    ("--port", {"type": number(1, 65535), "metavar": "PORT", "help": "connect to the server at this port"}),
    ("--tls", {**_FLAG, "help": "connect to the server by TLS"}),
    ("--config", {"type": host_path, "metavar": "FILE", "help": "a configuration file that no unit or process uses"}),
    ("--root", {"type": path, "metavar": "DIR", "help": "look at and change a directory tree instead of the host"}),
    ("--sandbox", {**_FLAG, "help": "use a private server in a directory of its own"}),
    ("--sandbox-dir", {"type": path, "metavar": "DIR", "help": "keep the private server in this directory"}),
)
_LOGIN: _Options = (
    ("--user", {"default": "", "metavar": "NAME", "help": "log in to the server as this ACL user"}),
    ("--password-file", {"default": "", "metavar": "FILE", "help": "file with its password; - is standard input"}),
    ("--cert", {**_FILE, "help": "the client's certificate"}),
    ("--key", {**_FILE, "help": "the client's private key"}),
    ("--cacert", {**_FILE, "help": "the CA's certificate"}),
)
_OUTPUT: _Options = (
    ("--dry-run --check", {**_FLAG, "help": "change nothing"}),
    ("--quiet -q", {**_FLAG, "help": "show the result and errors only: no progress, no hints"}),
    ("--no-color", {**_FLAG, "help": "show no colours, ✓ and ✗ (NO_COLOR does the same)"}),
    ("--debug", {**_FLAG, "help": "show where a defect happened, without values"}),
)


def add_flag(parser: argparse.ArgumentParser, names: str, text: str) -> None:
    """Add an option without a value."""
    parser.add_argument(*names.split(), action="store_true", help=text)


def add_answers_file(parser: argparse.ArgumentParser, text: str) -> None:
    """Add ``--answers``."""
    # The wizard has the option too: without it here, what stood before the command counts.
    parser.add_argument("--answers", default=argparse.SUPPRESS, type=path, metavar="FILE", help=text)


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Add ``--verbose``."""
    add_flag(parser, "--verbose -v", "show every check that passed")
