"""Certificates alone, in their own plan: renew them, issue one, or have a new authority take over."""

from collections.abc import Iterator
from dataclasses import replace as replaced  # noqa: TID251 - the context has a field that is computed
from pathlib import PurePosixPath

from wizard.acl.names import check_user_name
from wizard.errors import PlanError
from wizard.model.answers import KeyType
from wizard.model.certificate import AuthorityStep, CertificateOrder
from wizard.model.change import CertificateRole, Effect, IssueCertificate, TrustAuthorities
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.pki.names import subject_names
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan
from wizard.planning.sections import certificates, tls
from wizard.planning.sections.certificate_files import expires_soon, facts_time, parse_time, read_certificate
from wizard.planning.sections.issuing import (
    COMMON_NAME,
    directories,
    issue,
    makes_authority,
    next_issues,
    signing_authority,
)

SERVER = "server"
"""By this name the server's own certificate is renewed."""
_KEY_TYPES = {"EC P-256": KeyType.EC_P256, "RSA 2048": KeyType.RSA_2048, "RSA 4096": KeyType.RSA_4096}
_TRUST = "Until the last one changes, clients and server trust the former and the new authority."


def context_of(context: Context) -> Context:
    """Return the same server with answers that keep names and kind of key of the certificate that it has."""
    now = [each for each in context.instance.tls.certificates if not each.authority][:1]
    kept = replace(context.answers.tls, enabled=True)
    for each in now:
        names = tuple(name.partition(":")[2] for name in each.names)
        kind = _KEY_TYPES.get(each.key_type, kept.key_type)
        kept = replace(kept, names=names or kept.names, key_type=kind)
    return replaced(context, answers=replace(context.answers, tls=kept))


def plan_section(context: Context, order: CertificateOrder) -> SectionPlan:
    """Return what an order of certificates changes.

    Raises:
        PlanError: it cannot be done on this host; the text says what to do.
        InvalidValueError: a name can be in no certificate.
    """
    if not context.value("tls-cert-file"):
        raise PlanError("this server has no certificate; redis-wizard plan switches TLS on")
    if order.authority is not None:
        return _STEPS[order.authority](context)
    if order.issue:
        return _issued(context, order)
    return _renewed(context, order)


# --- renew -------------------------------------------------------------------------------------------


def _renewed(context: Context, order: CertificateOrder) -> SectionPlan:
    if certificates.foreign(context):
        return _read_again(context, order)
    if certificates.authority_changes(context):
        raise PlanError("a new authority takes over; redis-wizard cert authority shows the next step")
    there = dict(_present(context))
    if unknown := sorted(set(order.renew) - there.keys()):
        raise PlanError(f"there is no certificate {unknown[0]}; there are {', '.join(there)}")
    wanted = [name for name in there if name in order.renew or (not order.renew and _is_due(context, there[name]))]
    if not wanted:
        return SectionPlan(wanted=tuple(tls.files(context, again=False)) if _is_stale(context) else ())
    _demand_authority(context)
    issued = [_again(context, name, there[name], _days(context, there[name])) for name in wanted]
    return _with_reading(context, issued, again=SERVER in wanted)


def _read_again(context: Context, order: CertificateOrder) -> SectionPlan:
    """Have the server read a certificate of another authority that was replaced; issue none."""
    path = context.value("tls-cert-file")
    if order.renew and order.renew != (SERVER,):
        raise PlanError(f"{path} is not issued by redis-wizard, so no client's certificate is")
    if _is_stale(context):
        return SectionPlan(wanted=tuple(tls.files(context, again=False)))
    text = "it is not issued by redis-wizard; replace it at its issuer, then this command has the server read it"
    return SectionPlan(notes=(Note(subject=path, text=text),))


def _is_stale(context: Context) -> bool:
    return certificates.server_must_read(context)


_Place = paths.ServerCertificatePaths | paths.ClientCertificatePaths


def _present(context: Context) -> Iterator[tuple[str, _Place]]:
    """Yield the existing certificates that the product issued, the server's first."""
    server = paths.certificates(context)
    if context.exists(server.certificate):
        yield SERVER, server
    clients = context.facts.state / "clients"
    found = {each.path.parent.name for each in context.facts.files if each.path.parent.parent == clients}
    for name in sorted(found):
        place = paths.client(context.facts.state, name)
        if context.exists(place.certificate):
            yield name, place


