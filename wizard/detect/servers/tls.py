"""The certificates and keys that a configuration names: what they say, whether they hold together."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from msgspec.structs import asdict

from wizard.detect.machine.storage import resolved
from wizard.detect.reader import Reader
from wizard.errors import CertificateError
from wizard.host.files.paths import followed
from wizard.host.reader import HostReader
from wizard.model.answers import TlsAnswers
from wizard.model.facts.configuration import Problem
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.instance import CertificateFacts, TlsFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace


def read_tls(
    reader: Reader, setting: Callable[[str], str], now: datetime, *, base: PurePosixPath | None = None
) -> TlsFacts:
    """Read what the directives ``tls-*-file`` name.

    Args:
        reader: The host.
        setting: Gives the value of a directive, empty when it is not set.
        now: For the dates of the chain, time zone aware.
        base: The server's ``dir``, for relative paths; ``None`` when it is not known.
    """
    names = ("tls-cert-file", "tls-client-cert-file", "tls-ca-cert-file", "tls-key-file", "tls-client-key-file")
    *paths, key, client_key = (resolved(setting(name), base) for name in names)
    if not any((*paths, key)):
        return TlsFacts()
    certificate, _, authority = paths
    problems: list[Problem] = []
    certificates = [facts for path in paths if path and (facts := _certificate(reader, path, problems))]
    return TlsFacts(
        certificates=tuple(certificates),
        keys=_keys(reader, (key, client_key)),
        key_matches=_key_matches(reader, certificate, key, encrypted=bool(setting("tls-key-file-pass"))),
        chain_valid=_chain_valid(reader, certificate, authority, now),
        problems=tuple(problems),
    )


def read_imported(host: HostReader, tls: TlsAnswers, now: str) -> TlsFacts | None:
    """Read the files that the answers name as the server's certificate; ``None`` where they name none.

    Args:
        host: The machine.
        tls: The answers.
        now: For the dates of the chain, as in the facts: ISO 8601, UTC.
    """
    if tls.certificate == "create":
        return None
    named = {
        "tls-cert-file": tls.certificate,
        "tls-key-file": tls.certificate_key,
        "tls-ca-cert-file": tls.authority,
    }
    return read_tls(Reader(host), lambda name: named.get(name, ""), datetime.fromisoformat(now))


def _keys(reader: Reader, paths: Sequence[PurePosixPath | None]) -> tuple[FileStatus, ...]:
    found = (_status(reader, path) for path in paths if path)
    return tuple(status for status in found if isinstance(status, FileStatus))


def _status(reader: Reader, path: PurePosixPath) -> FileStatus | Unreadable:
    """What the name stands for: of a link, the file behind it."""
    status = reader.status(followed(path, reader.read_link_quietly))
    return status if isinstance(status, Unreadable) else replace(status, path=path)


def _certificate(reader: Reader, path: PurePosixPath, problems: list[Problem]) -> CertificateFacts | None:
    from wizard.pki.verify import describe  # noqa: PLC0415 - cryptography is slow to import and seldom needed

    status, data = _status(reader, path), reader.read(path)
    if isinstance(status, Unreadable):
        return None
    if isinstance(data, Unreadable):
        if status.kind is FileKind.ABSENT:
            problems.append(_problem(path, "certificate-missing", "it does not exist, but the configuration names it"))
        return None
    try:
        details = describe(data)
    except CertificateError as error:
        problems.append(_problem(path, "certificate-unreadable", str(error)))
        return None
    return CertificateFacts(path=path, status=status, **asdict(details))


def _problem(path: PurePosixPath, code: str, what: str) -> Problem:
    remedy = "name a certificate in PEM form that the service can read"
    return Problem(path=path, line=0, code=code, what=what, remedy=remedy, fatal=True)


def _key_matches(
    reader: Reader, certificate: PurePosixPath | None, key: PurePosixPath | None, *, encrypted: bool
) -> bool | Unreadable | None:
    from wizard.pki.verify import key_matches  # noqa: PLC0415 - cryptography is slow to import and seldom needed

    if certificate is None or key is None:
        return None
    shown, secret = reader.read(certificate), reader.read(key)
    if isinstance(shown, Unreadable):
        return shown
    if isinstance(secret, Unreadable):
        return secret
    if encrypted:
        return Unreadable(what=str(key), why="it is encrypted; only a start of the server tests it")
    return _judged(str(key), lambda: key_matches(shown, secret))


def _chain_valid(
    reader: Reader, certificate: PurePosixPath | None, authority: PurePosixPath | None, now: datetime
) -> bool | Unreadable | None:
    from wizard.pki.verify import chain_problem  # noqa: PLC0415 - cryptography is slow to import and seldom needed

    if certificate is None or authority is None:
        return None
    shown, trusted = reader.read(certificate), reader.read(authority)
    if isinstance(shown, Unreadable):
        return shown
    if isinstance(trusted, Unreadable):
        return trusted
    return _judged(str(authority), lambda: not chain_problem(shown, trusted, now))


def _judged(what: str, judge: Callable[[], bool]) -> bool | Unreadable:
    try:
        return judge()
    except CertificateError as error:
        return Unreadable(what=what, why=str(error))
