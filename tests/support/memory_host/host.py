"""A host in memory, for tests: every fact can be set, every change can be read back.

It keeps the port's whole contract, errors included. What may not live here: any access to the real
machine.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from tests.support.memory_host.files import MemoryFiles
from tests.support.memory_host.services import MemoryServices
from tests.support.memory_host.tree import Node
from wizard.errors import ProgramError
from wizard.host.files.paths import kernel_path
from wizard.host.queries import require_query
from wizard.host.reader import Completed, ProcessFacts, ProcessLife
from wizard.model.facts.files import FileKind
from wizard.model.network import Connection, Holder, Interface, Listener


class MemoryRunning:
    """A program that "runs" in memory until it is ended or told that it ended."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.status: int | None = None
        """Exit status; a test sets it to let the program end."""

    @property
    def pid(self) -> int:
        """See the port."""
        return self._pid

    def poll(self) -> int | None:
        """See the port."""
        return self.status

    def end(self, *, seconds: float = 5) -> None:
        """See the port."""
        del seconds
        if self.status is None:
            self.status = -15


class MemoryHost(MemoryFiles):
    """A machine that exists in memory only.

    Args:
        files: Regular files by absolute path, ``root:root 0644``; their directories are made. `put`,
            `put_directory` and `put_link` place others, `nodes` holds all.
        user: Who we are; anybody but ``root`` has the rights that the modes give.
        accounts: User and group numbers by name; a usual set by default.
        services: The service manager.
    """

    def __init__(
        self,
        files: Mapping[PurePosixPath, bytes] | None = None,
        *,
        user: str = "root",
        accounts: Mapping[str, int] | None = None,
        services: MemoryServices | None = None,
    ) -> None:
        super().__init__(files, user=user, accounts=accounts)
        for path in ("/etc", "/run", "/var/lib"):
            self.put_directory(PurePosixPath(path))
        self.services = services or MemoryServices()
        """The service manager; its units can be set."""
        self.state = PurePosixPath("/var/lib/redis-wizard")
        """The product's own directory."""
        self.reopen_arguments: tuple[str, ...] | None = None
        """See the port: no other process sees this memory."""
        self.tree: PurePosixPath | None = None
        """Set to pretend that this is a directory tree."""
        self.hostname = "memory"
        """What `name` answers."""
        self.other_names: tuple[str, ...] = ()
        """What `names` answers."""
        self.kernel = "6.12.0"
        """What `kernel_release` answers."""
        self.machine = "x86_64"
        """What `architecture` answers."""
        self.processor_count = 2
        """What `processors` answers."""
        self.interface_list: tuple[Interface, ...] = ()
        """What `interfaces` answers."""
        self.listener_list: tuple[Listener, ...] = ()
        """What `listeners` answers."""
        self.process_list: tuple[ProcessFacts, ...] = ()
        """What `processes` answers."""
        self.lives: dict[int, ProcessLife] = {}
        """What `life` answers, by process id."""
        self.connections: dict[Connection, int] = {}
        """Who holds the server's end of a connection, 0 for a pending one; `holder` answers by it."""
        self.programs: dict[str, PurePosixPath] = {}
        """What `find_program` finds, by name."""
        self.results: dict[tuple[str, ...], Completed] = {}
        """What `run` gives, by the whole command line."""
        self.runs: list[tuple[str, ...]] = []
        """Command lines that were run or launched, in order."""
        self.answer: Callable[[tuple[str, ...], bytes, str], Completed | None] = lambda _line, _input, _user: None
        """Asked by `run` for command lines that `results` lacks; ``None``: there is no such program."""
        self.launched: list[MemoryRunning] = []
        """Programs that were launched, in order."""

    @property
    def root(self) -> bool:
        """See the port."""
        return self.user == "root"

    def name(self) -> str:
        """See the port."""
        return self.hostname

    def names(self) -> tuple[str, ...]:
        """See the port."""
        return self.other_names

    def kernel_release(self) -> str:
        """See the port."""
        return self.kernel

    def architecture(self) -> str:
        """See the port."""
        return self.machine

    def processors(self) -> int:
        """See the port."""
        return self.processor_count

    def interfaces(self) -> tuple[Interface, ...]:
        """See the port."""
        return self.interface_list

    def listeners(self) -> tuple[Listener, ...]:
        """See the port."""
        return self.listener_list

    def processes(self) -> tuple[ProcessFacts, ...]:
        """See the port."""
        return self.process_list

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        return self.lives.get(pid)

    def holder(self, pid: int, connection: Connection) -> Holder:
        """See the port."""
        if connection not in self.connections:
            return Holder.ABSENT
        held = self.connections[connection]
        return Holder.PENDING if not held else Holder.PROCESS if held == pid else Holder.OTHER

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port."""
        return self.programs.get(name)

    def query(self, arguments: Sequence[str], *, seconds: float = 10, user: str = "") -> Completed:
        """See the port."""
        require_query(arguments)
        return self.run(arguments, seconds=seconds, user=user)

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """See the port; only what a test has prepared can be run."""
        del seconds
        line = tuple(arguments)
        self.runs.append(line)
        result = self.results.get(line) or self.answer(line, standard_input, user)
        if result is None:
            raise ProgramError(line[0], 127, "there is no such program")
        return result

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> MemoryRunning:
        """See the port; the program does nothing."""
        del directory
        line = tuple(arguments)
        self.runs.append(line)
        if PurePosixPath(line[0]) not in self.programs.values():
            raise ProgramError(line[0], 127, "there is no such program")
        owner = user or self.user
        self._place(self._target(output, follow=False), Node(FileKind.FILE, owner, owner, 0o600), "create")
        self.launched.append(MemoryRunning(pid=5000 + len(self.launched)))
        return self.launched[-1]

    def write_kernel(self, key: str, value: str) -> None:
        """See the port; the files below /proc/sys and /sys are those of the tree."""
        self.write_kernel_file(kernel_path(key, value), value)
