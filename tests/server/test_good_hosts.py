"""Hosts that are hardened by hand: no item fails that should not, and each passes that should."""

from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench, eventually
from tests.support.data_bench import write_lines
from tests.support.good_hosts import ADMIN, APP, BASE, HASH, HOSTS, LOCAL, NOW, OFF, PASSWORD, GoodHost, Place, Started
from tests.support.own_servers import OwnServers
from tests.support.servers import Server, need
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.event import Result
from wizard.model.finding import Finding, State
from wizard.model.login import Login
from wizard.planning.select_instance import choose
from wizard.sandbox.files import UNIT
from wizard.sandbox.ports import free_port
from wizard.server.client import connect

pytestmark = pytest.mark.server

OF_THE_MACHINE = frozenset(
    ("19", "20", "Xboot", "Xbacklog", "Xnofile", "Xswap", "Xfilemax", "Xroot", "Xsandbox", "Xdaemonize", "Xversion")
) | {"9", "10", "14", "22", "23", "24"}
"""What depends on this machine, on units, on the builds of these tests, on clients or on people."""


def findings(started: Started, login: Login) -> dict[str, Finding]:
    detection = collect(OwnServers(), config=PurePosixPath(started.config), login=login, endpoint=started.endpoint)
    report = check(detection.facts, instance=detection.facts.instances[0].name, today=NOW.date())
    return {each.id: each for each in (*report.items, *report.extra) if each.id not in OF_THE_MACHINE}


def not_passed(found: dict[str, Finding]) -> dict[str, tuple[State, str]]:
    return {name: (each.state, each.summary) for name, each in found.items() if each.state is not State.PASS}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_the_truth_is_told_of_a_good_host(host: GoodHost, place: Path) -> None:
    here = Place(place)
    started = host.make(here, need(host.server))
    with started.running():
        told = not_passed(findings(started, here.login(host.user)))
    # Each of them logs to standard output.
    truth = {"Xlog": State.NOT_APPLICABLE, **host.truth}
    expected = {name: state for name, state in truth.items() if name not in OF_THE_MACHINE}
    assert {name: state for name, (state, _) in told.items()} == expected, told


REPLICA = f"user replica on {HASH} resetchannels -@all +psync +replconf +ping"
SENTINEL = (
    f"user sentinel on {HASH} &* -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info"
    " +client|setname +client|kill +script|kill"
)
"""As the documentation of Redis has it ("High availability with Sentinel")."""
PEER = f"user peer on {HASH} &* -@all +sentinel|is-master-down-by-addr +ping +publish +subscribe +client|setname"


def member(place: Path, name: str, build: str, more: str = "") -> tuple[Place, Started]:
    place = place / name
    place.mkdir(mode=0o700)
    here = Place(place)
    text = f"{BASE}{LOCAL}{here.tls}{here.socket}repl-diskless-sync-delay 0\n{more}"
    return here, here.start(need(build), text, (OFF, ADMIN, APP, REPLICA, SENTINEL))


@pytest.mark.parametrize("build", ["r74", "r80", "v81"])
def test_a_primary_with_replica_and_sentinel_over_tls_has_no_false_failure(build: str, place: Path) -> None:
    one, primary = member(place, "p", build)
    links = f"masteruser replica\nmasterauth {PASSWORD}\n"
    two, replica = member(place, "r", build, f"replicaof 127.0.0.1 {one.tls_port}\n{links}")
    (place / "s").mkdir(mode=0o700)
    three = Place(place / "s")
    watched = f"sentinel monitor m 127.0.0.1 {one.tls_port} 1\nsentinel auth-user m sentinel\n"
    watched += f"sentinel auth-pass m {PASSWORD}\nsentinel sentinel-user peer\nsentinel sentinel-pass {PASSWORD}\n"
    sentinel = three.start(need(build), f"{LOCAL}{three.tls}{watched}", (OFF, ADMIN, PEER), "--sentinel")
    with ExitStack() as running:
        for each in (primary, replica, sentinel):
            running.enter_context(each.running())
        with connect(replica.endpoint, two.login()) as client:
            eventually(lambda: client.info("replication")["master_link_status"] == "up", "the replica does not follow")
            eventually(lambda: "sentinel" in {each["user"] for each in client.client_list()}, "no Sentinel came")
        told = {
            "primary": not_passed(findings(primary, one.login())),
            "replica": not_passed(findings(replica, two.login())),
            "sentinel": not_passed(findings(sentinel, three.login())),
        }
    wrong = {
        name: {item: each for item, each in found.items() if each[0] is State.FAIL} for name, found in told.items()
    }
    assert wrong == {"primary": {}, "replica": {}, "sentinel": {}}
    assert set(told["primary"]) == set(told["replica"]) == {"2", "3", "4", "Xlog"}, told


def test_a_primary_knows_no_stranger_by_the_name_of_a_sentinel(place: Path) -> None:
    here, started = member(place, "p", "r80", f"# {free_port()}\n")
    users = (OFF, ADMIN, APP, SENTINEL.replace("user sentinel", "user shop"))
    started = here.start(need("r80"), started.config.read_text().replace("aclfile", "#aclfile"), users)
    with started.running():
        found = findings(started, here.login())
    assert {item: found[item].state for item in ("7", "13")} == {"7": State.FAIL, "13": State.FAIL}


LEFT = frozenset(("19", "20", "Xroot", "Xsandbox", "Xversion", "9", "14", "22", "23", "24"))
"""What depends on this machine, on the sandbox, on clients or on people."""


@pytest.mark.parametrize("build", ["r74", "r80", "v81"], indirect=True)
def test_a_host_that_an_apply_left_behind_has_no_failure(box: Bench) -> None:
    outcome = box.apply(box.plan())
    assert outcome.result is Result.APPLIED, outcome
    facts = collect(box.host, login=box.admin).facts
    report = check(facts, instance=choose(facts).name, today=NOW.date())
    bad = {
        each.id: each.summary for each in (*report.items, *report.extra) if each.state in (State.FAIL, State.UNKNOWN)
    }
    assert {item: words for item, words in bad.items() if item not in LEFT} == {}


@pytest.mark.parametrize("build", ["r74"], indirect=True)
def test_a_module_is_seen_by_a_user_that_may_not_ask_for_the_list(box: Bench, build: Server) -> None:
    write_lines(box, f"loadmodule {Path(build.binary).parent.parent / 'lib' / 'redisbloom.so'}")
    box.host.services.stop(UNIT)
    box.host.services.start(UNIT)
    with box.client() as client:
        client.execute("ACL", "SETUSER", "ops", "on", "nopass", "+@all", "-module", "~*")
        client.execute("AUTH", "ops", "x")
        assert client.modules() == ("bf",)
