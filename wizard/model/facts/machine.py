"""What the machine is: its system, its memory and who has it, its kernel settings now and after a boot."""

from enum import StrEnum

from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Memory, Value


class Init(StrEnum):
    """What runs as process 1."""

    SYSTEMD = "systemd"
    OTHER = "other"


class OperatingSystem(Value, frozen=True, kw_only=True):
    """Which system this is."""

    id: str
    """``ID`` of os-release, for example ``debian``; empty when unknown."""

    version: str
    """``VERSION_ID`` of os-release; empty when there is none."""

    name: str
    """``PRETTY_NAME`` of os-release."""

    kernel: str
    """Release of the running kernel, ``uname -r``; empty for a directory tree."""

    architecture: str
    """Machine name, ``uname -m``."""

    init: Init
    """What manages services here (``/run/systemd/system`` exists for systemd)."""

    virtualisation: str
    """``none``, or the word of ``systemd-detect-virt``, for example ``kvm`` or ``systemd-nspawn``."""

    container: bool
    """The kernel is shared with another host, so its settings belong to that one."""

    package_manager: str
    """``apt``, ``dnf``, ``apk``, … or empty."""

    security_modules: tuple[str, ...]
    """Active ones of ``apparmor`` and ``selinux``."""


class MemoryLimit(Value, frozen=True, kw_only=True):
    """One ceiling on memory that holds for the Redis service."""

    limit: Memory
    """Bytes."""

    source: str
    """The file or property that sets it, for example ``/sys/fs/cgroup/system.slice/memory.max``."""


class MemoryConsumer(Value, frozen=True, kw_only=True):
    """Memory of one process or group that is not the instance in question."""

    name: str
    """Command name."""

    pid: int
    """Process id, 0 for a sum over many."""

    resident: Memory
    """Bytes of its own; what processes share is a consumer of its own."""


SHARED_MEMORY = "shared memory"
HUGE_PAGES = "reserved huge pages"
"""Consumers that belong to the whole machine, not to a process."""


class MachineMemory(Value, frozen=True, kw_only=True):
    """How much memory there is and who has it."""

    total: Memory | Unreadable
    """``MemTotal``."""

    available: Memory | Unreadable
    """``MemAvailable``."""

    swap: Memory | Unreadable
    """``SwapTotal``."""

    limits: tuple[MemoryLimit, ...] = ()
    """Every cgroup and unit limit on the way to the Redis service; may be empty."""

    others: tuple[MemoryConsumer, ...] = ()
    """Processes that are no Redis or Valkey server, the largest first, the small ones summed; then what is shared."""

    @property
    def taken(self) -> int:
        """Bytes that all others have."""
        return sum(each.resident for each in self.others)

    @property
    def taken_by_processes(self) -> int:
        """Bytes that processes have to themselves: all that can count in a control group beside a server."""
        return sum(each.resident for each in self.others if each.name not in (SHARED_MEMORY, HUGE_PAGES))


class KernelSetting(Value, frozen=True, kw_only=True):
    """One sysctl or transparent huge page knob, now and after the next boot."""

    key: str
    """``vm.overcommit_memory``; for huge pages ``thp.enabled``, ``thp.defrag``, and ``thp.sizes`` where one is on."""

    live: str | Unreadable
    """The value in force; for huge pages the bracketed word."""

    next_boot: str | None
    """The value that a file, unit or the kernel command line will set, ``None`` when nothing does."""

    next_boot_source: str
    """``path:line`` or unit that wins; empty when nothing sets it."""

    overridden: tuple[str, ...] = ()
    """Other places that set it and lose, as ``path:line = value``."""

    writable: bool = True
    """False where the kernel belongs to another host (container) or the file is read-only."""
