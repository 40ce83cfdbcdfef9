"""A default user with too few rights loses transactions of the append-only file."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.answers import DefaultUser
from wizard.model.plan import Plan
from wizard.model.value import replace

ACL = PurePosixPath("/etc/redis/users.acl")
BARE = b"user default off resetchannels -@all"
FULL = b"user default off ~* &* +@all"


def narrowed(world: World) -> World:
    """A hardened host whose default user was bereft of its rights by hand."""
    text = world.files[ACL].replace(FULL, BARE)
    return with_fields(world, files={**world.files, ACL: text}, started={**world.started, ACL: text})


def unmanaged(world: World) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, acl=replace(answers.acl, manage=False)))


@pytest.fixture
def hardened() -> World:
    return stock().apply(planned(stock()))


def test_rights_are_given_back_hot(hardened: World) -> None:
    world = narrowed(hardened)
    made = planned(world)
    assert ids(made) == {"user:default"}
    assert planned(world.apply(made)).empty


def test_where_users_are_not_touched_it_is_said(hardened: World) -> None:
    assert "transactions" in notes(unmanaged(narrowed(hardened)))["user default"]
    assert "user default" not in notes(unmanaged(hardened))


def test_a_restart_that_would_lose_transactions_needs_a_word(hardened: World) -> None:
    world = narrowed(hardened)
    answers = recommended(world)
    left = replace(
        answers,
        acl=replace(answers.acl, manage=False),
        network=replace(answers.network, unix_socket_permissions="700"),
    )
    restart = change(planned(world, left), "restart")
    assert restart.requires_consent
    assert "transactions" in restart.evidence
    managed = replace(left, acl=answers.acl)
    assert not change(planned(world, managed), "restart").requires_consent


def test_a_default_user_that_stays_on_with_few_rights_is_named() -> None:
    text = b"user default on nopass ~cache:* resetchannels +@all\nuser admin on nopass ~* &* +@all\n"
    conf = stock(f"aclfile {ACL}\nappendonly yes\n").files[build.CONF]
    files = {build.CONF: conf, ACL: text}
    world = stock(files=files, started=files)
    answers = recommended(world)
    keeping = replace(answers, acl=replace(answers.acl, default_user=DefaultUser.KEEP))
    assert "transactions" in notes(planned(world, keeping))["user default"]
