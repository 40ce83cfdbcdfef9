"""What a rehearsal finds wrong on a real server is named: whose certificate, whose command, which door."""

from pathlib import Path

import pytest

from tests.support.apply_bench import Bench
from wizard import app
from wizard.acl.presets import ExpectedAccess
from wizard.changes.staging import certificates_of
from wizard.errors import ServerError
from wizard.jobs import requests
from wizard.model.event import Outcome, Phase, Result
from wizard.model.login import Login
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.model.plan import Plan
from wizard.model.value import Secret, replace
from wizard.rehearsal import checks
from wizard.sandbox.files import UNIT
from wizard.server import access
from wizard.server.tls import Proof
from wizard.server.tls_handshake import tls_handshake

pytestmark = pytest.mark.server


def refusal(box: Bench) -> Outcome:
    before = box.picture()
    outcome = box.apply(box.plan())
    assert outcome.result is Result.REFUSED, outcome
    assert box.picture() == before
    assert not box.host.entries(box.host.state / "run")
    return outcome


WITH_TLS = pytest.mark.parametrize("build", ["r74"], indirect=True)
BY_BOTH_WAYS = pytest.mark.parametrize("build", ["r62", "r74", "v91"], indirect=True)
"""In a transaction and by DRYRUN."""


def said(box: Bench, wanted: Plan, login: Login | None = None) -> tuple[Outcome, list[str]]:
    apply = box.start(wanted, login=login)
    texts = [event.text for event in apply.events() if event.phase is Phase.REHEARSE]
    return apply.outcome(), texts


@WITH_TLS
def test_every_planned_client_makes_a_handshake_of_its_own(box: Bench) -> None:
    _, texts = said(box, box.plan())
    for user in ("app", "admin"):
        assert any(text.startswith(f"{user} connects with its certificate by TLS") for text in texts), texts
    assert "a client without a certificate is refused" in texts
    assert any("outside the sandbox of its unit" in text for text in texts), texts


@WITH_TLS
def test_a_certificate_that_the_server_refuses_is_named_by_its_user(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = tls_handshake, list[Login | None]()

    def second_fails(address: str, port: int, login: Login | None, *, name: str, seconds: float, prove: Proof) -> str:
        seen.append(login)
        if len(seen) > 1:
            raise ServerError("the TLS handshake fails: unknown ca")
        return real(address, port, login, name=name, seconds=seconds, prove=prove)

    monkeypatch.setattr(access, "tls_handshake", second_fails)
    users = [change.common_name for change in certificates_of(box.plan()) if change.role == "client"]
    assert f"TLS does not work with the certificate of {users[1]}" in refusal(box).summary


@WITH_TLS
def test_a_door_that_lets_a_stranger_in_is_named(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def opens(listener: Listener, *, tls: bool, prove: object) -> Probe:
        del prove
        return Probe(address=listener.address, port=listener.port, tls=tls, answer=ProbeAnswer.NEEDS_LOGIN)

    monkeypatch.setattr(checks, "probe", opens)
    assert "a client without a certificate is not refused by TLS" in refusal(box).summary


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        (ExpectedAccess(allowed=(("flushall",),), denied=()), "user app may not run 'flushall', which its role allows"),
        (ExpectedAccess(allowed=(), denied=(("ping",),)), "user app may run 'ping', which its role forbids"),
    ],
)
def test_a_promise_that_does_not_hold_is_named_by_user_and_command(
    box: Bench, monkeypatch: pytest.MonkeyPatch, promised: ExpectedAccess, words: str
) -> None:
    monkeypatch.setattr(checks, "expected_access", lambda _rules, **_of: promised)
    assert words in refusal(box).summary


