"""Documents and certificates: linear in lines and users, certificates within their budget."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from tests.bench.measure import Row, milliseconds, seconds_of
from wizard.acl.aclfile import AclDocument
from wizard.acl.user import parse_line
from wizard.formats.redisconf.document import Document
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.pki.authority import create_authority
from wizard.pki.leaf import issue
from wizard.pki.names import subject_names

CERTIFICATES_WANTED = 0.2


def rows() -> Iterator[Row]:
    """Measure how time grows with size; a ratio near the ratio of sizes is linear."""
    yield from _growth("redis.conf lines", _edit_config, 10_000, 100_000)
    yield from _growth("ACL users", _edit_acl, 1_000, 10_000)
    taken = seconds_of(_certificates, times=5)
    yield Row(
        "CA, server and client certificate (P-256)",
        milliseconds(taken),
        milliseconds(CERTIFICATES_WANTED),
        taken / CERTIFICATES_WANTED,
        "ratio at most 1",
    )


def _growth(what: str, edit: Callable[[int], object], small: int, large: int) -> Iterator[Row]:
    a, b = (seconds_of(lambda size=size: edit(size), times=3) for size in (small, large))  # type: ignore[misc]
    yield Row(
        f"{large:,} {what} / {small:,}", milliseconds(b), milliseconds(a), b / a, f"about {large // small} (linear)"
    )


def _edit_config(lines: int) -> bytes:
    text = b"".join(b"# comment %d\nclient-output-buffer-limit normal 0 0 %d\n" % (i, i) for i in range(lines // 2))
    return Document.parse(text).set("maxmemory", [["1gb"]]).set("timeout", [["300"]]).data()


def _edit_acl(users: int) -> bytes:
    text = b"".join(b"user u%d on #%064x ~k%d:* +@read\n" % (i, i, i) for i in range(users))
    return AclDocument.parse(text).set_user(parse_line("user new on nopass ~* +@all")).data()


def _certificates() -> None:
    now = datetime.now(UTC)
    authority = create_authority(common_name="bench", key_type=KeyType.EC_P256, days=3650, now=now, passphrase=None)
    roles: tuple[tuple[CertificateRole, list[str]], ...] = (
        (CertificateRole.SERVER, ["localhost", "127.0.0.1"]),
        (CertificateRole.CLIENT, []),
    )
    for role, names in roles:
        issue(
            role,
            common_name=role,
            names=subject_names(names),
            key_type=KeyType.EC_P256,
            days=397,
            now=now,
            authority_certificate=authority.certificate,
            authority_key=authority.key,
            passphrase=None,
        )
