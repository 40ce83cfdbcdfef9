"""Which certificates must be made: the authority's, the server's, one for each user.

Made only when missing, when a name is missing, in the last 30 days, or when key, certificate and
authority do not belong together. An operator's own ones are left alone as long as they work.
What may not live here: making them (`wizard.pki`, when applying).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from wizard.acl.names import check_user_name
from wizard.errors import CertificateError, InvalidValueError
from wizard.model.answers import ClientCertificates
from wizard.model.change import CertificateRole, Effect, IssueCertificate, MakeDirectory
from wizard.model.facts import FileKind
from wizard.model.plan import Note
from wizard.model.value import Value
from wizard.pki.names import Names, subject_names
from wizard.planning import places
from wizard.planning.addresses import reachable
from wizard.planning.context import Context
from wizard.planning.part import Part

AUTHORITY_ID = "certificate:authority"
SERVER_ID = "certificate:server"
SOURCE = "chapter 4; names and usages as Python's strict check wants them (measured)"
RENEW_DAYS = 30
_PRIVATE = 0o600
_SHARED = 0o640
_COMMON_NAME = 64


class Shown(Value, frozen=True, kw_only=True):
    """What a certificate file says, as far as planning asks."""

    names: tuple[str, ...]
    not_after: str


def part(context: Context) -> Part:
    """Give the certificates to make, with the directories that they go to."""
    if foreign(context):
        return Part(notes=tuple(_notes_on_foreign(context)))
    wanted = [*_authority(context), *_server(context), *_clients(context)]
    if not wanted:
        return Part()
    if note := _key_elsewhere(context):
        return Part(notes=(note,))
    return Part(changes=(*_directories(context, wanted), *wanted))


def in_use(context: Context) -> places.Certificates:
    """Give the files that the configuration should name: the operator's own where they work, else ours."""
    own = places.certificates(context)
    if not foreign(context):
        return own
    certificate = PurePosixPath(context.value("tls-cert-file"))
    key, authority = context.value("tls-key-file"), context.value("tls-ca-cert-file")
    return places.Certificates(
        directory=certificate.parent,
        certificate=certificate,
        key=PurePosixPath(key) if key else own.key,
        authority=PurePosixPath(authority) if authority else own.authority,
    )


def foreign(context: Context) -> bool:
    """Whether the server uses a certificate that is not ours, and it works."""
    named = context.value("tls-cert-file")
    if not named or PurePosixPath(named) == places.certificates(context).certificate:
        return False
    missing = any(problem.code == "certificate-missing" for problem in context.instance.tls.problems)
    return not missing and context.instance.tls.key_matches is not False


def server_is_issued(context: Context) -> bool:
    """Whether the plan makes a new certificate for the server."""
    return not foreign(context) and bool(_server(context)) and not _key_elsewhere(context)


def _notes_on_foreign(context: Context) -> Iterable[Note]:
    paths = in_use(context)
    shown = look(context, paths.certificate)
    if context.instance.tls.chain_valid is False:
        text = f"{paths.authority} does not verify it: clients that check it refuse the server. It is yours; correct it"
        yield Note(subject=str(paths.certificate), text=text)
    if shown and _ends(context, shown.not_after):
        yield Note(subject=str(paths.certificate), text=f"ends on {shown.not_after[:10]}. It is yours; renew it")
    missing = shown and _missing(shown.names, names(context))
    if missing:
        text = f"does not name {', '.join(missing)}: clients that connect by these names refuse it"
        yield Note(subject=str(paths.certificate), text=text)


# --- which ---------------------------------------------------------------------------------------


def makes_authority(context: Context) -> bool:
    """Whether the authority is ours to make, and is not there or has ended."""
    if context.answers.tls.authority != "create":
        return False
    place = places.authority(context.facts.state)
    copied = context.status(place.certificate) is None and context.exists(places.certificates(context).authority)
    if not context.exists(place.certificate) and not copied:
        return True
    shown = look(context, place.certificate)
    return shown is not None and _time(shown.not_after) <= _now(context)


