"""What the command line of a server sets, which wins over its configuration file.

Source:
    redis 8.0 ``src/server.c``, ``main()``: options are lines behind those of the file. A word with two dashes begins
    one, and may hold its value too (``"--port 6380"``); ``--save`` without a value is ``save ""``.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import canonical
from wizard.model.facts.service import SERVERS, Unit
from wizard.model.value import Value

_OPTION = "--"
_MODES = frozenset({"--sentinel", "--check-system", "--test-memory", "--version", "--help"})
"""Words with two dashes that set no directive."""
_LAUNCHER = re.compile(
    r"sh|bash|dash|ash|env|nice|ionice|chrt|taskset|numactl|setpriv|chpst|setuidgid|softlimit|prlimit|choom|stdbuf"
    r"|nohup|setsid|runuser|su|sudo|gosu|su-exec|tini|dumb-init|catatonit|timeout"
)
"""Programs that run the command behind their own options."""
_OPERATOR = re.compile(r"[|&;]|\d*[<>]")


def exec_start_arguments(text: str) -> tuple[str, ...]:
    """Return the words of ``ExecStart`` as systemctl shows it (``{ path=… ; argv[]=… ; … }``) or a file writes it.

    Quotes are dropped: systemctl shows none, and no server needs any for its file.
    """
    if text.startswith("{"):
        text = text.partition("argv[]=")[2].partition(" ;")[0]
    words = tuple(word.strip("\"'") for word in text.split())
    return (words[0].lstrip("-@:+!"), *words[1:]) if words else ()


def server_arguments(text: str) -> tuple[str, ...]:
    """Return the words of ``ExecStart`` from the server's program on; none where it names no server.

    A shell may start it, or a program that only prepares its process, such as ``numactl`` or ``setpriv``.
    """
    words = exec_start_arguments(text)
    if words and _LAUNCHER.fullmatch(PurePosixPath(words[0]).name):
        start = next((place for place, word in enumerate(words) if _is_server(word)), len(words))
        return tuple(_up_to_operator(words[start:]))
    return words if words and _is_server(words[0]) else ()


def _is_server(word: str) -> bool:
    return PurePosixPath(word).name in SERVERS


def _up_to_operator(words: Sequence[str]) -> Iterator[str]:
    """Keep the words of one command of a shell (sh(1), control operators and redirections)."""
    for word in words:
        if _OPERATOR.match(word):
            return
        yield word.rstrip(";&")
        if word.endswith((";", "&")):
            return


class CommandLine(Value, frozen=True, kw_only=True):
    """Arguments of each option, by the canonical name of its directive, in the order they are read."""

    known: dict[str, tuple[tuple[str, ...], ...]]
    """Set by the unit, so that the next start has them."""
    unknown: dict[str, tuple[tuple[str, ...], ...]]
    """Set by a variable, or shown by the process alone. A process can write over its command line, so none of its
    paths may be followed."""


def command_line_of(unit: Unit | None, arguments: Sequence[str]) -> CommandLine:
    """Return what the command line of a server sets.

    Args:
        unit: The unit that starts it, if there is one.
        arguments: The command line of its process after ``argv[0]``, secrets masked; empty without a process.
    """
    of_unit = _options(server_arguments(unit.properties.get("ExecStart", ""))) if unit else {}
    known = {name: given for name, given in of_unit.items() if not any("$" in word for word in chain(*given))}
    unknown = {name: given for name, given in (_options(arguments) | of_unit).items() if name not in known}
    return CommandLine(known=known, unknown=unknown)


def _options(words: Sequence[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith(_OPTION) and len(word) > len(_OPTION) and word not in _MODES:
            name, *value = word.removeprefix(_OPTION).split()
            found.append((canonical(name), value))
        elif found:
            found[-1][1].append(word)
    options: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, arguments in found:
        options[name] = (*options.get(name, ()), tuple(arguments) or ("",))
    return options
