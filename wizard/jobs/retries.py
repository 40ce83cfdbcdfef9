"""What kept a recovery from its end, how often it was tried in this boot, and when it is tried again.

::

    2 s, 4 s, 8 s … 10 min between two tries, for a day; then the host's next boot, or a person
"""

from contextlib import suppress

from wizard.errors import HostError, InputError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_clock, requests
from wizard.model.value import Value, from_json, to_json
from wizard.snapshots.store import own_names

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 600.0
GIVE_UP_SECONDS = 24 * 3600.0
NAME = "tries.json"


class Tries(Value, frozen=True, kw_only=True):
    """The failed tries of one boot."""

    count: int
    first: float
    """When the first one failed, in seconds of CLOCK_BOOTTIME."""
    last: float
    """When the newest one failed."""
    boot: str
    """Which boot these seconds belong to."""
    why: str
    """Why it failed, one sentence with what to do."""
    data: bool = False
    """The boot has started the server, and only what follows it is left."""

    @property
    def over(self) -> bool:
        """No further try is made by itself in this boot."""
        return self.last - self.first > GIVE_UP_SECONDS

    @property
    def next(self) -> float:
        """When it is tried again, in seconds of CLOCK_BOOTTIME."""
        return self.last + delay(self.count)


def delay(count: int) -> float:
    """Return the seconds between one failed try and the next, by the number of failed tries."""
    return float(min(FIRST_SECONDS * 2 ** min(max(count - 1, 0), 20), LONGEST_SECONDS))


def read(host: HostReader, identity: str) -> Tries | None:
    """Return the failed tries of this boot; ``None`` when there were none."""
    with suppress(HostError, InputError):
        found = from_json(Tries, host.read(requests.directory_of(host, identity) / NAME))
        return found if found.boot == boot_clock.boot_id() else None
    return None


def failed(host: Host, identity: str, why: str, *, data: bool = False) -> Tries:
    """Count one more failed try; one that cannot be written down counts as the first."""
    before, now = read(host, identity), boot_clock.now()
    made = Tries(
        count=before.count + 1 if before else 1,
        first=before.first if before else now,
        last=now,
        boot=boot_clock.boot_id(),
        why=why,
        data=data or bool(before and before.data),
    )
    with suppress(HostError):
        owner, group = own_names(host)
        path = requests.directory_of(host, identity) / NAME
        host.write(path, to_json(made).encode(), expected=None, owner=owner, group=group, mode=0o600)
    return made


def forget(host: Host, identity: str) -> None:
    """Forget them: a person asks for a new try, or it has ended."""
    with suppress(HostError):
        host.remove(requests.directory_of(host, identity) / NAME)


def sentence(told: Tries) -> str:
    """Return how often a recovery failed, since when, and when it is tried again."""
    times = "once" if told.count == 1 else f"{told.count} times"
    since = f"tried {times} in {max(boot_clock.now() - told.first, 0):.0f} s"
    if told.over:
        return f"{since}; no further try before the next boot"
    return f"{since}; the next try is in {max(told.next - boot_clock.now(), 0):.0f} s"
