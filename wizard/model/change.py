"""The kinds of change a plan is made of.

A change is a value: shown, compared, stored, rehearsed. It holds no secret: file edits are
operations on the text that is there (read again when applying, and compared by digest), passwords
are generated when applying and only their users are named here. A new kind is a class here and in `Change`, its pure
half in `wizard.planning.kinds` and its acting half in `wizard.changes.handlers`.
"""

from enum import StrEnum
from pathlib import PurePosixPath

from wizard.model.value import Mode, Value, field, keep_modes


class Effect(StrEnum):
    """When a change takes effect."""

    NOW = "now"
    """As soon as it is written or set; the server needs neither reload nor restart."""
    RELOAD = "reload"
    RESTART = "restart"
    BOOT = "boot"


class Risk(StrEnum):
    """The worst it can do to a client."""

    NONE = "none"
    DISCONNECT = "may-disconnect"
    DENY = "may-deny"
    DATA = "may-lose-data"


class ChangeBase(Value, frozen=True, kw_only=True, tag_field="kind"):
    """What every change says of itself."""

    id: str
    """Unique and stable within a plan, for example ``directive:maxmemory`` or ``user:app``."""
    title: str
    """What changes, at most 60 characters, for a list."""
    before: str
    """Value now, redacted, short; empty when there is none."""
    after: str
    """Value wanted, redacted, short."""
    why: str
    """One sentence."""
    source: str
    """Where the rule comes from."""
    items: tuple[int, ...] = ()
    """Checklist items that it serves."""
    effect: Effect
    survives_reboot: bool = True
    risk: Risk = Risk.NONE
    evidence: str = ""
    """What the risk depends on: who, what was seen."""
    requires_consent: bool = field(default=False, name="demands_word")
    """Keys may be lost by making it: it is made only when the operator accepted that (`Plan.accepted`)."""
    undo: str
    """The inverse in words, or why it cannot be rolled back."""
    needs: tuple[str, ...] = ()
    """Ids of changes that must be made for this one to hold."""


class InstallPackage(ChangeBase, frozen=True, kw_only=True, tag="package"):
    """Install a server package with the distribution's package manager."""

    package: str
    manager: str
    unit: str
    """Unit that it brings."""


class MakeDirectory(ChangeBase, frozen=True, kw_only=True, tag="directory"):
    """Create a directory."""

    path: PurePosixPath
    owner: str
    group: str
    mode: Mode

    def __post_init__(self) -> None:
        keep_modes(self, "mode")


class SetMode(ChangeBase, frozen=True, kw_only=True, tag="mode"):
    """Set owner, group and permission bits of something that exists."""

    path: PurePosixPath
    owner: str
    group: str
    mode: Mode

    def __post_init__(self) -> None:
        keep_modes(self, "mode")


class SetDirective(ChangeBase, frozen=True, kw_only=True, tag="directive"):
    """Set, repeat or remove a directive of the server's configuration, in the file and live."""

    path: PurePosixPath
    """The file whose lines change; the main file where the directive is new."""
    name: str
    values: tuple[tuple[str, ...], ...]
    """Arguments of each line wanted, one tuple a line; empty removes every line of that name."""
    live: str | None = None
    """Value for ``CONFIG SET``, ``None`` where it is not set live (immutable, or live already equal,
    or only the file differs)."""
    all_files: bool = False
    """Also remove lines of this name from the included files, not only from `path`."""


class SetUser(ChangeBase, frozen=True, kw_only=True, tag="user"):
    """Write one line of the ACL file."""

    path: PurePosixPath
    user: str
    rules: str
    """The rules after the name, hashes left out, for example ``on resetchannels ~a:* -@all +get``."""
    password: str
    """``generate`` (generated when applying), ``keep`` (the hashes in the file), ``memory`` (those of the running
    server, which no file has), ``none``."""


class RemoveUser(ChangeBase, frozen=True, kw_only=True, tag="user-removal"):
    """Take one line out of the ACL file."""

    path: PurePosixPath
    user: str


class CertificateRole(StrEnum):
    """What a certificate is for."""

    AUTHORITY = "authority"
    SERVER = "server"
    CLIENT = "client"


class IssueCertificate(ChangeBase, frozen=True, kw_only=True, tag="certificate"):
    """Make a private key and a certificate for it; both are generated when applying."""

    role: CertificateRole
    common_name: str
    names: tuple[str, ...] = ()
    """Subject alternative names: host names and addresses as text."""
    days: int
    key_type: str
    """A `wizard.model.answers.KeyType`."""
    certificate: PurePosixPath
    key: PurePosixPath
    authority: PurePosixPath
    """Certificate of the CA; equal to `certificate` for the authority itself."""
    authority_key: PurePosixPath
    passphrase_file: str = ""
    """For the authority's key; empty leaves it unencrypted."""
    owner: str
    group: str
    key_mode: Mode
    copy_of_authority: PurePosixPath | None = None
    """Where else the CA certificate is written, for the server or client to read."""

    def __post_init__(self) -> None:
        keep_modes(self, "key_mode")


class TrustAuthorities(ChangeBase, frozen=True, kw_only=True, tag="trust"):
    """Write the file of trusted authorities that a server or client reads: one certificate behind the other.

    Also the files of the authority itself, where another one takes over: the plan names its key and holds none.
    """

    path: PurePosixPath
    authorities: tuple[PurePosixPath, ...]
    """Certificates of authorities; one that the plan makes may be among them."""
    owner: str
    group: str
    mode: int = 0o644


class SetKernel(ChangeBase, frozen=True, kw_only=True, tag="kernel"):
    """Set one sysctl, or a huge page knob, live."""

    key: str
    """``vm.overcommit_memory``, ``thp.enabled``, …"""
    value: str


class WriteFile(ChangeBase, frozen=True, kw_only=True, tag="file"):
    """Create or replace a file that is the product's own (sysctl.d, drop-in, unit)."""

    path: PurePosixPath
    content: str
    owner: str = "root"
    group: str = "root"
    mode: Mode = 0o644
    before_digest: str = ""
    """SHA-256 of what is there now; empty when absent."""

    def __post_init__(self) -> None:
        keep_modes(self, "mode")


class EnableUnit(ChangeBase, frozen=True, kw_only=True, tag="enable"):
    """Enable (and start) a unit of the product's own."""

    unit: str


class Restart(ChangeBase, frozen=True, kw_only=True, tag="restart"):
    """Restart (or start) the server's unit, once, after all else."""

    unit: str
    because: tuple[str, ...]
    """Ids of the changes that need it."""


Change = (
    InstallPackage
    | MakeDirectory
    | SetMode
    | SetDirective
    | SetUser
    | RemoveUser
    | IssueCertificate
    | TrustAuthorities
    | SetKernel
    | WriteFile
    | EnableUnit
    | Restart
)
