"""A plan with its rehearsal, on a sandbox with a real server."""

import time
from collections.abc import Iterator

from tests.bench.measure import Row, milliseconds
from wizard.app import generate_passwords, start
from wizard.detect.collect import collect
from wizard.model.event import EventKind, Phase
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.sandbox.host import SandboxHost

WANTED = 1.5


def rows() -> Iterator[Row]:
    """Measure looking, planning, staging and rehearsing; what comes after is not counted."""
    with SandboxHost.create() as host:
        begin = time.perf_counter()
        facts, sources = collect(host)
        made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
        planned = time.perf_counter() - begin
        events = list(start(host, made, login=None, passwords=generate_passwords(made)).events())
    phases = {e.phase: e.seconds for e in events if e.kind is EventKind.DONE and not e.change and e.seconds is not None}
    taken = planned + phases[Phase.STAGE] + phases[Phase.REHEARSE]
    yield Row(
        "look, plan, stage and rehearse", milliseconds(taken), milliseconds(WANTED), taken / WANTED, "ratio at most 1"
    )
