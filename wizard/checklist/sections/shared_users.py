"""Which client uses which user (item 9)."""

from collections.abc import Iterable, Sequence

from wizard.acl.user import User
from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE
from wizard.checklist.users import Users, file_users, live_users
from wizard.model.finding import Evidence
from wizard.model.host import ClientGroup


def separate_users(subject: CheckContext) -> Judgement:
    """Judge whether different clients share a user."""
    users = live_users(subject)
    if users is None or subject.live is None:
        return _separate_later(subject)
    clients = [each for each in subject.live.clients if not each.replica and each.user]
    own = [user for user in users.enabled if user.name != "default"]
    return _sharing(users, clients, own) or _apart(users, clients, own)


def _sharing(users: Users, clients: Sequence[ClientGroup], own: Sequence[User]) -> Judgement | None:
    """What shows that services share a user."""
    shared = _shared(clients)
    if shared:
        name, kinds = shared
        guilty = (each for each in clients if each.user == name)
        return failed(f"Different clients share user {name}: {', '.join(kinds)}.", *client_evidence(guilty))
    if any(each.user == "default" and (each.name or each.library) for each in clients):
        return failed("Clients are logged in as user default, which belongs to no service.", *client_evidence(clients))
    if not own:
        return failed("default is the only user, so every service shares it.", *_names(users, users.enabled))
    return None


def _apart(users: Users, clients: Sequence[ClientGroup], own: Sequence[User]) -> Judgement:
    """Nothing shows sharing; clients must have been seen for that to mean something."""
    if not clients:
        return unknown(
            "No client is connected, so the users of the services are unknown.",
            *_names(users, own),
            fix="Check again while the applications run.",
        )
    if len(own) == 1 and len({_kind(each) for each in clients}) == 1:
        return not_applicable("Only one service is connected, with one user.", *client_evidence(clients))
    return passed("Different clients use different users.", *_names(users, own), *client_evidence(clients))


def _names(users: Users, named: Iterable[User]) -> Iterable[Evidence]:
    return (observed("user", users.source, user.name) for user in named)


def _separate_later(subject: CheckContext) -> Judgement:
    """Judge by the files: only the absence of users is certain."""
    later = file_users(subject)
    if later is not None and not [user for user in later.enabled if user.name != "default"]:
        return failed("The files have only user default, so every service shares it.", *_names(later, later.enabled))
    return subject.cannot_ask("CLIENT LIST")


def _shared(clients: Iterable[ClientGroup]) -> tuple[str, tuple[str, ...]] | None:
    """Find a user that two kinds of clients use."""
    kinds: dict[str, dict[str, None]] = {}
    for each in clients:
        if kind := _kind(each):
            kinds.setdefault(each.user, {})[kind] = None
    return next(((name, tuple(found)) for name, found in kinds.items() if len(found) > 1), None)


def _kind(client: ClientGroup) -> str:
    """What kind of client it is: its library without the version, empty when it does not say."""
    return client.library.split(" ")[0].split("(")[0].lower()


def client_evidence(groups: Iterable[ClientGroup]) -> Iterable[Evidence]:
    """Clients of a list, counted, as evidence."""
    return (
        observed(
            f"client of {each.user}",
            f"{LIVE}, CLIENT LIST",
            f"{each.count} from {each.address}, {each.library or 'unnamed library'} {each.name}".rstrip(),
        )
        for each in groups
    )
