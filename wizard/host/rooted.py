"""A directory tree that stands for a host, such as an image under construction.

Its links stay inside it, its owners are named by its own ``/etc/passwd``. Nothing runs there.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from wizard.errors import HostError, NotFoundError, UnsafePathError, UnsupportedError
from wizard.host.accounts import FileAccounts
from wizard.host.files.os_errors import translate
from wizard.host.files.paths import kernel_path
from wizard.host.files.rooted_writer import TreeFiles
from wizard.host.files.walk import Walker
from wizard.host.hostnames import other_names
from wizard.host.local import STATE
from wizard.host.port import Running
from wizard.host.programs import SEARCH_PATH
from wizard.host.queries import require_query
from wizard.host.reader import Completed, Files, ProcessFacts, ProcessLife
from wizard.host.rooted_units import TreeServices
from wizard.host.services import Services
from wizard.model.facts.files import FileKind
from wizard.model.network import Connection, Holder, Interface, Listener

_HOSTNAME = PurePosixPath("/etc/hostname")
_HOSTS = PurePosixPath("/etc/hosts")


class RootedHost(TreeFiles):
    """A tree of files in place of a running machine.

    Args:
        directory: What stands for ``/``; it must exist.

    Raises:
        NotFoundError: it does not.
        UnsafePathError: it is not a directory.
    """

    def __init__(self, directory: PurePosixPath) -> None:
        with translate(directory, "look at"):
            base = Path(directory).resolve()
        if not base.exists():
            raise NotFoundError(directory)
        if not base.is_dir():
            raise UnsafePathError(directory, "it is not a directory")
        super().__init__(Walker(PurePosixPath(base)), FileAccounts(self.read))
        self._services: Services = TreeServices(self)

    @property
    def root(self) -> bool:
        """We are root, or the tree is our own."""
        return os.geteuid() in {0, Path(self.walker.base).stat().st_uid}

    @property
    def reopen_arguments(self) -> tuple[str, ...] | None:
        """See the port."""
        return ("--root", str(self.walker.base))

    @property
    def tree(self) -> PurePosixPath | None:
        """See the port."""
        return self.walker.base

    @property
    def services(self) -> Services:
        """See the port."""
        return self._services

    @property
    def state(self) -> PurePosixPath:
        """See the port; a path inside the tree."""
        return STATE

    def name(self) -> str:
        """See the port; from the tree's own ``/etc/hostname``, empty when it has none."""
        return self._text(_HOSTNAME).strip().partition(".")[0]

    def names(self) -> tuple[str, ...]:
        """See the port."""
        name = self._text(_HOSTNAME).strip()
        return other_names(name, self._text(_HOSTS)) if name else ()

    def kernel_release(self) -> str:
        """See the port: no kernel runs here."""
        return ""

    def architecture(self) -> str:
        """See the port; of this machine, which could run the tree's programs."""
        return os.uname().machine

    def processors(self) -> int:
        """One: what the tree will run on is not known."""
        return 1

    def interfaces(self) -> tuple[Interface, ...]:
        """See the port."""
        return ()

    def listeners(self) -> tuple[Listener, ...]:
        """See the port."""
        return ()

    def processes(self) -> tuple[ProcessFacts, ...]:
        """See the port."""
        return ()

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        del pid
        return None

    def holder(self, pid: int, connection: Connection) -> Holder:
        """See the port: no process of a tree holds a connection."""
        del pid, connection
        return Holder.ABSENT

    def files_of(self, pid: int) -> Files:
        """Refuse."""
        raise UnsupportedError(f"process {pid} has no files here: nothing runs in a directory tree")

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """See the port: there is no other reader."""
        del pid, path
        return None

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port; a path inside the tree."""
        if not name or "/" in name:
            return None
        for directory in SEARCH_PATH:
            path = PurePosixPath(directory, name)
            if self._is_program(path):
                return path
        return None

    def query(self, arguments: Sequence[str], *, seconds: float = 10, user: str = "") -> Completed:
        """See the port."""
        require_query(arguments)
        return self.run(arguments, seconds=seconds, user=user)

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """Refuse."""
        del seconds, standard_input, user
        raise UnsupportedError(f"{arguments[0]} is not run: nothing runs in a directory tree")

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> Running:
        """Refuse."""
        del directory, output, user
        raise UnsupportedError(f"{arguments[0]} is not started: nothing runs in a directory tree")

    def write_kernel(self, key: str, value: str) -> None:
        """Refuse."""
        kernel_path(key, value)
        raise UnsupportedError(f"{key} cannot be set now: no kernel runs in a directory tree")

    def _text(self, path: PurePosixPath) -> str:
        try:
            return self.read(path).decode(errors="replace")
        except HostError:
            return ""

    def _is_program(self, path: PurePosixPath) -> bool:
        with translate(path, "look at"):
            status = self.status(path)
        # A link to a program, such as those of Debian's redis-server, is one too.
        return status.kind is FileKind.LINK or (status.kind is FileKind.FILE and bool(status.mode & 0o111))
