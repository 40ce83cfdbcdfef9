"""What tries of an unauthenticated client show: open, closed, or not known."""

import pytest

from tests.support import facts_builder as build
from wizard.apply.exposure import judged, targets
from wizard.model.exposure import Exposure, OpenEndpoint, Opening
from wizard.model.network import Address, ProbeAnswer, Scope

KEPT = Exposure(kept_for=("10.0.4.21 (1 connection, orders-api, user default)",), close="do this")


def test_a_listener_that_answers_is_open_and_the_plan_says_for_whom() -> None:
    found = judged([build.probe(answer=ProbeAnswer.OPEN)], (), KEPT, {})
    assert found.sentences() == (
        "Still open: 127.0.0.1:6379 accepts commands without a password.",
        "Used by 10.0.4.21 (1 connection, orders-api, user default).",
        "To close: do this.",
        "Still open: 127.0.0.1:6379 accepts clients without TLS.",
        "To close: run redis-wizard check for the cause and the fix.",
    )


@pytest.mark.parametrize("answer", [ProbeAnswer.SILENT, ProbeAnswer.REFUSED])
def test_a_listener_that_gives_no_answer_is_not_known_to_be_closed(answer: ProbeAnswer) -> None:
    found = judged([build.probe(address="10.0.4.7", answer=answer)], (), Exposure(), {})
    assert found.open == ()
    assert found.sentences() == ("Not known: 10.0.4.7:6379 gave no clear answer to an unauthenticated client.",)


@pytest.mark.parametrize("answer", [ProbeAnswer.NEEDS_LOGIN, ProbeAnswer.PROTECTED, ProbeAnswer.NEEDS_CERTIFICATE])
def test_a_listener_that_refuses_is_closed(answer: ProbeAnswer) -> None:
    assert judged([build.probe(answer=answer, tls=True)], (), KEPT, {}) == Exposure()


def test_what_tries_cannot_show_stays_as_the_plan_says_it() -> None:
    predicted = Exposure(guessable=("shop",), default_login=Opening(names=("default",), close="do that"))
    assert judged([build.probe(tls=True, answer=ProbeAnswer.NEEDS_LOGIN)], (), predicted, {}) == predicted


def test_the_plaintext_port_is_named_with_the_clients_that_the_plan_knew() -> None:
    predicted = Exposure(
        plaintext=Opening(names=("10.0.4.7:6379", "127.0.0.1:6379"), used_by=("php",), close="do that")
    )
    found = judged([build.probe(answer=ProbeAnswer.NEEDS_LOGIN)], (), predicted, {})
    assert found.sentences() == (
        "Still open: 127.0.0.1:6379 accepts clients without TLS.",
        "Used by php.",
        "To close: do that.",
    )
    assert judged([build.probe(answer=ProbeAnswer.REFUSED)], (), predicted, {}).plaintext is None


def test_a_user_without_a_password_makes_a_listener_open_that_asks_for_a_login() -> None:
    found = judged([build.probe(answer=ProbeAnswer.NEEDS_LOGIN)], ("legacy",), Exposure(), {})
    assert found.open == (OpenEndpoint(endpoint="127.0.0.1:6379", user="legacy"),)
    assert "redis-wizard check" in found.close
    closed = judged([build.probe(answer=ProbeAnswer.NEEDS_CERTIFICATE, tls=True)], ("legacy",), Exposure(), {})
    assert closed == Exposure()


def test_a_unix_socket_names_who_can_connect() -> None:
    socket = "/run/redis/s"
    found = judged([build.probe(address=socket, port=0)], (), Exposure(), {socket: "every local user"})
    assert found.sentences()[0] == f"Still open: {socket} (every local user) accepts commands without a password."


def test_many_endpoints_are_counted() -> None:
    probes = [build.probe(address=f"10.0.0.{number}") for number in range(1, 10)]
    assert "10.0.0.6:6379 and 3 more accept commands" in judged(probes, (), Exposure(), {}).sentences()[0]


def test_a_wildcard_is_tried_on_every_address_of_its_family() -> None:
    interfaces = [
        build.interface("lo", build.address("127.0.0.1", Scope.LOOPBACK, 8)),
        build.interface("eth0", build.address("10.0.4.7", Scope.PRIVATE), build.address("fd00::7", Scope.PRIVATE)),
        build.interface("eth1", Address(address="fe80::1", prefix=64, scope=Scope.LINK_LOCAL)),
    ]
    addresses = ("0.0.0.0", "::", "::1")  # noqa: S104 - nothing is bound
    listeners = [build.listener("/run/s", 0), *map(build.listener, addresses)]
    found = [(each.address, each.port) for each in targets(listeners, interfaces)]
    assert found == [("127.0.0.1", 6379), ("10.0.4.7", 6379), ("::1", 6379), ("fd00::7", 6379), ("/run/s", 0)]
