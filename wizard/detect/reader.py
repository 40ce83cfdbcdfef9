"""Read from a host without ever failing: each file once, each refusal remembered."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeVar

from wizard.errors import HostError, NotFoundError, NotPermittedError, UnsafePathError
from wizard.host.reader import Files, HostReader
from wizard.model.facts.files import FileKind, FileStatus, Space
from wizard.model.facts.unreadable import Unreadable
from wizard.model.sources import FileContents

_T = TypeVar("_T")

NEEDS_ROOT = "permission denied; run as root to read it"


class Reader:
    """A host as detection sees it. Keeps what it read, for one `collect`.

    Args:
        host: The machine.
        files: Its files as one process sees them; by default as we do.
    """

    def __init__(self, host: HostReader, files: Files | None = None) -> None:
        self.host = host
        self.files: Files = files or host
        self._contents: dict[PurePosixPath, bytes | Unreadable] = {}
        self._entries: dict[PurePosixPath, tuple[str, ...]] = {}
        self._kept: set[PurePosixPath] = set()
        self._refused: dict[str, Unreadable] = {}

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes | Unreadable:
        """Return the bytes of a file, or why not. An absent file is `Unreadable` but not noted."""
        if path not in self._contents:
            self._contents[path] = self._attempt(str(path), lambda: self.files.read(path, limit=limit))
        return self._contents[path]

    def read_source(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes | Unreadable:
        """Read a file that a plan may edit: its bytes become part of the sources."""
        self._kept.add(path)
        return self.read(path, limit=limit)

    def text(self, path: PurePosixPath) -> str:
        """Return a file as text without surrounding blanks, empty when it cannot be read."""
        data = self.read(path)
        return "" if isinstance(data, Unreadable) else data.decode(errors="backslashreplace").strip()

    def lines(self, path: PurePosixPath) -> tuple[str, ...]:
        """Return a file as lines, none when it cannot be read."""
        return tuple(self.text(path).splitlines())

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """List a directory, nothing when it is absent or closed to us."""
        if path not in self._entries:
            found = self._attempt(str(path), lambda: self.files.entries(path))
            self._entries[path] = () if isinstance(found, Unreadable) else found
        return self._entries[path]

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus | Unreadable:
        """Return what a path is, or why that cannot be told."""
        return self._attempt(str(path), lambda: self.files.status(path, digest=digest))

    def kind(self, path: PurePosixPath) -> FileKind:
        """Return what a path is; ABSENT also where that cannot be told."""
        status = self.status(path)
        return FileKind.ABSENT if isinstance(status, Unreadable) else status.kind

    def exists(self, path: PurePosixPath) -> bool:
        """Return whether something is at a path, as far as we may see."""
        return self.kind(path) is not FileKind.ABSENT

    def target(self, path: PurePosixPath) -> str:
        """Return where a symbolic link points, as written; empty when it is none."""
        status = self.status(path)
        return "" if isinstance(status, Unreadable) else status.target

    def read_link_quietly(self, path: PurePosixPath) -> str:
        """Return where a symbolic link points, for a question that may well go unanswered: no refusal is noted."""
        try:
            return self.files.status(path).target
        except HostError:
            return ""

    def space(self, path: PurePosixPath) -> Space | Unreadable:
        """Return the room on the file system of a path."""
        return self._attempt(f"file system of {path}", lambda: self.files.space(path))

    def ask(self, what: str, act: Callable[[], _T]) -> _T | Unreadable:
        """Do one thing to the host that may be refused; a refusal is noted."""
        return self._attempt(what, act)

    def note(self, unreadable: Unreadable) -> None:
        """Remember something that could not be read."""
        self._refused.setdefault(unreadable.what, unreadable)

    def unreadable(self) -> tuple[Unreadable, ...]:
        """Everything that exists and could not be read, in the order it was asked for."""
        return tuple(self._refused.values())

    def sources(self) -> FileContents:
        """The bytes of the kept files that could be read."""
        kept = ((path, self._contents.get(path)) for path in self._kept)
        return FileContents({path: data for path, data in kept if isinstance(data, bytes)})

    def _attempt(self, what: str, act: Callable[[], _T]) -> _T | Unreadable:
        try:
            return act()
        except NotFoundError:
            return Unreadable(what=what, why="it does not exist")
        except NotPermittedError:
            refusal = Unreadable(what=what, why=NEEDS_ROOT)
        except UnsafePathError as error:
            refusal = Unreadable(what=what, why=error.why)
        except HostError as error:
            refusal = Unreadable(what=what, why=str(error).replace(f"{what} is ", "it is "))
        self.note(refusal)
        return refusal
