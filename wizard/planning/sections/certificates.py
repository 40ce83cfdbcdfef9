"""Which certificates must be made: the authority's, the server's, those of the clients.

Made only when missing, when a name is missing, in the last 30 days, or when key, certificate and
authority do not belong together. An operator's own ones are left alone as long as they work.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.acl.names import check_user_name, is_user_name
from wizard.model.answers import ClientCertificates
from wizard.model.change import CertificateRole, IssueCertificate
from wizard.model.facts.files import FileKind
from wizard.model.plan import Note
from wizard.planning import paths
from wizard.planning.accounts.existing_users import existing_users
from wizard.planning.context import Context
from wizard.planning.goals import SectionPlan
from wizard.planning.sections.certificate_files import (
    CertificateSummary,
    expires_soon,
    missing_names,
    names,
    read_certificate,
)
from wizard.planning.sections.issuing import COMMON_NAME, directories, issue, makes_authority, signing_authority

SHARED_NAME = "clients"
"""The certificate that many users share."""
_FOR_ALL = "Clients of every user present it."
_OPEN = Note(
    subject="certificates",
    text="none is planned while a new authority takes over; redis-wizard cert authority shows the next step",
)
_ONE_EACH = 20
"""Up to so many users that are there get a certificate each."""


def plan_section(context: Context) -> SectionPlan:
    """Return the certificates to make, with the directories that they go to."""
    if foreign(context):
        return SectionPlan(notes=tuple(_notes_on_foreign(context)))
    if authority_changes(context):
        return SectionPlan(notes=(_OPEN,))
    wanted = [*_authority(context), *_server(context), *_clients(context)]
    if not wanted:
        return SectionPlan()
    if note := _key_elsewhere(context):
        return SectionPlan(notes=(note,))
    return SectionPlan(changes=(*directories(context, wanted), *wanted))


def in_use(context: Context) -> paths.ServerCertificatePaths:
    """Return the files that the configuration should name: the operator's own where they work, else the product's."""
    own = paths.certificates(context)
    if imported(context):
        tls = context.answers.tls
        named = PurePosixPath(tls.certificate)
        return paths.ServerCertificatePaths(
            directory=named.parent,
            certificate=named,
            key=PurePosixPath(tls.certificate_key),
            authority=PurePosixPath(tls.authority),
        )
    if not foreign(context):
        return own
    certificate = PurePosixPath(context.value("tls-cert-file"))
    key, authority = context.value("tls-key-file"), context.value("tls-ca-cert-file")
    return paths.ServerCertificatePaths(
        directory=certificate.parent,
        certificate=certificate,
        key=PurePosixPath(key) if key else own.key,
        authority=PurePosixPath(authority) if authority else own.authority,
    )


def imported(context: Context) -> bool:
    """Return whether an answer names the server's certificate."""
    return context.answers.tls.certificate != "create"


def foreign(context: Context) -> bool:
    """Return whether the server uses a certificate of the operator, and it works, or an answer names one."""
    if imported(context):
        return True
    named = context.value("tls-cert-file")
    if not named or PurePosixPath(named) == paths.certificates(context).certificate:
        return False
    missing = any(problem.code == "certificate-missing" for problem in context.instance.tls.problems)
    return not missing and context.instance.tls.key_matches is not False


def server_is_issued(context: Context) -> bool:
    """Return whether the plan makes a new certificate for the server."""
    if foreign(context) or authority_changes(context):
        return False
    return bool(_server(context)) and not _key_elsewhere(context)


def authority_changes(context: Context) -> bool:
    """Return whether a new authority is about to replace the product's: it is there, and is another one."""
    current, new = (context.sources.get(each.certificate) for each in paths.authorities(context.facts.state))
    return new is not None and new != current


def server_must_read(context: Context) -> bool:
    """Return whether the running server serves another certificate than its file holds, and could serve that one."""
    tls = context.instance.tls
    served = {probe.certificate for probe in context.instance.probes if probe.tls and probe.certificate}
    named = context.value("tls-cert-file")
    filed = {each.fingerprint for each in tls.certificates if str(each.path) == named}
    return bool(served and filed) and not served <= filed and tls.key_matches is True


