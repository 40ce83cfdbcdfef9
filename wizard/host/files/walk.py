"""Walking to a path through directory descriptors, so that no user can swap a directory on the way.

Each component is opened from the one before it and never by a link (``O_NOFOLLOW``); a link is
read and followed by ourselves, when only trusted users could have placed it. The same walk serves
``/`` and a directory that stands for it: an absolute link leads to that directory again, and ``..``
never above it.

Source:
    path_resolution(7), open(2) on O_PATH, readlinkat(2) with an empty path.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from wizard.errors import UnsafePathError
from wizard.host.files.os_errors import is_absent
from wizard.host.files.paths import MAX_LINKS, components, entries_are_stable, only_trusted_can_write
from wizard.model.value import Value

_PASS = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
ROOT = PurePosixPath("/")
_PROC = PurePosixPath("/proc")


class OpenedParent(Value, frozen=True, kw_only=True):
    """A name in an open directory. Valid while the walk's context lasts."""

    directory: int
    """Descriptor (O_PATH) of the directory."""
    name: str
    """One component, ``.`` for the directory itself; what it names may be absent."""
    path: PurePosixPath
    """The path without links, as seen from the tree's root; for messages."""
    untrusted: frozenset[int]
    """Owners of untrusted links that were followed on the way; empty when changing."""
    exclusive: bool
    """Only trusted users decide what this name is."""


class Way(Value, frozen=True, kw_only=True):
    """The directories down to one. Valid while the walk's context lasts."""

    steps: tuple[tuple[PurePosixPath, os.stat_result], ...]
    """Path without links, and what it is; outermost first, from the tree's root."""
    directory: int | None
    """Descriptor (O_PATH) of the last, where that is the one asked for; ``None`` where it is absent."""


class _Step(Value, frozen=True):
    descriptor: int
    name: str
    owner: int
    mode: int
    safe: bool
    """Only trusted users could have put this directory here."""


@dataclass(slots=True)
class _Walk:
    """One walk under way."""

    steps: list[_Step]
    trusted: frozenset[int]
    looking: bool
    untrusted: set[int] = field(default_factory=set)
    links: int = 0

    def here(self, *name: str) -> PurePosixPath:
        return PurePosixPath("/" + "/".join((*(step.name for step in self.steps[1:]), *name)))

    def exclusive(self) -> bool:
        top = self.steps[-1]
        return top.safe and only_trusted_can_write(top.owner, top.mode, self.trusted)

    def place(self, name: str) -> OpenedParent:
        path = self.here() if name == "." else self.here(name)
        top = self.steps[-1]
        return OpenedParent(
            directory=top.descriptor,
            name=name,
            path=path,
            untrusted=frozenset(self.untrusted),
            exclusive=self.exclusive(),
        )

    def enter(self, descriptor: int, name: str, found: os.stat_result) -> None:
        top = self.steps[-1]
        kept = entries_are_stable(top.owner, top.mode, self.trusted, child_owner=found.st_uid)
        self.steps.append(_Step(descriptor, name, found.st_uid, found.st_mode, top.safe and kept))

    def leave(self) -> None:
        if len(self.steps) > 1:
            os.close(self.steps.pop().descriptor)

    def back_to_root(self) -> None:
        while len(self.steps) > 1:
            self.leave()

    def close(self) -> None:
        self.back_to_root()
        os.close(self.steps.pop().descriptor)

    def judge_link(self, name: str, owner: int) -> None:
        """Count a link and refuse it where an untrusted user could have placed it.

        Raises:
            UnsafePathError: it may not be followed, or there are too many.
        """
        self.links += 1
        where = self.here(name)
        if self.links > MAX_LINKS:
            raise UnsafePathError(where, "its links form a loop")
        if self.exclusive() and owner in self.trusted:
            return
        if not self.looking:
            raise UnsafePathError(where, "it is a link that a user other than root could have created")
        self.untrusted.add(owner)

    def run(self, path: PurePosixPath, *, follow: bool) -> OpenedParent:
        """Walk to the last component and give its place."""
        pending = list(reversed(components(path)))
        while pending:
            part = pending.pop()
            if part == "..":
                self.leave()
                continue
            if not pending and not follow:
                return self.place(part)
            target = self._step(part, last=not pending)
            if target is None:
                continue
            if target == "":
                return self.place(part)
            pending.extend(reversed([p for p in PurePosixPath(target).parts if not p.startswith("/")]))
            if target.startswith("/"):
                self.back_to_root()
        return self.place(".")

    def _step(self, part: str, *, last: bool) -> str | None:
        """Take one step.

        Returns:
            ``None`` when a directory was entered, the target of a link, or an empty text when the
            last component is there or absent but no link and no directory.
        """
        try:
            descriptor = os.open(part, _PASS, dir_fd=self.steps[-1].descriptor)
        except OSError as error:
            if last and is_absent(error):
                return ""
            raise
        try:
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode) and not last:
                self.enter(os.dup(descriptor), part, found)
                return None
            if stat.S_ISLNK(found.st_mode):
                self.judge_link(part, found.st_uid)
                return os.readlink("", dir_fd=descriptor)
            if last:
                return ""
            raise NotADirectoryError(20, "Not a directory", part)
        finally:
            os.close(descriptor)


