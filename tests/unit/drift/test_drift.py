"""Drift since the applies in force: nothing right after an apply, and each later change by name, without a secret."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.apply_memory import HOSTS, apply, first_plan, make_plan, rollback, tree
from tests.support.memory_host.host import MemoryHost
from wizard.detect.collect import collect
from wizard.drift import Drift, read_drift
from wizard.drift.compare import compare
from wizard.drift.state import DriftKind, Observed, Written
from wizard.model.answers import Answers
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace, to_json
from wizard.planning.select_instance import choose
from wizard.snapshots.store import Store

CONF = PurePosixPath("/etc/redis/redis.conf")
USERS = PurePosixPath("/etc/redis/users.acl")
LEFT = "user default off resetchannels -@all", "user app on #~12345678 ~app:* resetchannels -@all +@read"


@pytest.fixture
def hardened() -> MemoryHost:
    host = tree("debian13-redis")
    apply(host, first_plan("debian13-redis"))
    return host


def drift(host: MemoryHost) -> Drift | None:
    facts = collect(host).facts
    return read_drift(host, facts, choose(facts))


def texts(host: MemoryHost) -> list[str]:
    found = drift(host)
    assert found is not None
    return [each.text for each in found.deviations]


def edit(host: MemoryHost, path: PurePosixPath, old: bytes, new: bytes) -> None:
    assert old in host.nodes[path].data
    host.nodes[path].data = host.nodes[path].data.replace(old, new)


@pytest.mark.parametrize("name", HOSTS)
def test_is_none_before_the_first_apply_and_empty_after_it(name: str) -> None:
    host = tree(name)
    assert drift(host) is None
    outcome = apply(host, first_plan(name))
    found = drift(host)
    assert found is not None
    assert (found.snapshot, found.deviations, found.not_compared) == (outcome.snapshot, (), ())


def test_of_a_configuration_names_the_directives_also_one_that_is_as_before_the_apply(hardened: MemoryHost) -> None:
    edit(hardened, CONF, b"slowlog-max-len 256", b"slowlog-max-len 128")
    hardened.nodes[CONF].data += b"requirepass hunter2\n"
    assert texts(hardened) == [f"{CONF} was changed: slowlog-max-len 128 (was 256); requirepass ******** (new)."]
    hardened.nodes[CONF].data += b"".join(b"rename-command %s %s2\n" % (each, each) for each in (b"GET", b"SET"))
    (text,) = texts(hardened)
    assert "hunter2" not in to_json(drift(hardened))
    assert text.startswith(f"{CONF} was changed: slowlog-max-len 128")


def test_of_comments_alone_says_so(hardened: MemoryHost) -> None:
    hardened.nodes[CONF].data += b"# a remark\n"
    assert texts(hardened) == [f"{CONF} was rewritten, with the same directives."]


def test_of_an_acl_file_names_the_users_and_forgives_other_words(hardened: MemoryHost) -> None:
    first = hardened.nodes[USERS].data
    hardened.nodes[USERS].data = b"\n".join(reversed(first.splitlines())) + b"\n"
    assert texts(hardened) == []
    edit(hardened, USERS, b"~app:*", b"~*")
    hardened.nodes[USERS].data += b"user eve on nopass ~* &* +@all\n"
    assert texts(hardened) == [f"{USERS} was changed: user app changed; user eve added."]


def test_of_paths_and_units(hardened: MemoryHost) -> None:
    key = next(path for path in hardened.nodes if path.name == "server.key" and path.is_relative_to("/etc"))
    hardened.nodes[key].mode = 0o644
    gone = next(path for path in hardened.nodes if path.is_relative_to("/etc/sysctl.d") and path.name.endswith(".conf"))
    hardened.remove(gone)
    found = texts(hardened)
    assert any(text.startswith(f"{key} is 0644 ") and "the apply left 06" in text for text in found), found
    assert f"{gone} was removed." in found


def test_goes_away_with_the_apply(hardened: MemoryHost) -> None:
    edit(hardened, CONF, b"slowlog-max-len 256", b"slowlog-max-len 128")
    found = drift(hardened)
    assert found is not None
    rollback(hardened, found.snapshot)
    assert drift(hardened) is None


def test_a_rollback_of_a_rollback_left_what_the_apply_had(hardened: MemoryHost) -> None:
    first = drift(hardened)
    assert first is not None
    rollback(hardened, first.snapshot)
    rollback(hardened, next(each.id for each in Store(hardened).listing() if each.state == "undo"))
    assert texts(hardened) == []
    edit(hardened, CONF, b"slowlog-max-len 256", b"slowlog-max-len 128")
    assert texts(hardened) == [f"{CONF} was changed: slowlog-max-len 128 (was 256)."]


def test_a_second_apply_is_compared_on_top_of_the_first(hardened: MemoryHost) -> None:
    def shorter(answers: Answers) -> Answers:
        return replace(answers, audit=replace(answers.audit, slow_log_length=333))

    apply(hardened, make_plan(hardened, shorter))
    assert texts(hardened) == []
    edit(hardened, USERS, b"~app:*", b"~*")
    edit(hardened, CONF, b"slowlog-max-len 333", b"slowlog-max-len 256")
    assert [text.partition(" was")[0] for text in texts(hardened)] == [str(CONF), str(USERS)]


def test_of_a_running_server_and_the_kernel() -> None:
    facts = build.with_live(
        build.hardened_host(), {"maxmemory": "0", "timeout": "300"}, acl=(LEFT[0], LEFT[1] + " +set")
    )
    facts = build.with_kernel(facts, "vm.overcommit_memory", "0")
    written = Written(
        live={"maxmemory": "1073741824", "timeout": "300", "maxclients": "10000"},
        users=(*LEFT, "user old on nopass"),
        kernel={"vm.overcommit_memory": "1", "net.core.somaxconn": "4096"},
        units={"redis-huge-pages.service": True},
    )
    found = compare(written, Observed(units={"redis-huge-pages.service": False}), facts, facts.instances[0])
    assert [(each.kind, each.text) for each in found] == [
        (DriftKind.LIVE, "maxmemory is 0 in the running server; the apply left 1gb."),
        (DriftKind.USER, 'User "app" was changed in the running server.'),
        (DriftKind.USER, 'User "old" was removed in the running server.'),
        (DriftKind.KERNEL, "vm.overcommit_memory is 0; the apply set 1."),
        (DriftKind.UNIT, "redis-huge-pages.service is disabled at boot; the apply left it enabled."),
    ]


def test_a_server_that_was_not_read_is_said_and_not_judged(hardened: MemoryHost) -> None:
    facts = collect(hardened).facts
    server = replace(choose(facts), live=Unreadable(what="redis", why="the server refuses this login"))
    assert not isinstance(server.live, LiveServer)
    written = Written(live={"maxmemory": "1"}, users=LEFT)
    assert compare(written, Observed(), facts, server) == ()