def _authority(context: Context) -> list[IssueCertificate]:
    if not makes_authority(context):
        return []
    place, days = places.authority(context.facts.state), context.answers.tls.authority_days
    return [
        _issue(
            context,
            CertificateRole.AUTHORITY,
            place,
            common_name=f"redis-wizard CA {context.facts.hostname}"[:_COMMON_NAME],
            days=days,
            before="",
            why="An authority of this host's own: whoever has a certificate of it is known.",
        )
    ]


def _server(context: Context) -> list[IssueCertificate]:
    reason = _why_server(context)
    if not reason:
        return []
    place = places.certificates(context)
    shown = look(context, place.certificate)
    return [
        _issue(
            context,
            CertificateRole.SERVER,
            place,
            common_name=context.facts.hostname[:_COMMON_NAME],
            days=context.answers.tls.server_days,
            before=f"{', '.join(shown.names)} until {shown.not_after[:10]}" if shown else "",
            why=reason,
        )
    ]


def _why_server(context: Context) -> str:
    """Say why the server needs a new certificate; empty when it needs none."""
    place = places.certificates(context)
    if makes_authority(context):
        return "A certificate for the server, signed by the new authority."
    if not (context.exists(place.certificate) and context.exists(place.key)):
        return "The server needs a certificate and its key."
    tls = context.instance.tls
    if tls.certificates and (tls.key_matches is False or tls.chain_valid is False):
        return "Key, certificate and authority do not belong together."
    shown = look(context, place.certificate)
    return _why_renewed(context, shown) if shown else ""


def _why_renewed(context: Context, shown: Shown) -> str:
    if missing := _missing(shown.names, names(context)):
        return f"It does not name {', '.join(missing)}, so clients that connect by these names refuse it."
    return f"It ends on {shown.not_after[:10]}." if _ends(context, shown.not_after) else ""


def _clients(context: Context) -> list[IssueCertificate]:
    tls = context.answers.tls
    if tls.client_certificates is ClientCertificates.NO or not context.answers.acl.manage:
        return []
    found = []
    for answer in context.answers.acl.users:
        place = places.client(context.facts.state, check_user_name(answer.name))
        shown = look(context, place.certificate)
        fresh = context.exists(place.certificate) and not (shown and _ends(context, shown.not_after))
        if answer.enabled and (makes_authority(context) or not fresh):
            why = f"Programs that log in as {answer.name} show it to be let in."
            before = f"until {shown.not_after[:10]}" if shown else ""
            found.append(
                _issue(
                    context,
                    CertificateRole.CLIENT,
                    place,
                    common_name=answer.name,
                    days=tls.client_days,
                    before=before,
                    why=why,
                )
            )
    return found


# --- the change ----------------------------------------------------------------------------------


def _issue(
    context: Context,
    role: CertificateRole,
    place: places.Certificates | places.Credential,
    *,
    common_name: str,
    days: int,
    before: str,
    why: str,
) -> IssueCertificate:
    server, client = role is CertificateRole.SERVER, role is CertificateRole.CLIENT
    subject_alternatives = names(context) if server else ()
    lasts = days if role is CertificateRole.AUTHORITY else min(days, _days_of_authority(context))
    identifier = {CertificateRole.AUTHORITY: AUTHORITY_ID, CertificateRole.SERVER: SERVER_ID}
    return IssueCertificate(
        id=identifier.get(role, f"certificate:client:{common_name}"),
        title=f"{role} certificate {common_name}"[:60],
        before=before,
        after=f"{', '.join(subject_alternatives) or common_name}, {lasts} days",
        why=why,
        source=SOURCE,
        items=(15,),
        effect=Effect.RESTART if server and context.running and not context.settings else Effect.NOW,
        undo="the files as they were; a new key is not kept",
        needs=(AUTHORITY_ID,) if makes_authority(context) and role is not CertificateRole.AUTHORITY else (),
        role=role,
        common_name=common_name,
        names=subject_alternatives,
        days=lasts,
        key_type=context.answers.tls.key_type.value,
        certificate=place.certificate,
        key=place.key,
        authority=signing(context)[0],
        authority_key=signing(context)[1],
        passphrase_file=context.answers.tls.authority_key_passphrase_file,
        owner="root",
        group=context.group if server else "root",
        key_mode=_SHARED if server else _PRIVATE,
        copy_of_authority=place.authority if server or client else None,
    )


