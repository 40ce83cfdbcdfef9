"""The request of an apply or rollback, written before the worker starts.

::

    <state>/applies/<id>/order.json      the request (0600), without a secret
    <state>/applies/<id>/instance.json   the server as it was seen when the worker began
    <state>/applies/<id>/journal.jsonl   what happened (`journal`)
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from wizard.errors import ApplyError, ConcurrentChangeError, InputError, NotFoundError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.plan import Plan
from wizard.model.status import Operation
from wizard.model.value import Value, from_json, to_json
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.scope import describe
from wizard.snapshots.store import ensure_directory, own_names

_TIME, _TIME_LENGTH = "%Y%m%d-%H%M%S", 15
WRITTEN = ("instance.json", "armed.json", "tries.json")
"""What is written into the directory of an apply under the host's lock, besides its journal."""


class Request(Value, frozen=True, kw_only=True):
    """One apply or rollback as it was asked for."""

    schema: str = "redis-wizard/order"
    version: int = 1
    id: str
    """Of the apply, and of the snapshot that it takes."""
    kind: Operation
    what: str
    """One line for people."""
    instance: str
    by: str
    begun_at: str
    """ISO 8601, UTC."""
    plan: Plan | None = None
    """Of an apply."""
    snapshot: str = ""
    """Of a rollback: the one that is restored."""
    accepted: bool = False
    """Of a rollback: the operator consented to a loss of keys."""
    confirm_within: int = 0
    """Seconds in which a confirmation must come; 0 asks for none."""
    secrets_to: str = ""
    """File that the front end wrote the new passwords to; empty: to none."""

    @property
    def target(self) -> str:
        """The snapshot that is restored when this is rolled back, or that a rollback restores."""
        return self.snapshot or self.id


def directory_of(host: HostReader, identity: str) -> PurePosixPath:
    """Return the directory of one apply."""
    return host.state / "applies" / identity


def create_apply(host: Host, plan: Plan, *, confirm_within: int, secrets_to: str) -> Request:
    """Write the order of an apply down.

    Raises:
        HostError: the state directory cannot be written.
    """
    identity = _reserve(host)
    order = Request(
        id=identity,
        kind=Operation.APPLY,
        what=describe(plan.changes),
        instance=plan.instance,
        by=requesting_user(),
        begun_at=_now(),
        plan=plan,
        confirm_within=confirm_within,
        secrets_to=secrets_to,
    )
    return _written(host, order)


def create_rollback(host: Host, snapshot_id: str, *, accepted: bool = False) -> Request:
    """Write the request of a rollback, with the operator's consent to a loss of keys where there is one.

    Raises:
        SnapshotError: there is no such snapshot, or it cannot be used.
        HostError: the state directory cannot be written.
    """
    snapshot = SnapshotReader(host).load(snapshot_id)
    order = Request(
        id=_reserve(host),
        kind=Operation.ROLLBACK,
        what=f"rollback to {snapshot_id}",
        instance=snapshot.instance,
        by=requesting_user(),
        begun_at=_now(),
        snapshot=snapshot_id,
        accepted=accepted,
    )
    return _written(host, order)


def load(host: HostReader, identity: str) -> Request:
    """Read an order back.

    Raises:
        ApplyError: there is none of this name, or it is damaged.
    """
    try:
        order = from_json(Request, host.read(directory_of(host, identity) / "order.json"))
    except NotFoundError:
        raise ApplyError(f"there is no apply {identity}; see 'redis-wizard snapshots list'") from None
    except InputError as error:
        raise ApplyError(f"the request of apply {identity} is damaged: {error}") from None
    if order.id != identity:
        raise ApplyError(f"the request of apply {identity} names {order.id!r}; it is not used")
    return order


def identities(host: HostReader) -> tuple[str, ...]:
    """Name all applies and rollbacks that were asked for, the newest first."""
    names = host.entries(host.state / "applies")
    asked = (name for name in names if host.status(directory_of(host, name) / "order.json").kind is FileKind.FILE)
    return tuple(sorted(asked, reverse=True))


def save_instance(host: Host, identity: str, instance: Instance | None) -> None:
    """Record the detected server; a recovery after a crash detects nothing again."""
    if instance is not None:
        _write(host, directory_of(host, identity) / "instance.json", to_json(instance).encode())


def load_instance(host: HostReader, identity: str) -> Instance | None:
    """Return the server as it was seen; ``None`` when there was none.

    Raises:
        ApplyError: what was written down is damaged.
    """
    try:
        return from_json(Instance, host.read(directory_of(host, identity) / "instance.json"))
    except NotFoundError:
        return None
    except InputError as error:
        raise ApplyError(f"what apply {identity} recorded of the server is damaged: {error}") from None


def forget(host: Host, identity: str) -> None:
    """Remove the trace of an apply that never began."""
    directory = directory_of(host, identity)
    for name in host.entries(directory):
        host.remove(directory / name)
    host.remove(directory)


def requesting_user() -> str:
    """The name of who asked; taken for the list only, never for a decision."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or "root"
    return "".join(letter for letter in name if letter.isalnum() or letter in "._-")[:64]


def _reserve(host: Host) -> str:
    """Take a name by its time, with its directory: names sort in the order in which they were taken."""
    ensure_directory(host, host.state / "applies")
    owner, group = own_names(host)
    name = next_time(host).strftime(_TIME)
    for identity in (name, *(f"{name}-{number:02}" for number in range(2, 100))):
        snapshot = host.status(host.state / "snapshots" / identity)
        if snapshot.kind is not FileKind.ABSENT:
            continue
        try:
            host.make_directory(directory_of(host, identity), owner=owner, group=group, mode=0o700)
        except ConcurrentChangeError:
            continue
        return identity
    raise ApplyError("too many applies were started in this second; try again")


def next_time(host: HostReader) -> datetime:
    """Now; a second after the newest name where the clock was ahead of now when that was taken."""
    now = datetime.now(UTC)
    for newest in identities(host)[:1]:
        with suppress(ValueError):
            taken = datetime.strptime(newest[:_TIME_LENGTH], _TIME).replace(tzinfo=UTC)
            return taken + timedelta(seconds=1) if taken > now else now
    return now


def _written(host: Host, order: Request) -> Request:
    _write(host, directory_of(host, order.id) / "order.json", to_json(order).encode())
    return order


def _write(host: Host, path: PurePosixPath, data: bytes) -> None:
    owner, group = own_names(host)
    host.write(path, data, expected=None, owner=owner, group=group, mode=0o600)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
