"""What a running server claims of itself, and whether this host confirms it.

Any user can start a program named ``redis-server`` with any arguments, and answer INFO at will; so a claimed file
counts only where that user can read it.

Source:
    redis ``src/server.c``, ``genRedisInfoString()``: ``process_id`` is getpid(), ``config_file`` is empty without one.
"""

import stat
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.detect.machine.storage import resolved
from wizard.detect.reader import Reader
from wizard.errors import HostError
from wizard.formats.redisconf.document import Document
from wizard.host.files.paths import followed
from wizard.model.facts.files import FileKind
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Listener
from wizard.model.text import number

NO_FILE = Unreadable(
    what="configuration file",
    why="the server was started without a file; start it with the path of one, so that changes can be saved",
)
UNKNOWN_FILE = Unreadable(
    what="configuration file",
    why="neither a unit nor the command line names it; give a login (--user) to ask the server",
)


def believed(reader: Reader, user: str, path: PurePosixPath) -> bool:
    """Return whether a process of this user can have been started with a file; true where that cannot be seen."""
    try:
        status = reader.host.status(followed(path, reader.read_link_quietly))
    except HostError:
        return True
    if user in {"root", status.owner, status.group} or status.kind is not FileKind.FILE:
        return True
    return bool(status.mode & stat.S_IROTH) or user in _members(reader, status.group)


def _members(reader: Reader, group: str) -> list[str]:
    rows = (line.split(":") for line in reader.lines(PurePosixPath("/etc/group")))
    return next((row[-1].split(",") for row in rows if row[0] == group), [])


def told_file(live: LiveServer | Unreadable) -> PurePosixPath | Unreadable | None:
    """Return the file that a server says it was started with.

    Returns:
        Its path, `NO_FILE` where it says that it has none, ``None`` where it says nothing.
    """
    info: Mapping[str, str] = {} if isinstance(live, Unreadable) else live.info
    if "config_file" not in info:
        return None
    path = info["config_file"]
    return PurePosixPath(path) if path.startswith("/") else NO_FILE


def is_another(reader: Reader, live: LiveServer | Unreadable, pid: int) -> bool:
    """Return whether the server that answered says that it is another process than this one."""
    told = "" if isinstance(live, Unreadable) else live.info.get("process_id", "")
    if number(told) in {None, pid} or not pid:
        return False
    # In a process namespace of its own it has another number there (proc(5), NSpid).
    rows = (line.split() for line in reader.lines(PurePosixPath(f"/proc/{pid}/status")))
    return told not in next((row[1:] for row in rows if row[:1] == ["NSpid:"]), [])


def names_sockets(reader: Reader, path: PurePosixPath, working: PurePosixPath | None, own: Sequence[Listener]) -> bool:
    """Return whether a file names exactly these sockets. That alone proves nothing: any program can listen there."""
    data = reader.read(path)
    if isinstance(data, Unreadable) or not own:
        return False
    document = Document.parse(data)
    wanted = {
        *(str(resolved(text, working)) for text in _last(document, "unixsocket")),
        *(port for name in ("port", "tls-port") for port in _last(document, name) if port != "0"),
    }
    if not document.values("port"):
        wanted.add("6379")
    return wanted == {listener.address if listener.unix else str(listener.port) for listener in own}


def _last(document: Document, name: str) -> tuple[str, ...]:
    values = document.values(name)
    return values[-1][:1] if values else ()
