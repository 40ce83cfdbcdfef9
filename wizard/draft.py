"""Answers of a wizard that was left before an apply; they hold no secret."""

from pathlib import PurePosixPath

from wizard.errors import InvalidValueError, NotFoundError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs.state_directory import demand_own, demand_own_way
from wizard.model.answers import Draft
from wizard.model.facts import FileKind
from wizard.model.value import from_json, to_json
from wizard.snapshots.store import ensure_directory, own_names

_LONGEST = 1 << 20


def save(host: Host, draft: Draft) -> None:
    """Write the draft, in the place of an older one; raises WizardError."""
    demand_own_way(host)
    ensure_directory(host, host.state)
    owner, group = own_names(host)
    host.write(_path(host), to_json(draft).encode(), expected=None, owner=owner, group=group, mode=0o600)


def load(host: HostReader) -> Draft | None:
    """Return the draft; ``None`` where there is none.

    Raises:
        InvalidValueError: it is a link, another user can read or write it, or it holds no answers.
        WizardError: it cannot be read.
    """
    demand_own(host)
    path = _path(host)
    status = host.status(path)
    if status.kind is FileKind.ABSENT:
        return None
    if (
        status.kind is not FileKind.FILE
        or status.mode & 0o077
        or status.links != 1
        or status.owner != own_names(host)[0]
    ):
        raise InvalidValueError(f"the draft {path} is no file of this program; remove it: rm {path}")
    try:
        draft = from_json(Draft, host.read(path, limit=_LONGEST))
    except NotFoundError:
        return None
    except InvalidValueError:
        raise InvalidValueError(f"the draft {path} is damaged; remove it: rm {path}") from None
    if draft.schema != "redis-wizard/draft" or draft.version != 1:
        raise InvalidValueError(f"the draft {path} is of another version; remove it: rm {path}")
    return draft


def remove(host: Host) -> None:
    """Remove the draft; raises WizardError."""
    host.remove(_path(host))


def _path(host: HostReader) -> PurePosixPath:
    return host.state / "draft.json"
