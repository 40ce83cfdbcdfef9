"""Whether the server can read its files and write its directories when its unit starts it.

A rehearsal is in a directory of its own, so these are checked separately, as its process sees them. Each
check gives a sentence, or nothing.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.changes.context import PlanContext
from wizard.config import ResolvedFiles
from wizard.errors import HostError
from wizard.formats.redisconf.directives import canonical
from wizard.model.change import Restart, SetDirective
from wizard.model.facts.files import FileKind
from wizard.model.facts.service import Role
from wizard.model.text import number_or
from wizard.model.value import Value
from wizard.planning.kinds import touched
from wizard.rehearsal.config_copy import REWRITTEN
from wizard.rehearsal.process_view import READ, SEARCH, WRITE, AccessCheck, Permissions, ProcessView

_PERSISTENCE = frozenset(
    canonical(name) for name in ("dir", "dbfilename", "appendonly", "appenddirname", "appendfilename", "save")
)
_REWRITES = frozenset({Role.REPLICA, Role.CLUSTER, Role.SENTINEL})
"""They write their own configuration file (redis ``src/config.c``, rewriteConfig)."""
_BIND_LOW = 1 << 10
"""CAP_NET_BIND_SERVICE (linux ``include/uapi/linux/capability.h``)."""


class SandboxChecks(Value, frozen=True, kw_only=True):
    """A planned configuration, and how the server's process will see the host."""

    run: PlanContext
    planned: ResolvedFiles
    view: ProcessView
    access: AccessCheck | None
    """``None`` where the rights of files say nothing."""
    managed: tuple[PurePosixPath, ...] = ()
    """Directories that systemd makes when it starts the unit."""
    unit: str = ""
    """Empty outside a clone of the unit's sandbox."""

    def problems(self) -> tuple[str, ...]:
        """Say what the server could not read, and what it could not write once it starts again."""
        later = (*self._unwritable(), *self._frozen()) if self._opens_places_again() else ()
        return (*self._hidden(), *later)

    def warnings(self) -> tuple[str, ...]:
        """Say what is not as the server would want it, though nothing in the plan depends on it."""
        later = () if self._opens_places_again() else (*self._unwritable(), *self._frozen())
        return (*later, *self._rewrite())

    def _opens_places_again(self) -> bool:
        """Return whether the plan has the server open its places again."""
        return any(
            isinstance(c, Restart) or (isinstance(c, SetDirective) and canonical(c.name) in _PERSISTENCE)
            for c in self.run.plan.changes
        )

    # --- to read -----------------------------------------------------------------------------

    def unreadable(self) -> Iterator[str]:
        """Say what the server may not read: of that it must not get a copy either."""
        for path in self._read():
            if self.access and (refusal := self.access.denial(path, READ)):
                yield f"the server could not read {path}: {refusal}"

    def _hidden(self) -> Iterator[str]:
        host = ProcessView(self.run.host)
        for path in self._read():
            if place := self._out_of_sight(path, host):
                yield f"the sandbox of {self.unit} hides {place}, so the server could not read {path}; move it"
        yield from self.unreadable()

    def _read(self) -> tuple[PurePosixPath, ...]:
        named = [value for name in REWRITTEN if (value := self.planned.value(name)).startswith("/")]
        return tuple(dict.fromkeys((*self.planned.contents, *(PurePosixPath(each) for each in named))))

    def _out_of_sight(self, path: PurePosixPath, host: ProcessView) -> PurePosixPath | None:
        """Return what the sandbox hides on the way to a file that is there or will be."""
        if not self.unit:
            return None
        if not self.run.staged.find(path):
            there = host.status(path).kind is not FileKind.ABSENT
            return path if there and self.view.status(path).kind is FileKind.ABSENT else None
        nearest = next(each for each in path.parents if host.status(each).kind is not FileKind.ABSENT)
        return None if self.view.sees_same_file(nearest) else nearest

    # --- to write ----------------------------------------------------------------------------

    def _unwritable(self) -> Iterator[str]:
        if self._keeps_data():
            yield from self._place("dir", PurePosixPath(self.planned.value("dir")), "it could not save its data")
        log = PurePosixPath(self.planned.value("logfile") or "/")
        exists = self.view.status(log).kind is FileKind.FILE
        yield from self._place("logfile", log if exists else log.parent, "it would not start")
        socket = PurePosixPath(self.planned.value("unixsocket") or "/")
        yield from self._place("unixsocket", socket.parent, "it would not start")
        yield from self._low_ports()

    def _keeps_data(self) -> bool:
        return self.planned.after_start("appendonly") == "yes" or self.planned.after_start("save") != ""

    def _place(self, name: str, place: PurePosixPath, therefore: str) -> Iterator[str]:
        value = self.planned.value(name)
        if not value.startswith("/") or any(place.is_relative_to(each) for each in self.managed):
            return
        status = self.view.status(place)
        if self.view.space(place).read_only:
            where = f"in the sandbox of {self.unit}" if self.unit else "on this host"
            remedy = f"add ReadWritePaths={place} to the unit, or choose another path" if self.unit else "remount it"
            yield f"{place} ({name}) is read-only {where}, so {therefore}; {remedy}"
        elif status.immutable:
            yield f"{place} ({name}) is immutable, so {therefore}; chattr -i {place}"
        elif self.access:
            bits = WRITE if status.kind is FileKind.FILE else WRITE | SEARCH
            if refusal := self.access.denial(place, bits):
                yield f"{name} {value}: {refusal}, so {therefore}"

    def _low_ports(self) -> Iterator[str]:
        """A port below 1024 wants a right that a service may lack; the rehearsal listens on another port."""
        capabilities, first = self.view.capabilities(), self._first_free_port()
        for name in ("port", "tls-port"):
            port = number_or(self.planned.value(name))
            if capabilities is not None and 0 < port < first and not capabilities & _BIND_LOW:
                yield f"the service may not listen on port {port} ({name}), which is below {first}; choose a higher one"

    def _first_free_port(self) -> int:
        try:
            return int(self.run.host.read(PurePosixPath("/proc/sys/net/ipv4/ip_unprivileged_port_start")))
        except (HostError, ValueError):
            return 1024

    def _frozen(self) -> Iterator[str]:
        """The running server may still have its data directory as it was mounted when it was started.

        Source:
            systemd.exec(5): a sandbox is a mount namespace of its own; what is mounted later does not reach it.
            redis ``src/config.c``, ``setConfigDirOption()``: a server works in its data directory, by relative names.
        """
        place = PurePosixPath(self.run.configuration.in_force("dir") or ".")
        if self.run.server.process is None or not place.is_absolute():
            return
        pid = self.run.server.process.pid
        if self.view.is_cwd_of(pid, place) is False:
            yield (
                f"the next start would not find the data of the running server in {place}: a mount hides its "
                "directory since its start; copy the data there "
                "(redis-cli --rdb FILE), restart the server, then try again"
            )
        if not self.unit:
            return
        now = ProcessView(self.run.host, pid).space(place)
        if now.read_only and not self.run.host.space(place).read_only:
            since = f"the running server still sees {place} read-only, as at its start, so it cannot save"
            yield f"{since}; copy its data to safety (redis-cli --rdb FILE), restart it, then try again"

    def _rewrite(self) -> Iterator[str]:
        if self.run.live is None or self.run.live.role not in _REWRITES:
            return
        place = self.planned.main.parent
        refusal = self.access.denial(place, WRITE | SEARCH) if self.access else ""
        if self.view.space(place).read_only or refusal:
            why = refusal or f"{place} is read-only for it"
            yield f"a {self.run.live.role} rewrites its own configuration, but could not do so: {why}"


def planned_permissions(run: PlanContext) -> dict[PurePosixPath, Permissions]:
    """Return owner and mode of everything that the plan makes or changes."""
    made: dict[PurePosixPath, Permissions] = {
        path: Permissions(owner=owner, group=group, mode=mode)
        for path, (owner, group, mode) in touched(run.plan.changes, run.instance).permissions.items()
    }
    return made | {
        file.path: Permissions(owner=file.owner, group=file.group, mode=file.mode) for file in run.staged.files
    }
