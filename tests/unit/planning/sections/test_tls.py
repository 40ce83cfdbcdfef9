"""Transport security in the configuration."""

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.answers import ClientCertificates, Plaintext
from wizard.model.change import Risk, SetDirective
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan


def secured(world: World, **tls: object) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, tls=replace(answers.tls, **tls)))


def test_the_port_needs_its_certificates() -> None:
    made = planned(stock())
    assert set(change(made, "directive:tls-port").needs) == {
        "directive:tls-cert-file",
        "directive:tls-key-file",
        "directive:tls-ca-cert-file",
    }
    assert change(made, "directive:tls-cert-file").needs == ("certificate:server",)


def test_the_door_opens_before_the_other_closes() -> None:
    order = [each.id for each in planned(stock()).changes]
    assert order.index("certificate:server") < order.index("directive:tls-cert-file")
    assert order.index("directive:tls-cert-file") < order.index("directive:tls-port") < order.index("directive:port")


def test_protocols_are_one_argument() -> None:
    assert change(planned(stock()), "directive:tls-protocols").values == (("TLSv1.2 TLSv1.3",),)


def test_a_build_without_tls_is_left_alone_and_named() -> None:
    made = secured(stock(tls_build=False), enabled=True)
    assert not [each for each in ids(made) if "tls" in each or "certificate" in each]
    assert "built without TLS" in notes(made)["tls"]


def test_tls_off_by_answer_makes_no_certificates() -> None:
    made = secured(stock(), enabled=False)
    assert not [each for each in ids(made) if "tls" in each or "certificate" in each]
    assert "directive:port" not in ids(made)


def test_demanding_certificates_from_clients_that_had_none_is_a_risk() -> None:
    done = stock().apply(secured(stock(), client_certificates=ClientCertificates.NO))
    made = secured(done, client_certificates=ClientCertificates.REQUIRED)
    assert change(made, "directive:tls-auth-clients").risk is Risk.DENY


def test_a_replica_is_not_switched_alone() -> None:
    made = secured(stock(role=Role.REPLICA), enabled=True)
    assert "whole group" in notes(made)["tls"]


def test_links_of_a_primary_are_left_where_a_peer_could_be_cut_off() -> None:
    replica = build.client(user="default", replica=True, listener="10.0.4.7:6379", address="10.0.4.8")
    made = secured(stock(role=Role.PRIMARY, clients=(replica,)), enabled=True)
    assert "directive:tls-replication" not in ids(made)
    assert "disconnected" in notes(made)["directive:tls-replication"]


def test_links_of_a_primary_are_set_when_its_replicas_speak_tls() -> None:
    replica = build.client(user="replica", replica=True, listener="10.0.4.7:6380", address="10.0.4.8")
    made = secured(stock(role=Role.PRIMARY, clients=(replica,)), enabled=True)
    assert change(made, "directive:tls-replication").after == "yes"


def test_keeping_the_plain_port_keeps_it() -> None:
    assert "directive:port" not in ids(secured(stock(), plaintext=Plaintext.KEEP))


def test_a_server_without_tls_says_so_even_when_nobody_asked_for_it() -> None:
    made = planned(stock(tls_build=False))
    assert "tls" in {note.subject for note in made.notes}
    assert not any(each.startswith("directive:tls-") for each in ids(made))


def test_a_server_that_serves_another_certificate_than_its_file_is_told_to_read_it() -> None:
    done = stock().apply(planned(stock()))
    facts, sources = done.detect()
    instance = facts.instances[0]
    answers = recommended(done)
    filed = next(each for each in instance.tls.certificates if each.path.name == "server.crt").fingerprint
    for shown, expected in ((filed, set()), ("00" * 32, {"directive:tls-cert-file"})):
        served = build.probe(port=6380, tls=True, certificate=shown)
        other = replace(instance, probes=(served,), tls=replace(instance.tls, key_matches=True))
        made = plan(replace(facts, instances=(other,)), sources, answers)
        assert ids(made) == expected
        assert all(isinstance(each, SetDirective) and each.live for each in made.changes)
