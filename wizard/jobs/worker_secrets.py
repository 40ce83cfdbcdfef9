"""The secrets of an apply on their way to the worker: one 0600 file in memory, removed with the apply.

It is below ``/run``, so a power cut removes it too. It is never an argument or an environment variable:
every user of the host can read these.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.errors import HostError, InputError, NotFoundError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs.state_directory import runtime_directory
from wizard.model.login import Login
from wizard.model.value import Secret, Value, from_json, to_line
from wizard.snapshots.backups import delete_leftovers
from wizard.snapshots.store import ensure_directory, own_names

_NAME = re.compile(r"\.?(?P<identity>[0-9A-Za-z-]+)\.json(\.rw-[0-9a-f]{12})?")

_TRIES = 5


class WorkerSecrets:
    """What only an apply may know."""

    __slots__ = ("login", "passwords")

    def __init__(self, login: Login | None = None, passwords: Mapping[str, Secret] | None = None) -> None:
        self.login = login
        """For the server as it was."""
        self.passwords = dict(passwords or {})
        """New ones, by user."""


class _File(Value, frozen=True, kw_only=True):
    """How they lie in the file."""

    user: str = ""
    password: str | None = None
    certificate: PurePosixPath | None = None
    key: PurePosixPath | None = None
    authority: PurePosixPath | None = None
    passwords: dict[str, str]

    def __repr__(self) -> str:
        return "_File(***)"


def place(host: HostReader, identity: str) -> PurePosixPath:
    """Return the path of the file."""
    return runtime_directory(host) / "private" / f"{identity}.json"


def identities(host: HostReader) -> frozenset[str]:
    """Name the applies whose secrets lie here, those that were never written to their end among them."""
    found = map(_NAME.fullmatch, host.entries(runtime_directory(host) / "private"))
    return frozenset(name["identity"] for name in found if name)


def store(host: Host, identity: str, secrets: WorkerSecrets) -> None:
    """Write them.

    Raises:
        HostError: the directory cannot be written.
    """
    login = secrets.login
    file = _File(
        user=login.user if login else "",
        password=login.password.reveal() if login and login.password else None,
        certificate=login.certificate if login else None,
        key=login.key if login else None,
        authority=login.authority if login else None,
        passwords={user: password.reveal() for user, password in secrets.passwords.items()},
    )
    path, data = place(host, identity), to_line(file).encode()
    for left in reversed(range(_TRIES)):
        try:
            _write(host, path, data)
        except NotFoundError:
            # The end of the last job may have removed the empty directory at this moment.
            if not left:
                raise
        else:
            return


def _write(host: Host, path: PurePosixPath, data: bytes) -> None:
    # The directory above is passed through by the service account during a rehearsal.
    ensure_directory(host, path.parent.parent, mode=0o711)
    ensure_directory(host, path.parent)
    owner, group = own_names(host)
    host.write(path, data, expected=None, owner=owner, group=group, mode=0o600)


def load(host: HostReader, identity: str) -> WorkerSecrets:
    """Read them; none are there after a reboot or the end of the apply."""
    try:
        file = from_json(_File, host.read(place(host, identity)))
    except (NotFoundError, InputError):
        return WorkerSecrets()
    login = Login(
        file.user,
        Secret(file.password) if file.password is not None else None,
        certificate=file.certificate,
        key=file.key,
        authority=file.authority,
    )
    return WorkerSecrets(login if file.user else None, {user: Secret(text) for user, text in file.passwords.items()})


def delete(host: Host, identity: str) -> None:
    """Remove the file, half written too, and its directories when nothing else is in them."""
    path = place(host, identity)
    host.remove(path)
    delete_leftovers(host, path)
    for directory in (path.parent, path.parent.parent):
        try:
            host.remove(directory)
        except HostError:
            return
