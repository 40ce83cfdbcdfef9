"""Users whose lines do not say what they seem to: no plan weakens or loses one."""

from pathlib import PurePosixPath

import pytest

from tests.support.plan_model import World, diff, ids, notes, planned, recommended, stock
from wizard.acl.aclfile import AclDocument
from wizard.acl.password import EMPTY, hash_password
from wizard.acl.user import User

ACL = PurePosixPath("/etc/redis/users.acl")
ADMIN = f"user admin on #{hash_password('x' * 40)} ~* &* +@all\nuser default off\n"


def with_acl(text: str, **over: object) -> World:
    world = stock(f"aclfile {ACL}\n", running=False, **over)
    return World(files={**world.files, ACL: (ADMIN + text).encode()}, running=False)


def inline(line: str) -> World:
    return stock(f"{line}\n", running=False)


def users(world: World) -> dict[str, User]:
    """Give the users after the recommended plan."""
    return {user.name: user for user in AclDocument.parse(world.apply(planned(world)).files[ACL]).users}


@pytest.mark.parametrize("place", [with_acl, inline])
@pytest.mark.parametrize("rules", ["on > secret ~* +@all", "on +@all ~* > secret", "on ~* +@all >\tsecret"])
def test_a_password_behind_a_blank_is_joined_and_never_empty(place: object, rules: str) -> None:
    shop = users(place(f"user shop {rules}\n"))["shop"]  # type: ignore[operator]
    assert shop.passwords == (hash_password("secret"),)
    assert set(shop.rules) == {"~*", "+@all"}


@pytest.mark.parametrize("place", [with_acl, inline])
@pytest.mark.parametrize("rules", ["on > ~ops:* +get", "on ~ops:* +get >", "on >a > ~ops:* +get"])
def test_an_empty_password_is_replaced_and_the_patterns_stay(place: object, rules: str) -> None:
    ops = users(place(f"user ops {rules}\n"))["ops"]  # type: ignore[operator]
    assert EMPTY not in ops.passwords
    assert ops.passwords
    assert ops.rules == ("~ops:*", "+get")


@pytest.mark.parametrize("denials", ["-@dangerus -flushal", "-nosuch|sub", "nocommandz", "resetkeyz"])
def test_a_denial_that_cannot_be_read_stays(denials: str) -> None:
    world = with_acl(f"user shop on >pw ~shop:* +@all {denials} +nosuchcommand\n")
    shop = users(world)["shop"]
    assert set(denials.split()) <= set(shop.rules)
    assert "+nosuchcommand" not in shop.rules
    assert "a rule stays that the server refuses" in notes(planned(world))["user shop"]


@pytest.mark.parametrize(
    "text", ["${REDIS_ADMIN_PASSWORD}", "$REDIS_PASSWORD", "__ADMIN_PASS__", "CHANGEME", "{{", "<password>"]
)
@pytest.mark.parametrize("place", [with_acl, inline])
def test_a_placeholder_is_named_and_not_hashed(place: object, text: str) -> None:
    word = text if text != "{{" else "{{redis_password}}"
    world = place(f"user shop on >{word} ~shop:* +@read\n")  # type: ignore[operator]
    made = planned(world)
    assert not [each for each in ids(made) if each.startswith("user:")]
    assert "user shop is a placeholder" in notes(made)["acl"]
    assert hash_password(word).encode() not in b"".join(world.apply(made).files.values())
    assert f">{word}".encode() in b"".join(world.apply(made).files.values())


@pytest.mark.parametrize("password", ["$ecret-but-real", "a<b>c", "Change-is-good", "x9__y__z"])
def test_a_password_with_signs_is_no_placeholder(password: str) -> None:
    assert hash_password(password) in users(with_acl(f"user shop on >{password} ~shop:* +@read\n"))["shop"].passwords


def test_an_acl_file_that_is_absent_does_not_mean_that_there_are_no_users() -> None:
    world = stock(f"aclfile {ACL}\n", running=False)
    made = planned(world)
    assert ACL not in world.apply(made).files
    assert "would lose its users" in notes(made)["acl"]
    assert not recommended(world).acl.manage
    assert diff(made, ACL) == ""