def _is_due(context: Context, place: _Place) -> bool:
    shown = read_certificate(context, place.certificate)
    return shown is not None and expires_soon(context, shown)


def _days(context: Context, place: _Place) -> int:
    """Return for how long a certificate was valid, which its successor is too."""
    shown = read_certificate(context, place.certificate)
    return max(1, (parse_time(shown.not_after) - parse_time(shown.not_before)).days) if shown else 1


def _again(context: Context, name: str, place: _Place, days: int) -> IssueCertificate:
    shown = read_certificate(context, place.certificate)
    until = shown.not_after[:10] if shown else "?"
    role, common_name = CertificateRole.CLIENT, name
    if name == SERVER and isinstance(place, paths.ServerCertificatePaths):
        role, common_name = CertificateRole.SERVER, (context.facts.hostname or "localhost")[:COMMON_NAME]
    why = f"It ends on {until}."
    made = issue(context, role, place, common_name=common_name, days=days, before=f"until {until}", why=why)
    return _as_host(context, made, place) if role is CertificateRole.CLIENT else made


def _as_host(context: Context, made: IssueCertificate, place: _Place) -> IssueCertificate:
    """Return the same certificate for a server, where the one that is there has names: it is another host's."""
    shown = read_certificate(context, place.certificate)
    names = tuple(each.partition(":")[2] for each in shown.names) if shown else ()
    return replace(made, role=CertificateRole.SERVER, names=names) if names else made


def _with_reading(context: Context, issued: list[IssueCertificate], *, again: bool) -> SectionPlan:
    wanted: list[DirectiveGoal] = tls.files(context, again=True) if again else []
    return SectionPlan(changes=(*directories(context, issued), *issued), wanted=tuple(wanted))


def _demand_authority(context: Context) -> None:
    """Refuse where nothing can be signed.

    Raises:
        PlanError: the authority is not there, has expired, or its key is elsewhere.
    """
    certificate, key = signing_authority(context)
    if makes_authority(context):
        raise PlanError(f"the authority {certificate} is missing or expired; redis-wizard plan makes a new one")
    shown = read_certificate(context, certificate)
    if shown and parse_time(shown.not_after) <= facts_time(context):
        raise PlanError(f"the authority {certificate} expired on {shown.not_after[:10]}; replace it")
    if not context.exists(key) and context.status(key) is not None:
        raise PlanError(f"{key} does not exist, so nothing can be signed; restore it for this command")


# --- issue -------------------------------------------------------------------------------------------


def _issued(context: Context, order: CertificateOrder) -> SectionPlan:
    if certificates.foreign(context):
        raise PlanError(f"{context.value('tls-cert-file')} is not issued by redis-wizard; issue it at its authority")
    _demand_authority(context)
    name = check_user_name(order.issue)
    place = paths.client(context.facts.state, name)
    if context.exists(place.certificate):
        raise PlanError(f"{place.certificate} exists already; redis-wizard cert renew {name} replaces it")
    why = f"Clients on {name} present it, and a server there." if order.names else f"Clients of {name} present it."
    days = order.days or context.answers.tls.client_days
    made = issue(context, CertificateRole.CLIENT, place, common_name=name, days=days, before="", why=why)
    if order.names:
        names = subject_names(order.names)
        made = replace(made, role=CertificateRole.SERVER, names=(*names.hosts, *names.addresses))
    if not certificates.authority_changes(context):
        return _with_reading(context, [made], again=False)
    part = _with_reading(context, [replace(made, copy_of_authority=None)], again=False)
    return replace(part, changes=(*part.changes, _trust(context, place, paths.authorities(context.facts.state))))


# --- a new authority ---------------------------------------------------------------------------------


