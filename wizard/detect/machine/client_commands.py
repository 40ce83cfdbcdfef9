"""Commands of units, timers and cron that ask a server of this host with its client program, as ``redis-cli``.

Of such a command only the name of what it calls becomes a fact: other words may be passwords.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.machine.boot_units import enabled_services, shell_text
from wizard.detect.machine.scheduled import Scheduled
from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import read_unit_files
from wizard.formats.unitfile import expand_specifiers, in_effect
from wizard.model.facts.host import ClientCommand
from wizard.model.facts.instance import Instance
from wizard.model.network import is_loopback
from wizard.model.text import number

CLIENTS = frozenset({"redis-cli", "valkey-cli", "keydb-cli"})
_EXECS = ("ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost")
_PORT = "6379"
_FLAGS = frozenset(
    {
        *("-x", "-c", "-e", "-2", "-3", "--raw", "--no-raw", "--csv", "--json", "--quoted-input", "--insecure"),
        *("--tls", "--no-auth-warning", "--askpass", "--bigkeys", "--memkeys", "--hotkeys", "--scan", "--stat"),
        *("--latency", "--latency-history", "--pipe", "--cluster", "--verbose", "--keepalive"),
    }
)
"""Options without a value; every other one has one (redis-cli ``parseOptions``)."""
_MODES = {"--rdb": "sync", "--functions-rdb": "sync", "--replica": "sync", "--scan": "scan", "--bigkeys": "scan"}
"""Options that call a command of the server themselves."""
_SEPARATORS = frozenset((";", "|", "||", "&", "&&", "(", ")", "{", "}"))
_COMMAND = re.compile(r"[A-Za-z][A-Za-z.]*")


def read_client_commands(
    reader: Reader, entries: Iterable[Scheduled], instances: Iterable[Instance]
) -> tuple[ClientCommand, ...]:
    """Return what runs the client program of a server against one of this host, in the order of the names.

    Args:
        reader: The host.
        entries: What timers and cron run.
        instances: The servers, whose units count also where they are not enabled.
    """
    units = {each.unit.name for each in instances if each.unit} | set(enabled_services(reader))
    places = [place for name in sorted(units) for place in _of_unit(reader, name)]
    places += [(each.name, each.text) for each in entries]
    return tuple(dict.fromkeys(found for name, text in places for found in _found(name, text)))


def _of_unit(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    files = read_unit_files(reader, name)
    for key in _EXECS:
        for command in in_effect(files, "Service", key):
            text = expand_specifiers(command, name)
            yield f"{name} ({key})", "\n".join((text.lstrip("-@:+!|"), shell_text(reader, text)))


def _found(name: str, text: str) -> Iterator[ClientCommand]:
    for line in text.replace("\\\n", " ").splitlines():
        if any(client in line for client in CLIENTS) and not line.lstrip().startswith("#"):
            words = _words(line)
            for at, word in enumerate(words):
                if PurePosixPath(word).name in CLIENTS:
                    found = _parsed(name, PurePosixPath(word).name, _until_separator(words[at + 1 :]))
                    if found is not None:
                        yield found


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.commenters = ""
    lexer.whitespace_split = True
    try:
        return [inner for word in lexer for inner in (word.split() if " " in word else [word])]
    except ValueError:
        return line.split()


def _until_separator(words: Sequence[str]) -> list[str]:
    end = next((at for at, word in enumerate(words) if word in _SEPARATORS or word[:1] in "<>"), len(words))
    return list(words[:end])


def _parsed(name: str, program: str, words: list[str]) -> ClientCommand | None:
    """Return one call; ``None`` for a server elsewhere, or one that only a variable names."""
    options: dict[str, str] = {}
    command = ""
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            command = word.lower() if _COMMAND.fullmatch(word) else ""
            break
        command = _MODES.get(word, command)
        options[word] = words.pop(0) if words and word not in _FLAGS else ""
    server = options.get("-s") or options.get("-p", _PORT)
    if not is_loopback(options.get("-h", "localhost")) or "-u" in options or not _is_server(server):
        return None
    return ClientCommand(
        source=name,
        program=program,
        server=server,
        user=options.get("--user", ""),
        tls="--tls" in options,
        command=command,
    )


def _is_server(text: str) -> bool:
    return text.startswith("/") or number(text) is not None
