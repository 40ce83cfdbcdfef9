"""Several units or processes of one configuration file."""

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.answers import Answers
from wizard.model.facts.instance import Instance
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning import contenders
from wizard.planning.context import Context
from wizard.planning.plan import plan


def said(instance: Instance) -> list[tuple[str, str]]:
    facts = build.host(instances=(instance,))
    found = contenders.notes(Context(facts=facts, sources=FileContents(), answers=Answers(), instance=instance))
    return [(note.subject, note.text) for note in found]


def other(**over: object) -> object:
    return replace(build.unit(), name="redis-main.service", active="inactive", **over)


def test_a_disabled_unit_of_the_file_is_not_worth_a_word() -> None:
    assert said(build.instance(other_units=(other(enabled="disabled"),))) == []


@pytest.mark.parametrize("over", [{"enabled": "enabled"}, {"enabled": "static", "wanted_by": ("our.target",)}])
def test_a_second_unit_that_starts_at_boot_is_named_with_the_command_that_ends_it(over: dict[str, object]) -> None:
    ((subject, text),) = said(build.instance(other_units=(other(**over),)))
    assert subject == "units"
    assert "redis-server.service and redis-main.service run or start with /etc/redis/redis.conf" in text
    assert text.endswith("systemctl disable --now redis-main.service")


def test_a_second_process_of_the_file_is_named() -> None:
    ((subject, text),) = said(build.instance(other_processes=(70,)))
    assert subject == "processes"
    assert "process 70" in text


def test_what_bars_a_plan_is_its_only_sentence() -> None:
    facts = build.host(instances=(build.instance(barred="redis-server has another file. Do this."),))
    with pytest.raises(PlanError, match=r"redis-server has another file[.] Do this[.]"):
        plan(facts, FileContents(), Answers())
