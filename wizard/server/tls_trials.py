"""The handshakes by which a TLS listener is judged: each old version, broken ciphers, without and with a certificate.

All are tried at the same time.
"""

import hashlib
import os
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.model.value import replace
from wizard.server.client_hello import BROKEN, FORWARD_SECRET, RSA_KEY_EXCHANGE, TLS_1_2, VERSIONS, ServerHello, offer
from wizard.server.probe import answer_by_tls, probe, probed_address, unauthenticated
from wizard.server.tls import connect_tls

_SECONDS = 1.0
_TLS_1_3 = "TLSv1.3"
_TRIALS = 8


class _Agreed(NamedTuple):
    """What a listener agreed to: by version, and in TLS 1.2 by kind of cipher."""

    versions: tuple[ServerHello | None, ...]
    rsa_key_exchange: ServerHello | None
    broken: ServerHello | None
    newest: bytes | None
    """The certificate that it shows in TLS 1.3, ``None`` when it does not take it."""


def try_tls(listener: Listener, *, via: str = "", seconds: float = _SECONDS) -> Probe:
    """Return how a TLS listener treats clients without a password: which versions and certificates it accepts.

    Args:
        listener: A TCP address with port.
        via: As for `probe`.
        seconds: For each step of each handshake.
    """
    address = probed_address(listener, via)
    with ThreadPoolExecutor(_TRIALS) as pool:
        asked = pool.submit(probe, listener, tls=True, via=via, seconds=seconds)
        foreign = pool.submit(_with_foreign_certificate, address, listener.port, seconds)
        agreed = _agreed(pool, address, listener.port, seconds)
        return replace(_with_versions(asked.result(), agreed), foreign_certificate=foreign.result())


def served_certificate(address: str, port: int, *, seconds: float = _SECONDS) -> str:
    """Return the SHA-256 fingerprint in hex of the certificate that a listener shows; empty without a handshake."""
    with ThreadPoolExecutor(_TRIALS) as pool:
        return _fingerprint(_agreed(pool, address, port, seconds))


def _agreed(pool: ThreadPoolExecutor, address: str, port: int, seconds: float) -> _Agreed:
    def offered(version: int, ciphers: tuple[int, ...]) -> "Future[ServerHello | None]":
        return pool.submit(offer, address, port, version, ciphers, seconds=seconds)

    newest = pool.submit(_newest, address, port, seconds)
    versions = [
        offered(number, FORWARD_SECRET if number == TLS_1_2 else (*FORWARD_SECRET, *RSA_KEY_EXCHANGE, *BROKEN))
        for number in VERSIONS
    ]
    kinds = offered(TLS_1_2, RSA_KEY_EXCHANGE), offered(TLS_1_2, tuple(BROKEN))
    return _Agreed(tuple(each.result() for each in versions), kinds[0].result(), kinds[1].result(), newest.result())


def _with_versions(asked: Probe, agreed: _Agreed) -> Probe:
    hellos = [each for each in (*agreed.versions, agreed.rsa_key_exchange, agreed.broken) if each is not None]
    names = {each.version for each in hellos} | ({_TLS_1_3} if agreed.newest is not None else set())
    weak = {BROKEN[each.cipher] for each in hellos if each.cipher in BROKEN}
    return replace(
        asked,
        tls_versions=tuple(sorted(names)),
        certificate=_fingerprint(agreed),
        weak_ciphers=tuple(sorted(weak)),
        rsa_key_exchange=any(each.cipher in RSA_KEY_EXCHANGE for each in hellos),
        forward_secrecy=agreed.newest is not None or any(each.cipher in FORWARD_SECRET for each in hellos),
    )


def _fingerprint(agreed: _Agreed) -> str:
    hellos = (*agreed.versions, agreed.rsa_key_exchange, agreed.broken)
    shown = (agreed.newest, *(each.certificate for each in hellos if each is not None))
    return next((hashlib.sha256(each).hexdigest() for each in shown if each), "")


def _newest(address: str, port: int, seconds: float) -> bytes | None:
    context = unauthenticated()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        with closing(connect_tls(context, address, port, seconds=seconds)) as link:
            return link.getpeercert(binary_form=True)
    except OSError:
        return None


def _with_foreign_certificate(address: str, port: int, seconds: float) -> ProbeAnswer:
    context = unauthenticated()
    _show_foreign_certificate(context)
    return answer_by_tls(context, address, port, seconds=seconds)


def _show_foreign_certificate(context: ssl.SSLContext) -> None:
    """Have a client show a certificate that no server trusts; it is made in memory and never written to a disk."""
    from wizard.pki.authority import create_authority  # noqa: PLC0415 - cryptography is slow to import
    from wizard.pki.leaf import issue  # noqa: PLC0415 - cryptography is slow to import
    from wizard.pki.names import subject_names  # noqa: PLC0415 - cryptography is slow to import

    now, name = datetime.now(UTC), "redis-wizard check"
    authority = create_authority(common_name=name, key_type=KeyType.EC_P256, days=2, now=now)
    made = issue(
        CertificateRole.CLIENT,
        common_name=name,
        names=subject_names(()),
        key_type=KeyType.EC_P256,
        days=1,
        now=now,
        authority_certificate=authority.certificate,
        authority_key=authority.key,
    )
    memory = os.memfd_create(name)
    try:
        os.write(memory, made.certificate + made.key)
        context.load_cert_chain(f"/proc/self/fd/{memory}")
    finally:
        os.close(memory)
