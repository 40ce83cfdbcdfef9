"""The bytes of the files that a plan edits, kept apart from the facts because they may hold secrets."""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath


class FileContents:
    """File contents by path, as they were read. Never printed, never serialised."""

    __slots__ = ("_contents",)

    def __init__(self, contents: Mapping[PurePosixPath, bytes] | None = None) -> None:
        self._contents = dict(contents or {})

    def get(self, path: PurePosixPath) -> bytes | None:
        """Return the bytes of a file, ``None`` when it was absent or not read."""
        return self._contents.get(path)

    def digest(self, path: PurePosixPath) -> str:
        """Return the SHA-256 in hex of a file, empty when it was absent or not read."""
        data = self._contents.get(path)
        return "" if data is None else hashlib.sha256(data).hexdigest()

    def paths(self) -> tuple[PurePosixPath, ...]:
        """All paths that were read, sorted."""
        return tuple(sorted(self._contents))

    def mapping(self) -> Mapping[PurePosixPath, bytes]:
        """All contents, for a parser that follows includes."""
        return dict(self._contents)

    def __repr__(self) -> str:
        return f"Sources({len(self._contents)} files)"
