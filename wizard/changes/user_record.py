"""What an apply writes down of the users of the running server: before its first change, and as it leaves them.

Each is the text of ``ACL LIST``, with hashes, kept in the store like the ACL file.
"""

import hashlib
from collections.abc import Iterable, Mapping

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import same
from wizard.acl.password import mask_line
from wizard.acl.user import User, parse_line, render
from wizard.changes.context import ApplyContext
from wizard.config import configuration_of
from wizard.errors import ApplyError, ServerError, SnapshotError, StalePlanError
from wizard.model.facts.instance import Instance
from wizard.model.facts.service import Flavour
from wizard.model.value import replace
from wizard.server.client import Client
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.reader import SnapshotReader

Users = Mapping[str, User]
DEFAULT = parse_line("user default on nopass ~* &* +@all")
"""What a server makes of this user where no line names it."""


def remember(run: ApplyContext) -> None:
    """Write down the users before the first change, and those that the plan makes.

    Raises:
        HostError: it cannot be written.
        StalePlanError: another administrator changed them since the host was looked at.
    """
    text = text_of(run.connector.connect_or_none()) if run.is_running_host and run.live is not None else b""
    if not text:
        return
    if run.live is not None and run.live.acl and sorted(map(mask_line, _lines(text))) != sorted(run.live.acl):
        raise StalePlanError(
            "the host has changed since the plan was made: the users in the running server; plan again"
        )
    planned = next((file.digest for file in run.staged.users), "")
    footprint = run.store.footprint(run.identity)
    marked = replace(footprint, users_before=digest(text), users_planned=planned)
    run.store.write_record(run.identity, marked, (text,))


def demand_unchanged(run: ApplyContext) -> None:
    """Look whether another administrator changed users since the apply began, before a restart forgets them.

    Raises:
        ApplyError: so it is; the rollback that follows keeps them.
    """
    if names := external(run, parse(text_of(run.connector.connect_or_none()))):
        raise changed(names)


def changed(names: Iterable[str]) -> ApplyError:
    """Return the error that stops an apply which would overwrite the work of another administrator."""
    listed = ", ".join(names)
    return ApplyError(
        f"another administrator changed user {listed} in the running server while the apply ran; plan again"
    )


def external(run: ApplyContext, now: Users) -> tuple[str, ...]:
    """Name the users that are neither as before the apply nor as it makes them."""
    footprint = run.store.footprint(run.identity)
    before, planned = (read(run.store, each) for each in (footprint.users_before, footprint.users_planned))
    if before is None or not now:
        return ()
    made = before if planned is None else _default_added(planned)
    names = dict.fromkeys((*before, *made, *now))
    return tuple(n for n in names if not is_one(run.instance, now.get(n), (before.get(n), made.get(n))))


def leave(run: ApplyContext) -> None:
    """Write down the users as the change leaves them; what others did in between is not among them.

    Raises:
        HostError: it cannot be written.
    """
    footprint = run.store.footprint(run.identity)
    now = parse(text_of(run.connector.connect_or_none())) if run.is_running_host and footprint.users_before else {}
    if not now:
        return
    others = external(run, now)
    made = made_by(run.store, footprint) or {}
    kept = {name: user for name, user in now.items() if name not in others}
    kept |= {name: made[name] for name in others if name in made}
    text = written(kept.values())
    run.store.write_record(run.identity, replace(footprint, users_left=digest(text)), (text,))


# --- texts and users ---


def made_by(store: SnapshotReader, footprint: ApplyRecord) -> Users | None:
    """Return the users as a change left them; where it was interrupted, as it was about to leave them."""
    left = read(store, footprint.users_left)
    if left is not None:
        return left
    planned = read(store, footprint.users_planned)
    return read(store, footprint.users_before) if planned is None else _default_added(planned)


def read(store: SnapshotReader, digest: str) -> Users | None:
    """Return the users of a stored text; `None` where there is none or it is damaged."""
    try:
        return parse(store.blob(digest)) if digest else None
    except SnapshotError:
        return None


def text_of(client: Client | None) -> bytes:
    """Return ``ACL LIST``, empty where no login could ask. It holds hashes."""
    try:
        lines = client.acl_list() if client is not None else ()
    except ServerError:
        return b""
    return as_text(lines)


def as_text(lines: Iterable[str]) -> bytes:
    """Return lines as one text."""
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def _lines(text: bytes) -> list[str]:
    return text.decode(errors="surrogateescape").splitlines()


def parse(data: bytes) -> Users:
    """Return the users of a text by name."""
    return {user.name: user for user in AclDocument.parse(data).users}


def _default_added(users: Users) -> Users:
    return {DEFAULT.name: DEFAULT, **users}


def written(users: Iterable[User]) -> bytes:
    """Return the text of users, one a line. It holds hashes."""
    return "".join(f"{render(user)}\n" for user in users).encode(errors="surrogateescape")


def digest(text: bytes) -> str:
    """Return the name under which the store has a text."""
    return hashlib.sha256(text).hexdigest()


def server_of(instance: Instance | None) -> tuple[Flavour, str]:
    """Return what decides which rules mean the same."""
    version = instance.version if instance is not None and isinstance(instance.version, str) else ""
    return (instance.flavour if instance is not None else Flavour.REDIS), version


def is_one(instance: Instance | None, user: User | None, known: Iterable[User | None]) -> bool:
    """Return whether a user is as in one of the known states; `None` is one that does not exist."""
    flavour, version = server_of(instance)
    channels = configuration_of(instance).in_force("acl-pubsub-default") if instance is not None else ""
    return any(
        user is each
        or (
            user is not None
            and each is not None
            and same(user, each, flavour=flavour, version=version, channels=channels)
        )
        for each in known
    )
