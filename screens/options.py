"""The options that the command line gives to the wizard."""

from pathlib import PurePosixPath

from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.answers import Answers
from wizard.model.login import Login
from wizard.model.value import Value


class Options(Value, frozen=True, kw_only=True):
    """What the command line gives to the wizard."""

    host: HostReader
    """The host to look at."""
    acting: Host | None
    """The same, to change it; ``None`` in a dry run."""
    login: Login | None = None
    dry_run: bool = False
    view: bool = False
    answers: Answers | None = None
    config: PurePosixPath | None = None
    instance: str = ""
    secrets_to: PurePosixPath | None = None
