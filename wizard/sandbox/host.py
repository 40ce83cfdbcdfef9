"""A private directory with a server of its own, for trying the product as an ordinary user.

It looks at the real machine, other servers left out, but changes nothing outside its directory; its
service manager knows one server, on loopback and a unix socket inside the directory. Files that a
plan gives to ``root`` or a service account keep their owner and only record those names.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from wizard.errors import UnsupportedError
from wizard.host import network, processes
from wizard.host.accounts import group_number, user_number
from wizard.host.files.os_errors import translate
from wizard.host.files.paths import kernel_path
from wizard.host.files.walk import OpenedParent, Walker
from wizard.host.local import LocalHost
from wizard.host.port import Running
from wizard.host.reader import Completed, ProcessFacts
from wizard.model.facts.files import FileStatus, Space
from wizard.model.network import Listener
from wizard.model.value import replace
from wizard.sandbox import supervisor
from wizard.sandbox.files import SAMPLE_COMMANDS, UNIT, Layout
from wizard.sandbox.furnish import furnish
from wizard.sandbox.services import SandboxServices, SandboxState

_OTHER_SERVERS = ("redis", "valkey", "keydb")
"""How the names of the machine's own servers begin below ``/etc``."""
_SYSTEMD = PurePosixPath("/run/systemd/system")
"""A host booted by systemd has it (sd_booted(3)); no unit of that systemd runs the sandbox's server."""


