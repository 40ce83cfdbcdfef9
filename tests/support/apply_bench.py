"""A sandbox with any of the measured servers, and the whole way through it in one call each."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.support.bare_machine import BareMachine
from tests.support.servers import Server
from wizard.app import generate_passwords, start, start_rollback
from wizard.detect.collect import collect
from wizard.errors import HostError
from wizard.model.answers import Answers
from wizard.model.event import Outcome, Result
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.login import Endpoint, Login
from wizard.model.plan import Plan
from wizard.model.value import Secret, replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose
from wizard.sandbox.files import UNIT
from wizard.sandbox.host import SandboxHost
from wizard.sandbox.ports import free_port
from wizard.server.client import Client, connect
from wizard.snapshots.store import Store
from wizard.started_apply import Apply

_PATIENCE = 60.0
"""Seconds to wait for a server on a busy machine."""
STATE_OF_OURS = ("snapshots", "blobs", "applies", "lock", "run", "recovery")
"""What our own state directory keeps of an apply; everything else on the host must be as before."""


class Stopped(BaseException):
    """Whoever is at work is killed."""


class FaultyHost(BareMachine, SandboxHost):
    """A sandbox in which the first change of one path fails, or is never made because the worker is killed there."""

    fails_at: PurePosixPath | None = None
    stops_at: PurePosixPath | None = None
    skips: int = 0
    """So many changes of that path are made before."""
    reopen_arguments = None
    """Another process would open a sandbox without faults."""

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        self._maybe_fail(path)
        super().write(path, data, expected=expected, owner=owner, group=group, mode=mode)

    def make_directory(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        self._maybe_fail(path)
        super().make_directory(path, owner=owner, group=group, mode=mode)

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        self._maybe_fail(path)
        super().set_mode(path, owner=owner, group=group, mode=mode)

    def rename(self, path: PurePosixPath, to: PurePosixPath) -> None:
        """See the port."""
        self._maybe_fail(path)
        super().rename(path, to)

    def _maybe_fail(self, path: PurePosixPath) -> None:
        if path == self.stops_at and self.skips:
            self.skips -= 1
        elif path == self.stops_at:
            self.stops_at = None
            raise Stopped
        if path == self.fails_at:
            self.fails_at = None
            raise HostError(f"{path} could not be changed: the test says so")


@dataclass
class Bench:
    """One sandbox and what the tests know of it."""

    host: FaultyHost
    passwords: dict[str, Secret] = field(default_factory=dict)
    tls_port: int = field(default_factory=free_port)

    def plan(self, change: Callable[[Answers], Answers] = lambda answers: answers, login: Login | None = None) -> Plan:
        """Plan the recommended answers, changed a little."""
        detection = collect(self.host, login=login)
        instance = choose(detection.facts)
        recommended = recommend(detection.facts, instance).answers
        # Tests run beside each other, and each server wants a TLS port of its own.
        answers = change(replace(recommended, tls=replace(recommended.tls, port=self.tls_port)))
        return plan(detection.facts, detection.sources, answers, instance=instance.name)

    def start(self, wanted: Plan, *, login: Login | None = None, confirm_within: int = 0) -> Apply:
        """Start an apply with fresh passwords."""
        drawn = generate_passwords(wanted)
        self.passwords |= drawn
        return start(self.host, wanted, login=login, passwords=drawn, confirm_within=confirm_within)

    def apply(self, wanted: Plan, *, login: Login | None = None) -> Outcome:
        """Apply to the end."""
        return self.start(wanted, login=login).outcome()

    def refused(self, wanted: Plan) -> str:
        """Apply a plan that must be refused; give the reason after seeing that nothing was touched."""
        before, pid = self.picture(), self.pid()
        outcome = self.apply(wanted)
        assert outcome.result is Result.REFUSED, outcome
        assert (self.picture(), self.pid()) == (before, pid)
        assert not Store(self.host).listing()
        assert not self.host.entries(self.host.state / "run"), "the rehearsal's directory is still there"
        return outcome.summary

    def rollback(self, snapshot: str, *, login: Login | None = None, accepted: bool = False) -> Outcome:
        """Roll back to the end."""
        return start_rollback(self.host, snapshot, login=login, accepted=accepted).outcome()

    @property
    def admin(self) -> Login:
        """The administrator that the recommendation makes."""
        return Login("admin", self.passwords["admin"])

    @contextmanager
    def client(self, login: Login | None = None) -> Iterator[Client]:
        """A session over the server's own socket."""
        with connect(Endpoint(socket=self.host.layout.socket), login) as client:
            yield client

    def fill(self, count: int, *, prefix: str = "key", login: Login | None = None) -> None:
        """Write keys."""
        with self.client(login) as client:
            for number in range(count):
                client.execute("SET", f"{prefix}:{number}", "x")

    def keys(self, login: Login | None = None) -> int:
        """Count the keys. A server that still loads tells how far it is, and to a stranger not even that it loads."""
        with self.client(login) as client:
            eventually(lambda: client.info("persistence").get("loading") == "0", "it still loads", seconds=_PATIENCE)
            return client.key_total()

    def picture(self) -> Mapping[PurePosixPath, FileStatus]:
        """Every path of the sandbox but data, logs and our own records, with contents and rights."""
        found: dict[PurePosixPath, FileStatus] = {}
        skipped = {self.host.layout.data, self.host.layout.log.parent, self.host.layout.run}
        own = {self.host.state / name for name in STATE_OF_OURS}
        self._look(self.host.layout.config.parent, skipped | own, found)
        self._look(self.host.state, skipped | own, found)
        found[self.host.layout.data] = self._shape(self.host.layout.data)
        return found

    def _look(self, path: PurePosixPath, skipped: set[PurePosixPath], found: dict[PurePosixPath, FileStatus]) -> None:
        if path in skipped:
            return
        status = self._shape(path)
        if status.kind is not FileKind.ABSENT and path != self.host.state:
            found[path] = status
        for name in self.host.entries(path):
            self._look(path / name, skipped, found)

    def _shape(self, path: PurePosixPath) -> FileStatus:
        status = self.host.status(path, digest=True)
        return replace(status, size=0, links=1) if status.kind is FileKind.DIRECTORY else status

    def crash(self, login: Login | None = None) -> None:
        """Kill the server without a save or a last word, once what it says is written is out of its hands."""
        pid = self.pid()
        with self.client(login) as client:
            eventually(lambda: _is_flushed(client), "the append-only file is not written")
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.pid() != pid, "the server is still there")

    def pid(self) -> int:
        """Process id of the server."""
        return self.host.services.show(UNIT).main_pid


def _is_flushed(client: Client) -> bool:
    """Every write of the append-only file is the kernel's; up to two seconds it may wait for a slow disk."""
    fields = client.info("persistence")
    return all(fields.get(name, "0") == "0" for name in ("aof_buffer_length", "aof_pending_bio_fsync"))


def eventually(done: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@contextmanager
def bench(place: Path, server: Server | None = None) -> Iterator[Bench]:
    """Make a sandbox, with the server given."""
    host = FaultyHost.create(PurePosixPath(place))
    try:
        if server is not None:
            _exchange(host, server)
        yield Bench(host)
    finally:
        host.close()
        shutil.rmtree(place, ignore_errors=True)


def _exchange(host: FaultyHost, server: Server) -> None:
    """Start another program on the same configuration, without the first one's data."""
    host.services.stop(UNIT)
    for name in host.entries(host.layout.data):
        host.remove(host.layout.data / name)
    host.services.remember(replace(host.services.record(), binary=PurePosixPath(server.binary)))
    host.services.start(UNIT)
