"""The hook that a test host's copy of the product carries: it acts when the journal has a certain length.

``/run/fault.json`` in the host says what to do, to which process (worker or recovery) and after which
record. It is gone when it has acted once, so whoever comes after is left alone.
"""

import json
from dataclasses import dataclass, field

RECORDS = 170
"""As many lines has the journal of an apply at least; chance chooses among them."""

HOOK = r"""

def _inject():
    import json, os, signal, sys, time
    from wizard.jobs import watchdog
    from wizard.host.files.rooted_writer import TreeFiles

    try:
        with open("/run/fault.json") as file:
            fault = json.load(file)
    except OSError:
        return
    for name, value in fault.get("set", {}).items():
        setattr(watchdog, name, value)
    if fault.get("role") not in sys.argv[1:2]:
        return
    plain_append, plain_write = TreeFiles.append, TreeFiles.write
    lines = 0

    def act():
        if fault.get("once", True):
            os.unlink("/run/fault.json")
        with open("/run/fault-hit", "w") as file:
            file.write(str(os.getpid()))
        os.kill(os.getpid(), getattr(signal, fault["signal"]))

    def append(self, path, data, *, durable=True):
        nonlocal lines
        plain_append(self, path, data, durable=durable)
        if path.name == "journal.jsonl":
            for _ in range(data.count(b"\n")):
                lines += 1
                if lines == fault.get("record"):
                    act()
            time.sleep(fault.get("slow", 0))

    def write(self, path, data, **rights):
        time.sleep(fault.get("slow", 0))
        plain_write(self, path, data, **rights)

    TreeFiles.append, TreeFiles.write = append, write
    if fault.get("clock"):
        import datetime as module

        plain, begun = module.datetime, time.monotonic()

        class Jumping(plain):
            @classmethod
            def now(cls, tz=None):
                jumped = time.monotonic() - begun > fault["after"]
                return plain.now(tz) + module.timedelta(seconds=fault["clock"] if jumped else 0)

        for name in (
            "wizard.jobs.journal",
            "wizard.recovery.recover",
            "wizard.apply.worker",
            "wizard.jobs.requests",
            "wizard.rollback.command",
            "wizard.jobs.status",
        ):
            imported = sys.modules.get(name)
            if imported is not None and hasattr(imported, "datetime"):
                imported.datetime = Jumping


_inject()
"""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the hook does."""

    role: str = "worker"
    """``worker`` or ``recover``."""
    record: int = 0
    """After how many lines that this process wrote; 0: after none."""
    signal: str = "SIGKILL"
    """That the process gives itself: SIGKILL ends it, SIGSTOP freezes it."""
    slow: float = 0
    """Seconds that each write takes longer."""
    clock: float = 0
    """Seconds by which the wall clock jumps, as this process sees it."""
    after: float = 0
    """Seconds until it jumps."""
    settings: dict[str, float] = field(default_factory=dict)
    """Constants of `wizard.jobs.watchdog`."""

    def text(self) -> str:
        """Give what stands in the file."""
        rest = {"slow": self.slow, "clock": self.clock, "after": self.after, "set": self.settings}
        return json.dumps({"role": self.role, "record": self.record, "signal": self.signal, **rest})
