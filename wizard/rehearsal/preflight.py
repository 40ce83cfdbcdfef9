"""What a rehearsal on a private socket cannot show: addresses, ports, directories, space, data.

Each check gives a sentence, or nothing.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.changes.context import PlanContext
from wizard.changes.handlers.directives import has_renamed_commands
from wizard.changes.staging import directories_of
from wizard.config import ResolvedConfig
from wizard.errors import HostError, InvalidValueError
from wizard.model.change import Restart, SetDirective
from wizard.model.facts.files import FileKind
from wizard.model.network import Listener, bound_address, parse_address, wildcard_family
from wizard.rehearsal import sandbox_settings
from wizard.rehearsal.unit_sandbox import unit_files

RESERVE = 1 << 20
"""Bytes that must be free beside what we write."""


def obstacles(run: PlanContext, planned: ResolvedConfig) -> tuple[str, ...]:
    """Say everything that would make the commit fail, one sentence each."""
    return (
        *_account(run),
        *_addresses(run, planned),
        *_ports(run, planned),
        *_directories(run, planned),
        *_space(run),
        *_data(run),
        *_save(run),
    )


def _account(run: PlanContext) -> Iterator[str]:
    unit = run.server.unit.name if run.server.unit else ""
    try:
        user = sandbox_settings.account(unit_files(run), unit)
    except (HostError, InvalidValueError):
        return
    if user and not user.isdecimal() and not run.host.user_exists(user):
        yield f"{unit} runs the server as user {user}, which does not exist; create it or set another one"


def _addresses(run: PlanContext, planned: ResolvedConfig) -> Iterator[str]:
    here = {address.address for interface in run.facts.interfaces for address in interface.addresses}
    for word in planned.values.get("bind", ()):
        address = parse_address(word)
        if address is None or word.startswith("-") or wildcard_family(word) is not None:
            continue
        if not address.is_loopback and address.compressed not in here:
            yield f"no interface of this host has the address {word}, so the server would not start with bind {word}"


def _ports(run: PlanContext, planned: ResolvedConfig) -> Iterator[str]:
    process = run.server.process
    ours = process.pid if process else 0
    for name in ("port", "tls-port"):
        port = planned.value(name)
        for listener in run.facts.listeners:
            if str(listener.port) == port and port != "0" and not _is_ours(run, planned, listener, ours):
                who = listener.process or "another process"
                yield f"port {port} ({name}) is taken by {who}, process {listener.pid}"
                break


def _is_ours(run: PlanContext, planned: ResolvedConfig, listener: Listener, pid: int) -> bool:
    known = {(each.address, each.port) for each in run.server.listeners}
    here = listener.pid == pid or (listener.address, listener.port) in known
    return here or not any(_overlap(word.removeprefix("-"), listener.address) for word in _bound(planned))


def _bound(planned: ResolvedConfig) -> tuple[str, ...]:
    """Return the words of ``bind``; without a line a server listens everywhere, with an empty one nowhere."""
    return tuple(word for word in planned.values.get("bind", ("*", "-::*")) if word)


def _overlap(word: str, taken: str) -> bool:
    """Return whether a planned address is not available beside another socket on the same port.

    Source:
        ip(7), ipv6(7): a wildcard takes every address of its family; one of IPv6 takes those of IPv4 too unless
        IPV6_V6ONLY is set, as redis does (``src/anet.c``, ``anetV6Only()``) and other programs may not.
    """
    wide = bound_address(word)
    if taken in {wide, "::"}:
        return True
    ours, theirs = parse_address(wide), parse_address(taken)
    if ours is None or theirs is None:
        return False
    return ours.version == theirs.version and (ours == theirs or ours.is_unspecified or theirs.is_unspecified)


def _directories(run: PlanContext, planned: ResolvedConfig) -> Iterator[str]:
    made = {str(change.path) for change in directories_of(run.plan)}
    places = [(name, PurePosixPath(planned.value(name)).parent) for name in ("logfile", "unixsocket")]
    places.append(("dir", PurePosixPath(planned.value("dir"))))
    for name, place in places:
        if not planned.value(name) or not place.is_absolute() or str(place) in made or _by_service(run, place):
            continue
        if run.host.status(_through_links(run, place)).kind is FileKind.ABSENT:
            yield f"the directory {place} ({name}) does not exist, so the server would not start; create it"


def _by_service(run: PlanContext, place: PurePosixPath) -> bool:
    """A runtime directory comes and goes with the service."""
    names = (run.server.unit.properties.get("RuntimeDirectory", "") if run.server.unit else "").split()
    return place in {PurePosixPath(base) / name for name in names for base in ("/run", "/var/run")}


def _through_links(run: PlanContext, place: PurePosixPath) -> PurePosixPath:
    old = PurePosixPath("/var/run")
    if place.is_relative_to(old) and run.host.status(old).kind is FileKind.LINK:
        return PurePosixPath("/run") / place.relative_to(old)
    return place


def _space(run: PlanContext) -> Iterator[str]:
    wanted: dict[PurePosixPath, int] = {}
    for file in run.staged.files:
        wanted[file.path.parent] = wanted.get(file.path.parent, RESERVE) + len(file.data)
    for place, amount in wanted.items():
        space = run.host.space(place)
        if space.read_only:
            yield f"the file system of {place} is read-only"
        elif space.free < amount:
            yield f"the file system of {place} has {space.free} bytes free, and {amount} are needed"


def _data(run: PlanContext) -> Iterator[str]:
    on = any(isinstance(c, SetDirective) and c.name == "appendonly" and ("yes",) in c.values for c in run.plan.changes)
    if not on and not _rewrites(run):
        return
    dump = run.server.dump
    if run.live is None and dump is not None and dump.kind is FileKind.FILE:
        yield (
            f"the server is stopped or refused the login, and has data in {dump.path}: with appendonly on in "
            "the file alone, it would start empty; start it or give its login, then try again"
        )
    elif run.live is not None and (shortage := _shortage(run)):
        yield shortage


def _rewrites(run: PlanContext) -> bool:
    """The append-only file is on and will be written again before the restart."""
    if run.live is None or run.configuration.in_force("appendonly") != "yes" or not _restarts(run):
        return False
    return has_renamed_commands(run) or run.live.info.get("aof_last_bgrewrite_status") != "ok"


def _restarts(run: PlanContext) -> bool:
    return any(isinstance(change, Restart) for change in run.plan.changes)


def _shortage(run: PlanContext) -> str:
    used = int(run.live.info.get("used_memory", "0")) if run.live else 0
    place = PurePosixPath(run.configuration.in_force("dir") or "/")
    free = run.host.space(place).free
    if free >= used:
        return ""
    return f"{place} has {free} bytes free, and the append-only file of a data set of {used} bytes may need as many"


def _save(run: PlanContext) -> Iterator[str]:
    """Before a restart the server writes its keys into a new file beside the one of the last save."""
    dump = run.server.dump
    appends = run.configuration.in_force("appendonly") == "yes"
    if run.live is None or appends or dump is None or dump.kind is not FileKind.FILE:
        return
    free = run.host.space(dump.path.parent).free
    if free < dump.size and _restarts(run):
        yield (
            f"{dump.path.parent} has {free} bytes free, and the save before the restart needs about {dump.size}, "
            f"as the last one did"
        )
