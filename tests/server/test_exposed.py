"""The outcome of an apply on a real server says first what an unauthenticated client can still reach."""

import pytest

from tests.support.apply_bench import Bench
from wizard import app as applies
from wizard.cli.commands.status import render
from wizard.errors import LoginError
from wizard.model.answers import Answers, DefaultUser
from wizard.model.event import Result
from wizard.model.value import replace

pytestmark = pytest.mark.server


def keep(answers: Answers) -> Answers:
    return replace(answers, acl=replace(answers.acl, default_user=DefaultUser.KEEP))


def test_a_client_without_a_login_keeps_it_open_and_is_named(box: Bench) -> None:
    with box.client() as client:
        client.execute("CLIENT", "SETNAME", "orders-api")
        wanted = box.plan()
        outcome = box.apply(wanted)
    assert outcome.result is Result.APPLIED
    assert outcome.exposure is not None
    assert [each.endpoint for each in outcome.exposure.open] == [each.endpoint for each in wanted.exposure.open]
    assert outcome.summary.startswith("Still open: ")
    assert "orders-api" in outcome.summary
    assert "To close: let each client log in as a user of its own" in outcome.summary
    assert outcome.rest.startswith("Applied ")
    standing = applies.status(box.host)
    assert standing is not None
    assert standing.exposure == outcome.exposure
    assert render(standing).splitlines()[1].startswith("  open       Still open: ")
    with box.client() as stranger:
        stranger.ping()


def test_the_next_apply_closes_it_once_no_client_needs_it(box: Bench) -> None:
    first = box.apply(box.plan(keep))
    assert first.exposure is not None
    assert first.exposure.open
    second = box.apply(box.plan(login=box.admin), login=box.admin)
    assert second.exposure is not None
    assert second.exposure.open == ()
    assert second.summary.startswith("Applied ")
    with pytest.raises(LoginError), box.client() as stranger:
        stranger.ping()


def test_another_user_without_a_password_is_named(box: Bench) -> None:
    box.apply(box.plan())
    with box.client(box.admin) as client:
        client.acl_setuser("legacy", ("on", "nopass", "~*", "+get"))
        client.execute("ACL", "SAVE")

    def slower(answers: Answers) -> Answers:
        return replace(answers, audit=replace(answers.audit, slow_log_length=300))

    wanted = box.plan(slower, login=box.admin)
    outcome = box.apply(wanted, login=box.admin)
    assert outcome.result is Result.APPLIED, outcome
    assert 'as user "legacy"' in outcome.summary.partition("Applied")[0]
    assert 'as user "legacy"' in wanted.exposure.sentences()[0]
