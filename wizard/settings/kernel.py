"""Kernel settings and the limits of the service's unit."""

from wizard.settings.setting import Direction, Range, Setting

_SOURCE = "chapter 6; the order of sysctl.d(5)"
RESERVED_FILES = 32
"""Files that the server keeps for itself beside its clients (redis ``src/server.h``, CONFIG_MIN_RESERVED_FDS)."""

ROWS = (
    Setting(
        answer="kernel.manage",
        reason="Redis depends on a few settings of the host.",
        source="chapter 6",
        label="kernel settings",
        hint="nothing here ever lowers a limit",
        stricter=Direction.ON,
    ),
    Setting(
        answer="kernel.overcommit_memory",
        targets=("vm.overcommit_memory",),
        reason="A fork for a save must not fail because memory is counted twice.",
        source=_SOURCE,
        items=(20,),
        label="overcommit_memory = 1",
        words=("2", "0", "1"),
        stricter=Direction.LISTED,
    ),
    Setting(
        answer="kernel.huge_pages",
        targets=("thp.enabled", "thp.defrag"),
        reason="With huge pages a save copies 2 MiB for each changed byte: memory and latency rise.",
        source="chapter 6; kernel documentation on transparent huge pages",
        items=(19,),
        label="huge pages off",
        words=("always", "defer", "defer+madvise", "madvise", "never"),
        stricter=Direction.LISTED,
    ),
    Setting(
        answer="kernel.backlog",
        targets=("net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog"),
        reason="Many clients may connect at once.",
        source=_SOURCE,
        label="somaxconn at least",
        range=Range(0, 1 << 20),
        stricter=Direction.HIGHER,
        keeps_stricter=True,
    ),
    Setting(
        answer="kernel.tcp_keepalive",
        targets=("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
        reason="Dead peers are detected in minutes instead of hours.",
        source=_SOURCE,
        label="keepalive 300/30/3",
        unit="s and probes",
        stricter=Direction.LOWER,
        keeps_stricter=True,
    ),
    Setting(
        answer="kernel.swappiness",
        targets=("vm.swappiness",),
        reason="Swapped keys are slow, and in plain text on the disk.",
        source=_SOURCE,
        label="swappiness",
        range=Range(-1, 200),
        stricter=Direction.LOWER,
    ),
    Setting(
        answer="kernel.open_files",
        targets=("LimitNOFILE",),
        reason="Each client and each file of the server needs one; limits.conf does not act on a systemd service.",
        source="chapter 6, corrected: limits.conf is read at login only (pam_limits)",
        label="open file limit",
        range=Range(0, 1 << 30),
        stricter=Direction.HIGHER,
        keeps_stricter=True,
    ),
)
