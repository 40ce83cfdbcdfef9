"""Certificates and keys that a configuration names and that cannot be used."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from tests.support.scenario import KEY_BODY, assert_refused, assert_silent, debian, picture, run
from wizard.model.answers import KeyType
from wizard.pki.authority import create_authority
from wizard.pki.pem import Issued

KEY = f"-----BEGIN PRIVATE KEY-----\n{KEY_BODY}\n-----END PRIVATE KEY-----\n".encode()
BROKEN = b"-----BEGIN CERTIFICATE-----\nMIIzzzz\n-----END CERTIFICATE-----\n"


@cache
def authority(name: str) -> Issued:
    now = datetime.now(UTC)
    return create_authority(common_name=name, key_type=KeyType.EC_P256, days=90, now=now, passphrase=None)


def tree(place: Path, certificate: bytes | None, key: bytes, trusted: bytes | None) -> Path:
    """A tree whose server has TLS with these files; ``None`` leaves one out."""
    root = debian(place)
    for name, data in (("server.crt", certificate), ("server.key", key), ("ca.crt", trusted)):
        if data is not None:
            (root / "etc/redis" / name).write_bytes(data)
    with (root / "etc/redis/redis.conf").open("a", encoding="ascii") as file:
        file.write("tls-port 6380\ntls-cert-file /etc/redis/server.crt\ntls-key-file /etc/redis/server.key\n")
        file.write("tls-ca-cert-file /etc/redis/ca.crt\n")
    return root


CASES = {
    "garbage": (bytes(range(256)), KEY, bytes(256), ("/etc/redis/server.crt", "not a certificate in PEM form")),
    "broken": (BROKEN, KEY, BROKEN, ("/etc/redis/server.crt", "not a certificate in PEM form")),
    "empty": (b"", b"", b"", ("/etc/redis/server.crt", "not a certificate in PEM form")),
    "a key in its place": (KEY, KEY, KEY, ("/etc/redis/server.crt", "not a certificate in PEM form")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_certificate_that_is_none_is_named_everywhere(case: str, tmp_path: Path) -> None:
    certificate, key, trusted, words = CASES[case]
    root = tree(tmp_path, certificate, key, trusted)
    before = picture(root)
    assert_refused(run("plan", "--root", root), *words)
    assert_refused(run("apply", "--root", root), *words)
    for shown in (("detect",), ("check", "--only", "15")):
        ran = run(*shown, "--root", root)
        assert ran.status == 0
        assert [word for word in words if word not in " ".join(ran.out.split())] == []
        assert_silent(ran.out)
    for command in (("detect", "--json"), ("check", "--format", "json")):
        assert_silent(run(*command, "--root", root).out)
    assert picture(root) == before


def test_a_key_of_another_certificate_is_told_and_replaced(tmp_path: Path) -> None:
    one, other = authority("one"), authority("other")
    root = tree(tmp_path, one.certificate, other.key, one.certificate)
    plan = run("plan", "--root", root)
    assert plan.status == 0
    assert "server certificate" in plan.out
    assert "does not belong" in " ".join(run("check", "--root", root, "--only", "15").out.split())


def test_an_authority_file_that_is_none_is_refused(tmp_path: Path) -> None:
    one = authority("one")
    root = tree(tmp_path, one.certificate, one.key, BROKEN)
    assert_refused(run("plan", "--root", root), "/etc/redis/ca.crt", "not a certificate in PEM form")


def test_with_tls_off_broken_files_are_nobodys_business(tmp_path: Path) -> None:
    root = tree(tmp_path, BROKEN, KEY, BROKEN)
    config = root / "etc/redis/redis.conf"
    config.write_text(config.read_text(encoding="ascii").replace("tls-port 6380", "tls-port 0"), encoding="ascii")
    answers = tmp_path / "answers.toml"
    answers.write_text(
        '[tls]\nenabled = false\n[[acl.users]]\nname = "admin"\nrole = "administrator"\n', encoding="ascii"
    )
    assert run("plan", "--root", root, "--answers", answers).status == 0
