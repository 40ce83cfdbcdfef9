"""Who may do what after the plan."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, diff, ids, notes, planned, recommended, stock
from wizard.acl.presets import former_rules
from wizard.errors import InvalidValueError, PlanError
from wizard.model.answers import AclRole, DefaultUser, UserAnswer
from wizard.model.change import Effect, Risk
from wizard.model.facts.service import Flavour, Role
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

ACL = PurePosixPath("/etc/redis/users.acl")
HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
ADMIN = f"user admin on #{HASH} ~* &* +@all\n"


def with_acl(text: str, more: str = "", **over: Any) -> World:
    conf = stock(f"aclfile {ACL}\n{more}").files[build.CONF]
    files = {build.CONF: conf, ACL: text.encode()}
    return stock(files=files, started=files, **over)


def answered(world: World, **acl: object) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, acl=replace(answers.acl, **acl)))


def test_the_default_user_is_locked_in_a_line_of_its_own() -> None:
    made = planned(stock())
    # With every right: the server reads its append-only file as this user.
    assert change(made, "user:default").rules == "off ~* &* +@all"
    assert "+user default off ~* &* +@all" in diff(made, ACL)


def test_new_users_get_new_passwords_and_no_hash_is_shown() -> None:
    made = planned(stock())
    assert change(made, "user:app").password == "generate"
    assert "#<new password>" in diff(made, ACL)
    assert "0000" not in diff(made, ACL)


def test_an_existing_user_keeps_its_password() -> None:
    made = change(answered(with_acl(ADMIN + f"user app on #{HASH} ~x:* +@all\n"), users=(app(), admin())), "user:app")
    assert made.password == "keep"
    assert made.risk is Risk.DENY


def app(**over: object) -> UserAnswer:
    return UserAnswer(**{"name": "app", "role": AclRole.APPLICATION, "keys": ("app:*",), **over})  # type: ignore[arg-type]


def admin() -> UserAnswer:
    return UserAnswer(name="admin", role=AclRole.ADMINISTRATOR)


def test_users_that_are_not_listed_are_left_alone() -> None:
    made = planned(with_acl(ADMIN + f"user default off\nuser carol on #{HASH} ~c:* +get\n"))
    assert "user:carol" not in ids(made)


def test_the_file_in_use_is_loaded_anew_without_a_restart() -> None:
    made = change(planned(with_acl(ADMIN)), "user:app")
    assert made.effect is Effect.RELOAD


def test_a_first_acl_file_needs_the_restart() -> None:
    made = planned(stock())
    assert change(made, "user:app").effect is Effect.RESTART
    assert {"user:app", "directive:aclfile"} <= set(change(made, "restart").because)


def test_a_file_without_the_default_user_gets_its_line_even_when_it_is_kept() -> None:
    made = answered(with_acl(ADMIN), default_user=DefaultUser.KEEP)
    assert change(made, "user:default").rules == "on nopass ~* &* +@all"


def test_requirepass_becomes_the_password_of_the_default_user_that_is_kept() -> None:
    made = answered(stock("requirepass sekret\n"), default_user=DefaultUser.KEEP)
    kept = change(made, "user:default")
    assert (kept.rules, kept.password) == ("on ~* &* +@all", "keep")
    gone = change(made, "directive:requirepass")
    assert (gone.values, gone.live) == ((), None)
    assert "sekret" not in str(made)


def test_users_of_the_configuration_move_and_their_lines_go() -> None:
    world = stock("user alice on >of-alice ~alice:* +@read\n")
    made = planned(world)
    assert change(made, "user:alice").password == "keep"
    assert change(made, "directive:user").values == ()
    after = world.apply(made)
    assert b"user alice" not in after.files[build.CONF]
    assert b"user alice on #" in after.files[ACL]


def test_a_63_digit_hash_means_a_new_password() -> None:
    made = change(planned(with_acl(ADMIN + f"user bob on #{HASH[:-1]} ~b:* +get\n")), "user:bob")
    assert made.password == "generate"
    assert made.rules == "on ~b:* +get"
    assert "63 digits" in made.why


def test_upper_case_digits_are_kept_in_lower_case() -> None:
    world = with_acl(ADMIN + f"user bob on #{HASH.upper()} ~b:* +get\n")
    made = planned(world)
    assert change(made, "user:bob").password == "keep"
    assert HASH.encode() in world.apply(made).files[ACL]


def test_comments_go_and_continued_lines_become_one() -> None:
    world = with_acl(f"# users\n{ADMIN}user bob on #{HASH} \\\n~b:* +get\n")
    text = world.apply(planned(world)).files[ACL].decode()
    assert "# users" not in text
    assert f"user bob on #{HASH} ~b:* +get\n" in text


def test_an_unknown_command_goes_from_the_rules() -> None:
    made = change(planned(with_acl(ADMIN + f"user bob on #{HASH} ~b:* +getx +get\n")), "user:bob")
    assert made.rules == "on ~b:* +get"


def test_users_of_a_file_that_was_not_in_use_do_not_come_to_life() -> None:
    world = stock(files={build.CONF: stock().files[build.CONF], ACL: b"user ghost on nopass ~* &* +@all\n"})
    made = planned(world)
    assert "user-removal:ghost" in ids(made)
    assert b"ghost" not in world.apply(made).files[ACL]


def test_nobody_is_locked_out_of_managing_the_server() -> None:
    with pytest.raises(PlanError, match="no enabled administrator"):
        answered(stock(), users=(app(),))


def test_a_replica_keeps_its_default_user_and_says_why() -> None:
    made = planned(stock(role=Role.REPLICA))
    assert change(made, "user:default").rules == "on nopass ~* &* +@all"
    made = answered(stock(role=Role.REPLICA), default_user=DefaultUser.OFF)
    assert "links" in notes(made)["user default"]


def test_a_user_that_no_file_holds_moves_into_the_acl_file_with_its_password() -> None:
    facts, sources = stock().detect()
    lines = (*build.PRISTINE_ACL, "user temp on sanitize-payload #~1a2b3c4d ~* +@all", "user open on nopass ~o:* +get")
    facts = build.with_live(facts, acl=lines)
    made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
    temp = change(made, "user:temp")
    assert (temp.rules, temp.password) == ("on ~* +@all", "memory")
    assert "memory only" in temp.why
    assert change(made, "user:open").password == "none"
    assert "+user temp on #<password in memory> ~* +@all" in diff(made, ACL)
    assert not [each for each in made.impacts if each.who.startswith("user ")]


def test_a_user_in_memory_that_an_answer_names_keeps_its_password() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, acl=(*build.PRISTINE_ACL, "user app on #~1a2b3c4d ~app:* -@all +get"))
    assert change(plan(facts, sources, recommended(stock())), "user:app").password == "memory"


def test_a_user_in_memory_is_named_where_users_are_left_as_they_are() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, acl=(*build.PRISTINE_ACL, "user temp on #~1a2b3c4d ~* +@all"))
    answers = recommended(stock())
    made = plan(facts, sources, replace(answers, acl=replace(answers.acl, manage=False)))
    assert [each.loses for each in made.impacts if each.who == "user temp"] == ["its account, which is in no file"]


def test_a_default_user_with_few_rights_in_memory_gets_no_more() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, acl=("user default on nopass sanitize-payload ~c:* resetchannels -@all +get",))
    answers = recommended(stock())
    made = plan(facts, sources, replace(answers, acl=replace(answers.acl, default_user=DefaultUser.KEEP)))
    assert change(made, "user:default").rules == "on nopass ~c:* resetchannels -@all +get"


@pytest.mark.parametrize(
    ("now", "over", "rules"),
    [
        ("off resetchannels -@all", {}, "off ~* resetchannels -@all +@write +select +pfcount"),
        ("on nopass ~* &* +@all -@dangerous", {}, "off ~* resetchannels -@all +@write +select +pfcount"),
        ("on nopass resetchannels -@all +ping", {"version": "6.2.5"}, "off resetchannels -@all +ping"),
        ("on nopass ~* &* +@all -keys", {}, "off ~* &* +@all -keys"),
        ("on nopass ~* &* +@all", {}, "off ~* &* +@all"),
    ],
)
def test_a_default_user_that_goes_gets_no_more_than_its_data_needs(now: str, over: dict[str, Any], rules: str) -> None:
    world = with_acl(f"{ADMIN}user default {now}\nuser shop on #{HASH} ~shop:* -@all +get\n", **over)
    made = answered(world, default_user=DefaultUser.OFF)
    if f"user default {now}" == f"user default {rules}":
        assert "user:default" not in ids(made)
    else:
        assert change(made, "user:default").rules == rules
    assert "user:default" not in ids(answered(world.apply(made), default_user=DefaultUser.OFF))


def test_live_drift_of_a_user_is_loaded_away() -> None:
    done = stock().apply(planned(stock()))
    facts, sources = done.detect()
    live = facts.instances[0].live
    lines = tuple(line.replace("~app:*", "~*") for line in live.acl)  # type: ignore[union-attr]

    made = plan(build.with_live(facts, acl=lines), sources, recommended(stock()))
    assert "user:app" in ids(made)


def test_nothing_is_planned_when_users_are_not_managed() -> None:
    made = answered(stock("requirepass x\n"), manage=False)
    assert not {each for each in ids(made) if each.startswith("user")} | (ids(made) & {"directive:aclfile"})


@pytest.mark.parametrize("name", ["default", "a b", "-x", "", "x" * 65, 'a"b'])
def test_a_name_that_could_hurt_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError):
        answered(stock(), users=(app(name=name), admin()))


def test_a_custom_role_has_the_rules_that_were_given() -> None:
    own = UserAnswer(name="own", role=AclRole.CUSTOM, keys=("k:*",), rules="+get -@dangerous")
    made = change(answered(stock(), users=(own, admin())), "user:own")
    assert "~k:*" in made.rules
    assert made.rules.endswith("+get -@dangerous")


def test_a_user_of_former_rules_loses_what_reveals_secrets_and_it_is_said() -> None:
    server = {"flavour": Flavour.REDIS, "version": "8.0.2"}
    former = former_rules(AclRole.OPERATIONS, **server)  # type: ignore[arg-type]  # by their names
    world = with_acl(f"user default off\nuser admin on #{HASH} ~* &* +@all\nuser ops on #{HASH} {former}\n")
    ops = next(user for user in recommended(world).acl.users if user.name == "ops")
    assert ops.role is AclRole.OPERATIONS
    made = planned(world)
    assert "+config|get" not in change(made, "user:ops").after
    assert "can no longer run CONFIG GET, ACL LIST" in notes(made)["user ops"]
