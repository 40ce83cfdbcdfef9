"""What a plan rests on."""

import pytest

from tests.support import facts_builder as build
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.value import Memory, replace
from wizard.planning.fingerprint import describe_changes, fact_fingerprints, fingerprint

FACTS = build.host()


def of(facts: HostFacts) -> str:
    return fingerprint(facts, facts.instances[0] if facts.instances else None)


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


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (build.with_file(FACTS, "timeout 9"), str(build.CONF)),
        (build.with_live(FACTS, {"timeout": "9"}), "timeout in the running server"),
        (build.with_live(FACTS, acl=("user default off",)), "the users in the running server"),
        (build.with_kernel(FACTS, "vm.overcommit_memory", "1"), "the kernel value vm.overcommit_memory"),
        (build.with_instance(FACTS, version="8.0.3"), "the program of redis-server"),
        (build.with_instance(FACTS, unit=build.unit(properties={})), "the unit of redis-server"),
        # Each of its two hundred values could not be read: that is one thing, and said once.
        (build.with_instance(FACTS, live=build.unreadable()), "what can be read in the running server"),
        (build.with_instance(FACTS, process=None), "whether redis-server runs"),
        (replace(FACTS, interfaces=FACTS.interfaces[:1]), "the network interfaces"),
    ],
)
def test_what_moved_is_named(now: HostFacts, named: str) -> None:
    before = fact_fingerprints(FACTS, FACTS.instances[0])
    assert describe_changes(before, before) == ""
    assert describe_changes(before, fact_fingerprints(now, now.instances[0])) == named
    assert describe_changes(fact_fingerprints(now, now.instances[0]), before) == named


def test_contents_and_rights_of_a_file_are_told_apart() -> None:
    path = "/etc/sysctl.d/60-redis-wizard.conf"
    plain = replace(FACTS, files=(build.file_status(path),))
    opened = replace(FACTS, files=(build.file_status(path, mode=0o666),))
    gone = replace(FACTS, files=(replace(build.file_status(path), kind=FileKind.ABSENT),))
    of_plain, of_opened, of_gone = (fact_fingerprints(each, each.instances[0]) for each in (plain, opened, gone))
    assert describe_changes(of_plain, of_opened) == f"owner and mode of {path}"
    assert describe_changes(of_plain, of_gone).startswith(path)


def test_a_long_list_is_cut_and_hostile_names_cannot_steer_a_terminal() -> None:
    before = fact_fingerprints(FACTS, FACTS.instances[0])
    live = {f"directive-{number}\x1b[2J": "1" for number in range(9)}
    found = build.with_live(FACTS, live)
    text = describe_changes(before, fact_fingerprints(found, found.instances[0]))
    assert text.endswith("and 5 more")
    assert "\x1b" not in text
