"""Read the command line of a server: which server, which configuration file, no secrets.

Pure.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import is_secret
from wizard.model.facts.service import SERVERS, Flavour
from wizard.model.facts.unreadable import MASK


def program_of(argument: str) -> str:
    """Return the program of ``argv[0]``: a server writes its title there, ``redis-server *:6379``."""
    return argument.split(" ", 1)[0]


def flavour_of(argument: str) -> Flavour | None:
    """Return which server a program is by its name, ``None`` when it is none."""
    return SERVERS.get(PurePosixPath(program_of(argument)).name)


_TITLE = re.compile(r"unixsocket:|.*:\d+$|\[")
"""What a server writes over its command line: ``*:6379``, ``unixsocket:/run/s``, ``[cluster]``."""


def is_sentinel(arguments: Sequence[str]) -> bool:
    """Return whether a command line, or the title over it, is that of a Sentinel."""
    words = " ".join(arguments).split()
    program = PurePosixPath(words[0]).name if words else ""
    return program.endswith("-sentinel") or "--sentinel" in words or "[sentinel]" in words


def config_of(arguments: Sequence[str]) -> str:
    """Return the configuration file of the words after ``argv[0]``, empty when they name none.

    A server writes its title over its command line: then the file is gone from there.

    Source:
        redis 8.0 ``src/server.c``, ``main()``: the first word unless it begins with a dash; and
        ``redisSetProcTitle()``.
    """
    first = arguments[0] if arguments else ""
    return "" if first.startswith("-") or _TITLE.match(first) else first


def sockets_of(arguments: Sequence[str]) -> tuple[str, int]:
    """Return the socket that a server names in its title: a path and 0, or an address and its port; else empty and 0.

    Args:
        arguments: The whole command line; the title may stand in one word or in several.
    """
    for word in " ".join(arguments).split()[1:]:
        if word.startswith("unixsocket:"):
            return word.removeprefix("unixsocket:"), 0
        address, colon, port = word.rpartition(":")
        if colon and port.isdecimal():
            return address, int(port)
    return "", 0


def masked_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Replace the value of every option that holds a secret, ``--requirepass x`` for example."""
    shown = []
    secret = False
    for argument in plain(arguments):
        if argument.startswith("--"):
            name, separator, rest = argument[2:].replace("=", " ", 1).partition(" ")
            secret = is_secret(name.lower()) or name.lower() == "user"
            shown.append(f"--{name} {MASK}" if separator and rest and secret else argument)
        else:
            shown.append(MASK if secret and argument else argument)
    return tuple(shown)


def plain(arguments: Sequence[str]) -> tuple[str, ...]:
    """Write bytes that are no UTF-8 as escapes, and drop what a title leaves empty at the end."""
    kept = [argument.encode(errors="surrogateescape").decode(errors="backslashreplace") for argument in arguments]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
