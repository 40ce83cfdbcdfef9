"""What is known of files: kind, owner, mode, who can write them, and the space that is left."""

from enum import StrEnum
from pathlib import PurePosixPath

from wizard.model.value import Memory, Mode, Value, field, keep_modes


class FileKind(StrEnum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    SOCKET = "socket"
    OTHER = "other"
    ABSENT = "absent"


class FileStatus(Value, frozen=True, kw_only=True):
    """What a path is and who may do what with it; links are not followed."""

    path: PurePosixPath
    kind: FileKind
    owner: str = ""
    """User name, or the number as text when it has no name."""
    group: str = ""
    """Group name, or the number as text."""
    mode: Mode = 0
    """Permission bits, for example ``0o640``, with setuid, setgid and sticky."""
    size: Memory = Memory(0)
    links: int = 1
    """Number of hard links."""
    target: str = ""
    """Where a symbolic link points, as written."""
    immutable: bool = False
    """The file has the immutable attribute (``chattr +i``)."""
    digest: str = ""
    """SHA-256 in hex of a regular file's bytes, where they were read."""
    modified: int = 0
    """When its contents were last written, in seconds since 1970; 0 where that is not known.

    No part of what a file is: two of the same contents, owner and mode are equal.
    """

    def __post_init__(self) -> None:
        keep_modes(self, "mode")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileStatus):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "modified")

    @property
    def absolute_target(self) -> PurePosixPath:
        """Where a symbolic link points, as an absolute path; ``..`` is taken literally off the path."""
        parts: list[str] = []
        for part in (self.path.parent / self.target).parts[1:]:
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        return PurePosixPath("/", *parts)


class PlaceWriters(Value, frozen=True, kw_only=True):
    """Who, besides root, can write a file that a server reads, or a directory above it."""

    status: FileStatus
    users: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By group: the accounts that are known to be in it."""
    everybody: bool = False
    readers: tuple[str, ...] = ()
    """Whom an access control list lets read the file or enter the directory, besides its mode: ``user op``,
    ``group dba``."""
    holds: tuple[PurePosixPath, ...] = ()
    """The files that they can replace by it, as the configuration names them."""


class Space(Value, frozen=True, kw_only=True):
    """The file system that holds a directory."""

    path: PurePosixPath
    free: Memory
    """Bytes free for the service (not the blocks reserved for root)."""
    total: Memory
    filesystem: str
    """Type, for example ``ext4``; empty when unknown."""
    read_only: bool
