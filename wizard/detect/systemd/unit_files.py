"""The units of a directory tree, read from their files, as far as files alone can tell."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_properties import SHOWN, runs_a_server, visible_properties
from wizard.formats.unitfile import UnitFile, in_effect
from wizard.model.facts.service import Unit

DIRECTORIES = tuple(
    PurePosixPath(path)
    for path in (
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    )
)
"""Where units are looked for, the first wins (systemd.unit(5), "System Unit Search Path")."""

_LISTS = frozenset(
    {
        *("ReadWritePaths", "NoExecPaths", "ExecPaths", "RuntimeDirectory"),
        *("BindPaths", "BindReadOnlyPaths", "TemporaryFileSystem", "InaccessiblePaths"),
    }
)
"""Properties whose lines add up; of others the last one counts."""

_BEGINNINGS = ("redis", "valkey", "keydb")
_SUFFIX = ".service"
_NULL = "/dev/null"

_FILE_NAMES = {
    "TimeoutStartUSec": ("TimeoutStartSec", "TimeoutSec"),
    "TimeoutStopUSec": ("TimeoutStopSec", "TimeoutSec"),
    "LimitNOFILESoft": (),
    "MemoryMax": ("MemoryMax", "MemoryLimit"),
    "ReadWritePaths": ("ReadWritePaths", "ReadWriteDirectories"),
}
"""Properties that a file writes by other names (systemd.exec(5), systemd.service(5)), or not at all."""


def read_units(reader: Reader) -> tuple[Unit, ...]:
    """List the units in the tree whose program is a server."""
    names = sorted({name for directory in _places(reader) for name in reader.entries(directory) if _candidate(name)})
    aliases = {name: target for name in names if (target := _alias(reader, name))}
    found = []
    for name in names:
        if name in aliases or name.endswith("@.service"):
            continue
        unit = read_unit(reader, name, tuple(sorted(alias for alias, target in aliases.items() if target == name)))
        if unit is not None:
            found.append(unit)
    return tuple(found)


def _places(reader: Reader) -> tuple[PurePosixPath, ...]:
    """The unit directories, and the ``.wants`` beside them in which instances of templates are enabled."""
    top = DIRECTORIES[0]
    wants = (top / name for name in reader.entries(top) if name.endswith((".wants", ".requires")))
    return (*DIRECTORIES, *wants)


def _candidate(name: str) -> bool:
    own = name.startswith("redis-wizard")
    return name.startswith(_BEGINNINGS) and name.endswith(_SUFFIX) and not own


def _alias(reader: Reader, name: str) -> str:
    """Return the unit that a link in a unit directory stands for, empty when it is no alias."""
    for directory in DIRECTORIES:
        target = reader.target(directory / name)
        if target and target != _NULL:
            other = PurePosixPath(target).name
            return "" if other == name or _template(name) == other else other
    return ""


def _template(name: str) -> str:
    """Return the template of an instance, ``redis-server@a.service`` → ``redis-server@.service``; else empty."""
    prefix, at, rest = name.partition("@")
    return f"{prefix}@{PurePosixPath(rest).suffix or _SUFFIX}" if at else ""


def read_unit(reader: Reader, name: str, aliases: tuple[str, ...] = ()) -> Unit | None:
    """Read one unit from its file and drop-ins; ``None`` when it is absent, masked or runs no server."""
    fragment = fragment_of(reader, name)
    if fragment is None:
        return None
    places = drop_ins(reader, name)
    contents = [data for path in (fragment, *places) if isinstance(data := reader.read_source(path), bytes)]
    properties = _properties([UnitFile.parse(data) for data in contents], name)
    if not runs_a_server(properties):
        return None
    return Unit(
        name=name,
        fragment=fragment,
        drop_ins=places,
        properties=properties,
        active="",
        enabled=_enabled(reader, (name, *aliases), fragment),
        main_pid=0,
        needs_reload=False,
        aliases=aliases,
    )


def read_unit_files(reader: Reader, name: str) -> tuple[UnitFile, ...]:
    """Read a unit's file and its drop-ins in their order; none when it is absent or masked."""
    fragment = fragment_of(reader, name)
    if fragment is None:
        return ()
    paths = (fragment, *drop_ins(reader, name))
    return tuple(UnitFile.parse(data) for path in paths if isinstance(data := reader.read(path), bytes))


def _enabled(reader: Reader, names: tuple[str, ...], fragment: PurePosixPath) -> str:
    """Return whether something starts a unit at boot: a link to it in a ``.wants`` or ``.requires`` of the tree."""
    for top in DIRECTORIES:
        for folder in reader.entries(top):
            if folder.endswith((".wants", ".requires")) and set(names) & set(reader.entries(top / folder)):
                return "enabled"
    return "disabled" if "[Install]" in reader.lines(fragment) else "static"


def fragment_of(reader: Reader, name: str) -> PurePosixPath | None:
    """Return the file of a unit, or of its template; ``None`` where it is absent or masked."""
    candidates = (directory / each for each in (name, _template(name)) if each for directory in DIRECTORIES)
    found = next((path for path in candidates if reader.exists(path)), None)
    return None if found is None or reader.target(found) == _NULL else found


def drop_ins(reader: Reader, name: str) -> tuple[PurePosixPath, ...]:
    """List drop-ins in the order they are read: by file name, a name in an earlier directory masks later ones."""
    found: dict[str, PurePosixPath] = {}
    for folder in (f"{name}.d", f"{_template(name)}.d", "service.d"):
        for directory in DIRECTORIES:
            for entry in reader.entries(directory / folder) if folder != ".d" else ():
                if entry.endswith(".conf"):
                    found.setdefault(entry, directory / folder / entry)
    shown = (found[entry] for entry in sorted(found))
    return tuple(path for path in shown if reader.target(path) != _NULL)


def _properties(files: Sequence[UnitFile], name: str) -> dict[str, str]:
    found = {}
    for property_name in SHOWN:
        keys = _FILE_NAMES.get(property_name, (property_name,))
        values = [value for key in keys for value in in_effect(files, "Service", key)]
        if values:
            text = " ".join(values) if property_name in _LISTS else values[-1]
            found[property_name] = _expanded(text, name)
    return visible_properties(found)


def _expanded(text: str, name: str) -> str:
    """Fill in the specifiers for the unit's name and instance (systemd.unit(5), "Specifiers")."""
    prefix, _, rest = name.removesuffix(_SUFFIX).partition("@")
    for specifier, value in (
        ("%i", rest),
        ("%I", rest),
        ("%n", name),
        ("%N", name.removesuffix(_SUFFIX)),
        ("%p", prefix),
    ):
        text = text.replace(specifier, value)
    return text
