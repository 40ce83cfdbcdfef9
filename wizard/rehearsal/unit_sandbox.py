"""A clone of the sandbox of a server's unit, for the server of a rehearsal.

It has every line of the unit, with the planned drop-ins, that a transient unit accepts.

Source:
    Measured on systemd 252 and 257: a good start takes 0.1 s. Decision 12.
"""

import secrets
from pathlib import PurePosixPath

from wizard.changes.account import account_of
from wizard.changes.context import PlanContext
from wizard.changes.staging import UNIT_DIRECTORY
from wizard.errors import HostError, InvalidValueError, UnsupportedError
from wizard.formats.unitfile import UnitFile, insert_drop_in
from wizard.host.port import Host
from wizard.host.services import TransientUnit
from wizard.jobs.cleanup import NAME
from wizard.model.facts.service import Unit
from wizard.model.value import Value, replace
from wizard.rehearsal import sandbox_settings
from wizard.rehearsal.sandbox_settings import SandboxSettings
from wizard.server.temporary import TemporaryServer

READY_SECONDS = 20.0
"""A rehearsal loads no data, so even a slow machine starts it within these."""
LONGEST_SECONDS = 300
"""Stops a rehearsal whose worker was killed."""
INNER = "d"
"""Directory that the service owns, beside its configuration; systemd removes it with the unit, without the worker."""
_RUN = PurePosixPath("/run")
_MOST_KEYS = 8
"""Lines that systemd refuses to lend are left out one by one, up to so many."""


class UnitSandbox(Value, frozen=True, kw_only=True):
    """A sandbox to start servers in."""

    host: Host
    unit: str
    files: tuple[UnitFile, ...]
    """The unit with its drop-ins, as they will be."""
    settings: SandboxSettings

    @property
    def unsupported_settings(self) -> tuple[str, ...]:
        """Keys of the sandbox that are not cloned."""
        return self.settings.unsupported

    def start(
        self, binary: str, config: PurePosixPath, *, socket: PurePosixPath, output: PurePosixPath
    ) -> tuple[TemporaryServer, "UnitSandbox"]:
        """Start a server and wait until it answers.

        Args:
            binary: Its program.
            config: Its configuration, below /run in a directory that the service may enter; must name `socket`.
            socket: In the directory `INNER` beside it, which the service owns.
            output: A file that exists, empty.

        Returns:
            The server, and the sandbox that it got: without the lines that systemd does not lend.

        Raises:
            RehearsalError: it does not start in this sandbox.
            UnsupportedError: systemd does not lend it.
        """
        clone = self
        while True:
            unit = clone.transient(binary, config, output)
            try:
                server = TemporaryServer.start_in_unit(
                    clone.host, unit, socket=socket, output=output, seconds=READY_SECONDS
                )
            except UnsupportedError as error:
                key = clone.rejected_setting(str(error))
                if not key:
                    raise
                clone = replace(clone, settings=clone.settings.drop(key))
                continue
            return server, clone

    def transient(self, binary: str, config: PurePosixPath, output: PurePosixPath) -> TransientUnit:
        """Describe the unit. It restarts, logs and leaves nothing, and its last word is SIGKILL."""
        notifies = self.settings.notifies
        place = config.parent
        return TransientUnit(
            name=f"{NAME}-{secrets.token_hex(4)}.service",
            description=f"redis-wizard: rehearsal for {self.unit}",
            arguments=(binary, str(config), "--supervised", "systemd" if notifies else "no"),
            kind="notify" if notifies else "exec",
            properties=(
                *self.settings.lines,
                *(("NotifyAccess=main",) if notifies else ()),
                f"TimeoutStartSec={READY_SECONDS:.0f}",
                f"RuntimeMaxSec={LONGEST_SECONDS}",
                "KillSignal=SIGKILL",
                "SuccessExitStatus=SIGKILL",
                "Restart=no",
                f"StandardOutput=append:{output}",
                "StandardError=inherit",
                f"WorkingDirectory={place}",
                f"BindPaths={place}",
                f"ReadWritePaths={place}",
                f"RuntimeDirectory={(place / INNER).relative_to(_RUN)}",
                "RuntimeDirectoryMode=0700",
            ),
        )

    def rejected_setting(self, words: str) -> str:
        """Find in systemd's words the one key that it does not lend."""
        if len(self.settings.unsupported) >= _MOST_KEYS:
            return ""
        said = {word.strip(",:.='\"").partition("=")[0] for word in words.split()}
        return next((key for key in self.settings.settings if key in said), "")

    def read_only(self) -> "UnitSandbox":
        """Lend it without any right to write, for code that is not the server's own."""
        return replace(self, settings=self.settings.read_only())


def unit_files(run: PlanContext) -> tuple[UnitFile, ...]:
    """Read the unit of the server with its drop-ins, as they will be.

    Raises:
        UnsupportedError: there is no unit with a file.
        HostError: a file cannot be read.
    """
    unit = run.server.unit
    if unit is None or unit.fragment is None:
        raise UnsupportedError("no systemd unit with a file runs this server")
    return tuple(UnitFile.parse(_bytes(run, path)) for path in (unit.fragment, *_drop_ins(run, unit)))


def clone_sandbox(run: PlanContext) -> UnitSandbox:
    """Clone the sandbox of the server's unit.

    Raises:
        UnsupportedError: it cannot be cloned; the text says why.
    """
    try:
        files = unit_files(run)
    except UnsupportedError:
        raise
    except HostError as error:
        raise UnsupportedError(str(error)) from None
    unit = run.server.unit.name if run.server.unit else ""
    if profile := _confinement(run):
        raise UnsupportedError(f"the server is confined by {profile}, which allows its usual paths only")
    try:
        settings = sandbox_settings.extract(files, unit)
    except InvalidValueError as error:
        raise UnsupportedError(str(error)) from None
    if not sandbox_settings.account(files, unit):
        # A command of the unit gives its rights away, so the server runs as another user than the unit.
        own = account_of(run.host, run.server)
        settings = settings.with_lines(f"User={own.user}", f"Group={own.group}")
    return UnitSandbox(host=run.host, unit=unit, files=files, settings=settings)


def _drop_ins(run: PlanContext, unit: Unit) -> tuple[PurePosixPath, ...]:
    order = unit.drop_ins
    for file in run.staged.system:
        if file.path.parent == UNIT_DIRECTORY / f"{unit.name}.d" and file.path.suffix == ".conf":
            order = insert_drop_in(order, file.path)
    return order


def _bytes(run: PlanContext, path: PurePosixPath) -> bytes:
    staged = run.staged.find(path)
    return staged.data if staged else run.host.read(path)


def _confinement(run: PlanContext) -> str:
    """Name the AppArmor profile or SELinux domain of the server; empty where nothing confines it.

    Source:
        proc(5), "/proc/pid/attr/current": ``profile (enforce)``, or ``user:role:type:level``.
    """
    modules = run.facts.os.security_modules
    if not modules:
        return ""
    if run.server.process is None:
        return "SELinux" if "selinux" in modules else ""
    try:
        said = run.host.read(PurePosixPath(f"/proc/{run.server.process.pid}/attr/current"))
    except HostError:
        return ""
    label = said.decode(errors="replace").strip("\0\n ")
    domain = label.split(":")[2] if label.count(":") > 1 else label
    free = not domain or domain.startswith("unconfined") or domain.endswith(("(complain)", "(unconfined)"))
    return "" if free else domain
