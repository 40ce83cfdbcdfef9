"""The host of the pictures: what the product reads of a real sandbox, on a machine that is the same everywhere.

The server, its configuration, keys and clients are those of the sandbox. Names, paths, addresses, times and sizes that
differ from run to run are replaced by fixed ones. Applying is scripted, for its clock stands still.
"""

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from screens.engine import Detection, FieldProblem, Job
from screens.local_engine import LocalEngine
from tests.support import facts_builder as build
from tests.support.fake_engine import APPLIED, FakeDetection, FakeEngine, FakeJob
from wizard.model.answers import Answers, Attestation, Recommendation, UserAnswer
from wizard.model.event import Event, EventKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import Memory, Secret, from_json, replace, to_json
from wizard.sandbox import Layout, SandboxHost

ADDRESS = "10.0.4.7"
CLIENTS = {"orders-api": "10.0.4.21", "reports": "10.0.4.22"}
"""Names that connect, and where from."""
_USED = Memory(612 << 20)
_REPORTED = dict(
    zip(APPLIED.checks, ("User app logs in over TLS.", "Every other way to log in is refused."), strict=True)
)
_TODAY = date(2026, 5, 4)


class _Job(FakeJob):
    """Reports in the words of a real apply."""

    def events(self) -> Iterator[Event]:
        """See the job."""
        for event in super().events():
            yield replace(event, text=_REPORTED.get(event.text, event.text))


@dataclass
class PictureEngine(FakeEngine):
    """Reads, judges and plans as the product does."""

    local: LocalEngine = field(kw_only=True)
    fixed: FakeDetection = field(kw_only=True)

    def detect(self, login: Login | None, config: PurePosixPath | None, name: str = "") -> Detection:
        """Return the fixed host, hardened once an apply of it was confirmed."""
        confirmed = self.job is not None and self.job.word is EventKind.CONFIRMED
        return FakeDetection(build.hardened_host(), FileContents()) if confirmed else self.fixed

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Go through the phases of an apply, with what a real one reports at its end."""
        self.end = replace(APPLIED, summary=f"Applied {len(plan.changes)} changes, verified from outside.")
        self.job = _Job(self)
        return self.job

    def choose(self, facts: HostFacts, name: str) -> Instance:
        """See the engine; the methods below too."""
        return self.local.choose(facts, name)

    def recommend(self, facts: HostFacts, instance: Instance | None) -> Recommendation:
        return self.local.recommend(facts, instance)

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        return self.local.plan(detection, answers, instance, left_out)

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        return self.local.problems(answers, facts, instance)

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        return self.local.check(facts, instance, attestations, _TODAY)

    def rules(self, user: UserAnswer, instance: Instance | None) -> str:
        return self.local.rules(user, instance)

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance | None) -> str:
        return self.local.may(user, command, instance)


@contextmanager
def picture_engine() -> Iterator[PictureEngine]:
    """Return an engine on a sandbox with two clients."""
    with SandboxHost.create() as sandbox, _clients(sandbox.layout):
        local = LocalEngine(sandbox, None)
        read = local.detect(None, None)
        yield PictureEngine(local=local, fixed=_fixed(read.facts, read.sources, sandbox.layout))


@contextmanager
def _clients(layout: Layout) -> Iterator[None]:
    with ExitStack() as stack:
        for name in CLIENTS:
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(10)
            client.connect(str(layout.socket))
            client.sendall(f"CLIENT SETNAME {name}\r\nGET orders:1\r\nKEYS orders:*\r\n".encode())
            client.recv(4096)
        yield


def _fixed(facts: HostFacts, sources: FileContents, layout: Layout) -> FakeDetection:
    listener = next(each for each in facts.instances[0].listeners if each.port)
    names = (
        *_places(layout),
        (rf"\b{listener.port}\b", "6379"),
        (rf"\b{listener.pid}\b", str(build.PID)),
        (r"\b127\.0\.0\.1\b", ADDRESS),
        (r"\bsandbox:", "orders:"),
    )

    def fixed(text: str) -> str:
        for pattern, name in names:
            text = re.sub(pattern, name, text)
        return text

    instance = _instance(from_json(Instance, fixed(to_json(facts.instances[0]))))
    contents = {
        PurePosixPath(fixed(str(path))): fixed(data.decode()).encode() for path, data in sources.mapping().items()
    }
    host = build.host(instances=(instance,), listeners=tuple(each for each in instance.listeners if not each.unix))
    return FakeDetection(host, FileContents(contents))


def _places(layout: Layout) -> Iterator[tuple[str, str]]:
    places = {
        layout.config.parent: "/etc/redis",
        layout.data: "/var/lib/redis",
        layout.log: "/var/log/redis/redis-server.log",
        layout.log.parent: "/var/log/redis",
        layout.run: "/run/redis",
        layout.state: "/var/lib/redis-wizard",
        layout.directory: "/srv/redis",
    }
    yield from ((re.escape(str(path)), name) for path, name in places.items())


def _instance(found: Instance) -> Instance:
    live = found.live
    assert isinstance(live, LiveServer)
    info = {
        **live.info,
        "used_memory": str(int(_USED)),
        "used_memory_rss": str(int(_USED)),
        "uptime_in_seconds": "864000",
    }
    return replace(
        found,
        name="redis-server",
        unit=build.unit(),
        process=build.process(resident=_USED),
        space=tuple(build.space(each.path) for each in found.space),
        live=replace(live, info=info, clients=tuple(_client(each) for each in live.clients if each.name in CLIENTS)),
    )


def _client(found: ClientGroup) -> ClientGroup:
    return replace(found, address=CLIENTS[found.name], listener=f"{ADDRESS}:6379", library="redis-py 8.1.0")
