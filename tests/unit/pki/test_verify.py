"""What a certificate says, and why it does not hold."""

from datetime import timedelta

import pytest

from tests.support.certificate_set import NOW, authority, leaf
from wizard.errors import CertificateError
from wizard.model.change import CertificateRole
from wizard.pki.verify import chain_problem, describe, key_matches


def test_tells_what_an_authority_says() -> None:
    told = describe(authority(days=10).certificate)
    assert told.authority
    assert told.key_usage == ("keyCertSign", "cRLSign")
    assert told.subject == told.issuer == "CN=Test CA"
    assert told.not_before == "2026-05-04T10:06:12Z"
    assert told.not_after == "2026-05-14T10:11:12Z"
    assert len(told.fingerprint) == 64


def test_a_key_belongs_to_its_own_certificate_alone() -> None:
    one, two = leaf(), leaf()
    assert key_matches(one.certificate, one.key)
    assert not key_matches(one.certificate, two.key)


def test_a_chain_to_a_trusted_authority_has_no_problem() -> None:
    assert chain_problem(leaf().certificate, authority().certificate, NOW) == ""


def test_a_bundle_with_the_old_and_the_new_authority_verifies_both() -> None:
    bundle = authority("Old CA").certificate + authority().certificate
    assert chain_problem(leaf().certificate, bundle, NOW) == ""
    assert chain_problem(leaf(by=authority("Old CA")).certificate, bundle, NOW) == ""


def test_says_why_a_chain_does_not_hold() -> None:
    server = leaf(days=10).certificate
    assert "not among the authorities" in chain_problem(server, authority("Other CA").certificate, NOW)
    assert "expired on 2026-05-14" in chain_problem(server, authority().certificate, NOW + timedelta(days=11))
    assert "not valid before" in chain_problem(server, authority().certificate, NOW - timedelta(days=1))


def test_notices_an_authority_of_the_same_name_with_another_key() -> None:
    posing = authority(days=3651)
    assert "is not signed by the key" in chain_problem(leaf().certificate, posing.certificate, NOW)


def test_notices_an_expired_authority() -> None:
    short = authority(days=20)
    assert "CN=Test CA expired" in chain_problem(
        leaf(days=20, by=short).certificate, short.certificate, NOW + timedelta(days=20, seconds=1)
    ) or "CN=db1 expired" in chain_problem(
        leaf(days=20, by=short).certificate, short.certificate, NOW + timedelta(days=20, seconds=1)
    )


def test_notices_a_signer_that_is_no_authority() -> None:
    client = leaf(CertificateRole.CLIENT)
    assert chain_problem(client.certificate, client.certificate, NOW) == ""
    assert "not among" in chain_problem(client.certificate, leaf().certificate, NOW)


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_says_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(CertificateError, match="PEM form"):
        describe(data)