def _trust(context: Context, place: _Place, trusted: tuple[paths.ClientCertificatePaths, ...]) -> TrustAuthorities:
    server = isinstance(place, paths.ServerCertificatePaths)
    return TrustAuthorities(
        id=f"trust:{place.authority}",
        title=f"trusted by {'the server' if server else place.directory.name}"[:60],
        before="1 authority" if len(trusted) > 1 else "2 authorities",
        after="2 authorities" if len(trusted) > 1 else "1 authority",
        why=_TRUST if len(trusted) > 1 else "Every certificate is of the new authority now.",
        source="RFC 4210 4.4: a new root is trusted beside the old one before anything is issued by it",
        items=(15,),
        effect=Effect.RESTART if server and context.running and not context.settings else Effect.NOW,
        undo="the earlier file",
        path=place.authority,
        authorities=tuple(each.certificate for each in trusted),
        owner="root",
        group=context.group if server else "root",
    )


def _trusted_by_all(context: Context, trusted: tuple[paths.ClientCertificatePaths, ...]) -> SectionPlan:
    changes = [_trust(context, place, trusted) for _, place in _present(context)]
    return SectionPlan(changes=tuple(changes), wanted=tuple(tls.files(context, again=True)))


def _trust_new(context: Context) -> SectionPlan:
    if certificates.foreign(context):
        raise PlanError(f"{context.value('tls-cert-file')} is not issued by redis-wizard; change it at its authority")
    if certificates.authority_changes(context):
        raise PlanError("the new authority is there already; the next step is redis-wizard cert authority issue")
    if context.answers.tls.authority != "create" or makes_authority(context):
        raise PlanError("no authority of redis-wizard is in effect here, so none can be replaced")
    old, new = paths.authorities(context.facts.state)
    # Two authorities of one name could not be told apart.
    name = f"redis-wizard CA {facts_time(context):%Y%m%d-%H%M%S} {context.facts.hostname}".strip()[:COMMON_NAME]
    made = issue(
        context,
        CertificateRole.AUTHORITY,
        new,
        common_name=name,
        days=context.answers.tls.authority_days,
        before="",
        why="It takes the place of the one that is there.",
    )
    made = replace(made, authority=new.certificate, authority_key=new.key)
    part = _trusted_by_all(context, (old, new))
    return replace(part, changes=(*directories(context, [made]), made, *part.changes))


def _issue_by_new(context: Context) -> SectionPlan:
    if not certificates.authority_changes(context):
        raise PlanError("there is no new authority yet; the first step is redis-wizard cert authority trust")
    if next_issues(context):
        raise PlanError("the new authority issued them already; the next step is redis-wizard cert authority drop")
    _, new = paths.authorities(context.facts.state)
    issued = [_by_new(context, _again(context, name, place, 1), new) for name, place in _present(context)]
    return _with_reading(context, issued, again=True)


def _by_new(context: Context, made: IssueCertificate, new: paths.ClientCertificatePaths) -> IssueCertificate:
    """Have the new authority issue a certificate; the file of both authorities stays as it is."""
    days = context.answers.tls.server_days if made.role is CertificateRole.SERVER else context.answers.tls.client_days
    return replace(
        made,
        days=days,
        after=f"{', '.join(made.names) or made.common_name}, {days} days",
        why="The new authority issues it.",
        authority=new.certificate,
        authority_key=new.key,
        copy_of_authority=None,
    )


def _drop_former(context: Context) -> SectionPlan:
    if not (certificates.authority_changes(context) and next_issues(context)):
        step = "issue" if certificates.authority_changes(context) else "trust"
        raise PlanError(f"the former authority still issues; the next step is redis-wizard cert authority {step}")
    current, new = paths.authorities(context.facts.state)
    part = _trusted_by_all(context, (new,))
    moved = (
        _takes_over(context, current.certificate, new.certificate, mode=0o644),
        _takes_over(context, current.key, new.key, mode=0o600),
    )
    return replace(part, changes=(*part.changes, *moved))


def _takes_over(context: Context, path: PurePosixPath, new: PurePosixPath, *, mode: int) -> TrustAuthorities:
    """Put the new authority in the place of the former one, which the snapshot has for a rollback."""
    change = _trust(context, paths.authority(context.facts.state), ())
    title = f"the new authority's {path.name}"
    return replace(change, id=f"trust:{path}", title=title, path=path, authorities=(new,), mode=mode)


_STEPS = {
    AuthorityStep.TRUST: _trust_new,
    AuthorityStep.ISSUE: _issue_by_new,
    AuthorityStep.DROP: _drop_former,
}
