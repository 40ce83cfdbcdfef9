"""What a rehearsal finds wrong on a real server is named: whose certificate, whose command, which door."""

import pytest

from tests.support.apply_bench import Bench
from wizard.acl.presets import Promise
from wizard.apply import prove
from wizard.errors import ServerError
from wizard.model.event import Ending, Outcome, Phase
from wizard.model.facts import Listener, Probe, ProbeAnswer
from wizard.model.login import Login

pytestmark = pytest.mark.server


def refusal(box: Bench) -> Outcome:
    before = box.picture()
    outcome = box.apply(box.plan())
    assert outcome.ending is Ending.REFUSED, outcome
    assert box.picture() == before
    assert not box.host.entries(box.host.state / "run")
    return outcome


def test_every_planned_client_makes_a_handshake_of_its_own(box: Bench) -> None:
    apply = box.start(box.plan())
    said = [event.text for event in apply.events() if event.phase is Phase.REHEARSE]
    for user in ("app", "admin"):
        assert any(text.startswith(f"{user} connects with its certificate by TLS") for text in said), said
    assert "a client without a certificate is refused" in said
    assert any("outside the sandbox of its unit" in text for text in said), said


def test_a_certificate_that_the_server_refuses_is_named_by_its_user(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = prove.shake_hands, list[Login | None]()

    def second_fails(address: str, port: int, login: Login | None, *, name: str) -> str:
        seen.append(login)
        if len(seen) > 1:
            raise ServerError("the TLS handshake fails: unknown ca")
        return real(address, port, login, name=name)

    monkeypatch.setattr(prove, "shake_hands", second_fails)
    users = [change.common_name for change in prove.issued(box.plan()) if change.role == "client"]
    assert f"TLS does not work with the certificate of {users[1]}" in refusal(box).summary


def test_a_door_that_lets_a_stranger_in_is_named(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def opens(listener: Listener, *, tls: bool) -> Probe:
        return Probe(address=listener.address, port=listener.port, tls=tls, answer=ProbeAnswer.NEEDS_LOGIN)

    monkeypatch.setattr(prove, "probe", opens)
    assert "a client without a certificate is not refused by TLS" in refusal(box).summary


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        (Promise(allowed=(("flushall",),), denied=()), "user app is promised 'flushall' and may not run it"),
        (Promise(allowed=(), denied=(("ping",),)), "user app may run 'ping', which its role forbids"),
    ],
)
def test_a_promise_that_does_not_hold_is_named_by_user_and_command(
    box: Bench, monkeypatch: pytest.MonkeyPatch, promised: Promise, words: str
) -> None:
    monkeypatch.setattr(prove, "promise", lambda _rules, **_of: promised)
    assert words in refusal(box).summary
