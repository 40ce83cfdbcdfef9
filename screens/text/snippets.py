"""How clients connect after a plan. Never a password; `screens.text.snippet_kinds` writes it for each client."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from wizard.acl.names import names_administrator
from wizard.acl.user import parse_line
from wizard.config import configuration_of
from wizard.model.answers import AclRole, ClientCertificates
from wizard.model.change import CertificateRole, IssueCertificate, SetDirective, SetUser
from wizard.model.facts.configuration import AclFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.plan import Plan
from wizard.planning import paths
from wizard.planning.paths import ClientCertificatePaths

_OWN = PurePosixPath("/path/to")
"""The operator's own authority issues the certificates of the clients: nothing here knows where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How one user connects to the server."""

    host: str
    port: str
    user: str
    tls: bool
    socket: str = ""
    """Path of the unix socket, where no port is open."""
    authority: str = ""
    certificate: str = ""
    key: str = ""


def users(plan: Plan, instance: Instance | None) -> tuple[str, ...]:
    """Return the users that clients can log in as once the plan is applied: written by it, or there already.

    Those of programs come first: an administrator is no user for an application.
    """
    written = {change.user for change in plan.changes if isinstance(change, SetUser)}
    there = _existing(instance)
    planned = tuple(user.name for user in plan.answers.acl.users if user.enabled) if plan.answers.acl.manage else ()
    found = (*planned, *there) if there is not None else planned
    names = dict.fromkeys(
        name for name in found if name != "default" and (there is None or name in written | set(there))
    )
    return tuple(sorted(names, key=names_administrator))


def _existing(instance: Instance | None) -> tuple[str, ...] | None:
    """Return the enabled users of the server, else of its ACL file; ``None`` where neither was read."""
    if instance is None:
        return None
    if isinstance(instance.live, LiveServer) and instance.live.acl:
        lines = instance.live.acl
    elif isinstance(instance.acl, AclFacts):
        lines = instance.acl.lines
    else:
        return None
    return tuple(user.name for user in map(parse_line, lines) if user.enabled)


def connection(plan: Plan, facts: HostFacts | None, instance: Instance | None, user: str) -> Connection:
    """Return how a user connects once the plan is applied."""
    secure, port = _value(plan, instance, "tls-port"), _value(plan, instance, "port") or "6379"
    tls = secure not in {"", "0"}
    server = _issued(plan, CertificateRole.SERVER)
    client = _client_certificate(plan, facts, user) if tls else None
    issued = client or server
    ca = issued.authority if issued else _value(plan, instance, "tls-ca-cert-file")
    return Connection(
        host=_host(plan, facts, instance),
        port=secure if tls else port,
        user=user,
        tls=tls,
        socket=_value(plan, instance, "unixsocket") if not tls and port == "0" else "",
        authority=str(ca) if tls else "",
        certificate=str(client.certificate) if client else "",
        key=str(client.key) if client else "",
    )


def _value(plan: Plan, instance: Instance | None, name: str) -> str:
    planned = [change for change in plan.changes if isinstance(change, SetDirective) and change.name == name]
    if planned:
        return " ".join(planned[-1].values[-1]) if planned[-1].values else ""
    return configuration_of(instance).value(name) if instance is not None else ""


def _issued(plan: Plan, role: CertificateRole, name: str = "") -> ClientCertificatePaths | None:
    """Return the files of a certificate that the plan issues."""
    for change in plan.changes:
        if isinstance(change, IssueCertificate) and change.role is role and (not name or change.common_name == name):
            return ClientCertificatePaths(
                directory=change.certificate.parent,
                certificate=change.certificate,
                key=change.key,
                authority=change.copy_of_authority or change.authority,
            )
    return None


def _client_certificate(plan: Plan, facts: HostFacts | None, user: str) -> ClientCertificatePaths | None:
    """Return the files that a user presents: issued by the plan, or by an earlier one."""
    issued, answers = _issued(plan, CertificateRole.CLIENT, user), plan.answers
    certified = answers.acl.manage and answers.tls.client_certificates is not ClientCertificates.NO
    if issued is not None or facts is None or not certified:
        return issued
    ours = paths.client(facts.state, user)
    if answers.tls.certificate != "create":
        return ClientCertificatePaths(
            directory=_OWN,
            certificate=_OWN / f"{user}.crt",
            key=_OWN / f"{user}.key",
            authority=PurePosixPath(answers.tls.authority),
        )
    return ours if user in {each.name for each in answers.acl.users} else None


def _host(plan: Plan, facts: HostFacts | None, instance: Instance | None) -> str:
    bound = _value(plan, instance, "bind").split()
    if bound and all(word.lstrip("-").startswith(("127.", "::1")) for word in bound):
        return "127.0.0.1"
    if facts is None:
        return plan.host
    return next((name for name in facts.names if "." in name), facts.hostname)


def certificates_to_copy(plan: Plan, clients: Sequence[ClientGroup] = ()) -> list[str]:
    """Return which new certificates go to which hosts.

    Args:
        plan: What was applied.
        clients: Those that were connected before it.
    """
    issued = [c for c in plan.changes if isinstance(c, IssueCertificate) and c.role is CertificateRole.CLIENT]
    applications = [each.name for each in plan.answers.acl.users if each.role is not AclRole.ADMINISTRATOR]
    rows = []
    for each in issued:
        user = each.common_name
        # Who came as no user of its own becomes the one application that there is.
        meant = {user, "", "default"} if applications == [user] else {user}
        remote = (group.address for group in clients if group.user in meant and not _is_here(group.address))
        hosts = ", ".join(dict.fromkeys(remote)) or f"the hosts of {user}"
        rows.append(f"copy {each.certificate.parent}/ to {hosts}")
    return rows


def _is_here(address: str) -> bool:
    return address == "unix" or address.startswith("127.") or address == "::1"
