"""The files of a host as one process sees them: its own mounts, its own rights.

A service's sandbox hides directories, puts others in their place and makes most of them read-only; all
that shows below ``/proc/PID/root``.

Source:
    proc(5), "/proc/pid/root"; path_resolution(7).
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wizard.errors import HostError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus, Space
from wizard.model.value import Value

MAX_LINKS = 40
_ROOT = PurePosixPath("/")
_ACL = "system.posix_acl_access"


class ProcessView:
    """A host's files, seen by a process; without one, by ourselves. What was seen once is remembered."""

    def __init__(self, host: HostReader, pid: int = 0) -> None:
        self._host = host
        self._pid = pid
        self._top = PurePosixPath(f"/proc/{pid}/root") if pid else _ROOT
        self._seen: dict[PurePosixPath, FileStatus] = {}

    def status(self, path: PurePosixPath) -> FileStatus:
        """Return what a path is, following links."""
        return self._look(self.resolved(path))

    def entries(self, path: PurePosixPath) -> frozenset[str]:
        """Names in a directory."""
        return frozenset(self._host.entries(self._at(path)))

    def space(self, path: PurePosixPath) -> Space:
        """Return about the file system that holds a path, or its nearest parent."""
        return self._host.space(self._at(path))

    def sees_same_file(self, path: PurePosixPath) -> bool:
        """Return whether the process sees, by this name, what we see by it: nothing is mounted over it there."""
        return self._host.is_same_file(path, self._at(path)) is True

    def is_cwd_of(self, pid: int, path: PurePosixPath) -> bool | None:
        """Return whether a path is the working directory of another process; ``None`` where that is not seen."""
        return self._host.is_same_file(PurePosixPath(f"/proc/{pid}/cwd"), self._at(path))

    def has_acl(self, path: PurePosixPath) -> bool:
        """Return whether more than the mode decides about a path."""
        try:
            return bool(self.acl(path))
        except HostError:
            return True

    def acl(self, path: PurePosixPath) -> dict[str, bytes]:
        """Return the access control list of a path as its extended attribute, empty without one.

        Raises:
            HostError: it may not be read.
        """
        return {name: data for name, data in self._host.attributes(self._at(path)).items() if name == _ACL}

    def capabilities(self) -> int | None:
        """Give the process's capabilities that count on the whole host, as bits; ``None`` where they cannot be read."""
        try:
            if self._proc("uid_map") != self._host.read(PurePosixPath("/proc/self/uid_map")):
                # In a user namespace of its own (PrivateUsers=) they count for nothing outside.
                return 0
            rows = dict(line.split(":", 1) for line in self._proc("status").decode().splitlines() if ":" in line)
            return int(rows["CapEff"], 16)
        except (HostError, KeyError, ValueError):
            return None

    def _look(self, path: PurePosixPath) -> FileStatus:
        if path not in self._seen:
            self._seen[path] = self._host.status(self._top / path.relative_to(_ROOT))
        return self._seen[path]

    def _proc(self, name: str) -> bytes:
        return self._host.read(PurePosixPath(f"/proc/{self._pid}/{name}"))

    def _at(self, path: PurePosixPath) -> PurePosixPath:
        return self._top / self.resolved(path).relative_to(_ROOT)

    def resolved(self, path: PurePosixPath) -> PurePosixPath:
        """Give a path without links. We follow them ourselves: the kernel would leave the process's tree at the first.

        Raises:
            HostError: they lead in a circle.
        """
        pending, done, links = list(reversed(path.parts[1:])), _ROOT, 0
        while pending:
            part = pending.pop()
            if part == "..":
                done = done.parent
                continue
            found = self._look(done / part)
            if found.kind is not FileKind.LINK:
                done /= part
                continue
            links += 1
            if links > MAX_LINKS:
                raise HostError(f"the links of {path} form a loop")
            target = PurePosixPath(found.target)
            done = _ROOT if target.is_absolute() else done
            pending.extend(reversed(target.parts[1:] if target.is_absolute() else target.parts))
        return done


class Permissions(Value, frozen=True, kw_only=True):
    """Owner and mode of something."""

    owner: str
    group: str
    mode: int


class Credentials(Value, frozen=True, kw_only=True):
    """Who a process is."""

    user: str
    groups: frozenset[str]

    def may(self, rights: Permissions, bits: int) -> bool:
        """Return whether the mode gives these bits of ``rwx``; root needs none."""
        if self.user in {"root", "0"}:
            return True
        shift = 6 if rights.owner == self.user else 3 if rights.group in self.groups else 0
        return rights.mode >> shift & bits == bits


READ, WRITE, SEARCH = 4, 2, 1


class AccessCheck:
    """Judges by modes what a process may do with a path, as it will be once a plan is applied."""

    def __init__(self, view: ProcessView, identity: Credentials, planned: Mapping[PurePosixPath, Permissions]) -> None:
        self._view = view
        self._identity = identity
        self._planned = planned

    def denial(self, path: PurePosixPath, bits: int) -> str:
        """Say what refuses a path to the process, in words that follow its name; empty when nothing is found.

        A path that is absent or has an access control list is not judged.
        """
        for place, wanted in (*((parent, SEARCH) for parent in reversed(path.parents)), (path, bits)):
            rights = self.permissions(place)
            if rights is None:
                return ""
            if not self._identity.may(rights, wanted) and (place in self._planned or not self._view.has_acl(place)):
                word = {SEARCH: "enter", READ: "read"}.get(wanted, "write to")
                return f"{self._identity.user} may not {word} {place} ({rights.owner}:{rights.group} {rights.mode:04o})"
        return ""

    def permissions(self, path: PurePosixPath) -> Permissions | None:
        """Return owner and mode of what a path leads to, as they will be; ``None`` of what is absent."""
        if path in self._planned:
            return self._planned[path]
        status = self._view.status(path)
        if status.kind is FileKind.ABSENT:
            return None
        return Permissions(owner=status.owner, group=status.group, mode=status.mode)


def identity_of(host: HostReader, user: str, group: str, more: tuple[str, ...] = ()) -> Credentials:
    """Return a service account with the groups that it is a member of.

    Args:
        host: Where ``/etc/group`` is read.
        user: Name.
        group: Main group.
        more: Groups that its unit adds.
    """
    return Credentials(user=user, groups=frozenset({group, *more, *_member_of(host, user)}))


def _member_of(host: HostReader, user: str) -> Iterator[str]:
    try:
        text = host.read(PurePosixPath("/etc/group")).decode(errors="replace")
    except HostError:
        return
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if user in rest.rpartition(":")[2].split(","):
            yield name
