"""Install a server package; it stays when the apply is rolled back."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.changes.handler import CommitPhase, Handler, RollbackPhase, VerifyPhase, one_by_one
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, ProgramError, UnsupportedError, VerifyError
from wizard.host.reader import HostReader
from wizard.model.change import InstallPackage
from wizard.model.snapshot import Snapshot

COMMANDS = {
    "apt": ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends"),
    "dnf": ("dnf", "install", "--assumeyes", "--quiet"),
    "yum": ("yum", "install", "--assumeyes", "--quiet"),
    "zypper": ("zypper", "--non-interactive", "install"),
    "apk": ("apk", "add"),
    "pacman": ("pacman", "--sync", "--noconfirm"),
}
"""How each package manager installs without asking."""

SECONDS = 900
_DPKG = PurePosixPath("/var/lib/dpkg")
_LIMIT = 64 << 20
_STATE = re.compile(rb"^Package: (\S+)\n(?:(?:Essential|Protected): .*\n)*Status: (.+)$", re.MULTILINE)
_HALF = re.compile(r" reinstreq | (half-installed|unpacked|half-configured)$")
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]{0,99}")
_WORDS = 400


def _install(run: ApplyContext, change: InstallPackage) -> None:
    """Install it.

    Raises:
        UnsupportedError: this package manager is not known or not there.
        ProgramError: it refuses; the text has its last words.
    """
    command = COMMANDS.get(change.manager)
    program = run.host.find_program(command[0]) if command else None
    if command is None or program is None or not _NAME.fullmatch(change.package):
        raise UnsupportedError(f"{change.package} cannot be installed here by {change.manager or 'a package manager'}")
    done = run.host.run((str(program), *command[1:], change.package), seconds=SECONDS)
    if done.status:
        raise ProgramError(command[0], done.status, " ".join((done.errors or done.output).split())[-_WORDS:])


def remaining(host: HostReader, snapshot: Snapshot) -> tuple[str, ...]:
    """Say what stays: a package may be in use now, so it is not removed."""
    states = _states(host) if snapshot.packages else None
    there = (name for name in snapshot.packages if states is None or states.get(name, "").endswith(" installed"))
    return tuple(f"the package {name} stays installed" for name in there)


def _interrupted(host: HostReader, snapshot: Snapshot) -> tuple[str, ...]:
    """Say what a package manager that was ended in the middle left half done, and what finishes it.

    Source:
        dpkg(1) on states and flags of packages; its journal in ``updates`` has numbered files, and apt refuses while
        there are any.
    """
    states = _states(host) if snapshot.packages else None
    if states is None:
        return ()
    half = [name for name, state in states.items() if _HALF.search(state)]
    if not half and not any(name.isdecimal() for name in host.entries(_DPKG / "updates")):
        return ()
    what = ", ".join(half) or "a package"
    return (f"dpkg left {what} half installed; run dpkg --configure -a",)


def _states(host: HostReader) -> dict[str, str] | None:
    """Read the states of all packages; ``None`` where dpkg has none."""
    try:
        data = host.read(_DPKG / "status", limit=_LIMIT)
    except HostError:
        return None
    return {name.decode(): state.decode(errors="replace") for name, state in _STATE.findall(data)}


def _verify(run: ApplyContext, changes: Sequence[InstallPackage]) -> Iterator[str]:
    from wizard.detect import collect_facts  # noqa: PLC0415 - a rollback looks at nothing else

    installed = {package.name for package in collect_facts(run.host).facts.packages if package.installed}
    for change in changes:
        if change.package not in installed:
            raise VerifyError(f"{change.package} is not installed, although the package manager reported no error")
        yield f"{change.package} is installed."


def _report(work: RollbackContext) -> None:
    work.messages += remaining(work.host, work.snapshot)
    work.differences += _interrupted(work.host, work.snapshot)


HANDLER: Handler[InstallPackage] = Handler(
    do={CommitPhase.PACKAGES: one_by_one(_install)},
    verify={VerifyPhase.MACHINE: _verify},
    undo={RollbackPhase.REPORT: _report},
    # A package stays; the report says so.
    differences={},
)
