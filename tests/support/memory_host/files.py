"""The file half of the in-memory host: a tree of nodes with owners, modes and links.

It answers as a real file system would, errors included, so a test needs no disk. What may not live
here: processes, services, network: `host`.
"""

import hashlib
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from tests.support.memory_host.tree import ROOT, MemoryTree, Node
from wizard.errors import (
    BusyError,
    ConcurrentChangeError,
    HostError,
    NoSpaceError,
    NotFoundError,
    NotPermittedError,
    UnsafePathError,
    UnsupportedError,
)
from wizard.host.files.paths import only_trusted_can_write, sibling
from wizard.model.facts.files import FileKind, FileStatus, Space
from wizard.model.value import Memory


def digest_of(data: bytes) -> str:
    """SHA-256 in hex, as the port's `expected` wants it."""
    return hashlib.sha256(data).hexdigest()


class MemoryFiles(MemoryTree):
    """Files, directories and links in a dictionary; the file methods of the port."""

    def __init__(
        self,
        files: Mapping[PurePosixPath, bytes] | None = None,
        *,
        user: str = "root",
        accounts: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(user=user, accounts=accounts)
        self.changes: list[str] = []
        """What was changed, in order, as ``write /etc/x``."""
        self.before_change: Callable[[str, PurePosixPath], None] = lambda _what, _path: None
        """Called before each change; a test may raise here to stop at that instant."""
        self.full = False
        """The disk is full: whatever needs a block raises NoSpaceError."""
        self.full_below: set[PurePosixPath] = set()
        """Directories on file systems of their own that are full."""
        self.read_only: set[PurePosixPath] = set()
        """Directories on read-only file systems."""
        self.noexec: set[PurePosixPath] = set()
        """Directories on file systems from which no machine code runs."""
        self.filesystem = Space(
            path=ROOT, free=Memory(10 << 30), total=Memory(20 << 30), filesystem="ext4", read_only=False
        )
        """What `space` answers, with the path that was asked for."""
        self.modified: dict[PurePosixPath, int] = {}
        """When a file was written last, in seconds since 1970, by path; 0 for all others."""
        self._locked: set[PurePosixPath] = set()
        for path, data in (files or {}).items():
            self.put(path, data)

    # --- looking -------------------------------------------------------------------------------

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """See the port."""
        untrusted: set[str] = set()
        where = self._resolve(path, follow=True, untrusted=untrusted)
        node = self._regular(where)
        if not self._allowed(node, stat.S_IROTH):
            raise NotPermittedError(path)
        if untrusted - {node.owner} and not node.mode & stat.S_IROTH:
            raise UnsafePathError(path, f"a link that is not root's leads to {where}, which is not for everybody")
        if len(node.data) > limit:
            raise HostError(f"{path} is longer than {limit} bytes, so it is not read")
        return node.data

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """See the port."""
        try:
            node = self.nodes.get(self._resolve(path, follow=False, untrusted=set()))
        except NotFoundError:
            node = None
        if node is None:
            return FileStatus(path=path, kind=FileKind.ABSENT)
        regular = node.kind is FileKind.FILE
        if digest and regular and not self._allowed(node, stat.S_IROTH):
            raise NotPermittedError(path)
        return FileStatus(
            path=path,
            kind=node.kind,
            owner=node.owner,
            group=node.group,
            mode=node.mode,
            size=Memory(len(node.data)),
            links=node.links,
            target=node.target,
            immutable=node.immutable,
            digest=digest_of(node.data) if digest and regular else "",
            modified=self.modified.get(path, 0),
        )

    def resolve_target(self, path: PurePosixPath) -> PurePosixPath:
        """See the port."""
        return self._resolve(path, follow=True, untrusted=None)

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """See the port."""
        try:
            node = self.nodes.get(self._resolve(path, follow=False, untrusted=set()))
        except NotFoundError:
            return {}
        return dict(node.attributes) if node else {}

    def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
        """See the port."""
        place = ROOT
        for nearest in (path, *path.parents):
            with suppress(NotFoundError):
                place = self._resolve(nearest, follow=True, untrusted=None)
                break
        below = sorted(each for each in self.nodes if place in each.parents) if nearest == path else []
        for each in (*reversed(place.parents), place, *below):
            node = self.nodes.get(each)
            linked = node is not None and node.kind is FileKind.LINK
            if node and (linked or not only_trusted_can_write(self._uid(node), node.mode, self._trusted())):
                return self.status(each)
        return None

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """See the port."""
        try:
            where = self._resolve(path, follow=True, untrusted=set())
        except NotFoundError:
            return ()
        node = self.nodes.get(where)
        if node is None or node.kind is not FileKind.DIRECTORY:
            return ()
        if not self._allowed(node, stat.S_IROTH):
            raise NotPermittedError(path)
        return tuple(sorted(self._names_in(where)))

    def is_same_file(self, path: PurePosixPath, other: PurePosixPath) -> bool | None:
        """See the port."""
        try:
            one, two = (self._resolve(each, follow=True, untrusted=set()) for each in (path, other))
        except NotFoundError:
            return None
        # A test gives one node two names where a process sees the same thing elsewhere.
        return self.nodes[one] is self.nodes[two] if {one, two} <= self.nodes.keys() else None

    def files_of(self, pid: int) -> "MemoryFiles":
        """See the port; a test puts them below ``/proc/PID/root``."""
        top = PurePosixPath(f"/proc/{pid}/root")
        if top not in self.nodes:
            raise NotFoundError(top)
        inside = MemoryFiles(user=self.user, accounts=self.users)
        below = (path for path in self.nodes if path.is_relative_to(top))
        inside.nodes = {ROOT / path.relative_to(top): self.nodes[path] for path in below}
        inside.filesystem = self.filesystem
        return inside

    def sees_same(self, pid: int, path: PurePosixPath) -> bool | None:
        """See the port."""
        try:
            inside = self.files_of(pid)
        except NotFoundError:
            return None
        ours, its = self.node_at(path), inside.node_at(path)
        return None if ours is None and its is None else ours is its

    def node_at(self, path: PurePosixPath) -> Node | None:
        """Give what a path leads to, ``None`` where nothing is."""
        try:
            return self.nodes.get(self._resolve(path, follow=True, untrusted=set()))
        except HostError:
            return None

    def space(self, path: PurePosixPath) -> Space:
        """See the port."""
        known = self.filesystem
        return Space(
            path=path,
            free=Memory(0) if self._has_no_space(path) else known.free,
            total=known.total,
            filesystem=known.filesystem,
            read_only=known.read_only or self._frozen(path),
        )

    def runs_code(self, path: PurePosixPath) -> bool:
        """See the port; an empty file has no code."""
        return bool(self.read(path, limit=1 << 30)) and not any(path.is_relative_to(place) for place in self.noexec)

    def user_exists(self, user: str) -> bool:
        """See the port."""
        return user in self.users

    def group_exists(self, group: str) -> bool:
        """See the port."""
        return group in self.groups

    # --- changing ------------------------------------------------------------------------------

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        where = self._target(path, follow=True)
        old = self.nodes.get(where)
        if old is not None and old.kind is not FileKind.FILE:
            raise UnsafePathError(where, "it is not a regular file")
        self._check_expected(path, old, expected)
        new = Node(FileKind.FILE, *self._give(path, owner, group), mode, data)
        self._needs_space(path)
        if old is not None:
            self._refuse_immutable(where, old)
            new.attributes = dict(old.attributes)
        self._announce("write", path)
        if old is not None:
            old.links -= 1
        self.nodes[where] = new

    def append(self, path: PurePosixPath, data: bytes, *, durable: bool = True) -> None:
        """See the port; what is in memory is as durable as it gets."""
        del durable
        where = self._target(path, follow=False)
        if where not in self.nodes:
            self._place(where, Node(FileKind.FILE, self.user, self.user, 0o600), "create")
        node = self._regular(where)
        self._needs_space(path)
        self._announce("append", path)
        node.data += data

    @contextmanager
    def lock(self, path: PurePosixPath) -> Iterator[None]:
        """See the port."""
        where = self._target(path, follow=False)
        if where in self._locked:
            raise BusyError(f"{path} is locked by another apply or rollback; wait until it finishes")
        if where not in self.nodes:
            self._place(where, Node(FileKind.FILE, self.user, self.user, 0o600), "create")
        self._regular(where)
        self._locked.add(where)
        try:
            yield
        finally:
            self._locked.discard(where)

    def is_locked(self, path: PurePosixPath) -> bool:
        """See the port."""
        try:
            return self._resolve(path, follow=False, untrusted=set()) in self._locked
        except NotFoundError:
            return False

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        where = self._target(path, follow=False)
        self._place(where, Node(FileKind.DIRECTORY, *self._give(path, owner, group), mode), "make")

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        node = self._own_node(path)
        names = self._give(path, owner, group)
        self._announce("set-mode", path)
        node.owner, node.group = names
        node.mode = mode

    def set_attributes(self, path: PurePosixPath, attributes: Mapping[str, bytes]) -> None:
        """See the port."""
        node = self._own_node(path)
        self._announce("set-attributes", path)
        node.attributes = dict(attributes)

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """See the port."""
        source = self._target(path, follow=False)
        target = self._target(to, follow=False)
        if source not in self.nodes:
            raise NotFoundError(path)
        if target in self.nodes:
            raise ConcurrentChangeError(to)
        if source in target.parents:
            raise HostError(f"cannot rename {path}: {to} lies below it")
        self._refuse_immutable(source, self.nodes[source])
        self._announce("rename", path)
        for old in [p for p in self.nodes if p.is_relative_to(source)]:
            self.nodes[target / old.relative_to(source)] = self.nodes.pop(old)

    def hard_link_backup(self, path: PurePosixPath, name: str) -> None:
        """See the port; a second name is the same node."""
        where = self._target(path, follow=True)
        kept = where.with_name(sibling(where, name))
        node = self._readable(where)
        self._refuse_immutable(path, node)
        if kept in self.nodes:
            raise ConcurrentChangeError(kept)
        self._announce("keep", path)
        node.links += 1
        self.nodes[kept] = node

    def restore_backup(self, path: PurePosixPath, name: str, *, expected: str, owner: str, replaces: str) -> None:
        """See the port."""
        user = self._name(owner, self.users)
        where = self._target(path, follow=True)
        kept = where.with_name(sibling(where, name))
        node, old = self._readable(kept), self.nodes.get(where)
        if node.owner != user:
            raise ConcurrentChangeError(kept)
        self._check_expected(kept, node, expected)
        if old is not None:
            self._refuse_immutable(path, self._regular(where))
        self._check_expected(path, old, replaces)
        self._announce("bring-back", path)
        if old is not None:
            old.links -= 1
        self.nodes[where] = self.nodes.pop(kept)

    def reserve(self, path: PurePosixPath, size: int) -> None:
        """See the port."""
        where = self._target(path, follow=False)
        self._place(where, Node(FileKind.FILE, self.user, self.user, 0o600, bytes(size)), "reserve")

    def link(self, path: PurePosixPath, *, target: str) -> None:
        """See the port."""
        where = self._target(path, follow=False)
        self._place(where, Node(FileKind.LINK, self.user, self.user, 0o777, target=target), "link")

    def remove(self, path: PurePosixPath, *, expected: str | None = None) -> None:
        """See the port."""
        try:
            where = self._target(path, follow=False)
        except NotFoundError:
            return
        node = self.nodes.get(where)
        if node is None:
            return
        occupied = node.kind is FileKind.DIRECTORY and any(self._names_in(where))
        if occupied or (expected is not None and node.kind is not FileKind.FILE):
            raise ConcurrentChangeError(path)
        self._check_expected(path, node, expected)
        self._refuse_immutable(where, node)
        self._announce("remove", path)
        node.links -= 1
        del self.nodes[where]

    def write_kernel_file(self, path: PurePosixPath, value: str) -> None:
        """Write a file below /proc/sys or /sys as the kernel would take it.

        Raises:
            NotPermittedError: we are not root.
            UnsupportedError: there is no such file, or the kernel is another host's.
        """
        node = self.nodes.get(path)
        if node is None:
            raise UnsupportedError(f"this kernel has no {path}")
        if self.user != "root":
            raise NotPermittedError(path, "write")
        if self._frozen(path):
            raise UnsupportedError(f"{path} is read-only here: set it on the machine that runs this container")
        self._announce("kernel", path)
        words = node.data.decode().replace("[", "").replace("]", "").split()
        if path.is_relative_to("/sys") and value not in words:
            raise HostError(f"the kernel refuses {value!r} for {path}")
        choice = " ".join(f"[{word}]" if word == value else word for word in words)
        node.data = f"{choice if path.is_relative_to('/sys') else value}\n".encode()

    # --- inside --------------------------------------------------------------------------------

    def _give(self, path: PurePosixPath, owner: str, group: str) -> tuple[str, str]:
        """Give owner and group by name, once they exist and we may hand things to them."""
        names = self._name(owner, self.users), self._name(group, self.groups)
        if self.user not in {"root", names[0]}:
            raise NotPermittedError(path, "change the owner of")
        return names

    def _target(self, path: PurePosixPath, *, follow: bool) -> PurePosixPath:
        """Resolve a path that is about to change, and check that it may."""
        where = self._resolve(path, follow=follow, untrusted=None)
        holder = self.nodes.get(where.parent)
        if holder is None or holder.kind is not FileKind.DIRECTORY:
            raise NotFoundError(path)
        if not self._allowed(holder, stat.S_IWOTH):
            raise NotPermittedError(path, "change")
        if self._frozen(where):
            raise HostError(f"cannot change {path}: its file system is read-only; mount it writable first")
        return where

    def _announce(self, what: str, path: PurePosixPath) -> None:
        self.before_change(what, path)
        self.changes.append(f"{what} {path}")

    def _frozen(self, path: PurePosixPath) -> bool:
        return any(path.is_relative_to(top) for top in self.read_only)

    def _regular(self, where: PurePosixPath) -> Node:
        node = self.nodes.get(where)
        if node is None:
            raise NotFoundError(where)
        if node.kind is not FileKind.FILE:
            raise UnsafePathError(where, "it is not a regular file")
        return node

    def _readable(self, where: PurePosixPath) -> Node:
        node = self._regular(where)
        if not self._allowed(node, stat.S_IROTH):
            raise NotPermittedError(where)
        return node

    def _own_node(self, path: PurePosixPath) -> Node:
        where = self._target(path, follow=False)
        node = self.nodes.get(where)
        if node is None:
            raise NotFoundError(path)
        if node.kind not in {FileKind.FILE, FileKind.DIRECTORY}:
            raise UnsafePathError(where, "it is not a regular file or directory")
        if node.kind is FileKind.FILE and node.links > 1 and not self._safe_name(where):
            raise UnsafePathError(where, "it has a second name (hard link) that another user could have created")
        self._refuse_immutable(where, node)
        return node

    def _safe_name(self, where: PurePosixPath) -> bool:
        holder = self.nodes[where.parent]
        return self._safe_way(where.parent) and only_trusted_can_write(self._uid(holder), holder.mode, self._trusted())

    def _place(self, where: PurePosixPath, node: Node, what: str) -> None:
        if where in self.nodes:
            raise ConcurrentChangeError(where)
        self._needs_space(where)
        self._announce(what, where)
        self.nodes[where] = node

    def _check_expected(self, path: PurePosixPath, node: Node | None, expected: str | None) -> None:
        found = digest_of(node.data) if node else ""
        if expected is not None and expected != found:
            raise ConcurrentChangeError(path)

    def _refuse_immutable(self, path: PurePosixPath, node: Node) -> None:
        if node.immutable:
            raise HostError(f"{path} has the immutable attribute; remove it with chattr -i and plan again")

    def _needs_space(self, path: PurePosixPath) -> None:
        if self._has_no_space(path):
            raise NoSpaceError(path)

    def _has_no_space(self, path: PurePosixPath) -> bool:
        return self.full or any(path.is_relative_to(top) for top in self.full_below)
