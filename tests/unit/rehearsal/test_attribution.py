"""From a line to the change that wrote it, and to an answer that exists."""

from functools import reduce
from pathlib import PurePosixPath

import pytest

from tests.support.apply_run import CONF, directive
from wizard.formats.redisconf.directives import find
from wizard.model.answers import Answers
from wizard.model.change import Effect, SetUser
from wizard.rehearsal import attribution

USERS = PurePosixPath("/etc/redis/users.acl")


@pytest.mark.parametrize(("name", "answer"), attribution.ANSWERS.items())
def test_every_answer_that_is_named_exists_and_so_does_its_directive(name: str, answer: str) -> None:
    assert reduce(getattr, answer.split("."), Answers()) is not None
    assert find(name)


def test_a_line_of_the_plan_leads_to_its_change_and_answer() -> None:
    said = attribution.explain_directive([directive("bind", "10.0.0.9")], CONF, "bind")
    assert "directive:bind" in said
    assert "network.bind" in said


def test_a_line_by_its_other_name_is_the_same_line() -> None:
    assert "the plan's change" in attribution.explain_directive(
        [directive("slave-priority", "1")], CONF, "replica-priority"
    )


@pytest.mark.parametrize("path", [PurePosixPath("/etc/redis/conf.d/x.conf"), CONF])
def test_a_line_that_the_plan_does_not_write_is_said_to_stay(path: PurePosixPath) -> None:
    name = "timeout" if path == CONF else "bind"
    assert "does not change this line" in attribution.explain_directive([directive("bind", "10.0.0.9")], path, name)


def test_a_user_leads_to_its_change() -> None:
    change = SetUser(
        id="user:app", title="", before="", after="", why="", source="", effect=Effect.RELOAD, undo="",
        path=USERS, user="app", rules="on", password="keep",
    )  # fmt: skip
    assert "user:app" in attribution.explain_user([change], USERS, "app")
    assert "acl.users" in attribution.explain_user([change], USERS, "app")
    assert "does not change this line" in attribution.explain_user([change], USERS, "other")
