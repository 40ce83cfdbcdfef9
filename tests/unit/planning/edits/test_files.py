"""What stands in the way of writing a file."""

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import notes, recommended, stock
from wizard.errors import PlanError
from wizard.model.facts.host import HostFacts
from wizard.model.value import replace
from wizard.planning.plan import plan


def with_config(**over: object) -> HostFacts:
    facts, _ = stock().detect()
    config = facts.instances[0].config
    files = (build.file_status(build.CONF, **over),)
    return build.with_instance(replace(facts, files=()), config=replace(config, files=files))


def test_a_protected_file_is_never_unprotected() -> None:
    with pytest.raises(PlanError, match=r"chattr -i /etc/redis/redis\.conf"):
        plan(with_config(immutable=True), stock().detect()[1], recommended(stock()))


def test_a_second_name_of_a_file_is_told() -> None:
    made = plan(with_config(links=2), stock().detect()[1], recommended(stock()))
    assert "second name" in notes(made)["/etc/redis/redis.conf"]
