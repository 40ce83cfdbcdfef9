"""Which of the servers that were found are one: those that name the same configuration file.

A distribution's unit that is disabled beside the operator's own unit of the same file is no second server.

Source:
    systemd.unit(5), "Unit File Load Path": the distribution's units lie below ``/usr/lib``.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.servers.candidates import Candidate
from wizard.errors import HostError
from wizard.host.files.paths import followed
from wizard.model.facts.files import FileKind
from wizard.model.facts.service import Unit

_DISTRIBUTION = (PurePosixPath("/usr/lib/systemd/system"), PurePosixPath("/lib/systemd/system"))


def join(reader: Reader, found: Sequence[Candidate]) -> list[Candidate]:
    """Join the candidates of one file to one server, in the order of their first appearance.

    The instance's own unit is the one whose process runs; else the one that starts at boot; else the
    distribution's. The others stay named in it. A server with mounts of its own shares no file with another.
    """
    groups: dict[object, list[Candidate]] = {}
    known: dict[object, list[PurePosixPath]] = {}
    for candidate in found:
        alone = candidate.config is None or candidate.apart
        groups.setdefault(id(candidate) if alone else _file(reader, candidate.config, known), []).append(candidate)
    return [_joined(group) for group in groups.values()]


def _file(reader: Reader, path: PurePosixPath | None, known: dict[object, list[PurePosixPath]]) -> PurePosixPath | None:
    """Return one path for each file: links are followed, and a directory that is mounted twice is one."""
    if path is None:
        return None
    real = followed(path, reader.read_link_quietly)
    try:
        status = reader.host.status(real)
    except HostError:
        return real
    if status.kind is not FileKind.FILE or status.links != 1:
        # Two names of one file (hard links) become two files with the first change.
        return real
    alike = known.setdefault((real.name, status.size, status.mode, status.owner), [])
    twin = next((each for each in alike if each == real or reader.host.is_same_file(each, real)), None)
    if twin is None:
        alike.append(real)
    return twin or real


def _joined(group: list[Candidate]) -> Candidate:
    accounts = {each.unit.properties.get("User") or "root" for each in group if each.unit}
    own = min(group, key=lambda each: _rank(each, accounts))
    others = [each for each in group if each is not own]
    units = [*own.other_units, *(each.unit for each in others if each.unit)]
    own.other_units = tuple(sorted((*units, *(unit for each in others for unit in each.other_units)), key=_name))
    pids = {*own.other_processes, *(each.process.pid for each in others if each.process)}
    own.other_processes = tuple(sorted(pids.union(*(each.other_processes for each in others))))
    paths = {path for each in group for path in (each.config, *each.other_names) if path}
    own.other_names = tuple(sorted(paths - {own.config}))
    return own


def _name(unit: Unit) -> str:
    return unit.name


def _rank(candidate: Candidate, accounts: AbstractSet[str]) -> tuple[bool, bool, bool, bool, bool, str]:
    unit, process = candidate.unit, candidate.process
    # Any user can start a program with the name of a unit's file; only root and the unit's account do so for the unit.
    strange = unit is None and process is not None and bool(accounts) and process.user not in {"root", *accounts}
    return (
        process is None or strange,
        unit is None,
        not (unit and unit.runs),
        not (unit and unit.starts),
        not (unit and _of_distribution(unit)),
        candidate.name,
    )


def _of_distribution(unit: Unit) -> bool:
    return unit.fragment is not None and unit.fragment.parent in _DISTRIBUTION
