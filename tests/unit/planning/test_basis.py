"""What a plan rests on."""

import pytest

from tests.support import facts_builder as build
from wizard.model.facts import FileKind, HostFacts, Memory
from wizard.model.value import replace
from wizard.planning.basis import basis

FACTS = build.host()


def of(facts: HostFacts) -> str:
    return basis(facts, facts.instances[0] if facts.instances else None)


def test_what_changes_by_itself_does_not_move_it() -> None:
    facts = replace(FACTS, taken_at="2030-01-01T00:00:00Z")
    facts = replace(facts, memory=replace(facts.memory, available=Memory(1), others=()))
    facts = build.with_live(
        facts, clients=(build.client(),), info={"used_memory": "5"}, keys=99, command_calls={"get": 1}
    )
    facts = build.with_instance(facts, process=build.process(pid=9, resident=Memory(3)))
    assert of(facts) == of(FACTS)


@pytest.mark.parametrize(
    "moved",
    [
        build.with_file(FACTS, "timeout 9"),
        build.with_live(FACTS, {"timeout": "9"}),
        build.with_live(FACTS, acl=("user default off",)),
        build.with_kernel(FACTS, "vm.overcommit_memory", "1"),
        build.with_instance(FACTS, version="8.0.3"),
        build.with_instance(FACTS, unit=build.unit(properties={})),
        build.with_instance(FACTS, live=build.unreadable()),
        replace(FACTS, interfaces=FACTS.interfaces[:1]),
        replace(FACTS, files=(build.file_status("/etc/sysctl.d/60-redis-wizard.conf"),)),
    ],
)
def test_what_somebody_changed_moves_it(moved: HostFacts) -> None:
    assert of(moved) != of(FACTS)


def test_what_an_apply_makes_for_itself_does_not_move_it() -> None:
    made = build.directory(FACTS.state, mode=0o700)
    absent = replace(made, kind=FileKind.ABSENT)
    assert of(replace(FACTS, files=(made,))) == of(replace(FACTS, files=())) == of(replace(FACTS, files=(absent,)))


def test_a_host_without_a_server_has_one_too() -> None:
    assert len(of(replace(FACTS, instances=()))) == 64
