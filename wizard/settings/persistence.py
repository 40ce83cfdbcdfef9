"""What survives a crash, and who can read it."""

from wizard.settings.measures import save_points
from wizard.settings.setting import Direction, Setting

_SOURCE = "chapter 7"

ROWS = (
    Setting(
        answer="persistence.durability",
        targets=("appendonly",),
        reason="Every write is logged, so that a crash loses a second at most.",
        source=_SOURCE,
        items=(21,),
        label="durability",
        default="no",
        stricter=Direction.ON,
    ),
    Setting(
        targets=("appendfsync",),
        reason="The server forces the append-only file to disk this often.",
        source=_SOURCE,
        items=(21,),
        words=("no", "everysec", "always"),
        default="everysec",
        stricter=Direction.LISTED,
    ),
    Setting(
        answer="persistence.snapshots",
        targets=("save",),
        reason="Snapshots serve backups and fast restarts.",
        source=f"{_SOURCE}; lines behind an include replace each other, 6.2 takes one pair a line (measured)",
        items=(21,),
        label="save points (RDB)",
        hint="secs changes, …",
        default="3600 1 300 100 60 10000",
        stricter=Direction.MORE,
        measure=save_points,
    ),
    Setting(
        answer="persistence.tighten_directories",
        reason="Other users of the host read no data, and the service cannot replace root's files.",
        source="measured",
        label="tighten directories",
        hint="data 0750 at most, owned by the service",
        stricter=Direction.ON,
    ),
    Setting(
        answer="persistence.server_writes",
        reason="Files that only root can change are safer; administrators edit them as root.",
        source="measured",
        label="server writes files",
        hint="for CONFIG REWRITE and ACL SAVE (Sentinel)",
        stricter=Direction.OFF,
    ),
)
