"""Private JSON files in the state directory: one document each, 0600, never one of another program."""

from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from wizard.errors import InvalidValueError, NotFoundError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs.state_directory import demand_own, demand_own_way
from wizard.model.facts.files import FileKind
from wizard.model.value import from_json, to_json
from wizard.snapshots.store import ensure_directory, own_names

_LONGEST = 1 << 20
_VERSION = 1


class _Document(Protocol):
    @property
    def schema(self) -> str: ...

    @property
    def version(self) -> int: ...


_T = TypeVar("_T", bound=_Document)


def save(host: Host, path: PurePosixPath, document: _Document) -> None:
    """Write a document, in the place of an older one; raises WizardError."""
    demand_own_way(host)
    ensure_directory(host, host.state)
    owner, group = own_names(host)
    host.write(path, to_json(document).encode(), expected=None, owner=owner, group=group, mode=0o600)


def load(host: HostReader, path: PurePosixPath, kind: type[_T]) -> _T | None:
    """Return a document; ``None`` where there is none. Its schema is ``redis-wizard/`` and the file's name.

    Raises:
        InvalidValueError: it is a link, another user can read or write it, or it holds something else.
        WizardError: it cannot be read.
    """
    demand_own(host)
    status = host.status(path)
    if status.kind is FileKind.ABSENT:
        return None
    if (
        status.kind is not FileKind.FILE
        or status.mode & 0o077
        or status.links != 1
        or status.owner != own_names(host)[0]
    ):
        raise _refused(path, "no file of this program")
    try:
        document = from_json(kind, host.read(path, limit=_LONGEST))
    except NotFoundError:
        return None
    except InvalidValueError:
        raise _refused(path, "damaged") from None
    if (document.schema, document.version) != (f"redis-wizard/{path.stem}", _VERSION):
        raise _refused(path, "of another version")
    return document


def _refused(path: PurePosixPath, why: str) -> InvalidValueError:
    return InvalidValueError(f"the file {path} is {why}; remove it: rm {path}")
