"""Answers of a wizard that was left before an apply; they hold no secret."""

from pathlib import PurePosixPath

from wizard import state_file
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.answers import Draft


def save(host: Host, draft: Draft) -> None:
    """Write the draft, in the place of an older one; raises WizardError."""
    state_file.save(host, _path(host), draft)


def load(host: HostReader) -> Draft | None:
    """Return the draft; ``None`` where there is none; raises as `state_file.load`."""
    return state_file.load(host, _path(host), Draft)


def remove(host: Host) -> None:
    """Remove the draft; raises WizardError."""
    host.remove(_path(host))


def _path(host: HostReader) -> PurePosixPath:
    return host.state / "draft.json"
