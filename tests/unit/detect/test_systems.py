"""The unit and path shapes of distributions and vendors: each server is found by ``--root`` and planned for.

Sources: the packages' own units and files: Ubuntu, Rocky, Fedora, Amazon Linux 2023, SLES 15, Alpine aports,
redis/redis-rpm, redis-stack/redis-stack, redis/redis-snap, Bitnami's images.
"""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from tests.support.host_trees import HOSTS
from wizard.detect import Detection, collect_facts
from wizard.host.rooted import RootedHost
from wizard.model.change import MakeDirectory
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.service import Flavour
from wizard.model.plan import Plan
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose

TREES = HOSTS.parent / "trees"


class Shape(NamedTuple):
    """What is found of a server."""

    instance: str
    config: str
    binary: str
    acl: str
    flavour: Flavour = Flavour.REDIS


SHAPES = {
    "ubuntu-redis": Shape("redis-server", "/etc/redis/redis.conf", "/usr/bin/redis-server", "/etc/redis/users.acl"),
    "rocky-redis": Shape("redis", "/etc/redis/redis.conf", "/usr/bin/redis-server", "/etc/redis/users.acl"),
    "rpm-redis": Shape("redis", "/etc/redis.conf", "/usr/bin/redis-server", "/etc/redis/users.acl"),
    "fedora-valkey": Shape(
        "valkey", "/etc/valkey/valkey.conf", "/usr/bin/valkey-server", "/etc/valkey/users.acl", Flavour.VALKEY
    ),
    "amazon-redis6": Shape("redis6", "/etc/redis6/redis6.conf", "/usr/bin/redis6-server", "/etc/redis6/users.acl"),
    "sles-redis": Shape("redis@default", "/etc/redis/default.conf", "/usr/sbin/redis-server", "/etc/redis/users.acl"),
    "alpine-redis": Shape("/etc/redis.conf", "/etc/redis.conf", "/usr/bin/redis-server", "/etc/redis/users.acl"),
    "redisio-rpm": Shape("redis", "/etc/redis/redis.conf", "/usr/bin/redis-server", "/etc/redis/users.acl"),
    "redis-stack": Shape(
        "redis-stack-server", "/etc/redis-stack.conf", "/opt/redis-stack/bin/redis-server", "/etc/redis/users.acl"
    ),
    "snap-redis": Shape(
        "/var/snap/redis/common/etc/redis/redis.conf",
        "/var/snap/redis/common/etc/redis/redis.conf",
        "/snap/redis/current/usr/bin/redis-server",
        "/var/snap/redis/common/etc/redis/users.acl",
    ),
    "bitnami-redis": Shape(
        "/opt/bitnami/redis/etc/redis.conf",
        "/opt/bitnami/redis/etc/redis.conf",
        "/opt/bitnami/redis/bin/redis-server",
        "/opt/bitnami/redis/etc/users.acl",
    ),
}


def detected(tree: str) -> Detection:
    return collect_facts(RootedHost(PurePosixPath(TREES / tree)))


def planned(tree: str) -> Plan:
    facts, sources = detected(tree)
    instance = choose(facts)
    return plan(facts, sources, recommend(facts, instance).answers, instance=instance.name)


def test_every_tree_has_its_shape() -> None:
    assert set(SHAPES) == {path.name for path in Path(TREES).iterdir()}


@pytest.mark.parametrize("tree", SHAPES)
def test_its_server_is_found(tree: str) -> None:
    found, shape = choose(detected(tree).facts), SHAPES[tree]
    assert (found.name, found.flavour, str(found.binary)) == (shape.instance, shape.flavour, shape.binary)
    assert isinstance(found.config, ConfigFacts)
    assert str(found.config.main) == shape.config


@pytest.mark.parametrize("tree", SHAPES)
def test_it_is_planned_for(tree: str) -> None:
    made, shape = planned(tree), SHAPES[tree]
    files = {str(diff.path) for diff in made.diffs}
    assert {shape.config, shape.acl} <= files


@pytest.mark.parametrize("tree", SHAPES)
def test_a_new_file_has_its_directory(tree: str) -> None:
    made = planned(tree)
    root = TREES / tree
    new = {change.path for change in made.changes if isinstance(change, MakeDirectory)}
    for diff in made.diffs:
        folder = diff.path.parent
        usual = str(folder) in {"/etc/sysctl.d", "/etc/systemd/system"}
        assert usual or folder in new or (root / folder.relative_to("/")).is_dir(), diff.path


def test_a_file_that_another_one_includes_is_no_server() -> None:
    assert [each.name for each in detected("redisio-rpm").facts.instances] == ["redis"]


def test_a_sentinel_beside_a_server_is_not_meant() -> None:
    assert [each.name for each in detected("rocky-redis").facts.instances] == ["redis", "redis-sentinel"]
    assert choose(detected("rocky-redis").facts).name == "redis"
