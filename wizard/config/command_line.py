"""What the command line of a server sets, which wins over its configuration file.

Source:
    redis 8.0 ``src/server.c``, ``main()``: options are lines behind those of the file. A word with two dashes begins
    one, and may hold its value too (``"--port 6380"``); ``--save`` without a value is ``save ""``.
"""

from collections.abc import Sequence
from itertools import chain

from wizard.formats.redisconf.directives import canonical
from wizard.model.facts import Unit
from wizard.model.value import Value

_OPTION = "--"
_MODES = frozenset({"--sentinel", "--check-system", "--test-memory", "--version", "--help"})
"""Words with two dashes that set no directive."""


def exec_start_arguments(text: str) -> tuple[str, ...]:
    """Return the words of ``ExecStart`` as systemctl shows it (``{ path=… ; argv[]=… ; … }``) or a file writes it.

    Quotes are dropped: systemctl shows none, and no server needs any for its file.
    """
    if text.startswith("{"):
        text = text.partition("argv[]=")[2].partition(" ;")[0]
    words = tuple(word.strip("\"'") for word in text.split())
    return (words[0].lstrip("-@:+!"), *words[1:]) if words else ()


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
    of_unit = _options(exec_start_arguments(unit.properties.get("ExecStart", ""))) if unit else {}
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
