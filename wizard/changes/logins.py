"""Return the logins of planned users, with the certificates that TLS requires."""

from pathlib import PurePosixPath

from wizard.changes.context import PlanView
from wizard.changes.staging import certificates_of
from wizard.config import ResolvedConfig
from wizard.model.change import CertificateRole, SetUser
from wizard.model.facts.files import FileKind
from wizard.model.login import Login
from wizard.planning import paths


def administrators(run: PlanView) -> tuple[SetUser, ...]:
    """The planned users with a new password whose rules let them do everything, or administrate."""
    found = (c for c in run.plan.changes if isinstance(c, SetUser) and c.user in run.passwords)
    return tuple(c for c in found if {"+@all", "+@admin", "allcommands"} & set(c.rules.split()))


def login_with_certificate(run: PlanView, planned: ResolvedConfig, user: str) -> Login:
    """The login of a planned user with all that TLS wants: its own certificate, else any planned client's."""
    pair = own_certificate(run, user)
    authority = planned.value("tls-ca-cert-file")
    return Login(
        user,
        run.passwords.get(user),
        certificate=pair[0] if pair else None,
        key=pair[1] if pair else None,
        authority=PurePosixPath(authority) if authority else None,
    )


def own_certificate(run: PlanView, user: str) -> tuple[PurePosixPath, PurePosixPath] | None:
    """Certificate and key, planned now or made before: two servers of one host share the clients' certificates."""
    made = {
        c.common_name: (c.certificate, c.key) for c in certificates_of(run.plan) if c.role is CertificateRole.CLIENT
    }
    before = paths.client(run.host.state, user)
    if user not in made and run.host.status(before.certificate).kind is FileKind.FILE:
        return before.certificate, before.key
    return made.get(user) or next(iter(made.values()), None)


def administrator_logins(run: PlanView, planned: ResolvedConfig) -> tuple[Login, ...]:
    """The logins that can see the apply through, with the certificates that TLS wants."""
    return tuple(login_with_certificate(run, planned, change.user) for change in administrators(run))


def is_enabled(change: SetUser) -> bool:
    """Return whether the user may log in at all."""
    words = change.rules.split()
    return "on" in words and "off" not in words[words.index("on") :]