def _days_of_authority(context: Context) -> int:
    """Give for how long a certificate can be good, a day before its authority ends."""
    shown = None if makes_authority(context) else look(context, signing(context)[0])
    if shown is None:
        return max(1, context.answers.tls.authority_days - 1)
    return max(1, (_time(shown.not_after) - _now(context)).days - 1)


def signing(context: Context) -> tuple[PurePosixPath, PurePosixPath]:
    """Give certificate and key of the authority that signs: ours, or the operator's."""
    tls = context.answers.tls
    if tls.authority != "create":
        return PurePosixPath(tls.authority), PurePosixPath(tls.authority_key)
    place = places.authority(context.facts.state)
    return place.certificate, place.key


def _directories(context: Context, issued: Iterable[IssueCertificate]) -> list[MakeDirectory]:
    """Make what is missing on the way to the certificates; the product's own directory is there."""
    service = places.certificates(context).directory
    ready = {context.facts.state, *context.facts.state.parents, context.main.parent, *context.main.parents}
    wanted: dict[PurePosixPath, None] = {}
    for change in issued:
        way = change.certificate.parents
        wanted.update(dict.fromkeys(each for each in reversed(way) if each not in ready and not context.exists(each)))
    why = "The certificates lie there."
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
        source="only root may write where root's files lie (measured: a service that owns the directory replaces them)",
        effect=Effect.NOW,
        undo="removed when it is empty",
        path=path,
        owner="root",
        group=group,
        mode=mode,
    )


def _key_elsewhere(context: Context) -> Note | None:
    """Say that nothing can be signed, because the authority's key was moved off this host."""
    certificate, key = signing(context)
    status = context.status(key)
    if makes_authority(context) or status is None or status.kind is not FileKind.ABSENT:
        return None
    text = f"no certificate can be made: {key} is not there. Put the key of {certificate} back, then plan again"
    return Note(subject="certificates", text=text)


# --- names and dates -----------------------------------------------------------------------------


def names(context: Context) -> tuple[str, ...]:
    """Give what the server's certificate is good for: by answer, ``auto`` for host names and bound addresses.

    Raises:
        InvalidValueError: a name of the answer is neither a host name nor an address.
    """
    found: dict[str, None] = {}
    for text in context.answers.tls.names:
        automatic = _automatic(context) if text == "auto" else (subject_names((text,)),)
        for each in automatic:
            found.update(dict.fromkeys((*each.hosts, *each.addresses)))
    return tuple(found)


def _automatic(context: Context) -> list[Names]:
    facts = context.facts
    found = []
    for text in (facts.hostname, *facts.names, "localhost", *reachable(context)):
        try:
            found.append(subject_names((text,)))
        except InvalidValueError:  # a name of the host that no certificate can hold
            continue
    return found


def _missing(shown: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    known = {text.partition(":")[2].lower() for text in shown}
    return tuple(name for name in wanted if name not in known)


def look(context: Context, path: PurePosixPath) -> Shown | None:
    """Read a certificate from the facts, else from the bytes that were read; ``None`` where neither has it."""
    for each in context.instance.tls.certificates:
        if each.path == path:
            return Shown(names=each.names, not_after=each.not_after)
    data = context.sources.get(path)
    if data is None:
        return None
    from wizard.pki.verify import inspect  # noqa: PLC0415 - cryptography costs 60 ms and most plans need none

    try:
        details = inspect(data)
    except CertificateError:
        return Shown(names=(), not_after=context.facts.taken_at)
    return Shown(names=details.names, not_after=details.not_after)


def _ends(context: Context, not_after: str) -> bool:
    return _time(not_after) - _now(context) < timedelta(days=RENEW_DAYS)


def _now(context: Context) -> datetime:
    return _time(context.facts.taken_at)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
