"""Users and commands."""

from wizard.model.answers import DefaultUser
from wizard.settings.measures import renamed
from wizard.settings.setting import Direction, Setting

ROWS = (
    Setting(
        answer="acl.manage",
        reason="Users with the least rights are the main barrier.",
        source="items 7, 9, 13",
        label="manage users",
        hint="off leaves all users as they are",
        stricter=Direction.ON,
    ),
    Setting(
        answer="acl.default_user",
        reason="A client without a user name gets no access.",
        source="CLIENT LIST; item 8",
        label="default user",
        words=(DefaultUser.KEEP, DefaultUser.OFF),
        stricter=Direction.LISTED,
    ),
    Setting(
        answer="acl.file",
        targets=("aclfile",),
        reason="Users are in a file of their own, which is loaded without a restart.",
        source="chapter 2; the file must name the default user (measured)",
        items=(6, 7, 8),
        label="ACL file",
        hint="auto, or a path",
        default="",
        always_written=True,
        stricter=Direction.ON,
    ),
    Setting(
        targets=("user",),
        reason="Users in the configuration beside an ACL file keep the server from starting.",
        source="measured on Redis 6.2 to 8 and Valkey 8 and 9",
        items=(6,),
        stricter=Direction.NONE,
    ),
    Setting(
        targets=("requirepass",),
        reason="Beside an ACL file requirepass protects nothing: the file alone defines the default user.",
        source="measured on Redis 6.2 to 8 and Valkey 8 and 9",
        items=(6,),
        default="",
        always_written=True,
        stricter=Direction.NONE,
    ),
    Setting(
        targets=("acl-pubsub-default",),
        reason="A new user reaches no channel that its rules do not name.",
        source="redis.conf; the default since 7.0",
        words=("allchannels", "resetchannels"),
        stricter=Direction.LISTED,
    ),
    Setting(
        answer="commands.disable",
        targets=("rename-command",),
        reason="The rules of each user are the barrier, without the hazards of renaming.",
        source="chapter 3, corrected: an append-only file that holds a renamed command keeps the server from starting",
        items=(11, 12),
        label="disabled commands",
        stricter=Direction.MORE,
        measure=renamed,
    ),
    Setting(
        answer="commands.keep_renames",
        reason="A renamed command in an append-only file keeps the server from starting.",
        source="measured",
        label="keep old renames",
        stricter=Direction.NONE,
    ),
    Setting(
        targets=("enable-protected-configs", "enable-debug-command", "enable-module-command"),
        reason="A client that administers the server can neither redirect its files nor run code in it.",
        source="redis.conf; all three are off since 7.0",
        words=("yes", "local", "no"),
        default="no",
        stricter=Direction.LISTED,
    ),
)
