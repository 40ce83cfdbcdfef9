"""The rules of a user as text, and back to a form."""

import pytest

from screens.text.steps.user_rules import rights_only, user_of_rules
from tests.support import facts_builder as build
from wizard.acl.presets import rules
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.facts import Flavour

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


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("+get (+set ~x)", "no field for (+set ~x)"),
        ("%R~app:* +get", "no field for %R~app:*"),
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
