"""The in-memory host's tree of nodes: setting it up, and walking it by the rules of a real one.

What may not live here: the port's methods: `files`.
"""

import itertools
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from wizard.errors import HostError, NotFoundError, NotPermittedError, UnsafePathError
from wizard.host.files.paths import MAX_LINKS, components, entries_are_stable, only_trusted_can_write
from wizard.model.facts.files import FileKind

ACCOUNTS = {"root": 0, "redis": 101, "op": 1000, "nobody": 65534}
"""Users and groups, of the same names and numbers, that a host in memory has unless told otherwise."""

ROOT = PurePosixPath("/")


@lru_cache(maxsize=1 << 16)
def _child(directory: PurePosixPath, name: str) -> PurePosixPath:
    """Give the path of an entry; the same few are asked for again and again, and joining is slow."""
    return directory / name


@dataclass(slots=True)
class Node:
    """One entry of the tree."""

    kind: FileKind
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    data: bytes = b""
    target: str = ""
    immutable: bool = False
    links: int = 1
    attributes: dict[str, bytes] = field(default_factory=dict)


class MemoryTree:
    """Nodes by canonical path, and who we are among them."""

    def __init__(self, *, user: str = "root", accounts: Mapping[str, int] | None = None) -> None:
        self.user = user
        """Who we are: ``root`` may do everything, others what the modes allow them."""
        self.users = dict(ACCOUNTS if accounts is None else accounts)
        self.groups = dict(self.users)
        self.nodes = {ROOT: Node(FileKind.DIRECTORY, mode=0o755)}
        """Everything there is, by canonical path."""

    def put(
        self, path: PurePosixPath, data: bytes, *, owner: str = "root", group: str = "root", mode: int = 0o644
    ) -> Node:
        """Place a file, with its directories, whatever was there; give its node for further settings."""
        self.put_directory(path.parent)
        self.nodes[path] = Node(FileKind.FILE, owner, group, mode, data)
        return self.nodes[path]

    def put_directory(
        self, path: PurePosixPath, *, owner: str = "root", group: str = "root", mode: int = 0o755
    ) -> Node:
        """Place a directory and those above it; an existing one stays as it is."""
        for parent in reversed(path.parents):
            self.nodes.setdefault(parent, Node(FileKind.DIRECTORY, mode=0o755))
        return self.nodes.setdefault(path, Node(FileKind.DIRECTORY, owner, group, mode))

    def put_link(self, path: PurePosixPath, target: str, *, owner: str = "root") -> Node:
        """Place a symbolic link."""
        self.put_directory(path.parent)
        self.nodes[path] = Node(FileKind.LINK, owner, owner, 0o777, target=target)
        return self.nodes[path]

    def _names_in(self, directory: PurePosixPath) -> Iterator[str]:
        """Give the names in a directory, by text: paths of Python 3.11 are slow to split and compare."""
        prefix = "/" if directory == ROOT else f"{directory}/"
        start = len(prefix)
        for path in self.nodes:
            text = str(path)
            if text.startswith(prefix) and len(text) > start and "/" not in text[start:]:
                yield text[start:]

    def _resolve(self, path: PurePosixPath, *, follow: bool, untrusted: set[str] | None) -> PurePosixPath:
        """Give the canonical path, whose last name may be absent.

        Args:
            path: Where to.
            follow: Also follow a link as the last name.
            untrusted: Collects the owners of links that cannot be trusted; ``None`` refuses them.
        """
        pending = list(reversed(components(path)))
        here, links = ROOT, 0
        while pending:
            part = pending.pop()
            directory = self._directory(here, path)
            if part == "..":
                here = here.parent
                continue
            child = _child(here, part)
            node = self.nodes.get(child)
            if node is None or node.kind is not FileKind.LINK or not (pending or follow):
                here = child
                continue
            links += 1
            if links > MAX_LINKS:
                raise UnsafePathError(path, "its links form a loop")
            self._judge_link(here, directory, part, untrusted)
            target = PurePosixPath(node.target)
            pending.extend(reversed([p for p in target.parts if p != target.anchor]))
            here = ROOT if target.is_absolute() else here
        return here

    def _directory(self, here: PurePosixPath, path: PurePosixPath) -> Node:
        """Give a directory on the way to `path` that we may pass."""
        directory = self.nodes.get(here)
        if directory is None or directory.kind is not FileKind.DIRECTORY:
            raise NotFoundError(path)
        if not self._allowed(directory, stat.S_IXOTH):
            raise NotPermittedError(path)
        return directory

    def _judge_link(self, where: PurePosixPath, holder: Node, name: str, untrusted: set[str] | None) -> None:
        node = self.nodes[where / name]
        trusted = self._trusted()
        if (
            self._safe_way(where)
            and only_trusted_can_write(self._uid(holder), holder.mode, trusted)
            and self._uid(node) in trusted
        ):
            return
        if untrusted is None:
            raise UnsafePathError(where / name, "it is a link that a user other than root could have created")
        untrusted.add(node.owner)

    def _safe_way(self, path: PurePosixPath) -> bool:
        """Tell whether only trusted users decide what each directory down to `path` is."""
        way = [*reversed(path.parents), path]
        trusted = self._trusted()
        for parent, child in itertools.pairwise(way):
            holder, node = self.nodes[parent], self.nodes.get(child)
            if node is None:
                continue
            if not entries_are_stable(self._uid(holder), holder.mode, trusted, child_owner=self._uid(node)):
                return False
        return True

    def _trusted(self) -> frozenset[int]:
        return frozenset({0, self.users.get(self.user, 0)})

    def _uid(self, node: Node) -> int:
        return int(node.owner) if node.owner.isdecimal() else self.users.get(node.owner, -1)

    def _allowed(self, node: Node, bit: int) -> bool:
        """Tell whether we have a permission; `bit` is the one of others."""
        return self.user == "root" or bool(node.mode & (bit << 6 if node.owner == self.user else bit))

    def _name(self, text: str, known: Mapping[str, int]) -> str:
        if text in known:
            return text
        if not text.isdecimal():
            raise HostError(f"there is no user or group named {text!r} on this host; create it first")
        return next((name for name, number in known.items() if number == int(text)), text)
