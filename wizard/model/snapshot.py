"""What is remembered of a host before a change, so that it can be restored."""

from wizard.model.facts.files import FileStatus
from wizard.model.network import Listener
from wizard.model.value import Value, field


class SavedPath(Value, frozen=True, kw_only=True):
    """One path as it was."""

    status: FileStatus
    """Kind, owner, mode, links, target; kind ABSENT means: remove it again."""
    blob: str
    """SHA-256 of its bytes in the store; empty for anything but a regular file."""
    attributes: dict[str, str]
    """Extended attributes (POSIX ACLs among them), values in base64."""
    twins: tuple[str, ...] = ()
    """Names in the same directory that belong to the same file (hard links)."""


class SavedUnit(Value, frozen=True, kw_only=True):
    """One unit as it was."""

    name: str
    active: str
    enabled: str


class Snapshot(Value, frozen=True, kw_only=True):
    """The manifest of a snapshot; the file bytes lie in the store by their digest."""

    schema: str = "redis-wizard/snapshot"
    version: int = 1
    id: str
    taken_at: str
    """ISO 8601, UTC."""
    host: str
    machine: str
    """Contents of ``/etc/machine-id`` hashed, so that a snapshot of another host is recognised."""
    instance: str
    what: str
    """One line: what was about to be done, for example ``12 changes, 1 restart``."""
    by: str
    """User name of the operator (``SUDO_USER`` is trusted as a name only), for the list."""
    paths: tuple[SavedPath, ...]
    kernel: dict[str, str]
    """Live sysctls and huge page knobs by key."""
    directives: dict[str, str]
    """Live values of the directives that the plan sets or a restart makes the server forget; no secret ones."""
    watched: tuple[str, ...] = ()
    """Names of these directives, also where no login could read their values."""
    secrets: tuple[str, ...] = ()
    """Names of directives with a password that was set live; only an operator who knows it could set it again."""
    units: tuple[SavedUnit, ...]
    packages: tuple[str, ...] = ()
    """Packages that the plan is about to install."""
    keys: int = -1
    """Keys in all databases, -1 when it could not be read."""
    append_only: bool = False
    """The append-only file was on, live."""
    ways: tuple[FileStatus, ...] = ()
    """Directories and links above these paths: what is there instead later was planted."""
    listeners: tuple[Listener, ...] = ()
    """Sockets on which the server's own process accepted connections."""
    served: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the certificate that a TLS client was shown, by ``address:port``."""
    users: tuple[str, ...] = ()
    """``ACL LIST`` of the running server with fingerprints for hashes; empty where it could not be read."""
    kept: bool = False
    """The operator keeps it: it is never pruned."""
    state: str = "open"
    """``open`` (an apply is or was running), ``applied``, ``rolled-back``, ``undo`` (taken by a rollback)."""


class DamagedSnapshot(Value, frozen=True, kw_only=True):
    """One that is in the store and cannot be restored here."""

    id: str
    why: str
    """One sentence."""