@BY_BOTH_WAYS
def test_another_complaint_is_no_refusal(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ExpectedAccess(allowed=(("get",), ("renamed",)), denied=(("set", "x"), ("renamed",)))
    monkeypatch.setattr(checks, "expected_access", lambda _rules, **_of: odd)
    outcome, texts = said(box, box.plan())
    assert outcome.result is Result.APPLIED, outcome
    assert not [text for text in texts if "others are refused" in text]
    (untried,) = [text for text in texts if text.startswith("not tested")]
    assert untried.endswith(": get, renamed, set")


@BY_BOTH_WAYS
def test_every_user_is_proven_whatever_the_plan_changes(box: Bench) -> None:
    first, once = said(box, box.plan())
    assert first.result is Result.APPLIED, first
    with box.client(box.admin) as client:
        client.acl_setuser("kept", ("on", f"#{'0' * 64}", "resetchannels", "~kept:*", "-@all", "+get"))
        client.execute("ACL", "SAVE")
    second = box.plan(lambda answers: replace(answers, audit=replace(answers.audit, slow_log_length=300)), box.admin)
    assert not [change for change in second.changes if change.id.startswith("user:")]
    outcome, again = said(box, second, box.admin)
    assert outcome.result is Result.APPLIED, outcome
    assert "admin can still log in" in again
    (before,), (after,) = ([text for text in texts if "commands of the roles" in text] for texts in (once, again))
    assert int(after.split()[0]) > int(before.split()[0])


def test_users_begin_with_the_channels_that_the_server_gives_them(box: Bench) -> None:
    """Since 7.0 they begin with none, unless a setting gives them all."""
    users, conf = (Path(box.host.layout.config.parent / name) for name in ("users.acl", "redis.conf"))
    shop = "user shop on >of-the-test-81273 ~shop:* -@all +get +subscribe (~x:* +set)"
    users.write_text(f"user default on nopass ~a:* +@all\nuser ops on >of-the-test-81273 ~* +@all\n{shop}\n")
    box.host.services.stop(UNIT)
    conf.write_text(f"{conf.read_text()}\naclfile {users}\nacl-pubsub-default allchannels\n")
    box.host.services.start(UNIT)
    login = Login("ops", Secret("of-the-test-81273"))
    outcome = box.apply(box.plan(login=login), login=login)
    assert outcome.result is Result.APPLIED, outcome
    with box.client(login) as client:
        assert "&*" in next(line for line in client.acl_list() if " shop " in line)
    assert box.plan(login=login).empty


def test_a_user_that_the_plan_leaves_is_proven_too(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(box, box.plan())[0].result is Result.APPLIED
    second = box.plan(lambda answers: replace(answers, audit=replace(answers.audit, slow_log_length=300)), box.admin)
    refused = ExpectedAccess(allowed=(), denied=(("ping",),))
    monkeypatch.setattr(checks, "expected_access", lambda _rules, **_of: refused)
    outcome, _ = said(box, second, box.admin)
    assert outcome.result is Result.REFUSED
    assert "may run 'ping', which its role forbids" in outcome.summary


@WITH_TLS
def test_a_dry_run_rehearses_and_leaves_no_trace(box: Bench) -> None:
    wanted, before = box.plan(), box.picture()
    run = app.rehearse(box.host, wanted, login=None)
    texts = [event.text for event in run.events() if event.phase is Phase.REHEARSE]
    outcome = run.outcome()
    assert outcome.result is Result.NOTHING, outcome
    assert any("the server starts with the planned configuration" in text for text in texts), texts
    assert any(text.startswith("app connects with its certificate by TLS") for text in texts), texts
    assert any("can be written as planned" in check for check in outcome.checks), outcome
    assert box.picture() == before
    assert not box.host.entries(box.host.state / "run")
    assert not requests.identities(box.host)
    assert box.apply(wanted).result is Result.APPLIED


@WITH_TLS
def test_a_dry_run_names_what_the_server_refuses(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checks, "expected_access", lambda _rules, **_of: ExpectedAccess(allowed=(("flushall",),), denied=())
    )
    before = box.picture()
    outcome = app.rehearse(box.host, box.plan(), login=None).outcome()
    assert outcome.result is Result.REFUSED
    assert "user app may not run 'flushall', which its role allows" in outcome.summary
    assert box.picture() == before


@WITH_TLS
def test_a_dry_run_of_a_host_that_changed_since_says_so(box: Bench) -> None:
    wanted = box.plan()
    with box.client() as client:
        client.execute("CONFIG", "SET", "maxmemory", "123mb")
    outcome = app.rehearse(box.host, wanted, login=None).outcome()
    assert outcome.result is Result.REFUSED
    assert "the host has changed since the plan was made" in outcome.summary
