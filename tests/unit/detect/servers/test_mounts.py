"""Servers whose paths are not this host's."""

from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from tests.unit.detect.servers.test_sharing import add_unit, by_hand
from wizard.config import ResolvedConfig
from wizard.detect.collect import Detection, collect
from wizard.errors import PlanError
from wizard.model.answers import AclAnswers, Answers
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.planning.plan import plan

CONF = PurePosixPath("/etc/redis/redis.conf")
INSIDE = PurePosixPath("/proc/70/root")
ROOTS = b"         0          0          1\n       101        101          1\n"
OPS = b"         0       1000          1\n"


def host(uid_map: bytes = ROOTS, inside: bytes = b"port 6399\nmaxmemory 1gb\n") -> MemoryHost:
    """A unit whose process has another file by the name of the stock one."""
    found = load("debian13-redis")
    by_hand(found, 70, "redis")
    add_unit(found, "redis-alt.service", active="active", enabled="enabled", pid=70)
    found.put(INSIDE / CONF.relative_to("/"), inside, owner="redis", group="redis", mode=0o640)
    found.put(PurePosixPath("/proc/70/uid_map"), uid_map)
    return found


def alt(detection: Detection) -> Instance:
    return next(each for each in detection.facts.instances if each.name == "redis-alt")


def test_another_file_by_the_same_name_is_another_server() -> None:
    assert [each.name for each in collect(host()).facts.instances] == ["redis-alt", "redis-server"]


def test_its_own_file_is_the_evidence_and_never_a_source() -> None:
    detection = collect(host())
    found = alt(detection)
    assert isinstance(found.config, ConfigFacts)
    assert ResolvedConfig.from_facts(found.config).next_start("port") == ("6399",)
    assert detection.sources.get(CONF) == host().read(CONF)


def test_nothing_is_planned_for_it_and_the_reason_names_the_path() -> None:
    detection = collect(host())
    with pytest.raises(PlanError, match=r"redis-alt has another .*redis\.conf than this host, by mounts"):
        plan(detection.facts, detection.sources, Answers(), instance="redis-alt")


def test_the_other_server_is_planned_as_ever() -> None:
    detection = collect(host())
    made = plan(detection.facts, detection.sources, Answers(acl=AclAnswers(manage=False)), instance=str(CONF))
    assert made.instance == "redis-server"


def test_what_any_user_can_have_put_there_is_not_read() -> None:
    found = alt(collect(host(OPS, b"requirepass planted-6f1c\n")))
    assert isinstance(found.config, Unreadable)
    assert found.barred
    assert found.directories == ()


def test_the_same_file_in_mounts_of_its_own_is_this_hosts() -> None:
    found = host()
    found.nodes[INSIDE / CONF.relative_to("/")] = found.nodes[CONF]
    (only,) = collect(found).facts.instances
    assert (only.name, only.barred, [unit.name for unit in only.other_units]) == (
        "redis-server",
        "",
        ["redis-alt.service"],
    )


def test_a_link_in_there_leads_to_that_root_and_not_to_ours() -> None:
    found = host()
    found.put(PurePosixPath("/etc/shadow"), b"root:planted-6f1c\n", mode=0o600)
    del found.nodes[INSIDE / CONF.relative_to("/")]
    found.put_link(INSIDE / CONF.relative_to("/"), "/etc/shadow", owner="redis")
    config = alt(collect(found)).config
    assert isinstance(config, Unreadable)
    assert config.why == "it does not exist"


@pytest.mark.parametrize("path", ["/var/lib/redis", "/etc/redis/users.acl", "/etc/redis/certs/server.crt"])
def test_every_file_that_it_uses_is_compared(path: str) -> None:
    found = load("debian13-redis")
    found.put(CONF, b"dir /var/lib/redis\naclfile /etc/redis/users.acl\ntls-cert-file /etc/redis/certs/server.crt\n")
    found.put(PurePosixPath(path) / "x", b"")
    top = PurePosixPath("/proc/58/root")
    for each in list(found.nodes):
        if each.is_relative_to("/etc/redis") or each.is_relative_to("/var/lib/redis"):
            found.nodes[top / each.relative_to("/")] = found.nodes[each]
    found.put_directory(top / "etc")
    found.put_directory(top / "var" / "lib")
    assert collect(found).facts.instances[0].barred == ""
    found.nodes[top / path[1:]] = MemoryHost({PurePosixPath("/x"): b""}).nodes[PurePosixPath("/x")]
    assert f"has another {path} than this host" in collect(found).facts.instances[0].barred


@pytest.mark.parametrize(
    ("properties", "barred"),
    [
        ({"BindPaths": "/srv/alt:/etc/redis:rbind"}, True),
        ({"BindReadOnlyPaths": "/srv/x.conf:/etc/redis/redis.conf"}, True),
        ({"TemporaryFileSystem": "/etc:ro"}, True),
        ({"InaccessiblePaths": "-/etc/redis"}, True),
        ({"RootDirectory": "/srv/root"}, True),
        ({"RootImage": "/srv/root.raw"}, True),
        ({"TemporaryFileSystem": "/etc:ro", "BindReadOnlyPaths": "/etc/redis"}, False),
        ({"BindPaths": "/srv/same:/etc/redis"}, False),
        ({"BindPaths": "/srv/alt:/opt/redis"}, False),
        ({"PrivateTmp": "yes", "ProtectHome": "yes"}, False),
        ({"RootDirectory": "/"}, False),
    ],
)
def test_a_stopped_server_is_judged_by_its_unit(properties: dict[str, str], *, barred: bool) -> None:
    found = load("debian13-redis")
    found.process_list = ()
    unit = found.services.units["redis-server.service"]
    unit.active, unit.main_pid = "inactive", 0
    unit.properties |= properties
    found.put_link(PurePosixPath("/srv/same"), "/etc/redis")
    found.put(PurePosixPath("/srv/alt/redis.conf"), b"port 1\n")
    instance = next(each for each in collect(found).facts.instances if each.unit)
    assert bool(instance.barred) is barred
    assert isinstance(instance.config, Unreadable) is barred


def test_without_root_nothing_is_compared() -> None:
    found = load("debian13-redis", user="op")
    assert collect(found).facts.instances[0].barred == ""
