"""A certificate and its key, and the authorities that a server or client trusts."""

from wizard.model.change import CertificateRole, IssueCertificate, TrustAuthorities
from wizard.model.facts.instance import Instance
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

_ORDER = (CertificateRole.AUTHORITY, CertificateRole.SERVER, CertificateRole.CLIENT)
"""The authority signs the others."""


def _touches(change: IssueCertificate, _: Instance | None) -> Touched:
    copy = (change.copy_of_authority,) if change.copy_of_authority else ()
    return Touched(paths=(change.certificate, change.key, *copy))


TRAITS: Traits[IssueCertificate] = Traits(
    rank=lambda change: (_ORDER.index(change.role),),
    touches=_touches,
    edits=no_text,
    server_reads=True,
    place=lambda change: change.certificate.name,
    search=no_line,
)

TRUST: Traits[TrustAuthorities] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(paths=(change.path,)),
    edits=no_text,
    server_reads=True,
    place=lambda change: change.path.name,
    search=no_line,
)
