"""The clock of deadlines: no clock that is set moves one, and none outlives its boot.

It is this machine's, also for a tree or a sandbox.

Source:
    clock_gettime(2) on CLOCK_BOOTTIME; random(4) on boot_id.
"""

import time
from contextlib import suppress
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def now() -> float:
    """Seconds since boot, those asleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return the id of the boot that `now` counts from; empty where the kernel does not show it."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return ""
