"""What real servers say of their commands, in the form of the tables under ``assets/redis/acl-*.tsv``.

Used by the tests that compare the tables with each server at hand, and to write them anew:
``python -m tests.support.acl_capture r62=SOCKET r74=SOCKET …`` prints both files' paths.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import redis

COLUMNS = ("r62", "r74", "r80", "v81", "v91")
ASSETS = Path(__file__).parents[2] / "assets" / "redis"


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
    """Give the version that brought each command (7.0 and later answer)."""
    found = {}
    answer = client.execute_command("COMMAND", "DOCS")
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


def table(columns: Mapping[str, Mapping[str, str]], extra: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    """Lay columns side by side; ``-`` where a server lacks the command, ``=`` where it says the same as to the left."""
    rows = ["\t".join(["command", *names, *columns])]
    for command in sorted({name for column in columns.values() for name in column}):
        cells = [column.get(command, "-") for column in columns.values()]
        short = [cell if place == 0 or cell != cells[place - 1] else "=" for place, cell in enumerate(cells)]
        rows.append("\t".join([command, *extra.get(command, [])[: len(names)], *short]))
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Write both tables from running servers."""
    clients = {column: connect(socket) for column, _, socket in (word.partition("=") for word in arguments)}
    versions = {column: since(client) for column, client in clients.items() if column != "r62"}
    ages = {"redis": versions["r74"] | versions["r80"], "valkey": versions["v81"] | versions["v91"]}
    every = {column: categories(client) for column, client in clients.items()}
    names = {name for column in every.values() for name in column}
    extra = {name: [ages["redis"].get(name, "-"), ages["valkey"].get(name, "-")] for name in names}
    (ASSETS / "acl-commands.tsv").write_text(table(every, extra, ["redis since", "valkey since"]), encoding="utf-8")
    places = {column: key_places(client) for column, client in clients.items() if column != "r62"}
    (ASSETS / "acl-keys.tsv").write_text(table(places, {}, []), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
