"""The running machine's processes."""

from typing import TYPE_CHECKING

from wizard.host.reader import ProcessFacts

if TYPE_CHECKING:
    import psutil

_COMMAND_BYTES = 15
"""The kernel keeps that much of a command name (proc(5), comm)."""


def processes() -> tuple[ProcessFacts, ...]:
    """List all visible processes by number; one that ends in between is left out."""
    import psutil  # noqa: PLC0415 - heavy, and only these functions need it

    found = []
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                found.append(_facts(process))
        except psutil.Error:
            continue
    return tuple(sorted(found, key=lambda facts: facts.pid))


def process_of(pid: int) -> ProcessFacts | None:
    """Return one process, ``None`` when it has ended."""
    import psutil  # noqa: PLC0415 - heavy, and only these functions need it

    try:
        return _facts(psutil.Process(pid))
    except psutil.Error:
        return None


def _facts(process: "psutil.Process") -> ProcessFacts:
    memory = process.memory_info()
    return ProcessFacts(
        pid=process.pid,
        parent=process.ppid(),
        name=process.name().encode()[:_COMMAND_BYTES].decode(errors="ignore"),
        arguments=tuple(process.cmdline()),
        user=process.username(),
        resident=memory.rss,
        shared=getattr(memory, "shared", 0),
        started=process.create_time(),
    )
