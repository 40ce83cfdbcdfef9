"""Whether the state directory is root's alone, so that what is in it may be read, and run.

It holds the program that a boot runs, orders, journals and the bytes of files: a user who can write it decides
what root does. Every front end and every process of an apply asks before it trusts any of it.
"""

from pathlib import PurePosixPath

from wizard.errors import ForeignStateError, NotFoundError, NotPermittedError
from wizard.host.local import STATE
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus

RUNTIME = PurePosixPath("/run/redis-wizard")


def runtime_directory(host: HostReader) -> PurePosixPath:
    """Return the directory for what must not outlive the boot; of a tree or sandbox it lies in its state."""
    return RUNTIME if host.state == STATE and host.tree is None else host.state / "run"


def demand_own(host: HostReader) -> None:
    """See that root (or the user that we run as) alone can change the state directory, and all that is in it.

    Where it is absent there is nothing to trust; `demand_own_way` is asked before it is made.

    Raises:
        ForeignStateError: another user can; the text says what to look at, and how to go on.
    """
    if host.status(host.state).kind is not FileKind.ABSENT:
        demand_own_way(host)


def demand_own_way(host: HostReader) -> None:
    """See the same of the directories above too, before the state directory is made.

    Raises:
        ForeignStateError: as `demand_own`.
    """
    for directory in (host.state, runtime_directory(host) / "private"):
        if found := _foreign(host, directory):
            raise ForeignStateError(found.path, _what(found), _remedy(found, directory))


def _foreign(host: HostReader, directory: PurePosixPath) -> FileStatus | None:
    try:
        return host.writable_by_others(directory)
    except (NotFoundError, NotPermittedError):
        # What we may not search we cannot read either.
        return None


def _what(found: FileStatus) -> str:
    if found.kind is FileKind.LINK:
        return "it is a link"
    return f"it belongs to {found.owner}:{found.group} with mode {found.mode:04o}"


def _remedy(found: FileStatus, directory: PurePosixPath) -> str:
    """Return what to do: other users may own files above the directory, but none in it."""
    where = found.path
    if found.kind is FileKind.LINK:
        return f"check which user made it, then remove it: rm {where}"
    if where in directory.parents:
        return f"check that {directory} was not replaced, then run: chown root:root {where}; chmod go-w,-t {where}"
    return f"check {directory} for files of others, then run: chown -R root:root {directory}; chmod -R go= {directory}"
