"""What the answers on TLS lead to."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import planned, recommended, stock
from wizard.model.answers import Answers, NetworkAnswers, Plaintext, TlsAnswers
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace
from wizard.planning.preview.connections import connection_preview

BY_PORT = ClientGroup(user="default", address="10.0.4.21", name="orders", library="", listener="10.0.4.7:6379", count=2)


def sentence(tls: TlsAnswers, *clients: ClientGroup, port: int = 6379, tls_build: bool = True) -> tuple[str, bool]:
    server = build.instance(live=build.live(clients=clients), tls_build=tls_build)
    answers = Answers(network=NetworkAnswers(port=port), tls=tls)
    found = connection_preview(build.host(instances=(server,)), server, answers)
    return found.plaintext, found.harmful


@pytest.mark.parametrize(
    ("tls", "clients", "expected"),
    [
        (TlsAnswers(enabled=False), (), ("Passwords and data on port 6379 stay readable on the network.", True)),
        (TlsAnswers(plaintext=Plaintext.CLOSE), (), ("Port 6379 closes; no client uses it now.", False)),
        (
            TlsAnswers(plaintext=Plaintext.CLOSE),
            (BY_PORT,),
            ("Port 6379 closes; 2 connections from 10.0.4.21 must reconnect by TLS.", True),
        ),
        (
            TlsAnswers(plaintext=Plaintext.DRAIN),
            (BY_PORT,),
            ("Port 6379 stays open for 2 connections from 10.0.4.21, until a plan finds none.", False),
        ),
        (TlsAnswers(plaintext=Plaintext.KEEP), (), ("Port 6379 stays open in plain text beside TLS.", True)),
    ],
)
def test_what_happens_to_the_plaintext_port(
    tls: TlsAnswers, clients: tuple[ClientGroup, ...], expected: tuple[str, bool]
) -> None:
    assert sentence(tls, *clients) == expected


def test_drain_and_close_say_which_clients_could_not_be_seen() -> None:
    silent = build.instance(live=Unreadable(what="the running server", why="it wants a password"))
    brief = build.instance(
        live=build.live(
            info={"total_connections_received": "592", "uptime_in_seconds": "900"}, command_calls={"get": 592}
        )
    )

    def said(server: Instance, plaintext: Plaintext) -> str:
        answers = Answers(tls=TlsAnswers(plaintext=plaintext))
        return connection_preview(build.host(instances=(server,)), server, answers).plaintext

    assert said(silent, Plaintext.DRAIN) == 'Port 6379 stays open: its clients are unknown. "close" ends that.'
    assert said(silent, Plaintext.CLOSE) == "Port 6379 closes, also for clients that could not be listed."
    assert said(brief, Plaintext.DRAIN) == 'Port 6379 stays open: programs connect for moments. "close" ends that.'
    assert said(brief, Plaintext.CLOSE) == "Port 6379 closes, also for programs that connect for moments."


def test_the_port_of_a_replica_is_not_said_to_close() -> None:
    live = build.live(role=Role.REPLICA, config={"tls-port": "6380"})
    server = build.instance(live=live)
    found = connection_preview(
        build.host(instances=(server,)), server, Answers(tls=TlsAnswers(plaintext=Plaintext.CLOSE))
    )
    assert found.plaintext == "Port 6379 stays open: this server is a replica. Close it in the whole group."
    assert found.harmful


def test_without_a_port_or_without_tls_in_the_build() -> None:
    assert sentence(TlsAnswers(), port=0) == ("No plaintext port is open.", False)
    said, harmful = sentence(TlsAnswers(), tls_build=False)
    assert harmful
    assert "stays open in plain text (this server was built without TLS)" in said


def test_the_names_follow_the_addresses() -> None:
    server = build.instance()
    facts = build.host(instances=(server,))
    found = connection_preview(facts, server, Answers(network=NetworkAnswers(bind=("loopback",))))
    assert "203.0.113.7" not in found.automatic
    assert "203.0.113.7" in found.others
    wider = connection_preview(facts, server, Answers(network=NetworkAnswers(bind=("loopback", "interface:eth0"))))
    assert "203.0.113.7" in wider.automatic
    assert facts.hostname in wider.automatic


def test_an_own_certificate_stays_and_the_authority_is_named() -> None:
    live = {**build.PRISTINE_LIVE, "tls-cert-file": "/etc/pki/redis.crt", "tls-key-file": "/etc/pki/redis.key"}
    own = build.certificate(path=PurePosixPath("/etc/pki/redis.crt"))
    server = build.instance(live=build.live(config=live), tls=build.tls(certificates=(own,)))
    found = connection_preview(build.host(instances=(server,)), server, Answers())
    assert found.certificate == f"Your own certificate stays: /etc/pki/redis.crt, until {own.not_after[:10]}."
    plain = build.instance()
    facts = build.host(instances=(plain,))
    made = connection_preview(facts, plain, Answers()).certificate
    assert made == "A certificate is signed by an authority made here."
    signed = connection_preview(facts, plain, Answers(tls=TlsAnswers(authority="/etc/pki/ca.crt"))).certificate
    assert signed == "A certificate is signed by /etc/pki/ca.crt."
    assert not connection_preview(facts, plain, Answers(tls=TlsAnswers(enabled=False))).certificate
    assert not connection_preview(facts, plain, Answers(tls=TlsAnswers(authority=""))).certificate


def test_a_server_that_is_installed_first_has_names_and_closes_its_port() -> None:
    facts = build.host(instances=())
    found = connection_preview(facts, None, Answers(tls=TlsAnswers(plaintext=Plaintext.CLOSE)))
    assert facts.hostname in found.automatic
    assert found.plaintext == "Port 6379 closes; no client uses it now."


def test_a_certificate_of_an_earlier_apply_is_not_said_to_be_made() -> None:
    facts, sources = stock().apply(planned(stock())).detect()
    answers = recommended(stock())
    found = connection_preview(facts, facts.instances[0], answers, sources)
    assert found.certificate.startswith("The certificate that is there stays")
    longer = replace(answers, tls=replace(answers.tls, names=("auto", "cache.example")))
    renewed = connection_preview(facts, facts.instances[0], longer, sources)
    assert renewed.certificate == "A certificate is signed by an authority made here."
