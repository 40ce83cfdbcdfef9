"""Files as upstream and the distributions ship them: the truth is told of each, and its plan starts the real server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench
from tests.support.servers import Server
from tests.support.stock_files import STOCK, Stock
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.event import Result
from wizard.model.finding import State
from wizard.model.login import Login
from wizard.planning.select_instance import choose
from wizard.sandbox.files import UNIT
from wizard.sandbox.ports import free_port

pytestmark = pytest.mark.server

OF_THE_MACHINE = frozenset(
    ("19", "20", "Xroot", "Xsandbox", "Xversion", "Xdatadir", "Xlog", "Xswap", "Xboot", "Xfilemax")
)
"""What depends on this machine, on the sandbox and on the build."""
PEOPLE = {"9", "14", "22", "23", "24"}
FAILS = {"6", "7", "8", "9", "11", "12", "13", "14", "15", "17", "18", "21", "25"}
"""A shipped file is open to every program on its host, has no limit, no TLS and no append-only file."""
PASSES = {"1", "5", "Xwritable", "Xsyntax", "Xmodules", "Xdrift", "Xdaemonize", "Xbacklog", "Xnofile", "Xdisk"}


@contextmanager
def shipped(box: Bench, stock: Stock, **paths: str) -> Iterator[None]:
    """Run the file as it is shipped, with a port and paths of the test."""
    layout = box.host.layout
    own = {"port": str(free_port()), "unixsocket": str(layout.socket), "pidfile": str(layout.run / "redis.pid")}
    own |= {"daemonize": "no", "dir": str(layout.data)}
    if stock.package:
        own["logfile"] = str(layout.log)
    box.host.services.stop(UNIT)
    Path(layout.config).write_text(stock.text({**own, **paths}), encoding="ascii")
    box.host.services.start(UNIT)
    yield


def states(box: Bench, login: Login | None = None) -> Mapping[State, set[str]]:
    """Return the items of each state, without those of the machine."""
    facts = collect(box.host, login=login).facts
    report = check(facts, instance=choose(facts).name, today=datetime.now(UTC).date())
    judged = [each for each in (*report.items, *report.extra) if each.id not in OF_THE_MACHINE]
    return {state: {each.id for each in judged if each.state is state} for state in State}


BUILDS = pytest.mark.parametrize(
    ("build", "name"),
    [
        ("r62", "Redis 6.2"),
        ("r74", "Redis 7.4"),
        ("r80", "Debian 13, Redis"),
        ("v81", "Debian 13, Valkey"),
        ("v91", "Valkey 9.1"),
    ],
    indirect=["build"],
)


@BUILDS
def test_the_truth_is_told_before_and_after_the_recommended_plan(box: Bench, build: Server, name: str) -> None:
    with shipped(box, STOCK[name]):
        before = states(box)
        assert before[State.FAIL] == FAILS
        assert before[State.PASS] == PASSES | ({"Xprotected"} if build.key != "r62" else set())
        outcome = box.apply(box.plan())
        assert outcome.result is Result.APPLIED, outcome
        after = states(box, box.admin)
        assert after[State.FAIL] == (set() if build.tls else {"15"})
        assert after[State.UNKNOWN] <= PEOPLE


@pytest.mark.parametrize(("build", "name"), [("r74", "Redis 7.4"), ("v81", "Valkey 8.1")], indirect=["build"])
def test_a_relative_data_directory_stays_where_the_server_writes(box: Bench, name: str) -> None:
    with shipped(box, STOCK[name], dir="./"):
        at = Path(f"/proc/{box.pid()}/cwd").readlink()
        box.fill(3)
        outcome = box.apply(box.plan())
        assert outcome.result is Result.APPLIED, outcome
        assert (box.keys(box.admin), Path(f"/proc/{box.pid()}/cwd").readlink()) == (3, at)
