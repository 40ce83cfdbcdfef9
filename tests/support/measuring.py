"""What a real server says of its commands and directives, for `tools/measure-server`."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.support.servers import Server, boots, running
from wizard.model.facts.service import Flavour

UNASKED = ""
"""In place of an answer: this build of the server cannot tell."""
_SET_HERE = frozenset({"dir", "logfile", "pidfile", "port", "unixsocket"})
"""What `running` tells each server."""
_MAY_BE_LIVE_ONLY = frozenset({"watchdog-period"})
"""Listed by each server, but the file of 6.2 may not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The answers of one server."""

    flavour: Flavour
    version: str
    categories: Mapping[str, str]
    """By command, or ``command|subcommand``."""
    key_places: Mapping[str, str]
    """See ``wizard/acl/keys.py``; empty before 7.0."""
    since: Mapping[str, str]
    """The version that brought each command; empty before 7.0."""
    names: frozenset[str]
    """Commands without their subcommands."""
    support: Mapping[str, str]
    """``hot``, ``immutable``, ``protected``, ``ignored``, ``absent`` or :data:`UNASKED` by directive."""
    values: Mapping[str, str]
    """The value of each directive that CONFIG GET knows."""
    defaults: Mapping[str, str]
    """Those of a server that is told nothing, without what the measurement itself has to set."""


def measure(binary: str, directory: Path, directives: Iterable[str]) -> Measured:
    """Return what a server says of itself.

    Args:
        binary: Its program.
        directory: An empty one for its files.
        directives: Names to ask about beyond those that it lists.
    """
    server = Server(key="", flavour=Flavour.OTHER, version="", tls=False, find=lambda: binary, required=False)
    with _asked(server, directory) as client:
        info = dict(line.split(":", 1) for line in client.execute_command("INFO", "server").splitlines() if ":" in line)
        values = _values(client)
        defaults = {name: value for name, value in values.items() if name not in _SET_HERE}
        for name in directives:
            values |= _values(client, name)  # some are hidden from CONFIG GET *
        support = {name: _support(client, name, value) for name, value in values.items()}
        unlisted = [name for name in directives if name not in values or name in _MAY_BE_LIVE_ONLY]
        without_tls = "tls-port" not in values
        for name in unlisted:
            answer = UNASKED if without_tls and name.startswith("tls-") else _in_file(server, name, directory)
            support[name] = support.get(name, answer) if answer == "ignored" else answer
        product = Flavour.VALKEY if "valkey_version" in info else Flavour.REDIS
        return Measured(
            flavour=product,
            version=info[f"{product}_version"],
            categories=categories(client),
            key_places=key_places(client),
            since=since(client),
            names=frozenset(entry[0].lower() for entry in client.execute_command("COMMAND")),
            support=support,
            values=values,
            defaults=defaults,
        )


@contextmanager
def _asked(server: Server, directory: Path) -> Iterator[redis.Redis]:
    with running(server, "", directory) as (socket, _):
        client = connect(str(socket))
        try:
            yield client
        finally:
            client.close()


def _values(client: redis.Redis, pattern: str = "*") -> dict[str, str]:
    answer = client.execute_command("CONFIG", "GET", pattern)
    return dict(zip(answer[::2], answer[1::2], strict=True))


def _support(client: redis.Redis, name: str, value: str) -> str:
    """Return how CONFIG SET takes the present value. Another complaint than these means that it tried."""
    try:
        client.execute_command("CONFIG", "SET", name, value)
    except redis.ResponseError as error:
        text = str(error)
        if "building support" in text:
            return UNASKED
        if "immutable" in text or "Unsupported CONFIG parameter" in text:
            return "immutable"
        return "protected" if "can't set protected" in text else "hot"
    return "hot"


def _in_file(server: Server, name: str, directory: Path) -> str:
    """Return whether a server that does not list a directive starts with it."""
    with tempfile.TemporaryDirectory(dir=directory) as own:
        started, _ = boots(server, f"{name} 1\n".encode(), Path(own))
    return "ignored" if started else "absent"


def connect(socket: str) -> redis.Redis:
    """Open a connection whose answers stay as the server sent them."""
    client = redis.Redis(unix_socket_path=socket, decode_responses=True, protocol=2)
    client.response_callbacks.clear()
    return client


def categories(client: redis.Redis) -> dict[str, str]:
    """Give the sorted categories of each command and subcommand; ``always`` marks those beyond any rule."""
    found: dict[str, set[str]] = {name: set() for name, _ in _commands(client)}
    for category in client.execute_command("ACL", "CAT"):
        for name in client.execute_command("ACL", "CAT", category):
            found[name].add(category)
    for name, entry in _commands(client):
        # Commands of built-in modules are in no list of ACL CAT, yet have categories of their own.
        found[name].update(word.removeprefix("@") for word in entry[6])
        if "no_auth" in entry[2]:
            found[name].add("always")
    return {name.lower(): " ".join(sorted(words)) or "none" for name, words in found.items()}


def key_places(client: redis.Redis) -> dict[str, str]:
    """Give where each command has its keys and what it does to them; see ``wizard/acl/keys.py``."""
    places = {
        name: " ".join(filter(None, map(_place, entry[8]))) for name, entry in _commands(client) if len(entry) > 8
    }
    return {name.lower(): text for name, text in places.items() if text}


def since(client: redis.Redis) -> dict[str, str]:
    """Return the version that brought each command; nothing before 7.0."""
    found: dict[str, str] = {}
    try:
        answer = client.execute_command("COMMAND", "DOCS")
    except redis.ResponseError:
        return found
    for name, docs in zip(answer[::2], answer[1::2], strict=True):
        fields = dict(zip(docs[::2], docs[1::2], strict=True))
        found[name.lower()] = fields.get("since", "-")
        children = fields.get("subcommands", [])
        for child, child_docs in zip(children[::2], children[1::2], strict=True):
            found[child] = dict(zip(child_docs[::2], child_docs[1::2], strict=True)).get("since", "-")
    return found


def _commands(client: redis.Redis) -> Iterable[tuple[str, Sequence[Any]]]:
    for entry in client.execute_command("COMMAND"):
        yield entry[0], entry
        for child in entry[9] if len(entry) > 9 else ():
            yield child[0], child


def _place(flat: Sequence[Any]) -> str:
    spec = dict(zip(flat[::2], flat[1::2], strict=True))
    flags = set(spec["flags"])
    if "not_key" in flags:
        return ""
    access = ("r" if "access" in flags else "") + ("w" if flags & {"update", "insert", "delete"} else "")
    doubt = "?" if flags & {"variable_flags", "incomplete"} else ""
    return f"{access or '-'}{doubt}@{_begin(spec['begin_search'])}:{_find(spec['find_keys'])}"


def _begin(flat: Sequence[Any]) -> str:
    kind, spec = flat[1], dict(zip(flat[3][::2], flat[3][1::2], strict=True))
    match kind:
        case "index":
            return str(spec["index"])
        case "keyword":
            return f"{spec['keyword']}{spec['startfrom']:+d}"
        case _:
            return "?"


def _find(flat: Sequence[Any]) -> str:
    kind, spec = flat[1], dict(zip(flat[3][::2], flat[3][1::2], strict=True))
    match kind:
        case "range":
            return f"{spec['lastkey']},{spec['keystep']},{spec['limit']}"
        case "keynum":
            return f"#{spec['keynumidx']},{spec['firstkey']},{spec['keystep']}"
        case _:
            return "?"
