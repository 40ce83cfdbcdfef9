"""Which instance is meant."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.planning.select_instance import choose, config_path


def two(**second: object) -> HostFacts:
    other = build.instance(name="redis-cache", unit=build.unit(name="redis-cache.service", aliases=()), **second)
    return build.host(instances=(build.instance(), other))


def test_the_only_instance_needs_no_name() -> None:
    assert choose(build.host()).name == "redis-server"


@pytest.mark.parametrize("name", ["redis-server", "redis-server.service", "redis", "redis.service"])
def test_a_unit_and_its_aliases_name_it(name: str) -> None:
    assert choose(two(), name).name == "redis-server"


def test_its_configuration_names_it() -> None:
    assert choose(build.host(), "/etc/redis/redis.conf").name == "redis-server"


def test_several_that_run_are_never_guessed_between() -> None:
    with pytest.raises(PlanError, match=r"redis-server, redis-cache.*--instance"):
        choose(two())


def test_the_only_one_that_runs_is_preferred() -> None:
    down = build.unit(name="redis-cache.service", aliases=(), active="inactive")
    other = build.instance(name="redis-cache", unit=down, process=None)
    assert choose(build.host(instances=(other, build.instance()))).name == "redis-server"


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(PlanError, match="no instance valkey; it has redis-server"):
        choose(build.host(), "valkey")


def test_a_host_without_a_server_says_so() -> None:
    with pytest.raises(PlanError, match="no Redis or Valkey server"):
        choose(build.host(instances=()))


def test_a_configuration_that_cannot_be_read_still_has_a_path() -> None:
    hidden = build.instance(config=Unreadable(what="/etc/redis/redis.conf", why="permission denied"))
    assert config_path(hidden) == PurePosixPath("/etc/redis/redis.conf")
