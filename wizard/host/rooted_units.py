"""The units of a directory tree: read from their files, enabled and disabled by links.

Nothing runs in a tree, so nothing can be started there.

Source:
    systemd.unit(5): unit load path, drop-ins, [Install], .wants and .requires directories.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.errors import InvalidValueError, ProgramError, UnsupportedError
from wizard.host.files.rooted_writer import TreeFiles
from wizard.host.services import ServiceState, TransientUnit
from wizard.model.facts.files import FileKind

_LOCAL = PurePosixPath("/etc/systemd/system")
_LOAD_PATH = (
    _LOCAL,
    PurePosixPath("/run/systemd/system"),
    PurePosixPath("/usr/local/lib/systemd/system"),
    PurePosixPath("/usr/lib/systemd/system"),
    PurePosixPath("/lib/systemd/system"),
)
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", re.ASCII)
_BY = {"WantedBy": ".wants", "RequiredBy": ".requires"}
_MASK = "/dev/null"


class TreeServices:
    """Units of a tree.

    Args:
        files: The tree.
    """

    def __init__(self, files: TreeFiles) -> None:
        self._files = files

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        """Return what the files say; nothing is ever active. An alias gives the unit that it names."""
        fragment = self._fragment(_checked(unit))
        name = fragment.name if fragment else unit
        said = {"Id": name, "LoadState": "loaded" if fragment else "not-found"}
        if fragment:
            said |= {
                "FragmentPath": str(fragment),
                "DropInPaths": " ".join(str(path) for path in self._drop_ins(name)),
                "UnitFileState": self._state(name, fragment),
            }
        return ServiceState(
            name=name,
            known=fragment is not None,
            active="",
            enabled=said.get("UnitFileState", ""),
            main_pid=0,
            properties={wanted: said.get(wanted, "") for wanted in properties},
        )

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """See the port; units with a file, templates left out."""
        names = {name for directory in _LOAD_PATH for name in self._files.entries(directory)}
        return tuple(
            sorted(
                name
                for name in names
                if "@." not in name and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
            )
        )

    def reload_definitions(self) -> None:
        """Nothing to do: a tree's definitions are read when it boots."""

    def start(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _nothing_runs(unit, "started")

    def stop(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _nothing_runs(unit, "stopped")

    def clear_start_limit(self, unit: str) -> None:
        """Refuse: nothing runs."""
        raise _nothing_runs(unit, "started")

    def restart(self, unit: str, *, seconds: float = 90) -> None:
        """Refuse."""
        del seconds
        raise _nothing_runs(unit, "restarted")

    def enable(self, unit: str) -> None:
        """Make the links that its [Install] section asks for.

        Raises:
            ProgramError: there is no such unit file, or it says nowhere when it should start.
        """
        fragment = self._fragment(_checked(unit))
        if fragment is None:
            raise ProgramError(f"enable {unit}", 5, f"{self._files.walker.base} has no unit {unit}")
        wanted = list(self._wanted_links(fragment))
        if not wanted:
            raise ProgramError(f"enable {unit}", 1, f"{fragment} has no [Install] section")
        for link in wanted:
            self._make_parent(link.parent)
            if self._files.status(link).kind is FileKind.ABSENT:
                self._files.link(link, target=str(fragment))

    def disable(self, unit: str) -> None:
        """Remove every link that would start it at boot, and the directory that it was the last one in."""
        for link in list(self._present_links(_checked(unit))):
            self._files.remove(link)
            if link.parent != _LOCAL and not self._files.entries(link.parent):
                self._files.remove(link.parent)

    def start_transient(self, unit: TransientUnit, *, seconds: float = 30) -> None:
        """Refuse."""
        del seconds
        raise _nothing_runs(unit.name, "started")

    def kill(self, unit: str) -> None:
        """Nothing to do: nothing runs."""

    def _fragment(self, unit: str) -> PurePosixPath | None:
        """Find the file of a unit; an alias leads to the unit it names."""
        for directory in _LOAD_PATH:
            status = self._files.status(directory / unit)
            if status.kind is FileKind.LINK and status.target != _MASK:
                name = PurePosixPath(status.target).name
                target = directory / status.target
                return self._fragment(name) if name != unit else target
            if status.kind is not FileKind.ABSENT:
                return directory / unit
        return None

    def _drop_ins(self, unit: str) -> tuple[PurePosixPath, ...]:
        found: dict[str, PurePosixPath] = {}
        for directory in _LOAD_PATH:
            here = directory / f"{unit}.d"
            for name in self._files.entries(here):
                if name.endswith(".conf"):
                    found.setdefault(name, here / name)
        return tuple(found[name] for name in sorted(found))

    def _state(self, unit: str, fragment: PurePosixPath) -> str:
        if self._files.status(fragment).target == _MASK:
            return "masked"
        if any(True for _ in self._present_links(unit)):
            return "enabled"
        return "disabled" if any(True for _ in self._wanted_links(fragment)) else "static"

    def _present_links(self, unit: str) -> Iterator[PurePosixPath]:
        for name in self._files.entries(_LOCAL):
            path = _LOCAL / name
            status = self._files.status(path)
            if status.kind is FileKind.DIRECTORY and path.suffix in _BY.values():
                if unit in self._files.entries(path):
                    yield path / unit
            elif status.kind is FileKind.LINK and name != unit and PurePosixPath(status.target).name == unit:
                yield path

    def _wanted_links(self, fragment: PurePosixPath) -> Iterator[PurePosixPath]:
        install = _install_section(self._files.read(fragment).decode(errors="replace"))
        for key, suffix in _BY.items():
            for target in install.get(key, ()):
                yield _LOCAL / f"{target}{suffix}" / fragment.name
        for alias in install.get("Alias", ()):
            yield _LOCAL / alias

    def _make_parent(self, directory: PurePosixPath) -> None:
        missing = [path for path in (directory, *directory.parents) if not self._is_there(path)]
        for path in reversed(missing):
            above = self._files.status(path.parent)
            self._files.make_directory(path, owner=above.owner, group=above.group, mode=0o755)

    def _is_there(self, path: PurePosixPath) -> bool:
        return self._files.status(path).kind is not FileKind.ABSENT


def _install_section(text: str) -> dict[str, tuple[str, ...]]:
    """Read the lists of the [Install] section; an empty value forgets those before it."""
    found: dict[str, tuple[str, ...]] = {}
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.strip()
        if bare.startswith("["):
            section = bare
        elif section == "[Install]" and not bare.startswith(("#", ";")):
            key, _, value = bare.partition("=")
            words = tuple(word for word in value.split() if _UNIT.fullmatch(word))
            found[key.strip()] = (*found.get(key.strip(), ()), *words) if words else ()
    return found


def _checked(unit: str) -> str:
    if not _UNIT.fullmatch(unit):
        raise InvalidValueError(f"{unit!r} is not a name of a unit")
    return unit


def _nothing_runs(unit: str, what: str) -> UnsupportedError:
    return UnsupportedError(f"{unit} cannot be {what}: nothing runs in a directory tree")
