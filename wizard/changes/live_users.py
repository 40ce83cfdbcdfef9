"""Users of the running server that other administrators added, changed or removed: they survive a rollback.

The users are written down, with their hashes, before the first change and after the last one. What is neither when a
rollback begins is the work of another administrator.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument
from wizard.acl.merge import Merged, MergeOutcome, merge
from wizard.acl.password import hash_password as hashed
from wizard.acl.user import User
from wizard.changes import rollback_context
from wizard.changes.rollback_context import RollbackContext
from wizard.changes.user_record import (
    DEFAULT,
    Users,
    digest,
    is_one,
    made_by,
    parse,
    read,
    server_of,
    text_of,
    written,
)
from wizard.config import resolve
from wizard.errors import (
    HostError,
    InvalidValueError,
    ServerError,
    SnapshotError,
)
from wizard.jobs import requests
from wizard.model.facts.files import FileKind
from wizard.model.value import replace
from wizard.server.client import Client
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import History
from wizard.snapshots.reader import BLOB_LIMIT
from wizard.snapshots.store import own_names

_SAID = {
    MergeOutcome.ADDED: "user {} was added",
    MergeOutcome.CHANGED: "user {} was changed",
    MergeOutcome.REMOVED: "user {} was removed",
    MergeOutcome.PARTLY: "user {} was changed",
    MergeOutcome.DROPPED: "user {} was changed",
}


def meet(work: RollbackContext, client: Client | None) -> None:
    """Find what other administrators did, before anything is restored; it is written down for a second attempt."""
    with suppress(SnapshotError, HostError):
        noted = work.store.footprint(work.journal.identity)
        text = _met(work, noted, text_of(client))
        if text and digest(text) != noted.users_met:
            asked = work.journal.identity != work.snapshot.id and not noted.users_met
            noted = replace(noted, users_met=digest(text), users_before=digest(text) if asked else noted.users_before)
            work.store.write_record(work.journal.identity, noted, (text,))
        work.users = _merged(work, read(work.store, noted.users_met))


def write(work: RollbackContext, *, hot: bool) -> None:
    """Write external users into the ACL file that is restored, before the server reads it.

    Args:
        work: The rollback.
        hot: The server keeps running: it then reads the file only where the rollback restored it.
    """
    path = acl_file(work)
    theirs = {name: each.user for name, each in work.users.items() if _is_theirs(each)}
    if not hot:
        theirs |= _in_memory_alone(work)
    if path is None or not theirs or (hot and not _is_restored(work, path)):
        return
    try:
        data = work.host.read(path, limit=BLOB_LIMIT)
        edited = _edited(work, data, theirs)
        if edited != data:
            status = work.host.status(path)
            work.users_moved = tuple(name for name in theirs if not _is_theirs(work.users[name]))
            work.host.write(
                path, edited, expected=digest(data), owner=status.owner, group=status.group, mode=status.mode
            )
    except (HostError, InvalidValueError) as error:
        work.differences.append(f"the users of another administrator could not be written to {path}: {error}")


def set_again(work: RollbackContext) -> None:
    """Set the users in the running server that no file gives back to it."""
    client = _client(work) if work.users else None
    if client is None:
        return
    with suppress(ServerError):
        now = parse(text_of(client))
        wanted = restored(work)
        differing = {name: user for name, user in wanted.items() if not _alike(work, user, now.get(name))}
        # Removals come last: one of them may end this very session.
        for name, user in sorted(differing.items(), key=lambda each: each[1] is None):
            if user is not None:
                client.acl_setuser(name, ("reset", *words(user)))
            elif name in now and name != DEFAULT.name:
                client.acl_deluser(name)


def finish(work: RollbackContext) -> tuple[str, ...]:
    """Name what other administrators did, by where it is now, and write down how the users are left."""
    if work.journal.identity != work.snapshot.id:
        with suppress(SnapshotError, HostError):
            noted, text = work.store.footprint(work.journal.identity), text_of(_client(work))
            if noted.users_before:
                work.store.write_record(work.journal.identity, *_left(work, noted, text))
    return _sentences(work)


def _left(work: RollbackContext, noted: ApplyRecord, text: bytes) -> tuple[ApplyRecord, tuple[bytes, ...]]:
    """Return the record with the users as they are left, and the texts that it names.

    Where no login opens a session, the server has the users of the ACL file that it has just read. Without a file
    nothing is known of them, so a later rollback takes no user for the work of another administrator.
    """
    if text:
        return replace(noted, users_left=digest(text)), (text,)
    path = acl_file(work)
    if path is None:
        return replace(noted, users_before=""), ()
    data = work.host.read(path, limit=BLOB_LIMIT)
    return replace(noted, users_planned=digest(data)), (data,)


def _sentences(work: RollbackContext) -> tuple[str, ...]:
    changed = {name: each for name, each in work.users.items() if each.outcome is not MergeOutcome.NONE}
    if not changed and not work.users_moved:
        return ()
    file, now = _file_users(work), _now(work)
    theirs = {name: each for name, each in changed.items() if _is_theirs(each)}
    saved = {n: each for n, each in theirs.items() if file and _alike(work, each.user, file.get(n))}
    live = {n: each for n, each in theirs.items() if n not in saved and now and _alike(work, each.user, now.get(n))}
    lost = [n for n, each in changed.items() if n not in {*saved, *live} or each.outcome is MergeOutcome.PARTLY]
    command = "ACL SAVE" if file else "CONFIG REWRITE"
    found = [f"{acl_file(work)} keeps the changes of another administrator: {_listed(saved)}"] if saved else []
    if work.users_moved:
        found.append(f"{acl_file(work)} has users that were in memory only: {', '.join(work.users_moved)}")
    if live:
        memory = f"the running server keeps the changes of another administrator, in memory only until {command}"
        found.append(f"{memory}: {_listed(live)}")
    aside = _set_aside(work, lost)
    where = f" (that definition is in {aside})" if aside else ""
    return (*found, *(_lost_sentence(changed[name], name) + where for name in lost))


def restored(work: RollbackContext) -> Mapping[str, User | None]:
    """Return the users whose definition does not come from the ACL file, as they are wanted."""
    file = _file_users(work)
    return {name: each.user for name, each in work.users.items() if _is_theirs(each) or name not in file}


def acl_file(work: RollbackContext) -> PurePosixPath | None:
    """The ACL file that the restored configuration names; ``None`` where it names none, or none that is there."""
    main = rollback_context.main_config(work)
    if main is None or work.host.tree is not None:
        return None
    try:
        values = resolve(work.host, main, {}, work.instance)
        path = PurePosixPath(values.value("dir")) / values.value("aclfile")
        named = bool(values.value("aclfile")) and path.is_absolute()
        return work.host.resolve_target(path) if named and work.host.status(path).kind is not FileKind.ABSENT else None
    except HostError:
        return None


# --- inside --------------------------------------------------------------------------------------


def _met(work: RollbackContext, noted: ApplyRecord, text: bytes) -> bytes:
    """Return the users at the first attempt, and those that were added since."""
    first = read(work.store, noted.users_met)
    if first is None:
        return text
    known = {*first, *(read(work.store, noted.users_before) or {}), *(made_by(work.store, work.footprint) or {})}
    more = {name: user for name, user in parse(text).items() if name not in known}
    return written([*first.values(), *more.values()])


def _merged(work: RollbackContext, now: Users | None) -> dict[str, Merged]:
    """Take the changes that are rolled back out of the users as they are; empty where they are not known."""
    before = read(work.store, work.footprint.users_before)
    known = [made_by(work.store, each) for each in _in_force(work)]
    if before is None or now is None or not known or known[0] is None:
        return {}
    made, flavour, version = known[0], *server_of(work.instance)
    found = {}
    for name in dict.fromkeys((*before, *made, *now)):
        earlier = [each.get(name) for each in known[1:] if each is not None]
        forgotten = [None] if work.restarted and not work.footprint.users_left else []
        if is_one(work.instance, now.get(name), (*earlier, *forgotten)):
            found[name] = Merged(user=before.get(name))
            continue
        found[name] = merge(before.get(name), made.get(name), now.get(name), flavour=flavour, version=version)
    return found


def _in_force(work: RollbackContext) -> list[ApplyRecord]:
    """Return what is rolled back, and what is in force on top of it, the newest first."""
    own, server = work.journal.identity, work.snapshot.instance
    above = History(work.store).active_after(work.snapshot) if own != work.snapshot.id else ()
    mine = [each for each in reversed(above) if each.id != own and each.snapshot.instance == server]
    return [*(each.footprint for each in mine), work.footprint]


def _alike(work: RollbackContext, one: User | None, other: User | None) -> bool:
    return is_one(work.instance, one, (other,))


def _in_memory_alone(work: RollbackContext) -> dict[str, User | None]:
    """Return the users that no file has, where no login works after the restart to set them again."""
    file = _file_users(work)
    for login in work.connector.logins:
        user = file.get(login.user if login is not None else DEFAULT.name)
        password = login.password if login is not None else None
        if user is not None and user.enabled and (user.nopass or (password and hashed(password) in user.passwords)):
            return {}
    return {name: each.user for name, each in work.users.items() if each.user is not None and name not in file}


def _is_theirs(merged: Merged) -> bool:
    return merged.survives or merged.outcome is MergeOutcome.PARTLY


def _client(work: RollbackContext) -> Client | None:
    return None if work.booting or work.host.tree is not None else work.connector.connect_or_none()


def _now(work: RollbackContext) -> Users:
    return parse(text_of(_client(work)))


def _is_restored(work: RollbackContext, path: PurePosixPath) -> bool:
    return any(saved.status.path == path for saved in work.snapshot.paths)


def _file_users(work: RollbackContext) -> Users:
    path = acl_file(work)
    try:
        return parse(work.host.read(path, limit=BLOB_LIMIT)) if path is not None else {}
    except HostError:
        return {}


def _edited(work: RollbackContext, data: bytes, wanted: Mapping[str, User | None]) -> bytes:
    document = AclDocument.parse(data)
    changed = [u for n, u in wanted.items() if u is not None and not _alike(work, u, document.user(n))]
    document = document.set_users(changed)
    for name in (n for n, user in wanted.items() if user is None):
        document = document.remove_user(name)
    return document.data()


def words(user: User) -> tuple[str, ...]:
    """Return what `ACL SETUSER` takes behind `reset` to make this user. It holds hashes."""
    first = ["on" if user.enabled else "off", *(["nopass"] if user.nopass else [])]
    return (*first, *(f"#{hashed}" for hashed in user.passwords), *user.rules)


def _listed(changed: Mapping[str, Merged]) -> str:
    return ", ".join(_SAID[each.outcome].format(name) for name, each in changed.items())


def _lost_sentence(merged: Merged, name: str) -> str:
    match merged.outcome:
        case MergeOutcome.DROPPED:
            return f"user {name} was removed: this apply created it, and another administrator changed it since"
        case MergeOutcome.PARTLY:
            return f"user {name} has its earlier rules again: this apply and another administrator both changed them"
        case _:
            return f"user {name} of another administrator could not be set again"


def _set_aside(work: RollbackContext, names: Iterable[str]) -> PurePosixPath | None:
    """Write the definitions that do not survive beside the journal, for the operator."""
    with suppress(HostError, SnapshotError):
        met = read(work.store, work.store.footprint(work.journal.identity).users_met) or {}
        found = [met[name] for name in names if name in met]
        if not found:
            return None
        aside = requests.directory_of(work.host, work.journal.identity) / "external-users.acl"
        owner, group = own_names(work.host)
        work.host.write(aside, written(found), expected=None, owner=owner, group=group, mode=0o600)
        return aside
    return None
