"""Whose rights are judged: every login but the accounts of administrators.

What separates an administrator is decided in ``docs/decisions/0033-administrator-accounts.md``: never its rights.
"""

from collections.abc import Callable, Sequence

from wizard.acl.names import names_administrator
from wizard.acl.user import User
from wizard.checklist.clients import client_evidence, clients_known, has_identity, sessions
from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, all_of, failed, observed, passed, unknown
from wizard.checklist.rights import rights_in, source_of
from wizard.checklist.users import Users, judge_users, quoted, user_evidence
from wizard.model.finding import State
from wizard.model.rights import Rights
from wizard.model.text import counted
from wizard.model.value import Value, replace


class JudgedUsers(Value, frozen=True, kw_only=True):
    """The logins of one place."""

    judged: tuple[User, ...]
    """Their rights count."""
    administrators: tuple[User, ...] = ()
    """Set apart, because nothing speaks against it."""
    doubtful: tuple[User, ...] = ()
    """Those of them that an application may use."""


def accounts(subject: CheckContext, users: Users) -> JudgedUsers:
    """Return the logins, with the accounts of administrators set apart.

    A user with an open connection counts as a login, also where it was switched off since.
    """
    inside = {each.user for each in sessions(subject)} if users.live else set()
    logins = [*users.logins, *(user for user in users.all if user.name in inside and user not in users.logins)]
    apart = [user for user in logins if is_administrator(subject, user) and not _used_by_application(subject, user)]
    if len(apart) == len(logins):
        # Applications have no other login than these.
        return JudgedUsers(judged=tuple(logins))
    names = {user.name for user in apart}
    return JudgedUsers(
        judged=tuple(user for user in logins if user.name not in names),
        administrators=tuple(apart),
        doubtful=tuple(user for user in apart if _is_doubtful(subject, user)),
    )


def is_administrator(subject: CheckContext, user: User) -> bool:
    """Return whether people use an account: its name says so, or this check is logged in with it."""
    if user.name == "default":
        return False
    if names_administrator(user.name):
        return True
    live = subject.live
    own = live is not None and live.user == user.name
    return own and any(has_identity(each) and each.user != user.name for each in sessions(subject))


def _used_by_application(subject: CheckContext, user: User) -> bool:
    """Return whether a client that says what it is, which people's tools do not, is connected as this user."""
    return any(each.user == user.name and has_identity(each) for each in sessions(subject))


def _is_doubtful(subject: CheckContext, user: User) -> bool:
    return subject.live is not None and (
        not clients_known(subject) or any(each.user == user.name for each in sessions(subject))
    )


# --- judging -------------------------------------------------------------------------------------

JudgeAccounts = Callable[[CheckContext, Users, Sequence[User]], Judgement]
"""Judges the rights of some users of one place."""


def judge_accounts(subject: CheckContext, judge_rights: JudgeAccounts, *, summary: str) -> Judgement:
    """Judge the rights of every login that is no administrator's, in effect and after the next start."""

    def judge_one(subject: CheckContext, users: Users) -> Judgement:
        found = accounts(subject, users)
        judged = judge_rights(subject, users, found.judged) if found.judged else _no_login(users)
        apart = user_evidence(
            users, found.administrators, says=lambda _: "administrator account, used by no application"
        )
        judged = replace(judged, evidence=(*judged.evidence, *apart))
        if found.doubtful and judge_rights(subject, users, found.doubtful).state is State.FAIL:
            return all_of((judged, _doubt(subject, found.doubtful)), summary=summary)
        return judged

    return judge_users(subject, judge_one, summary=summary)


def judge_each(
    subject: CheckContext, users: Users, judged: Sequence[User], fault: Callable[[User, Rights], str], *, good: str
) -> Judgement:
    """Fail where a user has a fault; users with the same one are named together.

    Args:
        subject: What is known.
        users: The place of the users.
        judged: Some of them.
        fault: Says what is wrong with a user's rights, as the rest of a sentence; empty where nothing is.
        good: What is evidence where nothing is.
    """
    found: dict[str, list[User]] = {}
    rights_of = rights_in(subject, users)
    for user in judged:
        rights = rights_of(user.rules)
        if (rights.commands or rights.foreign or rights.code) and (what := fault(user, rights)):
            found.setdefault(what, []).append(user)
    if not found:
        source = source_of(subject, users)
        first, *more = user_evidence(replace(users, source=source), judged, says=lambda _: good)
        return passed("", first, *more)
    sentence = "; ".join(f"{quoted(guilty)} {what}" for what, guilty in found.items())
    return failed(f"{sentence}.", *user_evidence(users, [user for guilty in found.values() for user in guilty]))


def _no_login(users: Users) -> Judgement:
    return passed("", observed("users that can log in", users.source, "none"))


def _doubt(subject: CheckContext, doubtful: Sequence[User]) -> Judgement:
    """Return that a connection as an administrator may be an application's."""
    if not clients_known(subject):
        return subject.cannot_ask("CLIENT LIST")
    names = {user.name for user in doubtful}
    groups = [each for each in sessions(subject) if each.user in names]
    count = counted(sum(each.count for each in groups), "connection")
    return unknown(
        f'{count} without a name, logged in as administrator "{groups[0].user}", may be an application.',
        *client_evidence(groups),
        fix="Close your own sessions and check again, or give the application a user of its own.",
    )
