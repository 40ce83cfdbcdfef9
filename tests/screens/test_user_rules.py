"""The rules of a user as text, and back to a form."""

import pytest

from screens.text.steps.user_rules import rights_only, user_of_rules
from tests.support import facts_builder as build
from wizard.acl.presets import answered_rules, rules
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.facts.service import Flavour
from wizard.model.value import replace

USER = UserAnswer(name="app", role=AclRole.APPLICATION)


@pytest.mark.parametrize("role", [role for role in AclRole if role is not AclRole.CUSTOM])
def test_the_rules_of_a_role_lead_back_to_it(role: AclRole) -> None:
    text = rules(role, keys=("a:*", "b"), channels=("news",), flavour=Flavour.REDIS, version="8.0.2")
    read = user_of_rules(USER, text, build.instance())
    again = rules(read.role, keys=read.keys, channels=read.channels, flavour=Flavour.REDIS, version="8.0.2")
    assert (read.role, again) == (role, text)


def test_other_rules_are_those_of_the_user_itself() -> None:
    read = user_of_rules(USER, "off allkeys &news -@all +@read -get", build.instance())
    assert (read.role, read.rules, read.enabled) == (AclRole.CUSTOM, "+@read -get", False)
    assert (read.keys, read.channels) == (("*",), ("news",))


def test_keys_to_read_alone_are_rules_of_the_user_itself() -> None:
    text = "%R~cache:* ~own:* +get +set"
    read = user_of_rules(USER, text, build.instance())
    assert (read.role, read.keys, read.rules) == (AclRole.CUSTOM, ("own:*",), "%R~cache:* +get +set")
    again = answered_rules(read, Flavour.REDIS, "8.0.2")
    assert again == "resetchannels ~own:* -@all %R~cache:* +get +set"
    assert user_of_rules(USER, again, build.instance()) == read
    with pytest.raises(InvalidValueError, match=r"no keys to read or write alone \(7\.0\)"):
        answered_rules(read, Flavour.REDIS, "6.2.14")
    with pytest.raises(InvalidValueError, match="a pattern is empty"):
        answered_rules(replace(read, rules="%W~ +get"), Flavour.REDIS, "8.0.2")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("+get (+set ~x)", "no field for (+set ~x)"),
        (">secret +get", "hold a password rule"),
        ("nopass +@all", "hold a password rule"),
        ("(+set ~x", "not closed"),
    ],
)
def test_what_the_form_cannot_hold_is_refused_and_no_password_is_told(text: str, why: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        user_of_rules(USER, text, build.instance())
    assert why in str(caught.value)
    assert "secret" not in str(caught.value)


def test_rules_for_another_user_say_nothing_of_logging_in() -> None:
    assert rights_only("on nopass sanitize-payload ~* +@all") == "~* +@all"
