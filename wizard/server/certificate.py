"""The certificate that a TLS port shows, and the one that a file holds, by their fingerprints."""

import base64
import hashlib
import re

from wizard.model.network import local_address
from wizard.server.tls_trials import served_certificate

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


def served(address: str, port: int) -> str:
    """Return the SHA-256 fingerprint in hex of the certificate that a port shows; empty without a handshake."""
    return served_certificate(local_address(address), port)


def fingerprint_of(data: bytes) -> str:
    """Return the SHA-256 fingerprint in hex of the first certificate of a PEM file; empty where there is none."""
    found = _PEM.search(data)
    try:
        binary = base64.b64decode(found[1]) if found else b""
    except ValueError:
        return ""
    return hashlib.sha256(binary).hexdigest() if binary else ""
