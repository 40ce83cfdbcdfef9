"""Certificates for tests: an authority with a server and a client, and handshakes in memory."""

import ssl
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.pki.authority import create_authority
from wizard.pki.leaf import issue
from wizard.pki.names import subject_names
from wizard.pki.pem import Issued

NOW = datetime(2026, 5, 4, 10, 11, 12, tzinfo=UTC)


@cache
def authority(name: str = "Test CA", *, days: int = 3650, now: datetime = NOW) -> Issued:
    """An authority that is made once and shared."""
    return create_authority(common_name=name, key_type=KeyType.EC_P256, days=days, now=now)


def leaf(
    role: CertificateRole = CertificateRole.SERVER,
    *names: str,
    days: int = 397,
    now: datetime = NOW,
    by: Issued | None = None,
    key_type: KeyType = KeyType.EC_P256,
) -> Issued:
    """A certificate by the shared authority."""
    signer = by or authority()
    return issue(
        role,
        common_name="db1" if role is CertificateRole.SERVER else "app",
        names=subject_names(names or (("localhost", "127.0.0.1", "::1") if role is CertificateRole.SERVER else ())),
        key_type=key_type,
        days=days,
        now=now,
        authority_certificate=signer.certificate,
        authority_key=signer.key,
    )


def store(directory: Path, name: str, pair: Issued) -> tuple[Path, Path]:
    """Write a pair to files, the key for its owner alone."""
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    certificate.write_bytes(pair.certificate)
    key.touch(mode=0o600)
    key.write_bytes(pair.key)
    return certificate, key


def strict_context(side: int, trusted: Issued) -> ssl.SSLContext:
    """A context as Python 3.13 makes them: strict, and both sides show a certificate."""
    context = ssl.SSLContext(side)
    context.load_verify_locations(cadata=trusted.certificate.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Let two contexts shake hands in memory; raises what either side refuses with."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    for _ in range(10):
        for end in (near, far):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                continue
        if len(done) == 2:
            return
    message = "the handshake does not end"
    raise TimeoutError(message)
