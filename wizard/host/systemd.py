"""The service manager of a host that systemd runs, by its own ``systemctl`` and ``systemd-run``.

Source:
    systemctl(1); sd_booted(3): the directory /run/systemd/system exists.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Protocol

from wizard.errors import BusyError, InvalidValueError, ProgramError, UnsupportedError
from wizard.host.reader import Completed
from wizard.host.services import ServiceState, TransientUnit
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.text import number_or

_BOOTED = PurePosixPath("/run/systemd/system")
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", re.ASCII)
_SERVICE = re.compile(rf"{_UNIT.pattern}\.service", re.ASCII)
_PATTERN = re.compile(r"[A-Za-z0-9:_.\\@*?\[\]!-]{1,255}", re.ASCII)
_PROPERTY = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)
_STATE = ("Id", "LoadState", "ActiveState", "UnitFileState", "MainPID")
_LOOK_SECONDS = 10.0
_RELOAD_SECONDS = 60.0
_TABLE = ("--no-legend", "--no-pager", "--full", "--plain")
_UNKNOWN = {"", "not-found", "stub"}


class Programs(Protocol):
    """The part of a host that `Systemd` needs."""

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """See the port."""
        ...

    def find_program(self, name: str) -> PurePosixPath | None:
        """See the port."""
        ...

    def run(
        self, arguments: Sequence[str], *, seconds: float = 10, standard_input: bytes = b"", user: str = ""
    ) -> Completed:
        """See the port."""
        ...


class Systemd:
    """systemd's units. Every call has its own time limit; names are checked before they are used.

    Args:
        host: Where ``systemctl`` runs.
    """

    def __init__(self, host: Programs) -> None:
        self._host = host

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """See the port; the name given back is the unit's own where `unit` is an alias."""
        wanted = [_checked(_PROPERTY, name, "a property of a unit") for name in properties]
        said = self._ask("show", "--all", "--property", ",".join([*_STATE, *wanted]), "--", _unit(unit))
        found: dict[str, str] = {}
        for line in said.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                # A property that may stand several times, such as ExecStart, has a line each.
                found[name] = f"{found[name]}\n{value}" if name in found else value
        main_pid = found.get("MainPID", "")
        return ServiceState(
            name=found.get("Id") or unit,
            known=found.get("LoadState", "") not in _UNKNOWN,
            active=found.get("ActiveState", ""),
            enabled=found.get("UnitFileState", ""),
            main_pid=number_or(main_pid),
            properties={name: found.get(name, "") for name in wanted},
        )

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """See the port; templates are no units."""
        checked = [_checked(_PATTERN, pattern, "a pattern of unit names") for pattern in patterns]
        if not checked:
            return ()
        loaded = self._ask("list-units", "--all", *_TABLE, "--", *checked)
        files = self._ask("list-unit-files", *_TABLE, "--", *checked)
        rows = [line.split() for line in loaded.splitlines() if line.split()[1:2] != ["not-found"]]
        rows += [line.split() for line in files.splitlines()]
        return tuple(sorted({row[0] for row in rows if row and "@." not in row[0]}))

    def reload_definitions(self) -> None:
        """See the port."""
        self._do(_RELOAD_SECONDS, "daemon-reload")

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        self.clear_start_limit(unit)
        self._do(seconds, "start", "--", _unit(unit))

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """See the port; while a stop is under way systemd waits for the process, and tells it nothing more."""
        if self.show(unit).active == "deactivating":
            # The main process alone: it may have a child that saves its data.
            self._systemctl(_LOOK_SECONDS, "kill", "--signal=TERM", "--kill-who=main", "--", _unit(unit))
        self._do_thawed(seconds, "stop", _unit(unit))

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """See the port."""
        self._do_thawed(seconds, "restart", _unit(unit))

    def enable(self, unit: str) -> None:
        """See the port."""
        self._do(_RELOAD_SECONDS, "enable", "--", _unit(unit))

    def disable(self, unit: str) -> None:
        """See the port."""
        self._do(_RELOAD_SECONDS, "disable", "--", _unit(unit))

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """See the port; ``--collect`` gives the name free again, however the unit ends."""
        name = _checked(_SERVICE, unit.name, "a name of a service")
        options = ["--quiet", "--collect", f"--unit={name}", f"--description={unit.description}"]
        if unit.after_seconds:
            # One minute is the default accuracy; an elapsed timer that stays would keep the name.
            timer = ("AccuracySec=100ms", "RemainAfterElapse=no")
            options += [f"--on-active={unit.after_seconds:.3f}", *(f"--timer-property={each}" for each in timer)]
            if unit.every_seconds:
                options.append(f"--on-unit-inactive={unit.every_seconds:.3f}")
        else:
            options.append(f"--service-type={unit.kind}")
        options += [f"--property={line}" for line in unit.properties]
        # Otherwise the manager would put its own environment's variables in (systemd.service(5), command lines).
        arguments = [argument.replace("$", "$$") for argument in unit.arguments]
        done = self._program("systemd-run", seconds, *options, "--", *arguments)
        if done.status != 0:
            words = _first_lines(done.errors)
            if "already loaded" in words or "already exists" in words:
                raise BusyError(f"unit {unit.name} already exists; wait until it finishes")
            raise ProgramError(f"systemd-run {unit.name}", done.status, words)

    def kill(self, unit: str) -> None:
        """See the port."""
        done = self._systemctl(_LOOK_SECONDS, "kill", "--signal=KILL", "--", _unit(unit))
        if done.status != 0 and "not loaded" not in done.errors:
            raise ProgramError(f"systemctl kill {unit}", done.status, _first_lines(done.errors))

    def clear_start_limit(self, unit: str) -> None:
        """See the port; nor has one that is not loaded."""
        self._systemctl(_LOOK_SECONDS, "reset-failed", "--", _unit(unit))

    def _do_thawed(self, seconds: float, verb: str, unit: str) -> None:
        """Stop or restart a unit; a frozen one, with which systemd does neither, is thawed for it.

        Source:
            systemctl(1), freeze: a unit that is frozen by its slice says ``frozen-by-parent``, from version 257.
        """
        try:
            self._do(seconds, verb, "--", unit)
        except ProgramError:
            if not self.show(unit, ["FreezerState"]).properties["FreezerState"].startswith(("freezing", "frozen")):
                raise
            self._do(_RELOAD_SECONDS, "thaw", "--", unit)
            self._do(seconds, verb, "--", unit)

    def _ask(self, *arguments: str) -> str:
        done = self._systemctl(_LOOK_SECONDS, *arguments)
        # Some versions exit with 1 and no message when no unit file matches.
        if done.status != 0 and done.errors.strip():
            raise ProgramError(f"systemctl {arguments[0]}", done.status, _first_lines(done.errors))
        return done.output

    def _do(self, seconds: float, *arguments: str) -> None:
        done = self._systemctl(seconds, *arguments)
        if done.status != 0:
            what = " ".join(word for word in arguments if word != "--")
            raise ProgramError(f"systemctl {what}", done.status, _first_lines(done.errors))

    def _systemctl(self, seconds: float, *arguments: str) -> Completed:
        return self._program("systemctl", seconds, *arguments)

    def _program(self, name: str, seconds: float, *arguments: str) -> Completed:
        if self._host.status(_BOOTED).kind is not FileKind.DIRECTORY:
            raise UnsupportedError("systemd does not run on this host, so its services cannot be managed")
        program = self._host.find_program(name)
        if program is None:
            raise UnsupportedError(f"there is no {name} on this host, so its services cannot be managed")
        return self._host.run([str(program), "--no-ask-password", *arguments], seconds=seconds)


def _unit(name: str) -> str:
    return _checked(_UNIT, name, "a name of a unit")


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidValueError(f"{text!r} is not {what}")
    return text


def _first_lines(text: str) -> str:
    return " ".join(text.split("\n")[:2]).strip()
