"""Passwords that others can guess, of every source."""

from collections.abc import Sequence

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed
from wizard.checklist.users import Users, file_users, live_users
from wizard.model.facts.configuration import AclFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.rights import WeakPassword

_SHOWN = 20
_NAMED = 5


def weak_logins(subject: CheckContext) -> Judgement:
    """Judge the passwords of users that can log in, now or after the next start."""
    found = _weak_logins(subject)
    return _failed(found) if found else not_applicable("")


def weak_logins_of(subject: CheckContext) -> tuple[str, ...]:
    """Return the users that can log in with a password which others can guess."""
    return tuple(dict.fromkeys(each.user for each in _weak_logins(subject)))


def _weak_logins(subject: CheckContext) -> list[WeakPassword]:
    places = [(live_users(subject), _in_force(subject)), (file_users(subject), _in_files(subject))]
    return [each for users, weak in places for each in _of_logins(users, weak)]


def weak_passwords(subject: CheckContext) -> Judgement:
    """Judge every password that is set, also of users that are off."""
    if found := [*_in_force(subject), *_in_files(subject)]:
        return _failed(found)
    acl = subject.instance.acl
    if isinstance(acl, Unreadable):
        return subject.cannot_read_acl(acl)
    if acl is None and not subject.file:
        return subject.cannot_read_file()
    users = [each for each in (live_users(subject), file_users(subject)) if each]
    if not any(user.passwords for each in users for user in each.all):
        return not_applicable("No user has a password.")
    first, *more = (observed("hashes", each.source, "compared with common ones") for each in users)
    return passed("No user has a common password.", first, *more)


def _in_force(subject: CheckContext) -> tuple[WeakPassword, ...]:
    return subject.live.weak_passwords if subject.live else ()


def _in_files(subject: CheckContext) -> tuple[WeakPassword, ...]:
    """Return those of the file that defines the users: with an ACL file, the configuration does not."""
    acl = subject.instance.acl
    if not isinstance(acl, AclFacts):
        return subject.file.weak_passwords if subject.file and acl is None else ()
    return acl.weak_passwords


def _of_logins(users: Users | None, weak: Sequence[WeakPassword]) -> Sequence[WeakPassword]:
    """Keep the passwords of users that can log in; all where the users could not be read."""
    if users is None:
        return weak
    names = {user.name for user in users.logins}
    return [each for each in weak if each.user in names]


def _failed(found: list[WeakPassword]) -> Judgement:
    said: dict[str, dict[str, None]] = {}
    for each in found:
        said.setdefault(each.why, {})[each.user] = None
    return failed(
        " ".join(f"The password of {_listed(list(names))} {why}." for why, names in said.items()),
        *dict.fromkeys(observed(f"password of {each.user}", each.source, each.why) for each in found[:_SHOWN]),
        fix="Generate new passwords.",
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(f'"{name}"' for name in names[:_NAMED]) + more
