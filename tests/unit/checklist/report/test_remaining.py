"""What a report says first: what stays open on the host as it is."""

from datetime import date

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import planned, recommended, stock
from wizard.checklist import check
from wizard.model.answers import DefaultUser, Plaintext
from wizard.model.exposure import Exposure
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import ProbeAnswer
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
ORDERS = build.client(user="default", address="10.0.4.21", name="orders-api", listener="127.0.0.1:6379")


def found(facts: HostFacts) -> Exposure:
    return check(facts, today=TODAY).exposure


def stopped(more: str = "") -> HostFacts:
    facts, _ = stock(more, running=False).detect()
    live = Unreadable(what="server", why="it does not run")
    return build.with_instance(facts, live=live, process=None, unit=None, listeners=(), probes=())


def test_a_hardened_host_has_nothing_to_say() -> None:
    assert found(build.hardened_host()).sentences() == ()


def test_a_stock_host_names_its_endpoints_and_the_command() -> None:
    assert found(build.pristine_host()).sentences() == (
        "Still open: 127.0.0.1:6379, [::1]:6379 accept commands without a password.",
        "To close: run redis-wizard apply.",
        "Still open: 127.0.0.1:6379, [::1]:6379 accept clients without TLS.",
        "To close: run redis-wizard apply.",
    )


def test_check_and_plan_name_the_same_things_in_the_same_words() -> None:
    world = stock(clients=(ORDERS,))
    answers = recommended(world)
    kept = replace(
        answers,
        acl=replace(answers.acl, default_user=DefaultUser.KEEP),
        tls=replace(answers.tls, plaintext=Plaintext.KEEP),
    )
    facts, _ = world.detect()
    open_ports = [build.probe(answer=ProbeAnswer.OPEN), build.probe(address="::1", answer=ProbeAnswer.OPEN)]
    facts = build.with_instance(facts, probes=tuple(open_ports))
    said = found(facts).sentences()
    assert said[1] == "Used by 10.0.4.21 (1 connection, orders-api, redis-py 8.1.0, user default)."
    assert said[2] == "To close: let each client log in as a user of its own, then run redis-wizard apply again."
    predicted = planned(world, kept).exposure
    assert said[1:3] == predicted.sentences()[1:3]
    assert said[4] == predicted.sentences()[4]


def test_a_server_that_does_not_run_is_judged_by_its_files() -> None:
    first, close, *_ = found(stopped()).sentences()
    assert first.startswith("Still open: 127.0.0.1:6379, [::1]:6379 accept commands")
    assert close == "To close: run redis-wizard apply."
    first, close, *_ = found(stopped("requirepass verylong\n")).sentences()
    assert first == 'Still open: user "default" can log in with its password.'
    assert close == "To close: run redis-wizard apply."


def test_clients_that_could_not_be_listed_are_no_absence_of_clients() -> None:
    facts, _ = stock(login=False).detect()
    facts = build.with_instance(facts, probes=(build.probe(answer=ProbeAnswer.OPEN),))
    text = " ".join(found(facts).sentences())
    assert "Used by clients that could not be listed." in text
    assert "--password-file" in text
    facts = build.with_instance(
        stock("requirepass verylong\n", login=False).detect()[0], probes=(build.probe(answer=ProbeAnswer.NEEDS_LOGIN),)
    )
    first, used, close, *_ = found(facts).sentences()
    assert first == 'Still open: user "default" can log in with its password.'
    assert used == "Used by clients that could not be listed."
    assert "--password-file" in close


@pytest.mark.parametrize("answer", [ProbeAnswer.SILENT, ProbeAnswer.REFUSED, ProbeAnswer.PROTECTED])
def test_a_port_that_accepted_no_client_is_not_called_open(answer: ProbeAnswer) -> None:
    facts = build.with_instance(build.pristine_host(), probes=(build.probe(answer=answer),))
    assert found(facts).plaintext is None
    assert found(facts).open == ()
