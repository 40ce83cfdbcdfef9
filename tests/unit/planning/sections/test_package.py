"""Installing a server where there is none."""

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.answers import Answers
from wizard.model.facts.host import HostFacts, Package
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning.plan import plan


def bare(*packages: Package, manager: str = "apt") -> HostFacts:
    facts = build.host(instances=(), packages=packages)
    return replace(facts, os=replace(facts.os, package_manager=manager))


def test_the_package_alone_is_planned_and_the_rest_announced() -> None:
    offered = (
        Package(name="valkey-server", installed=False, version="8.1"),
        Package(name="redis-server", installed=False, version="8.0"),
    )
    made = plan(bare(*offered), FileContents(), Answers())
    (install,) = made.changes
    assert (install.id, install.after) == ("package:redis-server", "8.0")
    assert "plan again" in made.notes[0].text


def test_valkey_where_there_is_no_redis() -> None:
    made = plan(bare(Package(name="valkey-server", installed=False, version="8.1")), FileContents(), Answers())
    assert made.instance == "valkey-server"


@pytest.mark.parametrize(
    "facts",
    [
        bare(),
        bare(Package(name="redis-server", installed=False, version="")),
        bare(Package(name="redis-server", installed=False, version="8"), manager=""),
    ],
)
def test_where_nothing_is_offered_there_is_no_plan(facts: HostFacts) -> None:
    with pytest.raises(PlanError, match="no package"):
        plan(facts, FileContents(), Answers())
