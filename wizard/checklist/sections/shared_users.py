"""Which client uses which user (item 9)."""

from collections.abc import Iterable, Sequence

from wizard.acl.user import User
from wizard.checklist.accounts import is_administrator
from wizard.checklist.clients import (
    client_evidence,
    clients_known,
    has_identity,
    is_sentinel,
    library,
    service,
    services,
    sessions,
)
from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed, unknown
from wizard.checklist.users import Users, file_users, live_users, quoted
from wizard.model.facts.configuration import AclFacts
from wizard.model.facts.live import ClientGroup
from wizard.model.finding import Evidence, State
from wizard.model.rights import SharedPassword

_MOST_EVIDENCE = 20


def separate_users(subject: CheckContext) -> Judgement:
    """Judge whether different clients share a user, or users a password."""
    judged = _separate(subject)
    return judged if judged.state is State.FAIL else _same_password(subject) or judged


def _same_password(subject: CheckContext) -> Judgement | None:
    """Users with one password are one: a client that knows it logs in as each of them."""
    for users, shared in (
        (live_users(subject), subject.live.shared_passwords if subject.live else ()),
        (file_users(subject), _shared_in_files(subject)),
    ):
        logins = {user.name: user for user in users.logins} if users else {}
        for each in shared:
            found = [logins[name] for name in each.users if name in logins]
            if users and len(found) > 1:
                words = f"{quoted(found)} have the same password: a client that knows it can log in as each."
                return failed(words, *_names(users, found), fix="Generate a password for each user.")
    return None


def _shared_in_files(subject: CheckContext) -> tuple[SharedPassword, ...]:
    """Return those of the file that defines the users: with an ACL file, the configuration does not."""
    acl = subject.instance.acl
    if isinstance(acl, AclFacts):
        return acl.shared_passwords
    return subject.file.shared_passwords if subject.file and acl is None else ()


def _separate(subject: CheckContext) -> Judgement:
    users = live_users(subject)
    if users is None:
        return _separate_later(subject)
    own = [user for user in users.logins if user.name != "default"]
    if not clients_known(subject):
        return _no_own_user(subject, users, own) or subject.cannot_ask("CLIENT LIST")
    clients = [each for each in sessions(subject) if not each.replica and not is_sentinel(each) and each.user]
    return _sharing(clients) or _of_administrators(subject, users, clients) or _alone(subject, users, clients, own)


def _sharing(clients: Sequence[ClientGroup]) -> Judgement | None:
    """What shows that services share a user: two names or two libraries."""
    for name in dict.fromkeys(each.user for each in clients):
        mine = [each for each in clients if each.user == name]
        if any(len({kind(each) for each in mine} - {""}) > 1 for kind in (library, service)):
            shown = ", ".join(services(mine))
            return failed(f"Different clients share user {name}: {shown}.", *client_evidence(mine))
        if name == "default":
            return failed("Clients are logged in as user default, which belongs to no service.", *client_evidence(mine))
    return None


def _of_administrators(subject: CheckContext, users: Users, clients: Sequence[ClientGroup]) -> Judgement | None:
    """A service that is logged in as an administrator has no user of its own."""
    for user in users.all:
        mine = [each for each in clients if each.user == user.name and has_identity(each)]
        if mine and is_administrator(subject, user):
            shown = ", ".join(services(mine))
            return failed(f'A service is logged in as administrator "{user.name}": {shown}.', *client_evidence(mine))
    return None


def _no_own_user(subject: CheckContext, users: Users, own: Sequence[User]) -> Judgement | None:
    """Where no user but default and administrators can log in, services share one."""
    if not own:
        return failed("default is the only user, so every service shares it.", *_names(users, users.all))
    if all(is_administrator(subject, user) for user in own):
        return failed(f"{quoted(own)} can log in alone, so every service shares it.", *_names(users, own))
    return None


def _alone(subject: CheckContext, users: Users, clients: Sequence[ClientGroup], own: Sequence[User]) -> Judgement:
    """Nothing shows sharing; clients of more than one user must be connected for that to mean something."""
    if shared := _no_own_user(subject, users, own):
        return shared
    if not clients:
        return unknown(
            "No client is connected, so the users of the services are unknown.",
            *_names(users, own),
            fix="Check again while the applications run.",
        )
    if len({each.user for each in clients}) == 1:
        return not_applicable("Only one service is connected, with one user.", *client_evidence(clients))
    return passed("Different clients use different users.", *_names(users, own), *client_evidence(clients))


def _names(users: Users, named: Sequence[User]) -> Iterable[Evidence]:
    return (observed("user", users.source, user.name) for user in named[:_MOST_EVIDENCE])


def _separate_later(subject: CheckContext) -> Judgement:
    """Judge by the files: only the absence of users is certain."""
    later = file_users(subject)
    own = [user for user in later.logins if user.name != "default"] if later else []
    if later and (shared := _no_own_user(subject, later, own)):
        return shared
    return subject.cannot_ask("CLIENT LIST")
