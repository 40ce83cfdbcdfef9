"""Read the replies of a server: texts and nested lists into the shapes that callers use.

Pure functions over RESP2 replies.
"""

from collections.abc import Iterable, Mapping

from wizard.model.dataset import keyspace
from wizard.model.text import number

Reply = str | int | None | list["Reply"]
"""A RESP2 reply: bulk and simple strings as text, integers, nil, arrays."""


def text(reply: Reply) -> str:
    """Return a scalar reply as text; nil is empty, an array is its texts joined by blanks."""
    if reply is None:
        return ""
    if isinstance(reply, list):
        return " ".join(text(part) for part in reply)
    return str(reply)


def texts(reply: Reply) -> tuple[str, ...]:
    """Return an array reply as texts; anything else is empty."""
    return tuple(text(part) for part in reply) if isinstance(reply, list) else ()


def pairs(reply: Reply) -> dict[str, str]:
    """Read a flat array of names and values; nested values become text."""
    if not isinstance(reply, list):
        return {}
    return {text(name): text(value) for name, value in zip(reply[::2], reply[1::2], strict=False)}


def nested_pairs(reply: Reply) -> dict[str, Reply]:
    """Read a flat array of names and values; values stay as they are."""
    if not isinstance(reply, list):
        return {}
    return {text(name): value for name, value in zip(reply[::2], reply[1::2], strict=False)}


def acl_line(name: str, fields: Mapping[str, Reply]) -> str:
    """Return the line of ACL LIST of a user, from what ACL GETUSER says of it before 7.0.

    Source:
        redis 6.2 ``src/acl.c``, ``ACLDescribeUser()`` and ``aclCommand()``.
    """
    flags = [each for each in texts(fields.get("flags", [])) if not each.startswith("all")]
    hashes = [f"#{each}" for each in texts(fields.get("passwords", []))]
    keys = [f"~{each}" for each in texts(fields.get("keys", []))]
    channels = [f"&{each}" for each in texts(fields.get("channels", []))]
    if "channels" in fields and channels != ["&*"]:
        channels.insert(0, "resetchannels")
    return " ".join(["user", name, *flags, *hashes, *keys, *channels, text(fields.get("commands", ""))])


def info_fields(document: str) -> dict[str, str]:
    """Read the ``name:value`` lines of INFO; section titles are left out."""
    fields = (line.partition(":") for line in document.splitlines() if not line.startswith("#"))
    return {name: value for name, colon, value in fields if colon}


def command_calls(fields: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Read the calls per command of INFO commandstats: ``cmdstat_get:calls=3,usec=…``."""
    calls = {}
    for name, value in fields:
        command = name.removeprefix("cmdstat_")
        count = number(attributes(value, ",").get("calls"))
        if command != name and count is not None:
            calls[command] = count
    return calls


def attributes(line: str, separator: str = " ") -> dict[str, str]:
    """Read ``name=value`` words such as CLIENT LIST and INFO keyspace give them."""
    words = (word.partition("=") for word in line.split(separator))
    return {name: value for name, equals, value in words if equals}


def key_count(fields: Iterable[tuple[str, str]]) -> int:
    """Sum the keys of all databases of INFO keyspace."""
    return sum(keys for keys, _ in keyspace(fields).values())
