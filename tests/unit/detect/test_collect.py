import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import pytest

from tests.support import host_trees
from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.config import ResolvedConfig
from wizard.detect.collect import Detection, collect
from wizard.detect.servers import live
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret, from_json, to_json
from wizard.server.access import ServerAccess

EVERY = [(name, user) for name in host_trees.names() for user in ("root", "op")]
PLANTED = re.compile("planted|6f1c")


def look(name: str, user: str = "root") -> Detection:
    return collect(load(name, user=user))


@pytest.mark.parametrize(("name", "user"), EVERY)
def test_facts_survive_json(name: str, user: str) -> None:
    facts = look(name, user).facts
    assert from_json(HostFacts, to_json(facts)) == facts


@pytest.mark.parametrize(("name", "user"), EVERY)
def test_looking_changes_nothing_and_runs_no_server(name: str, user: str) -> None:
    host = load(name, user=user)
    collect(host)
    assert host.changes == []
    assert host.services.calls == []
    assert all(line[1:] in {("--version",), ()} or line[1] == "policy" for line in host.runs)


@pytest.mark.parametrize(("name", "user"), EVERY)
def test_no_secret_of_the_host_is_among_the_facts(name: str, user: str) -> None:
    detection = look(name, user)
    assert not PLANTED.search(to_json(detection.facts))
    assert not PLANTED.search(repr(detection))
    assert not PLANTED.search(str(detection.sources))


@pytest.mark.parametrize(("name", "user"), EVERY)
def test_names_of_instances_are_distinct(name: str, user: str) -> None:
    names = [instance.name for instance in look(name, user).facts.instances]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "user"), EVERY)
def test_a_second_look_finds_the_same(name: str, user: str) -> None:
    host = load(name, user=user)
    first, second = collect(host).facts, collect(host).facts
    assert to_json(first).replace(first.taken_at, "") == to_json(second).replace(second.taken_at, "")


def test_without_root_it_says_what_stays_unknown() -> None:
    facts = look("debian13-redis", "op").facts
    assert not facts.root
    assert isinstance(facts.instances[0].config, Unreadable)
    assert {each.what for each in facts.unreadable} >= {"/etc/redis/redis.conf", "/proc/58/smaps_rollup"}


def test_root_finds_nothing_closed() -> None:
    assert look("debian13-redis").facts.unreadable == ()


def test_the_bytes_of_every_file_that_a_plan_edits_are_kept_apart() -> None:
    host = load("cgroup-v1")
    host.put(PurePosixPath("/etc/sysctl.d/60-redis-wizard.conf"), b"vm.overcommit_memory = 1\n")
    host.put(PurePosixPath("/etc/redis/certs/server.key"), b"PRIVATE")
    sources = collect(host).sources
    assert {str(path) for path in sources.paths()} == {
        "/etc/redis/redis.conf",
        "/etc/sysctl.d/60-redis-wizard.conf",
        "/etc/systemd/system/redis-server.service.d/limits.conf",
        "/usr/lib/sysctl.d/50-pid-max.conf",
    }


def test_the_files_that_a_plan_may_touch_are_listed_absent_or_not() -> None:
    files = {str(each.path): each.kind.value for each in look("cgroup-v1").facts.files}
    assert files["/etc/systemd/system/redis-server.service.d/limits.conf"] == "file"
    assert files["/etc/systemd/system/redis-server.service.d"] == "directory"
    assert files["/etc/systemd/system/disable-thp.service"] == "absent"
    assert files["/etc/sysctl.d/60-redis-wizard.conf"] == "absent"
    assert files["/etc/redis/users.acl"] == "absent"
    assert files["/var/lib/redis-wizard"] == "absent"


def test_a_tree_has_no_live_values_and_no_processes() -> None:
    host = load("two-instances")
    host.tree, host.process_list, host.listener_list = PurePosixPath("/image"), (), ()
    facts = collect(host).facts
    assert [instance.name for instance in facts.instances] == ["redis-server@a", "redis-server@b"]
    assert all(isinstance(instance.live, Unreadable) and not instance.probes for instance in facts.instances)
    assert [instance.version for instance in facts.instances] == ["8.0.2", "8.0.2"]


