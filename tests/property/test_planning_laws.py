"""Laws of planning: it converges, it is the same for the same facts, it touches only what it names."""

from dataclasses import replace
from pathlib import PurePosixPath

from hypothesis import HealthCheck, assume, given, settings, target
from hypothesis import strategies as st

from tests.support.plan_model import World, config_facts
from tests.support.plan_strategies import changed, worlds
from wizard.acl.aclfile import AclDocument
from wizard.config import ResolvedConfig
from wizard.formats.redisconf.directives import canonical
from wizard.formats.redisconf.document import Document
from wizard.model.answers import DefaultUser
from wizard.model.change import SetDirective, SetUser
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.value import from_json, to_json
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECRETS = (b"sekret-of", b"AdminPass#789", b"5e884898da28047151d0e56f8dc62927", b"DEBUG_x9y8z7")


@st.composite
def planned(draw: st.DrawFn) -> tuple[World, Plan]:
    """Give a host, and a plan for it by recommended answers or others."""
    world = draw(worlds())
    facts, sources = world.detect()
    answers = recommend(facts, facts.instances[0]).answers
    if draw(st.booleans()):
        answers = draw(changed(answers))
    return world, plan(facts, sources, answers)


@SLOW
@given(planned())
def test_the_plan_of_an_applied_plan_is_empty(made: tuple[World, Plan]) -> None:
    world, first = made
    target(len(first.changes))
    after = world.apply(first)
    port = f":{first.answers.network.port}"
    if after.running and (not world.running or any(not client.listener.endswith(port) for client in world.clients)):
        # The port that drains is closed by the next plan: of a server that was down, whose clients are seen once it
        # runs, and where the answers give the port another number, so that no client uses it.
        after = after.apply(plan(*after.detect(), first.answers))
    second = plan(*after.detect(), first.answers)
    left = [change for change in second.changes if not _waits_for_data(world, change.id)]
    assert [(change.id, change.before, change.after) for change in left if change.id != "restart"] == []


def _waits_for_data(world: World, identifier: str) -> bool:
    """The append-only file of a server that was down is switched on by the next plan, once it runs."""
    return identifier in {"directive:appendonly", "directive:appendfsync"} and not (world.running and world.login)


@SLOW
@given(worlds())
def test_recommended_answers_converge_with_and_without_a_login(world: World) -> None:
    # Clients that come with the start of a server are new evidence.
    assume(world.running or not world.clients)
    first = planned_for(world)
    done = world.apply(first)
    if done.running and not world.running:
        # What clients may need is seen once the server runs.
        done = done.apply(planned_for(done))
    # Without a login only the file tells the role, and this one's says nothing.
    for login in {world.login, world.login and world.role is not Role.STANDALONE}:
        second = planned_for(replace(done, login=login))
        left = [change for change in second.changes if not _waits_for_data(world, change.id)]
        assert [(change.id, change.before, change.after) for change in left if change.id != "restart"] == []


def planned_for(world: World) -> Plan:
    facts, sources = world.detect()
    return plan(facts, sources, recommend(facts, facts.instances[0]).answers)


@SLOW
@given(planned())
def test_other_lines_stay_byte_for_byte(made: tuple[World, Plan]) -> None:
    world, first = made
    after = world.apply(first)
    named = {canonical(change.name) for change in first.changes if isinstance(change, SetDirective)}
    for status in config_facts(world).files:
        assert _others(world, status.path, named) == _others(after, status.path, named)


def _others(world: World, path: PurePosixPath, named: set[str]) -> list[bytes]:
    lines = Document.parse(world.files[path]).lines
    return [line.raw.rstrip(b"\r\n") for line in lines if canonical(line.name) not in named]


@SLOW
@given(planned())
def test_equal_facts_and_answers_give_equal_plans(made: tuple[World, Plan]) -> None:
    world, first = made
    again = plan(*world.detect(), first.answers)
    assert to_json(again) == to_json(first)
    assert from_json(Plan, to_json(first)) == first


@SLOW
@given(planned())
def test_no_secret_is_in_a_plan(made: tuple[World, Plan]) -> None:
    _, first = made
    text = to_json(first).encode()
    assert not [secret for secret in SECRETS if secret in text]


@SLOW
@given(planned())
def test_every_change_says_why_and_how_it_is_undone(made: tuple[World, Plan]) -> None:
    _, first = made
    ids = [change.id for change in first.changes]
    assert len(set(ids)) == len(ids)
    for change in first.changes:
        assert change.title
        assert len(change.title) <= 60
        assert change.why
        assert change.source
        assert change.undo
        assert change.risk == "none" or change.evidence
        # A restart has no value; a directive or a user may stay what it is while its line goes to another file.
        moves = isinstance(change, SetUser) and "directive:aclfile" in ids
        same = change.id == "restart" or change.id.startswith("directive:") or moves
        assert same or change.before != change.after


@SLOW
@given(planned())
def test_what_a_change_needs_is_in_the_plan(made: tuple[World, Plan]) -> None:
    _, first = made
    ids = {change.id for change in first.changes}
    needed = {need for change in first.changes for need in change.needs}
    assert needed <= ids


@SLOW
@given(planned())
def test_an_acl_file_always_names_the_default_user_and_an_administrator(made: tuple[World, Plan]) -> None:
    world, first = made
    after = world.apply(first)
    named = ResolvedConfig.from_facts(config_facts(after)).next_start("aclfile")
    if not _manages_users(first) or named is None:
        return
    users = {user.name: user for user in AclDocument.parse(after.files[PurePosixPath(named[0])]).users}
    assert "default" in users
    assert not users["default"].enabled or first.answers.acl.default_user is DefaultUser.KEEP or world.role == "replica"
    assert any(user.enabled and "+@all" in user.rules for user in users.values())


@SLOW
@given(planned())
def test_every_mistake_is_mended_or_noted(made: tuple[World, Plan]) -> None:
    world, first = made
    left = config_facts(world.apply(first)).problems
    noted = "".join(note.subject + note.text for note in first.notes)
    managed = _manages_users(first)
    for problem in left:
        assert problem.what in noted or not (problem.fatal and managed), problem


def _manages_users(made: Plan) -> bool:
    """Whether the plan settles users; it says in a note of its own where it cannot read them."""
    return made.answers.acl.manage and not any(note.subject == "acl" for note in made.notes)
