"""What rules allow beyond a user's own keys."""

import pytest

from wizard.acl.commands import table_for
from wizard.acl.rights import Trials, canonical, evaluate
from wizard.acl.user import from_rules, parse_line
from wizard.model.rights import Rights
from wizard.model.versions import measured_servers

COLUMNS = tuple(each.column for each in measured_servers())


def rights(text: str, column: str = "r80") -> Rights:
    return evaluate(from_rules("u", text.split()).rules, table_for(column))


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    "pattern",
    ["*", "**", "?*", "*?", "[^\x01]*", "*:*", "[a-z]*", "[a-m]*", "[ab]*", "*[0-9]*", "??*", "*e*", "?????*", "a*"],
)
def test_a_pattern_that_leaves_open_how_keys_begin_reaches_foreign_keys(pattern: str, column: str) -> None:
    assert rights(f"resetchannels ~{pattern} -@all +get", column).foreign
    assert rights(f"resetchannels ~{pattern} -@all +hset", column).foreign
    assert rights(f"resetchannels &{pattern} -@all +subscribe", column).foreign


@pytest.mark.parametrize("pattern", ["app:*", "app*", "{app}:*", "*:app:*", "app", "tz:*", "rq:*", "[ab]pp:*", "a:*"])
def test_a_pattern_that_names_a_prefix_reaches_its_own_keys_alone(pattern: str) -> None:
    assert not rights(f"resetchannels ~{pattern} &{pattern} +@all").foreign


def test_patterns_matter_with_a_command_that_uses_them() -> None:
    assert not rights("resetchannels ~* -@all +ping").foreign
    assert not rights("resetchannels %R~* -@all +set").foreign
    assert rights("resetchannels ~app:* -@all +get (~* +hget)").foreign
    assert rights("resetchannels ~* -@all +mget|a").foreign
    assert not rights("~app:* &* -@all +get").foreign
    assert rights("~app:* resetchannels &** -@all +psubscribe").foreign == ("subscribe to pattern **",)


@pytest.mark.parametrize("rule", ["flushall|async", "debug|segfault", "debug|object", "keys|a*", "shutdown|nosave"])
def test_a_first_argument_is_a_right(rule: str) -> None:
    assert rights(f"~app:* -@all +{rule}").commands == (rule,)
    assert not rights(f"~app:* -@all +{rule} -{rule.partition('|')[0]}").commands


def test_a_subcommand_is_a_right() -> None:
    assert rights("+config|set").commands == ("config|set",)
    assert rights("+config|set", "r62").commands == ("config|set",)
    assert "acl|setuser" in rights("+acl").commands
    assert rights("+acl", "r62").commands == ("acl",)
    assert rights("+client|setname +client|maint_notifications", "r62").commands == ()
    assert rights("+client|kill +client|tracking", "r62").commands == ("client|kill",)


def test_users_that_differ_in_their_prefix_alone_have_the_same_form() -> None:
    one, other = (canonical((f"~{name}:*", f"&{name}:*", "+get", f"(~{name}2:* +set)")) for name in ("billing", "shop"))
    assert one == other
    assert canonical(("~a*",)) != canonical(("~b*",))
    assert canonical(("~*",)) == ("~*",)


def test_a_call_has_as_many_words_as_its_command_takes() -> None:
    trials = Trials((parse_line("user a on nopass +get"),), table_for("r80"))
    calls = {call[0]: call for _, call in trials.calls({"keys": 2, "migrate": -6, "get": 2})}
    assert calls["keys"] == ("keys", "1")
    assert calls["migrate"] == ("migrate", "1", "1", "1", "1", "1")
    assert len(calls["get"]) == 2
    assert calls["shutdown"] == ("shutdown",)


@pytest.mark.parametrize("column", COLUMNS)
def test_what_a_server_answers_is_told_in_the_same_words(column: str) -> None:
    known, rules = table_for(column), "~** &?* +@all -flushall +flushall|async +scan"
    lines = (f"user a on nopass {rules}", f"user b on nopass {rules}", "user c off")
    users = [parse_line(line) for line in lines]
    trials = Trials(users, known, ("ft.drop",))
    calls = trials.calls({})
    assert {user for user, _ in calls} == {"a"}
    (granted,) = trials.read("" for _ in calls)
    (denied,) = trials.read("User a has no permissions to run the command" for _ in calls)
    (unanswered,) = trials.read(None for _ in calls)
    found = rights(rules, column)
    assert unanswered.rights == found
    assert {*found.commands, "flushall", "ft.drop"} <= set(granted.rights.commands)
    assert set(found.foreign) <= set(granted.rights.foreign)
    assert (denied.rights.commands, denied.rights.listing, denied.rights.foreign) == ((), (), ())
