"""A server certificate of the operator's own, named by an answer, on a real server."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench
from tests.support.certificate_set import authority, leaf
from wizard.detect import collect_facts
from wizard.model.answers import Answers
from wizard.model.change import CertificateRole
from wizard.model.event import Result
from wizard.model.login import Endpoint, Login
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.server.certificate import fingerprint_of, served
from wizard.server.client import connect

pytestmark = [pytest.mark.server, pytest.mark.parametrize("build", ["r74"], indirect=True)]


@dataclass
class Own:
    """What the operator has."""

    certificate: Path
    key: Path
    authority: Path
    client: tuple[Path, Path]

    def __call__(self, answers: Answers) -> Answers:
        """Name it in the answers."""
        named = {
            "certificate": str(self.certificate),
            "certificate_key": str(self.key),
            "authority": str(self.authority),
        }
        return replace(answers, tls=replace(answers.tls, **named))


@pytest.fixture
def own(box: Bench) -> Own:
    now = datetime.now(UTC).replace(microsecond=0)
    signer = authority("Own CA", now=now)
    server, client = (
        leaf(CertificateRole.SERVER, "localhost", "127.0.0.1", by=signer, now=now),
        leaf(CertificateRole.CLIENT, by=signer, now=now),
    )
    place = Path(box.host.layout.config.parent) / "own"
    place.mkdir()
    for name, data in (
        ("server.crt", server.certificate),
        ("server.key", server.key),
        ("ca.crt", signer.certificate),
        ("client.crt", client.certificate),
        ("client.key", client.key),
    ):
        (place / name).touch(mode=0o640)
        (place / name).write_bytes(data)
    return Own(
        place / "server.crt", place / "server.key", place / "ca.crt", (place / "client.crt", place / "client.key")
    )


def test_it_is_served_and_stays_in_the_next_plan(box: Bench, own: Own) -> None:
    outcome = box.apply(box.plan(own))
    assert outcome.result is Result.APPLIED, outcome
    assert served("127.0.0.1", box.tls_port) == fingerprint_of(own.certificate.read_bytes())
    certificate, key, trusted = (PurePosixPath(path) for path in (*own.client, own.authority))
    login = Login("app", box.passwords["app"], certificate=certificate, key=key, authority=trusted)
    with connect(Endpoint(port=box.tls_port, tls=True), login) as client:
        client.ping()
    detection = collect_facts(box.host, login=box.admin)
    again = plan(detection.facts, detection.sources, own(box.plan(login=box.admin).answers))
    assert not [change.id for change in again.changes if "tls" in change.id or "certificate" in change.id]


def test_a_key_of_another_pair_stops_in_the_rehearsal(box: Bench, own: Own) -> None:
    own.key.write_bytes(leaf().key)
    why = box.refused(box.plan(own))
    assert "key values mismatch" in why
    assert "by the answer tls.certificate_key" in why
