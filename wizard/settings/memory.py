"""How much memory the server may use, and what happens when it is full."""

from wizard.settings.measures import number
from wizard.settings.setting import Direction, Range, Setting

ROWS = (
    Setting(
        answer="memory.maxmemory",
        targets=("maxmemory",),
        reason="Without a limit that leaves room for a save, the kernel ends a full server.",
        source="chapter 5.1, sizing formula, with the limits of control groups",
        items=(17,),
        label="maxmemory",
        hint="auto, keep, 4gb or 60%",
        unit="bytes",
        default="0",
        always_written=True,
        stricter=Direction.LOWER,
        measure=number(off=0),
    ),
    Setting(
        answer="memory.purpose",
        reason="What the data is for decides what may be dropped.",
        source="maxmemory-policy, INFO keyspace",
        label="purpose",
        stricter=Direction.NONE,
    ),
    Setting(
        answer="memory.policy",
        targets=("maxmemory-policy",),
        reason="The purpose decides what happens when memory is full.",
        source="chapter 5.2, eviction policies",
        items=(17,),
        label="eviction policy",
        default="noeviction",
        stricter=Direction.NONE,
    ),
    Setting(
        answer="memory.samples",
        targets=("maxmemory-samples",),
        reason="More samples find better keys to drop, and take longer.",
        source="chapter 5.2; the server's default is 5",
        label="eviction samples",
        hint="1 to 64; more is slower",
        range=Range(1, 64),
        default="5",
        stricter=Direction.NONE,
    ),
    Setting(
        answer="memory.system_reserve",
        reason="The system keeps the larger of 1 GiB and 6 %, at most half.",
        source="chapter 5.1",
        label="system reserve",
        hint="auto is max(1 GiB, 6 %)",
        unit="bytes",
        stricter=Direction.HIGHER,
    ),
    Setting(
        answer="memory.copy_on_write_percent",
        reason="Pages that change during a save exist twice.",
        source="chapter 5.1, 15-25 %",
        label="save reserve",
        hint="copy-on-write while saving, 0 to 100",
        unit="%",
        range=Range(0, 100),
        stricter=Direction.HIGHER,
    ),
)
