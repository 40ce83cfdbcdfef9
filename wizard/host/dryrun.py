"""Another host, looked through: everything can be seen, nothing can be changed.

What may not live here: any knowledge of what a change would have done.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import PurePosixPath

from wizard.errors import UnsupportedError
from wizard.host.port import (
    Completed,
    Files,
    Host,
    ProcessFacts,
    ProcessLife,
    Running,
    Services,
    ServiceState,
    TransientUnit,
)
from wizard.model.facts import FileStatus, Space
from wizard.model.network import Connection, Holder, Interface, Listener

_LOOKING: Mapping[str, frozenset[str]] = {
    "systemctl": frozenset(
        {"cat", "is-active", "is-enabled", "is-system-running", "list-unit-files", "list-units", "show"}
    ),
    "systemd-detect-virt": frozenset({"", "--container", "--vm"}),
    "apt-cache": frozenset({"madison", "policy", "show"}),
    "dpkg-query": frozenset({"-W", "--show", "-s"}),
    "rpm": frozenset({"-q"}),
    "getent": frozenset({"group", "hosts", "passwd"}),
}
"""Programs that only look, with the first arguments for which that holds; empty: none at all."""

_VERSION = ({"--version"}, {"-v"})


class DryRunHost:
    """A host whose every change is refused with the words "dry run".

    Args:
        host: The one that is looked at.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._services = DryRunServices(host.services)

    @property
    def root(self) -> bool:
        """See the port."""
        return self._host.root

    @property
    def reopen_arguments(self) -> tuple[str, ...] | None:
        """See the port; nothing is ever done here, so no other process needs to."""
        return None

    @property
    def tree(self) -> PurePosixPath | None:
        """See the port."""
        return self._host.tree

    @property
    def services(self) -> Services:
        """See the port."""
        return self._services

    @property
    def state(self) -> PurePosixPath:
        """See the port."""
        return self._host.state

    def name(self) -> str:
        """See the port."""
        return self._host.name()

    def names(self) -> tuple[str, ...]:
        """See the port."""
        return self._host.names()

    def kernel_release(self) -> str:
        """See the port."""
        return self._host.kernel_release()

    def architecture(self) -> str:
        """See the port."""
        return self._host.architecture()

    def processors(self) -> int:
        """See the port."""
        return self._host.processors()

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """See the port."""
        return self._host.read(path, limit=limit)

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """See the port."""
        return self._host.status(path, digest=digest)

    def resolve_target(self, path: PurePosixPath) -> PurePosixPath:
        """See the port."""
        return self._host.resolve_target(path)

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """See the port."""
        return self._host.attributes(path)

    def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
        """See the port."""
        return self._host.writable_by_others(path)

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """See the port."""
        return self._host.entries(path)

    def is_same_file(self, path: PurePosixPath, other: PurePosixPath) -> bool | None:
        """See the port."""
        return self._host.is_same_file(path, other)

    def files_of(self, pid: int) -> Files:
        """See the port."""
        return self._host.files_of(pid)

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """See the port."""
        return self._host.sees_same(pid, path)

    def space(self, path: PurePosixPath) -> Space:
        """See the port."""
        return self._host.space(path)

    def runs_code(self, path: PurePosixPath) -> bool:
        """See the port."""
        return self._host.runs_code(path)

    def interfaces(self) -> tuple[Interface, ...]:
        """See the port."""
        return self._host.interfaces()

    def listeners(self) -> tuple[Listener, ...]:
        """See the port."""
        return self._host.listeners()

    def processes(self) -> tuple[ProcessFacts, ...]:
        """See the port."""
        return self._host.processes()

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        return self._host.life(pid)

    def holder(self, pid: int, connection: Connection) -> Holder:
        """See the port."""
        return self._host.holder(pid, connection)

    def user_exists(self, user: str) -> bool:
        """See the port."""
        return self._host.user_exists(user)

    def group_exists(self, group: str) -> bool:
        """See the port."""
        return self._host.group_exists(group)

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port."""
        return self._host.find_program(name)

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """Run what only looks, by a fixed list; refuse everything else."""
        if not _only_looks(arguments):
            raise _refused(f"{arguments[0]} is not run")
        return self._host.run(arguments, seconds=seconds, standard_input=standard_input, user=user)

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> Running:
        """Refuse."""
        del directory, output, user
        raise _refused(f"{arguments[0]} is not started")

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """Refuse."""
        del data, expected, owner, group, mode
        raise _refused(f"{path} is not written")

    def append(self, path: PurePosixPath, data: bytes, *, durable: bool = True) -> None:
        """Refuse."""
        del data, durable
        raise _refused(f"{path} is not written")

    def lock(self, path: PurePosixPath) -> AbstractContextManager[None]:
        """Refuse: a lock is a file."""
        raise _refused(f"{path} is not locked")

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """Refuse."""
        del owner, group, mode
        raise _refused(f"{path} is not created")

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """Refuse."""
        del owner, group, mode
        raise _refused(f"the mode of {path} is not changed")

    def set_attributes(self, path: PurePosixPath, attributes: Mapping[str, bytes]) -> None:
        """Refuse."""
        del attributes
        raise _refused(f"the attributes of {path} are not changed")

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """Refuse."""
        del to
        raise _refused(f"{path} is not renamed")

    def hard_link_backup(self, path: PurePosixPath, name: str) -> None:
        """Refuse."""
        del name
        raise _refused(f"{path} gets no second name")

    def restore_backup(self, path: PurePosixPath, name: str, *, expected: str, owner: str, replaces: str) -> None:
        """Refuse."""
        del name, expected, owner, replaces
        raise _refused(f"{path} is not replaced")

    def reserve(self, path: PurePosixPath, size: int) -> None:
        """Refuse."""
        del size
        raise _refused(f"{path} is not created")

    def link(self, path: PurePosixPath, *, target: str) -> None:
        """Refuse."""
        del target
        raise _refused(f"{path} is not created")

    def remove(self, path: PurePosixPath, *, expected: str | None = None) -> None:
        """Refuse."""
        del expected
        raise _refused(f"{path} is not removed")

    def write_kernel(self, key: str, value: str) -> None:
        """Refuse."""
        del value
        raise _refused(f"{key} is not set")


class DryRunServices:
    """A service manager that is only asked.

    Args:
        services: The one that is looked at.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """See the port."""
        return self._services.show(unit, properties)

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """See the port."""
        return self._services.list_units(patterns)

    def reload_definitions(self) -> None:
        """Refuse."""
        raise _refused("unit definitions are not reloaded")

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _refused(f"{unit} is not started")

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _refused(f"{unit} is not stopped")

    def clear_start_limit(self, unit: str) -> None:
        """Refuse."""
        raise _refused(f"failed starts of {unit} are not forgotten")

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _refused(f"{unit} is not restarted")

    def enable(self, unit: str) -> None:
        """Refuse."""
        raise _refused(f"{unit} is not enabled")

    def disable(self, unit: str) -> None:
        """Refuse."""
        raise _refused(f"{unit} is not disabled")

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """Refuse."""
        del seconds
        raise _refused(f"{unit.name} is not started")

    def kill(self, unit: str) -> None:
        """Refuse."""
        raise _refused(f"{unit} is not killed")


def _only_looks(arguments: Sequence[str]) -> bool:
    words = list(arguments[1:])
    if set(words) in _VERSION:
        return True
    known = _LOOKING.get(PurePosixPath(arguments[0]).name)
    return known is not None and (words[0] if words else "") in known


def _refused(what: str) -> UnsupportedError:
    return UnsupportedError(f"dry run: {what}")