class SandboxHost(LocalHost):
    """The machine as a sandbox lets it be seen and changed. As a context it closes itself.

    Args:
        directory: Of a sandbox that `create` made.
        temporary: `close` removes it.

    Raises:
        InvalidValueError: there is no sandbox, or its path is too long for a socket.
    """

    def __init__(self, directory: PurePosixPath, *, temporary: bool = False) -> None:
        super().__init__()
        self.layout = Layout(PurePosixPath(Path(directory).resolve()))
        """Where its files are."""
        self.walker = _Confined(self.layout.directory)
        self._sandbox = SandboxServices(self.layout)
        self._sandbox.record()
        self._temporary = temporary

    @classmethod
    def create(cls, directory: PurePosixPath | None = None) -> Self:
        """Make a sandbox with a running server and a few keys, or open the one that is there.

        Args:
            directory: Where; ``None`` makes a temporary directory, which `close` removes.

        Raises:
            UnsafePathError: something else than a sandbox is in it.
            UnsupportedError: there is no server to run.
            InvalidValueError: its path is too long for a socket.
            ProgramError: the server does not start.
        """
        temporary = directory is None
        place = PurePosixPath(tempfile.mkdtemp(prefix="redis-wizard-")) if directory is None else directory
        try:
            return cls._opened(PurePosixPath(Path(place).resolve()), temporary=temporary)
        except BaseException:
            if temporary:
                shutil.rmtree(place, ignore_errors=True)
            raise

    @classmethod
    def _opened(cls, place: PurePosixPath, *, temporary: bool) -> Self:
        layout = Layout(place)
        fresh = not Path(layout.record).exists()
        if fresh:
            furnish(layout)
        sandbox = cls(place, temporary=temporary)
        try:
            sandbox._sandbox.start(UNIT)
            if fresh and (running := sandbox._sandbox.running()):
                supervisor.send_inline(running, *SAMPLE_COMMANDS)
        except BaseException:
            sandbox._sandbox.end()
            raise
        return sandbox

    def close(self) -> None:
        """Stop the server, and remove the directory if it was a temporary one."""
        self._sandbox.end()
        if self._temporary:
            shutil.rmtree(self.layout.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what differs from the machine ---------------------------------------------------------

    @property
    def root(self) -> bool:
        """Every change is permitted here: all files belong to this process's user."""
        return True

    @property
    def reopen_arguments(self) -> tuple[str, ...] | None:
        """See the port."""
        return ("--sandbox-dir", str(self.layout.directory))

    @property
    def services(self) -> SandboxServices:
        """One unit: the sandbox's server."""
        return self._sandbox

    @property
    def state(self) -> PurePosixPath:
        """See the port."""
        return self.layout.state

    def processes(self) -> tuple[ProcessFacts, ...]:
        """Only the sandbox's server."""
        running = self._sandbox.running()
        found = processes.process_of(running.pid) if running else None
        return (found,) if found else ()

    def listeners(self) -> tuple[Listener, ...]:
        """Those of the sandbox's server; of others on this machine only that their ports are taken."""
        running = self._sandbox.running()
        ours = network.listeners_of(running.pid) if running else ()
        own = {(each.address, each.port) for each in ours}
        return (*ours, *(each for each in network.listening_ports() if (each.address, each.port) not in own))

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port; the sandbox's own server counts too."""
        binary = self._sandbox.record().binary
        return binary if name == binary.name else super().find_program(name)

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """See the port; every program runs as ourselves."""
        del user
        return super().run(arguments, seconds=seconds, standard_input=standard_input)

    def launch(
        self, arguments: Sequence[str], *, directory: PurePosixPath, output: PurePosixPath, user: str = ""
    ) -> Running:
        """See the port; every program runs as ourselves."""
        del user
        return super().launch(arguments, directory=directory, output=output)

    def write_kernel(self, key: str, value: str) -> None:
        """Refuse."""
        kernel_path(key, value)
        raise UnsupportedError("a sandbox does not change this machine's kernel")

    def _private(self) -> PurePosixPath:
        """Return the sandbox's directory: it may be in one such as ``/tmp``."""
        return self.layout.directory

    def space(self, path: PurePosixPath) -> Space:
        """See the port; outside the sandbox everything is read-only for us, the kernel's settings among it."""
        space = super().space(path)
        return space if self._is_inside(path) else replace(space, read_only=True)

    # --- owners in name only -------------------------------------------------------------------

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """See the port; with the owners that the path was given to in name."""
        status = super().status(path, digest=digest)
        names = self._sandbox.record().owners.get(self._key(path)) if self._is_inside(path) else None
        return replace(status, owner=names[0], group=names[1]) if names and status.owner else status

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        super().write(path, data, expected=expected, owner=owner, group=group, mode=mode)
        self._remember(path, owner, group, follow=True)

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        super().make_directory(path, owner=owner, group=group, mode=mode)
        self._remember(path, owner, group)

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        super().set_mode(path, owner=owner, group=group, mode=mode)
        self._remember(path, owner, group)

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """See the port."""
        source = self._key(path)
        super().rename(path, to)
        record, target = self._sandbox.record(), self._key(to)
        moved = {
            target + name.removeprefix(source) if f"{name}/".startswith(f"{source}/") else name: names
            for name, names in record.owners.items()
        }
        self._sandbox.remember(replace(record, owners=moved))

    def remove(self, path: PurePosixPath, *, expected: str | None = None) -> None:
        """See the port."""
        super().remove(path, expected=expected)
        self._forget(self._key(path))

    def hard_link_backup(self, path: PurePosixPath, name: str) -> None:
        """See the port; a kept file is still given to whom it was given."""
        super().hard_link_backup(path, name)
        key = self._key(path, follow=True)
        self._hand_on(key, str(PurePosixPath(key).with_name(name)))

    def restore_backup(self, path: PurePosixPath, name: str, *, expected: str, owner: str, replaces: str) -> None:
        """See the port."""
        super().restore_backup(path, name, expected=expected, owner=owner, replaces=replaces)
        key = self._key(path, follow=True)
        kept = str(PurePosixPath(key).with_name(name))
        self._hand_on(kept, key)
        self._forget(kept)

    def _user(self, owner: str) -> int:
        """Check that the name exists, then take ourselves."""
        super()._user(owner)
        return os.geteuid()

    def _group(self, group: str) -> int:
        """Check that the name exists, then take our own group."""
        super()._group(group)
        return os.getegid()

    def _hand_on(self, key: str, to: str) -> None:
        """Let one path have the owner in name that another one has."""
        record = self._sandbox.record()
        owners = {name: names for name, names in record.owners.items() if name != to}
        if key in owners:
            owners[to] = owners[key]
        self._settle(record, owners)

    def _forget(self, key: str) -> None:
        record = self._sandbox.record()
        self._settle(record, {name: names for name, names in record.owners.items() if name != key})

    def _settle(self, record: SandboxState, owners: dict[str, tuple[str, str]]) -> None:
        if owners != record.owners:
            self._sandbox.remember(replace(record, owners=owners))

    def _remember(self, path: PurePosixPath, owner: str, group: str, *, follow: bool = False) -> None:
        names = (
            self.accounts.user_name(user_number(self.accounts, owner)),
            self.accounts.group_name(group_number(self.accounts, group)),
        )
        ours = (self.accounts.user_name(os.geteuid()), self.accounts.group_name(os.getegid()))
        record, key = self._sandbox.record(), self._key(path, follow=follow)
        kept = {name: known for name, known in record.owners.items() if name != key}
        self._settle(record, kept if names == ours else {**kept, key: names})

    def _key(self, path: PurePosixPath, *, follow: bool = False) -> str:
        """Return the path without links, by which the record knows it."""
        with translate(path, "look at"):
            try:
                with self.walker.open_existing(path, follow=follow) as place:
                    return str(place.path)
            except (FileNotFoundError, NotADirectoryError):
                return str(path)

    def _is_inside(self, path: PurePosixPath) -> bool:
        return _is_below(path, self.layout.directory) and ".." not in path.parts


def _is_below(path: PurePosixPath, directory: PurePosixPath) -> bool:
    """Return what `is_relative_to` does, without a path for each: one look asks it some thousand times."""
    return path.parts[: len(directory.parts)] == directory.parts


class _Confined(Walker):
    """A walker that lets nothing be changed outside one directory, and hides other servers' files and systemd."""

    def __init__(self, directory: PurePosixPath) -> None:
        super().__init__()
        self._directory = directory

    @contextmanager
    def open_existing(self, path: PurePosixPath, *, follow: bool) -> Iterator[OpenedParent]:
        """See :class:`Walker`; the machine's own servers and its service manager are not there."""
        other_server = path.parts[1:2] == ("etc",) and path.parts[2:3] and path.parts[2].startswith(_OTHER_SERVERS)
        if other_server or _is_below(path, _SYSTEMD):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        with super().open_existing(path, follow=follow) as place:
            yield place

    @contextmanager
    def open_for_change(self, path: PurePosixPath, *, follow: bool = False) -> Iterator[OpenedParent]:
        """See :class:`Walker`.

        Raises:
            UnsupportedError: the way leads out of the sandbox.
        """
        with super().open_for_change(path, follow=follow) as place:
            if self._directory not in place.path.parents:
                raise UnsupportedError(f"a sandbox changes no file outside {self._directory}, so not {path}")
            yield place
