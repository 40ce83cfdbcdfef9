"""What an apply was about to leave on the host, recorded before its first change.

With it a rollback separates a file that the apply made from an external change.
"""

from wizard.model.value import Value, field


class ApplyRecord(Value, frozen=True, kw_only=True):
    """The marks of one apply."""

    schema: str = "redis-wizard/footprint"
    version: int = 1
    digests: dict[str, str]
    """SHA-256 of every file that it writes, by path."""
    directories: tuple[str, ...] = ()
    """Directories that it makes."""
    enables: tuple[str, ...] = ()
    """Units that it enables and starts."""
    restarts: str = ""
    """The unit that it restarts; empty when none."""
    reloads: bool = False
    """It writes unit files, so their definitions are read again."""
    append_only: bool = False
    """It switches the append-only file on."""
    had_stale_aof: bool = field(default=False, name="stale")
    """Append-only files of an earlier time lie there; they are set aside before it is switched on."""
    sequence: int = 0
    """Its place in the order of all applies and rollbacks of the host."""
    depends_on: tuple[str, ...] = field(default=(), name="rests_on")
    """What it needs of things that several servers share, also where it changes nothing
    (`wizard.planning.dependencies`)."""
    kernel: dict[str, str] = field(default_factory=dict)
    """Live kernel values that it sets: any other value, except the earlier one, is an external change."""
    live: dict[str, str] = field(default_factory=dict)
    """Live values that it sets; once it is made, all of its snapshot's, as it left them. No secret is among them."""
    external_values: dict[str, str] | None = field(default=None, name="met")
    """External changes of live values when its rollback began; ``None``: not read."""
    users_before: str = ""
    """Digest of the users of the running server before it (``ACL LIST``); empty where no login could ask."""
    users_planned: str = ""
    """Digest of the ACL file that it writes; empty where it writes none."""
    users_left: str = ""
    """Digest of the users as it left them; empty when it never came that far."""
    users_met: str = ""
    """Digest of the users when its rollback began; empty: not read."""
    rights: dict[str, str] = field(default_factory=dict)
    """Owner and mode that it sets, by path, as ``0640 root:redis``."""
    reverts: str = field(default="", name="undoes")
    """The snapshot that is restored, when this is of a rollback."""
    on_state: tuple[str, ...] | None = field(default=None, name="on")
    """The applies in force on its server when it began, the oldest first; ``None``: not known."""
    restores_state: tuple[str, ...] | None = field(default=None, name="leads_to")
    """Those in force after it, when this is of a rollback."""
