"""Which login still works once a plan is applied. Pure."""

from collections.abc import Mapping

from wizard.model.answers import AclRole
from wizard.model.change import CertificateRole, IssueCertificate, SetUser
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import Secret


def login_after(plan: Plan, before: Login | None, passwords: Mapping[str, Secret]) -> Login | None:
    """Return the administrator that the plan made, with its certificate, else the login from before."""
    roles = {user.name: user.role for user in plan.answers.acl.users}
    written = [change.user for change in plan.changes if isinstance(change, SetUser)]
    admins = [user for user in written if roles.get(user) is AclRole.ADMINISTRATOR and user in passwords]
    if not admins:
        return before
    issued = [change for change in plan.changes if isinstance(change, IssueCertificate)]
    own = next((c for c in issued if c.role is CertificateRole.CLIENT and c.common_name == admins[0]), None)
    if own is None:
        return Login(admins[0], passwords[admins[0]])
    authority = own.copy_of_authority or own.authority
    return Login(admins[0], passwords[admins[0]], certificate=own.certificate, key=own.key, authority=authority)
