"""What other servers of a group need."""

from tests.support import facts_builder as build
from tests.support.plan_model import change, ids, stock
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

BUSY = {"used_memory": str(8 << 30), "uptime_in_seconds": "1000", "master_repl_offset": str(20_000_000 * 1000)}
SENTINEL = build.client(name="sentinel-1a2b3c4d-cmd", user="default", address="10.0.4.30")


def made(facts: HostFacts) -> Plan:
    return plan(facts, stock().detect()[1], recommend(facts, facts.instances[0]).answers)


def live(**over: object) -> HostFacts:
    return build.with_live(stock().detect()[0], **over)  # type: ignore[arg-type]


def notes(found: Plan) -> dict[str, str]:
    return {note.subject: note.text for note in found.notes}


def test_a_server_alone_says_nothing_of_others() -> None:
    assert {"other servers", "client-output-buffer-limit"}.isdisjoint(notes(made(live(info=BUSY))))
    assert "directive:repl-backlog-size" not in ids(made(live(info=BUSY)))


def test_replicas_need_the_users_before_a_failover() -> None:
    found = notes(made(live(role=Role.PRIMARY, replicas=("10.0.4.22:6379",))))
    assert "copy the ACL file to replicas 10.0.4.22:6379 before the next failover" in found["other servers"]


def test_the_backlog_holds_the_writes_of_an_outage() -> None:
    primary = live(role=Role.PRIMARY, replicas=("10.0.4.22:6379",), info=BUSY)
    found = made(build.with_live(primary, {"repl-backlog-size": "1048576"}))
    assert change(found, "directive:repl-backlog-size").values == (("512mb",),)
    config = {"repl-backlog-size": str(1 << 30)}
    large = made(build.with_live(live(role=Role.PRIMARY, info=BUSY), config))
    assert "directive:repl-backlog-size" not in ids(large)


def test_a_buffer_that_a_full_sync_overflows_is_told() -> None:
    limits = {"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"}
    found = notes(made(build.with_live(live(role=Role.PRIMARY, replicas=("10.0.4.22:6379",), info=BUSY), limits)))
    assert "more than the 256 MiB of a replica's buffer" in found["client-output-buffer-limit"]
    quiet = {**BUSY, "master_repl_offset": "1000"}
    assert "client-output-buffer-limit" not in notes(
        made(build.with_live(live(role=Role.PRIMARY, replicas=("10.0.4.22:6379",), info=quiet), limits))
    )


def test_a_sentinel_gets_a_user_and_its_failover_is_told() -> None:
    facts = live(clients=(SENTINEL,))
    users = {user.name for user in recommend(facts, facts.instances[0]).answers.acl.users}
    assert "sentinel" in users
    found = made(facts)
    assert any("starts a failover" in note.text for note in found.notes if note.subject == "restart")
    assert "Sentinel at 10.0.4.30" in notes(found)["other servers"]
