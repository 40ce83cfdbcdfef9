"""Who can change what the server reads, besides root and the server itself."""

from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.checklist.context import CheckContext
from wizard.checklist.permissions import OTHERS_READ, mode_evidence
from wizard.model.facts.files import FileKind, FileStatus, PlaceWriters
from wizard.model.finding import Evidence

_PACKAGED = frozenset({"redis", "valkey", "keydb"})
"""Accounts that packages make for a server."""
_ROOT = frozenset({"root", "0"})
LOG_GROUPS = frozenset({"adm", "log", "systemd-journal"})
"""Groups that distributions make for the people who read logs."""
_SHOWN = 3
_OTHERS_ENTER, _GROUP_READS = 0o001, 0o040


def service_accounts(subject: CheckContext) -> frozenset[str]:
    """Return the user that the server runs as, and root; those of the packages where neither process nor unit say."""
    process, unit = subject.instance.process, subject.instance.unit
    named = {process.user} if process else {unit.properties.get("User", "") or "root"} if unit else _PACKAGED
    return frozenset(named) | _ROOT


def service_groups(subject: CheckContext) -> frozenset[str]:
    """Return the groups that are the server's own: of its unit, else of the name of its user."""
    unit = subject.instance.unit
    group = unit.properties.get("Group", "") if unit else ""
    return (frozenset({group}) if group else service_accounts(subject)) | _ROOT


def unexpected_writers(subject: CheckContext, files: Iterable[PurePosixPath] | None = None) -> list[str]:
    """Return who else can change a file or a directory above it, a sentence for each place.

    Args:
        subject: What is known.
        files: As the configuration names them; ``None`` for all that the server reads.
    """
    return _sentences(subject, subject.instance.writers, None if files is None else set(files))


def unexpected_output_writers(subject: CheckContext) -> list[str]:
    """Return who else can change the log or pid file or a directory above it, a sentence for each place."""
    return _sentences(subject, subject.instance.output_writers, None, log_groups=LOG_GROUPS)


def unexpected_socket_writers(subject: CheckContext) -> list[str]:
    """Return who else can replace a unix socket, a sentence for each directory above it."""
    above = [each for each in subject.instance.socket_places if each.status.kind is FileKind.DIRECTORY]
    return _sentences(subject, above, None)


def _sentences(
    subject: CheckContext,
    places: Iterable[PlaceWriters],
    wanted: Container[PurePosixPath] | None,
    *,
    log_groups: frozenset[str] = frozenset(),
) -> list[str]:
    found = []
    for place in places:
        held = [each for each in place.holds if wanted is None or each in wanted]
        who = ", ".join(_unexpected(subject, place, log_groups))
        if held and who:
            found.append(f"{who[:1].upper()}{who[1:]} can {_effect(place.status, held)}.")
    return found


def _effect(status: FileStatus, held: Sequence[PurePosixPath]) -> str:
    if status.path not in held:
        return f"change {status.path}, and so replace {held[0]}"
    return f"add files to {status.path}" if status.kind is FileKind.DIRECTORY else f"change {status.path}"


def readers(subject: CheckContext, status: FileStatus) -> str:
    """Return who else can read a file: every user, where each directory above lets them, or a group; else nothing."""
    if is_readable_by_all(status, subject.instance.writers):
        return "every user of this host"
    if status.mode & _GROUP_READS and status.group not in service_groups(subject):
        return f"group {status.group}"
    return " and ".join(listed_readers(subject, status))


def listed_readers(subject: CheckContext, status: FileStatus) -> list[str]:
    """Return whom an access control list lets read a file or enter a directory, besides root and the server."""
    own = {f"user {each}" for each in service_accounts(subject)} | {f"group {each}" for each in service_groups(subject)}
    instance = subject.instance
    places = (*instance.writers, *instance.output_writers, *instance.data_places, *instance.socket_places)
    found = (each.readers for each in places if each.status.path == status.path)
    return sorted({reader for readers in found for reader in readers} - own)


def listed_access(subject: CheckContext, status: FileStatus, verb: str, *, besides: Container[str] = ()) -> str:
    """Return as a sentence whom an access control list lets read or enter something; empty for none."""
    who = " and ".join(each for each in listed_readers(subject, status) if each not in besides)
    return f"{who[:1].upper()}{who[1:]} can {verb} {status.path} (access control list)." if who else ""


def is_readable_by_all(status: FileStatus, places: Iterable[PlaceWriters]) -> bool:
    """Return whether every user can read a file: its mode and each directory above let them."""
    return bool(status.mode & OTHERS_READ) and not is_closed_in(status.path, places)


def is_closed_in(path: PurePosixPath, places: Iterable[PlaceWriters]) -> bool:
    """Return whether a directory above a file cannot be entered by other users, whatever its own mode is."""
    above = [each.status for each in places if path in each.holds]
    return any(each.kind is FileKind.DIRECTORY and not each.mode & _OTHERS_ENTER for each in above)


def writer_evidence(subject: CheckContext) -> tuple[Evidence, ...]:
    """Return mode and owner of each place."""
    return tuple(mode_evidence(place.status) for place in subject.instance.writers)


def _unexpected(subject: CheckContext, place: PlaceWriters, log_groups: frozenset[str]) -> Iterator[str]:
    if place.everybody:
        yield "every user of this host"
        return
    accounts, own = service_accounts(subject), service_groups(subject)
    yield from (f"user {each}" for each in place.users if each not in accounts)
    for group, members in place.groups.items():
        if group in log_groups:
            continue
        others = [each for each in members if each not in accounts]
        if group not in own:
            yield f"group {group}"
        elif others:
            more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
            yield f"{' and '.join(others[:_SHOWN])}{more} (group {group})"
