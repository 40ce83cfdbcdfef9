"""The proof that the recovery kit runs on this host: it is run once in each boot before it is relied upon.

Its seal shows that its bytes are right. Whether the interpreter, the kernel and its security modules run
them is seen only in a run.
"""

from contextlib import suppress

from wizard.errors import HostError, ProgramError, UnsupportedError
from wizard.host.local import LocalHost
from wizard.host.port import Host
from wizard.jobs import boot_clock
from wizard.jobs.bundle.location import PROVEN, bases
from wizard.snapshots.store import own_names

CHECK = "check"
"""The command of that run: load everything that a recovery needs, then do nothing."""
_SECONDS = 60.0
"""For a start on a host that is very busy."""


def demand(host: Host, command: tuple[str, ...]) -> None:
    """Run the kit, unless it ran in this boot.

    Raises:
        UnsupportedError: it does not run; the text has its own last words and what to do.
    """
    path = bases(host)[0] / PROVEN
    proven = f"{boot_clock.boot_id()} {' '.join(command)}\n".encode()
    with suppress(HostError):
        if host.read(path) == proven:
            return
    _run(host, command)
    # Without it the kit is run again the next time.
    with suppress(HostError):
        owner, group = own_names(host)
        host.write(path, proven, expected=None, owner=owner, group=group, mode=0o600)


def _run(host: Host, command: tuple[str, ...]) -> None:
    runner = host if host.tree is None else LocalHost()
    try:
        done = runner.run((*command, CHECK), seconds=_SECONDS)
    except ProgramError as error:
        why = str(error)
    else:
        if done.status == 0:
            return
        why = last_line(done.errors) or f"it exited with status {done.status}"
    raise UnsupportedError(
        f"the recovery program {command[-1]} does not run on this host: {why}; "
        f"allow {command[0]} to run it, then try again"
    )


def last_line(text: str) -> str:
    """Return the last line that says something; of a traceback that is the error."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