def test_a_file_that_is_no_server_answers_nothing_of_another_server() -> None:
    # The file names the usual port; nothing of this host listens there, so nobody is asked.
    host = MemoryHost({PurePosixPath("/etc/redis/redis.conf"): b"port 6379\n"})
    (instance,) = collect(host).facts.instances
    assert not isinstance(instance.live, LiveServer)
    assert (instance.listeners, instance.probes) == ((), ())


def test_a_file_that_is_named_but_absent_is_said_to_be_absent() -> None:
    facts = collect(load("bare"), config=PurePosixPath("/srv/own.conf")).facts
    assert [instance.name for instance in facts.instances] == ["/srv/own.conf"]
    assert facts.instances[0].config == Unreadable(what="/srv/own.conf", why="it does not exist")


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    host = load("by-hand")
    host.put(PurePosixPath("/etc/redis.conf"), b"\xff\xfe garbage\x00\nport 1\ninclude /etc\ninclude \xff\ndir /\xff\n")
    host.put(PurePosixPath("/proc/meminfo"), b"\xff\xff")
    host.put(PurePosixPath("/var/lib/dpkg/status"), b"\xff" * 1000)
    (instance,) = collect(host).facts.instances
    assert isinstance(instance.config, ConfigFacts)
    assert ResolvedConfig.from_facts(instance.config).next_start("port") == ("1",)
    assert to_json(instance)


def test_authority_and_client_certificates_of_the_product_are_listed_and_their_keys_not_kept() -> None:
    host = load("debian13-redis")
    state = PurePosixPath("/var/lib/redis-wizard")
    for name in ("ca/ca.crt", "ca/ca.key", "clients/app/client.crt", "clients/app/client.key"):
        host.put(state / name, name.encode())
    detection = collect(host)
    listed = {str(each.path.relative_to(state)): each for each in detection.facts.files if state in each.path.parents}
    assert set(listed) >= {"ca", "ca/ca.crt", "ca/ca.key", "clients/app", "clients/app/client.crt"}
    assert listed["clients/app/ca.crt"].kind == "absent"
    assert listed["ca/ca.key"].digest
    kept = {path.name for path in detection.sources.paths()}
    assert "client.crt" in kept
    assert not [name for name in kept if name.endswith(".key")]


def test_two_servers_in_one_directory_have_files_of_their_own() -> None:
    files = {str(each.path) for each in look("two-instances").facts.files}
    assert files >= {
        "/etc/redis/redis-a-users.acl",
        "/etc/redis/redis-b-users.acl",
        "/etc/redis/certs/redis-a-server.key",
        "/etc/systemd/system/redis-server@a.service.d/60-redis-wizard.conf",
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Login | None]]:
    """Logins by the server that they would be sent to; no server answers."""
    found: dict[str, list[Login | None]] = {}

    def read(server: ServerAccess, endpoints: Sequence[tuple[Endpoint, Login | None]], _: object) -> Unreadable:
        name = server.identity.name if server.identity else ""
        found.setdefault(name, []).extend(login for _, login in endpoints)
        return Unreadable(what="the running server", why="NOAUTH")

    monkeypatch.setattr(live, "read_live", read)
    return found


LOGIN = Login("admin", Secret("planted"))


@pytest.mark.parametrize(
    "chosen",
    [
        {"instance": "redis-server@a"},
        {"instance": "redis-server@a.service"},
        {"config": PurePosixPath("/etc/redis/redis-a.conf")},
    ],
    ids=lambda chosen: str(*chosen.values()),
)
def test_a_login_goes_to_the_server_that_was_chosen(
    asked: dict[str, list[Login | None]], chosen: dict[str, Any]
) -> None:
    collect(load("two-instances", user="root"), login=LOGIN, **chosen)
    assert any(login is LOGIN for login in asked["redis-server@a.service"])
    assert not any(asked["redis-server@b.service"])


def test_where_several_servers_run_a_login_goes_to_none_of_them(asked: dict[str, list[Login | None]]) -> None:
    facts = collect(load("two-instances", user="root"), login=LOGIN).facts
    assert not any(login for logins in asked.values() for login in logins)
    for instance in facts.instances:
        assert isinstance(instance.live, Unreadable)
        assert "choose one with --instance or --config" in instance.live.why


def test_the_only_server_that_runs_gets_the_login(asked: dict[str, list[Login | None]]) -> None:
    collect(load("debian13-redis", user="root"), login=LOGIN)
    assert any(login is LOGIN for login in asked["redis-server.service"])
