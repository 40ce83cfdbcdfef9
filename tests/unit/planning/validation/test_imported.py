"""A server certificate that the answers name: what is wrong with its files stands beside their fields."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from tests.support.certificate_set import NOW, authority, leaf
from tests.support.memory_host.host import MemoryHost
from tests.support.plan_model import stock
from wizard.detect import read_imported_certificate
from wizard.model.answers import Answers
from wizard.model.change import CertificateRole, IssueCertificate, SetDirective
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.validation.host import FieldProblem, validate_for_host

PLACE = PurePosixPath("/etc/pki")
CERTIFICATE, KEY, AUTHORITY = PLACE / "redis.crt", PLACE / "redis.key", PLACE / "ca.crt"
FACTS, SOURCES = stock().detect()
NAMES = ("db1", "db1.example.org", "localhost", "127.0.0.1", "::1")


def answers(**over: str) -> Answers:
    named = {"certificate": str(CERTIFICATE), "certificate_key": str(KEY), "authority": str(AUTHORITY)}
    given = recommend(FACTS, FACTS.instances[0]).answers
    return replace(given, tls=replace(given.tls, **(named | over)))


def files(*names: str, days: int = 397) -> MemoryHost:
    pair = leaf(CertificateRole.SERVER, *(names or NAMES), days=days)
    host = MemoryHost({CERTIFICATE: pair.certificate, KEY: pair.key, AUTHORITY: authority().certificate})
    host.nodes[KEY].mode = 0o640
    return host


def found(host: MemoryHost, wanted: Answers, *, days: int = 0) -> dict[str, FieldProblem]:
    now = NOW + timedelta(days=days)
    facts = replace(FACTS, taken_at=now.isoformat())
    imported = read_imported_certificate(host, wanted.tls, facts.taken_at)
    return {each.field: each for each in validate_for_host(wanted, facts, facts.instances[0], imported)}


def test_a_pair_that_holds_together_has_no_problem() -> None:
    assert found(files(), answers()) == {}


def other_key(host: MemoryHost) -> None:
    host.put(KEY, leaf().key)
    host.nodes[KEY].mode = 0o640


def open_key(host: MemoryHost) -> None:
    host.nodes[KEY].mode = 0o644


@pytest.mark.parametrize(
    ("spoil", "field", "words"),
    [
        (other_key, "tls.certificate_key", "/etc/pki/redis.key does not belong to the certificate"),
        (open_key, "tls.certificate_key", "Every user of this host can read /etc/pki/redis.key (mode 0644)"),
        (lambda host: host.put(KEY, b"no key"), "tls.certificate_key", "/etc/pki/redis.key cannot be used"),
        (lambda host: host.remove(KEY), "tls.certificate_key", "is not a file that can be read"),
        (lambda host: host.remove(CERTIFICATE), "tls.certificate", "/etc/pki/redis.crt: it does not exist"),
        (lambda host: host.put(CERTIFICATE, b"\x1b[2J"), "tls.certificate", "Name a file in PEM form"),
        (lambda host: host.put(AUTHORITY, authority("Other").certificate), "tls.certificate", "does not verify"),
        (lambda host: host.remove(AUTHORITY), "tls.authority", "/etc/pki/ca.crt: it does not exist"),
    ],
)
def test_what_cannot_work_is_refused(spoil: Callable[[MemoryHost], None], field: str, words: str) -> None:
    host = files()
    spoil(host)
    problem = found(host, answers())[field]
    assert words in problem.text
    assert problem.blocking


def test_an_expired_certificate_is_refused() -> None:
    wanted, late = answers(), (NOW + timedelta(days=400)).isoformat()
    facts = replace(FACTS, taken_at=late)
    imported = read_imported_certificate(files(), wanted.tls, late)
    problems = validate_for_host(wanted, facts, facts.instances[0], imported)
    assert any("is not valid now" in each.text for each in problems if each.blocking)


def test_what_clients_may_refuse_is_a_warning() -> None:
    problem = found(files("db1.example.org"), answers())["tls.certificate"]
    assert "It does not name db1, localhost" in problem.text
    assert not problem.blocking
    problem = found(files(), answers(), days=390)["tls.certificate"]
    assert "Renew it" in problem.text
    assert not problem.blocking


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"certificate": "redis.crt"}, "tls.certificate"),
        ({"certificate_key": ""}, "tls.certificate_key"),
        ({"authority": "create"}, "tls.authority"),
    ],
)
def test_the_three_paths_belong_together(over: dict[str, str], field: str) -> None:
    assert found(files(), answers(**over))[field].blocking


def test_a_plan_names_the_files_and_makes_no_certificate() -> None:
    made = plan(FACTS, SOURCES, answers())
    named = {change.name: change.after for change in made.changes if isinstance(change, SetDirective)}
    assert named["tls-cert-file"] == str(CERTIFICATE)
    assert named["tls-key-file"] == str(KEY)
    assert named["tls-ca-cert-file"] == str(AUTHORITY)
    assert not [change.id for change in made.changes if isinstance(change, IssueCertificate)]
    assert any(note.subject == str(AUTHORITY) for note in made.notes)