class Walker:
    """Finds places below one directory that stands for ``/``."""

    def __init__(self, base: PurePosixPath = ROOT) -> None:
        self.base = base
        """The directory that stands for ``/``."""

    def is_kernel_file(self, path: PurePosixPath) -> bool:
        """Return whether a path lies in the running kernel's /proc.

        Its links (``/proc/PID/root``) mean more than their text says, so the kernel must follow them.
        """
        return self.base == ROOT and path.parts[: len(_PROC.parts)] == _PROC.parts

    @contextmanager
    def open_existing(self, path: PurePosixPath, *, follow: bool) -> Iterator[OpenedParent]:
        """Find a place to look at. Untrusted links are followed, and named in the place.

        Raises:
            OSError: a directory on the way is absent or may not be searched.
            UnsafePathError: not an absolute path, or links that lead in a circle.
        """
        if self.is_kernel_file(path) and path != _PROC:
            descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield OpenedParent(
                    directory=descriptor, name=path.name, path=path, untrusted=frozenset(), exclusive=False
                )
            finally:
                os.close(descriptor)
            return
        with self._walk(path, follow=follow, looking=True) as place:
            yield place

    @contextmanager
    def open_for_change(self, path: PurePosixPath, *, follow: bool = False) -> Iterator[OpenedParent]:
        """Find a place to change. No link is followed that an untrusted user could have placed.

        Raises:
            OSError: as `look`.
            UnsafePathError: an untrusted link is in the way; the text names it.
        """
        with self._walk(path, follow=follow, looking=False) as place:
            yield place

    @contextmanager
    def way(self, directory: PurePosixPath) -> Iterator["Way"]:
        """Return each directory down to a directory, as far as they are there; only root's links and ours are followed.

        Raises:
            OSError: one of them may not be searched.
            UnsafePathError: another user could have placed a link that is in the way.
        """
        base = os.open(self.base, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        top = os.fstat(base)
        trusted = frozenset({0, os.geteuid()})
        walk, complete = _Walk([_Step(base, "/", top.st_uid, top.st_mode, safe=True)], trusted, looking=False), False
        try:
            with suppress(FileNotFoundError, NotADirectoryError):
                # Only what is not the last component is entered.
                walk.run(directory / "entry", follow=False)
                complete = True
            names = [step.name for step in walk.steps[1:]]
            places = (PurePosixPath("/", *names[:count]) for count in range(len(walk.steps)))
            steps = tuple((place, os.fstat(step.descriptor)) for place, step in zip(places, walk.steps, strict=True))
            yield Way(steps=steps, directory=walk.steps[-1].descriptor if complete else None)
        finally:
            walk.close()

    @contextmanager
    def _walk(self, path: PurePosixPath, *, follow: bool, looking: bool) -> Iterator[OpenedParent]:
        descriptor = os.open(self.base, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        base = os.fstat(descriptor)
        # The owner of the root directory decides everything below it anyway.
        trusted = frozenset({0, os.geteuid(), base.st_uid})
        walk = _Walk([_Step(descriptor, "/", base.st_uid, base.st_mode, safe=True)], trusted, looking)
        try:
            yield walk.run(path, follow=follow)
        finally:
            walk.close()