def _notes_on_foreign(context: Context) -> Iterable[Note]:
    paths = in_use(context)
    if imported(context) and context.answers.tls.client_certificates is not ClientCertificates.NO:
        text = "issues the certificates of the clients: none is made here. Name each user as the common name"
        yield Note(subject=str(paths.authority), text=text)
    shown = read_certificate(context, paths.certificate)
    if context.instance.tls.chain_valid is False and not imported(context):
        text = f"{paths.authority} does not verify it: clients that check it refuse the server. Replace it"
        yield Note(subject=str(paths.certificate), text=text)
    if shown and expires_soon(context, shown):
        yield Note(subject=str(paths.certificate), text=f"ends on {shown.not_after[:10]}. Renew it")
    missing = shown and missing_names(shown.names, names(context))
    if missing:
        text = f"does not name {', '.join(missing)}: clients that connect by these names refuse it"
        yield Note(subject=str(paths.certificate), text=text)


# --- which ---------------------------------------------------------------------------------------


def _authority(context: Context) -> list[IssueCertificate]:
    if not makes_authority(context):
        return []
    place, days = paths.authority(context.facts.state), context.answers.tls.authority_days
    return [
        issue(
            context,
            CertificateRole.AUTHORITY,
            place,
            common_name=f"redis-wizard CA {context.facts.hostname}".strip()[:COMMON_NAME],
            days=days,
            before="",
            why="An authority for this host: it issues the certificates of the server and its clients.",
        )
    ]


def _server(context: Context) -> list[IssueCertificate]:
    reason = _why_server(context)
    if not reason:
        return []
    place = paths.certificates(context)
    shown = read_certificate(context, place.certificate)
    return [
        issue(
            context,
            CertificateRole.SERVER,
            place,
            common_name=(context.facts.hostname or "localhost")[:COMMON_NAME],
            days=context.answers.tls.server_days,
            before=f"{', '.join(shown.names)} until {shown.not_after[:10]}" if shown else "",
            why=reason,
        )
    ]


def _why_server(context: Context) -> str:
    """Say why the server needs a new certificate; empty when it needs none."""
    place = paths.certificates(context)
    if makes_authority(context):
        return "A certificate for the server, signed by the new authority."
    if not (context.exists(place.certificate) and context.exists(place.key)):
        return "The server needs a certificate and its key."
    tls = context.instance.tls
    if tls.certificates and (tls.key_matches is False or tls.chain_valid is False):
        return "Key, certificate and authority do not belong together."
    shown = read_certificate(context, place.certificate)
    return _why_renewed(context, shown) if shown else ""


def _why_renewed(context: Context, shown: CertificateSummary) -> str:
    if missing := missing_names(shown.names, names(context)):
        return f"It does not name {', '.join(missing)}, so clients that connect by these names refuse it."
    return f"It ends on {shown.not_after[:10]}." if expires_soon(context, shown) else ""


def _clients(context: Context) -> list[IssueCertificate]:
    tls = context.answers.tls
    if tls.client_certificates is ClientCertificates.NO or not context.answers.acl.manage:
        return []
    found = []
    for name in client_names(context):
        place = paths.client(context.facts.state, name)
        shown = read_certificate(context, place.certificate)
        fresh = context.exists(place.certificate) and not (shown and expires_soon(context, shown))
        if makes_authority(context) or not fresh:
            why = _FOR_ALL if name == SHARED_NAME else f"Clients that log in as {name} present it."
            before = f"until {shown.not_after[:10]}" if shown else ""
            found.append(
                issue(
                    context,
                    CertificateRole.CLIENT,
                    place,
                    common_name=name,
                    days=tls.client_days,
                    before=before,
                    why=why,
                )
            )
    return found


def client_names(context: Context) -> tuple[str, ...]:
    """Return the names of the clients' certificates: of planned users, and of those that are there and stay.

    With a new authority no user has one yet. Many existing users share one: the server requires a
    certificate of its authority, whatever user logs in.
    """
    planned = [check_user_name(answer.name) for answer in context.answers.acl.users if answer.enabled]
    answered = {answer.name for answer in context.answers.acl.users}
    known = existing_users(context).items()
    there = [name for name, user in known if user.enabled and name not in answered and is_user_name(name)]
    if makes_authority(context):
        return (*planned, *(there if len(there) <= _ONE_EACH else [SHARED_NAME]))
    clients = paths.client(context.facts.state, SHARED_NAME).directory.parent
    made = {each.path.parent.name for each in context.facts.files if each.path.parent.parent == clients}
    return (*planned, *(name for name in (*there, SHARED_NAME) if name in made and name not in answered))


def _key_elsewhere(context: Context) -> Note | None:
    """Say that nothing can be signed, because the authority's key was moved off this host."""
    certificate, key = signing_authority(context)
    status = context.status(key)
    if makes_authority(context) or status is None or status.kind is not FileKind.ABSENT:
        return None
    text = f"no certificate can be made: {key} does not exist. Restore the key of {certificate}, then plan again"
    return Note(subject="certificates", text=text)
