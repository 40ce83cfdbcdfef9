"""Generate the keys and certificates of a plan: the authority first, then what it signs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import CertificateError, NotFoundError
from wizard.host.reader import HostReader
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole, Change, IssueCertificate, TrustAuthorities
from wizard.model.value import Secret

CERTIFICATE_MODE = 0o644
"""A certificate is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFile:
    """One file of a certificate."""

    path: PurePosixPath
    data: bytes = field(repr=False)
    owner: str
    group: str
    mode: int
    change: str


def generate(host: HostReader, changes: Sequence[Change], *, now: datetime) -> tuple[GeneratedFile, ...]:
    """Generate every key and certificate of the plan, each path once.

    Raises:
        CertificateError: an authority or passphrase is missing, or cannot sign.
    """
    wanted = [change for change in changes if isinstance(change, IssueCertificate)]
    wanted.sort(key=lambda change: change.role is not CertificateRole.AUTHORITY)
    generated: dict[PurePosixPath, GeneratedFile] = {}
    for change in wanted:
        for each in _generate_one(host, change, generated, now):
            generated.setdefault(each.path, each)
    for trust in changes:
        if isinstance(trust, TrustAuthorities):
            generated[trust.path] = GeneratedFile(
                path=trust.path,
                data=b"".join(_bytes(host, path, generated) for path in trust.authorities),
                owner=trust.owner,
                group=trust.group,
                mode=trust.mode,
                change=trust.id,
            )
    return tuple(generated.values())


def _generate_one(
    host: HostReader, change: IssueCertificate, generated: dict[PurePosixPath, GeneratedFile], now: datetime
) -> Iterator[GeneratedFile]:
    from wizard.pki.authority import create_authority  # noqa: PLC0415 - cryptography costs 60 ms
    from wizard.pki.leaf import issue  # noqa: PLC0415 - as above
    from wizard.pki.names import subject_names  # noqa: PLC0415 - as above

    kind = KeyType(change.key_type)
    passphrase = _passphrase(host, change.passphrase_file)
    if change.role is CertificateRole.AUTHORITY:
        made = create_authority(
            common_name=change.common_name, key_type=kind, days=change.days, now=now, passphrase=passphrase
        )
        authority = made.certificate
    else:
        authority = _bytes(host, change.authority, generated)
        made = issue(
            change.role,
            common_name=change.common_name,
            names=subject_names(change.names),
            key_type=kind,
            days=change.days,
            now=now,
            authority_certificate=authority,
            authority_key=_bytes(host, change.authority_key, generated),
            passphrase=passphrase,
        )
    owner, group = change.owner, change.group
    yield GeneratedFile(
        path=change.key, data=made.key, owner=owner, group=group, mode=change.key_mode, change=change.id
    )
    yield GeneratedFile(
        path=change.certificate,
        data=made.certificate,
        owner=owner,
        group=group,
        mode=CERTIFICATE_MODE,
        change=change.id,
    )
    if change.copy_of_authority:
        yield GeneratedFile(
            path=change.copy_of_authority,
            data=authority,
            owner=owner,
            group=group,
            mode=CERTIFICATE_MODE,
            change=change.id,
        )


def _bytes(host: HostReader, path: PurePosixPath, generated: dict[PurePosixPath, GeneratedFile]) -> bytes:
    if path in generated:
        return generated[path].data
    try:
        return host.read(path)
    except NotFoundError:
        raise CertificateError(f"{path} is needed to sign and does not exist; plan again") from None


def _passphrase(host: HostReader, file: str) -> Secret | None:
    if not file:
        return None
    try:
        lines = host.read(PurePosixPath(file)).decode().splitlines()
    except NotFoundError:
        raise CertificateError(
            f"the passphrase file {file} does not exist; create it or remove it from the answers"
        ) from None
    except UnicodeDecodeError:
        raise CertificateError(
            f"the passphrase file {file} is not text; write the passphrase on its first line"
        ) from None
    if not lines or not lines[0]:
        raise CertificateError(f"the first line of the passphrase file {file} is empty")
    return Secret(lines[0])
