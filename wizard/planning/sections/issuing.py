"""The change that makes one certificate, by the authority that signs it."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.errors import CertificateError
from wizard.model.change import CertificateRole, Effect, IssueCertificate, MakeDirectory
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.sections.certificate_files import facts_time, names, parse_time, read_certificate

AUTHORITY_ID = "certificate:authority"
SERVER_ID = "certificate:server"
SOURCE = "chapter 4; names and usages as Python's strict check wants them (measured)"
_PRIVATE = 0o600
_SHARED = 0o640
COMMON_NAME = 64
_IDS = {CertificateRole.AUTHORITY: AUTHORITY_ID, CertificateRole.SERVER: SERVER_ID}


def makes_authority(context: Context) -> bool:
    """Return whether the product makes the authority, and it is not there or has expired."""
    if context.answers.tls.authority != "create":
        return False
    place = paths.authority(context.facts.state)
    copied = context.status(place.certificate) is None and context.exists(paths.certificates(context).authority)
    if not context.exists(place.certificate) and not copied:
        return True
    shown = read_certificate(context, place.certificate)
    return shown is not None and parse_time(shown.not_after) <= facts_time(context)


def issue(
    context: Context,
    role: CertificateRole,
    place: paths.ServerCertificatePaths | paths.ClientCertificatePaths,
    *,
    common_name: str,
    days: int,
    before: str,
    why: str,
) -> IssueCertificate:
    """Return the change for one certificate; it is valid for `days`, or less where the authority ends earlier."""
    server = role is CertificateRole.SERVER
    subject_alternatives = names(context) if server else ()
    lasts = days if role is CertificateRole.AUTHORITY else min(days, _days_of_authority(context))
    authority, authority_key = signing_authority(context)
    return IssueCertificate(
        id=_IDS.get(role, f"certificate:client:{common_name}"),
        title=f"{role} certificate {common_name}"[:60],
        before=before,
        after=f"{', '.join(subject_alternatives) or common_name}, {lasts} days",
        why=why,
        source=SOURCE,
        items=(15,),
        effect=Effect.RESTART if server and context.running and not context.settings else Effect.NOW,
        undo="the earlier files; a new key is deleted",
        needs=(AUTHORITY_ID,) if makes_authority(context) and role is not CertificateRole.AUTHORITY else (),
        role=role,
        common_name=common_name,
        names=subject_alternatives,
        days=lasts,
        key_type=context.answers.tls.key_type.value,
        certificate=place.certificate,
        key=place.key,
        authority=authority,
        authority_key=authority_key,
        passphrase_file=context.answers.tls.authority_key_passphrase_file,
        owner="root",
        group=context.group if server else "root",
        key_mode=_SHARED if server else _PRIVATE,
        copy_of_authority=None if role is CertificateRole.AUTHORITY else place.authority,
    )


def _days_of_authority(context: Context) -> int:
    """Return for how long a certificate can be good, a day before its authority ends."""
    shown = None if makes_authority(context) else read_certificate(context, signing_authority(context)[0])
    if shown is None:
        return max(1, context.answers.tls.authority_days - 1)
    return max(1, (parse_time(shown.not_after) - facts_time(context)).days - 1)


def signing_authority(context: Context) -> tuple[PurePosixPath, PurePosixPath]:
    """Return certificate and key of the authority that signs: the product's, or the operator's."""
    tls = context.answers.tls
    if tls.authority != "create":
        return PurePosixPath(tls.authority), PurePosixPath(tls.authority_key)
    state = context.facts.state
    place = paths.next_authority(state) if next_issues(context) else paths.authority(state)
    return place.certificate, place.key


def next_issues(context: Context) -> bool:
    """Return whether the authority that is about to take over has issued the server's certificate."""
    from wizard.pki.verify import chain_problem  # noqa: PLC0415 - cryptography costs 60 ms and most plans need none

    authority = context.sources.get(paths.next_authority(context.facts.state).certificate)
    server = context.sources.get(paths.certificates(context).certificate)
    if authority is None or server is None:
        return False
    try:
        return not chain_problem(server, authority, facts_time(context))
    except CertificateError:
        return False


def directories(context: Context, issued: Iterable[IssueCertificate]) -> list[MakeDirectory]:
    """Make what is missing on the way to the certificates; the product's own directory is there."""
    service = paths.certificates(context).directory
    ready = {context.facts.state, *context.facts.state.parents, context.main.parent, *context.main.parents}
    wanted: dict[PurePosixPath, None] = {}
    for change in issued:
        way = change.certificate.parents
        wanted.update(dict.fromkeys(each for each in reversed(way) if each not in ready and not context.exists(each)))
    why = "The certificates are there."
    return [
        make_directory(path, why=why, group=context.group, mode=0o750)
        if service.is_relative_to(path)
        else make_directory(path, why=why, group="root", mode=0o700)
        for path in wanted
    ]


def make_directory(path: PurePosixPath, *, why: str, group: str, mode: int) -> MakeDirectory:
    """Make a directory of root that `group` may look into when `mode` says so."""
    return MakeDirectory(
        id=f"directory:{path}",
        title=f"make {path}"[:60],
        before="",
        after=f"root:{group} {mode:04o}",
        why=why,
        source="only root may write beside root's files (measured: a service that owns the directory replaces them)",
        effect=Effect.NOW,
        undo="removed when it is empty",
        path=path,
        owner="root",
        group=group,
        mode=mode,
    )
