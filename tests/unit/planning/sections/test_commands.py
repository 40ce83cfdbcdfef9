"""Renamed commands."""

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.change import Effect, Risk
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.recommend.answers import recommend


def commanded(world: World, **over: object) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, commands=replace(answers.commands, **over)))


def test_renamed_commands_go_back_to_their_names_once_no_user_may_run_them() -> None:
    made = change(planned(stock('rename-command FLUSHALL ""\n')), "directive:rename-command")
    assert made.values == ()
    assert made.effect is Effect.RESTART


CHAPTER = "".join(f'rename-command {name} ""\n' for name in ("FLUSHALL", "FLUSHDB", "DEBUG", "CONFIG", "KEYS"))


@pytest.mark.parametrize(
    ("more", "client", "who"),
    [
        ("requirepass secret-of-the-test\n", "default", "User default"),
        ("user app on >secret-one ~app:* +@all -@admin\n", "app", "User app"),
        ("user app on >secret-one ~app:* -@all +@read (~b:* +flushall|async)\n", "app", "User app"),
        ("user old on >secret-one ~* &* +@all\n", "old", "User old"),
        ("user a on >s1 ~a:* +keys\nuser b on >s2 ~b:* +@all -@dangerous +config|get\n", "a", "Users a, b"),
    ],
)
def test_renames_stay_while_a_user_may_run_the_command(more: str, client: str, who: str) -> None:
    world = stock(CHAPTER + more, clients=(build.client(user=client),))
    facts, _ = world.detect()
    made = recommend(facts, facts.instances[0])
    assert made.answers.commands.keep_renames
    assert made.reasons["commands.keep_renames"].why.startswith(who)
    assert "directive:rename-command" not in ids(planned(world, made.answers))


def test_an_answer_that_frees_a_command_says_for_whom() -> None:
    world = stock(CHAPTER)
    answers = recommended(world)
    made = planned(world, replace(answers, acl=replace(answers.acl, manage=False)))
    assert "looser than now: default may then run FLUSHALL" in change(made, "directive:rename-command").why


def test_kept_lines_stay_with_their_secret_names_and_lose_repeats() -> None:
    world = stock('rename-command DEBUG ""\nrename-command DEBUG "D_x9"\nrename-command KEYS "K_s3cret"\n')
    made = commanded(world, keep_renames=True)
    assert "K_s3cret" not in str(made)
    after = world.apply(made).files[next(iter(world.files))].decode()
    assert 'rename-command DEBUG ""' in after
    assert "D_x9" not in after
    assert "K_s3cret" in after


def test_a_command_is_taken_away_beside_those_kept() -> None:
    world = stock('rename-command KEYS "K_s3cret"\n')
    made = change(commanded(world, keep_renames=True, disable=("flushall", "keys")), "directive:rename-command")
    assert [line[0] for line in made.values] == ["KEYS", "FLUSHALL"]


def test_an_append_only_file_that_may_hold_it_is_a_risk() -> None:
    assert (
        change(commanded(stock("appendonly yes\n"), disable=("flushall",)), "directive:rename-command").risk
        is Risk.DATA
    )


@pytest.mark.parametrize("role", [Role.PRIMARY, Role.REPLICA, Role.CLUSTER])
def test_a_group_must_have_the_same_so_it_is_left(role: Role) -> None:
    made = commanded(stock('rename-command KEYS ""\n', role=role), disable=("flushall",))
    assert "directive:rename-command" not in ids(made)
    assert "every server of the group" in notes(made)["renamed commands"]


def test_an_unknown_command_would_keep_the_server_from_starting() -> None:
    with pytest.raises(PlanError, match="'getx' is not a command"):
        commanded(stock(), disable=("getx",))
