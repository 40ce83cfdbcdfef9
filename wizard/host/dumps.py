"""Keep the memory of this process, through which passwords and keys pass, out of files and debuggers.

Source:
    core(5) on piped core dumps: a program that collects cores is handed one whatever the limit says. prctl(2),
    PR_SET_DUMPABLE: without it no user but root reads this process's /proc entries, or traces it. A program that we
    start is dumpable again (execve(2)), and inherits the limit.
"""

import resource
from contextlib import suppress

_PR_SET_DUMPABLE = 4


def forbid() -> None:
    """Forbid dumps of this process's memory, for good; called before the first secret is read."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # noqa: PLC0415 - a small Python may lack it

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
