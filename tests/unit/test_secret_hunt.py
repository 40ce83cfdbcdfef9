"""The hunt for secrets finds what it should, or the tests that rest on it would prove nothing."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.secret_hunt import Secrets
from wizard.model.answers import KeyType

PASSWORD = "pW-9_x/+Zq.Ä~7mK0aa"


def of(password: str) -> Secrets:
    secrets = Secrets()
    secrets.add_password("admin", password)
    return secrets


@given(before=st.binary(max_size=7), after=st.binary(max_size=7), url=st.booleans())
def test_base64_of_a_longer_text(before: bytes, after: bytes, *, url: bool) -> None:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    assert of(PASSWORD).hits(encode(before + PASSWORD.encode() + after))


@pytest.mark.parametrize(
    "text",
    [
        f"user admin >{PASSWORD}".encode(),
        PASSWORD.encode().hex().encode(),
        quote(PASSWORD, safe="").encode(),
        json.dumps({"passwords": {"admin": PASSWORD}}, ensure_ascii=False).encode(),
        repr(PASSWORD.encode()).encode(),
    ],
)
def test_other_forms(text: bytes) -> None:
    assert of(PASSWORD).hits(text)
    assert not of(PASSWORD[::-1]).hits(text)


@pytest.mark.parametrize("kind", list(KeyType))
def test_a_private_key_in_any_clothes(kind: KeyType) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - only here
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_pem_private_key,
    )

    from wizard.pki.authority import create_authority  # noqa: PLC0415 - only here

    made = create_authority(common_name="x", key_type=kind, days=9, now=datetime.now(UTC), passphrase=None)
    key = load_pem_private_key(made.key, None)
    secrets = Secrets()
    secrets.add_key("authority", made.key)
    assert secrets.hits(made.key)
    assert secrets.hits(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    assert secrets.hits(json.dumps(made.key.decode()).encode())
    assert not secrets.hits(made.certificate)
    assert not secrets.hits(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
