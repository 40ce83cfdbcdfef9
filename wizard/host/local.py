"""The running machine."""

import errno
import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.errors import HostError, NotPermittedError, UnsupportedError
from wizard.host import network, peers, process_files, processes, programs
from wizard.host.accounts import LocalAccounts
from wizard.host.files.os_errors import translate
from wizard.host.files.paths import kernel_path
from wizard.host.files.rooted_writer import TreeFiles
from wizard.host.files.walk import Walker
from wizard.host.hostnames import other_names
from wizard.host.port import Running
from wizard.host.queries import require_query
from wizard.host.reader import Completed, Files, ProcessFacts, ProcessLife
from wizard.host.services import Services
from wizard.host.systemd import Systemd
from wizard.model.network import Connection, Holder, Interface, Listener
from wizard.model.value import replace

STATE = PurePosixPath("/var/lib/redis-wizard")
"""The product's own directory on a host."""

_OUTPUT = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class LocalHost(TreeFiles):
    """This machine, as far as our user may see and change it."""

    def __init__(self) -> None:
        super().__init__(Walker(), LocalAccounts())
        self._services: Services = Systemd(self)

    @property
    def root(self) -> bool:
        """See the port."""
        return os.geteuid() == 0

    @property
    def reopen_arguments(self) -> tuple[str, ...] | None:
        """See the port."""
        return ()

    @property
    def tree(self) -> PurePosixPath | None:
        """See the port: this is the running machine."""
        return None

    @property
    def services(self) -> Services:
        """See the port."""
        return self._services

    @property
    def state(self) -> PurePosixPath:
        """See the port."""
        return STATE

    def name(self) -> str:
        """See the port."""
        return os.uname().nodename.partition(".")[0]

    def names(self) -> tuple[str, ...]:
        """See the port."""
        try:
            hosts = self.read(PurePosixPath("/etc/hosts")).decode(errors="replace")
        except HostError:
            hosts = ""
        return other_names(os.uname().nodename, hosts)

    def kernel_release(self) -> str:
        """See the port."""
        return os.uname().release

    def architecture(self) -> str:
        """See the port."""
        return os.uname().machine

    def processors(self) -> int:
        """See the port."""
        return len(os.sched_getaffinity(0))

    def interfaces(self) -> tuple[Interface, ...]:
        """See the port."""
        return network.interfaces()

    def listeners(self) -> tuple[Listener, ...]:
        """See the port."""
        return network.listeners()

    def processes(self) -> tuple[ProcessFacts, ...]:
        """See the port."""
        return processes.processes()

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        found = peers.life(pid)
        return None if found is None else replace(found, user=self.accounts.user_name(found.user_id))

    def holder(self, pid: int, connection: Connection) -> Holder:
        """See the port."""
        return peers.holder(pid, connection)

    def files_of(self, pid: int) -> Files:
        """See the port."""
        return process_files.files_of(pid)

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """See the port."""
        return process_files.sees_same(self, pid, path)

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port."""
        return programs.find_program(name)

    def query(self, arguments: Sequence[str], *, seconds: float = 10, user: str = "") -> Completed:
        """See the port."""
        require_query(arguments)
        return self.run(arguments, seconds=seconds, user=user)

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """See the port."""
        return programs.run(arguments, seconds=seconds, standard_input=standard_input, user=user)

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> Running:
        """See the port; `output` must not exist yet."""
        with translate(output, "create"), self.walker.open_for_change(output) as place:
            descriptor = os.open(place.name, _OUTPUT, 0o600, dir_fd=place.directory)
        try:
            return programs.launch(arguments, directory=directory, output=descriptor, user=user)
        finally:
            os.close(descriptor)

    def write_kernel(self, key: str, value: str) -> None:
        """See the port."""
        path = kernel_path(key, value)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
            try:
                os.write(descriptor, f"{value}\n".encode())
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise UnsupportedError(f"this kernel has no setting {key} ({path})") from None
        except OSError as error:
            raise _kernel_refusal(error, path, key, value) from error


def _kernel_refusal(error: OSError, path: PurePosixPath, key: str, value: str) -> HostError:
    if error.errno not in _READ_ONLY:
        return HostError(f"the kernel refuses {value!r} for {key}: {os.strerror(error.errno or 0)}")
    if error.errno != errno.EROFS and os.geteuid() != 0:
        return NotPermittedError(path, "write")
    return UnsupportedError(f"{path} is read-only here: set it on the machine that runs this container")
