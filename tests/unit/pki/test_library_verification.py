"""Why chains are judged here: what ``cryptography.x509.verification`` decides, and where servers decide otherwise."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from tests.support.certificate_set import NOW
from wizard.pki.verify import chain_problem

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Party:
    """A certificate with its key, issued by another one or by itself."""

    def __init__(self, name: str, by: "Party | None" = None, *, key: Key | None = None, ca: bool = True) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = by or self
        built = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        digest = None if isinstance(issuer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        self.certificate = built.sign(issuer.key, digest)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def library_accepts(leaf: Party, trusted: Party, *, days: int = 0) -> bool:
    """Ask the library with the policy that is nearest to a server's: any leaf, and authorities that are one."""
    authorities = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store([trusted.certificate])).time(NOW + timedelta(days=days))
    policy = policy.extension_policies(ca_policy=authorities, ee_policy=ExtensionPolicy.permit_all())
    try:
        policy.build_client_verifier().verify(leaf.certificate, [])
    except VerificationError:
        return False
    return True


OWN = Party("CA")


@pytest.mark.parametrize(
    ("leaf", "trusted", "days", "holds"),
    [
        (Party("db1", OWN, ca=False), OWN, 0, True),
        (Party("db1", OWN, ca=False), OWN, 10, False),
        (Party("db1", OWN, ca=False), Party("CA"), 0, False),
        (Party("db1", OWN, ca=False), Party("Other"), 0, False),
        (OWN, OWN, 0, True),
        (Party("db1", Party("db0", OWN, ca=False), ca=False), OWN, 0, False),
    ],
)
def test_both_decide_alike_on_usual_keys(leaf: Party, trusted: Party, days: int, *, holds: bool) -> None:
    assert library_accepts(leaf, trusted, days=days) is holds
    assert (chain_problem(leaf.pem, trusted.pem, NOW + timedelta(days=days)) == "") is holds


def test_the_library_refuses_an_authority_that_servers_accept() -> None:
    """Once it accepts this one too, it can judge alone, and `chain_problem` needs words only."""
    authority = Party("CA", key=ed25519.Ed25519PrivateKey.generate())
    leaf = Party("db1", authority, ca=False)
    assert not library_accepts(leaf, authority)
    assert chain_problem(leaf.pem, authority.pem, NOW) == ""
