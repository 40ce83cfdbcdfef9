"""The users of a server, in effect and after the next start, and how both places are judged."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache

from wizard.acl.user import User, parse_line
from wizard.checklist.context import CheckContext
from wizard.checklist.context import subject as subject_of
from wizard.checklist.result import Judgement, all_of, failed, observed, unknown
from wizard.checklist.setting import LIVE
from wizard.errors import InvalidValueError
from wizard.model.facts.configuration import AclFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import MASK, Unreadable
from wizard.model.finding import Evidence, State
from wizard.model.value import Value, replace

_HIDDEN_HASH = "#~00000000"
"""Replaces a masked hash: the user has a password, and nothing else is known of it."""

_OPEN = "user default on nopass ~* &* +@all"
_SHOWN = 5
"""Names of users in a sentence."""
_MOST_EVIDENCE = 20
"""Users that are evidence one by one."""


class Users(Value, frozen=True, kw_only=True):
    """All users in one place."""

    source: str
    """``live server`` or the file."""
    all: tuple[User, ...]
    live: bool = False
    """They are in effect."""

    def named(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.all if user.name == name), None)

    @property
    def logins(self) -> tuple[User, ...]:
        """Those that can log in: a user that is on, but has no password, cannot."""
        return tuple(user for user in self.all if user.enabled and (user.nopass or user.passwords))


def users_of(facts: HostFacts, name: str) -> Users | None:
    """Return the users of an instance: those in effect, else those after the next start; ``None`` when not read."""
    chosen = subject_of(facts, name, (), date.min)
    return live_users(chosen) or file_users(chosen)


def live_users(subject: CheckContext) -> Users | None:
    """Users in effect, ``None`` when the server could not be asked."""
    if not subject.live or not subject.live.acl:
        return None
    found = _parse(subject.live.acl)
    return None if found is None else Users(source=f"{LIVE}, ACL LIST", all=found, live=True)


def file_users(subject: CheckContext) -> Users | None:
    """Users after the next start, ``None`` when the files could not be read.

    Source:
        With an aclfile it alone defines ``default``; without a line for it default is open, whatever
        requirepass says (measured on five servers).
    """
    acl = subject.instance.acl
    if isinstance(acl, Unreadable):
        return None
    if isinstance(acl, AclFacts):
        found = _parse(line for line in acl.lines if line.strip() and not line.lstrip().startswith("#"))
        return None if found is None else _as_loaded(subject, str(acl.path), found, _OPEN)
    if not subject.file:
        return None
    lines = (" ".join(("user", *line.arguments)) for line in subject.file.lines if line.name == "user")
    found = _parse(lines)
    return None if found is None else _as_loaded(subject, str(subject.file.main), found, _default(subject))


def _as_loaded(subject: CheckContext, source: str, users: tuple[User, ...], default: str) -> Users:
    """Return the users of a file as the server makes them: each begins with the channels of a setting."""
    first = subject.configuration.next_start("acl-pubsub-default") or ()
    begin = tuple(word.lower() for word in first if word.lower() in ("allchannels", "resetchannels"))
    made = tuple(replace(user, rules=(*begin, *user.rules)) for user in users) if begin else users
    return Users(source=source, all=_with_default(made, default))


def _default(subject: CheckContext) -> str:
    """The line of default where only requirepass speaks of it."""
    password = subject.configuration.after_start("requirepass")
    return f"user default on {_HIDDEN_HASH} ~* &* +@all" if password else _OPEN


def _parse(lines: Iterable[str]) -> tuple[User, ...] | None:
    """Users of these lines; ``None`` when one cannot be read, since then nothing is certain."""
    return _read(tuple(lines))


@lru_cache(maxsize=4)
def _read(lines: tuple[str, ...]) -> tuple[User, ...] | None:
    try:
        return tuple(parse_line(_unmasked(line), masked=True) for line in lines)
    except InvalidValueError:
        return None


def _unmasked(line: str) -> str:
    """Put a fingerprint where a password is masked, so that the line can be read."""
    return line.replace(f">{MASK}", _HIDDEN_HASH).replace(f"#{MASK}", _HIDDEN_HASH)


def _with_default(users: tuple[User, ...], line: str) -> tuple[User, ...]:
    """Add default where no line speaks of it."""
    return users if any(user.name == "default" for user in users) else (parse_line(line), *users)


# --- judging both places -------------------------------------------------------------------------

JudgeUsers = Callable[[CheckContext, Users], Judgement]
"""Judges the users of one place."""


def judge_users(subject: CheckContext, judge_one: JudgeUsers, *, summary: str) -> Judgement:
    """Judge the users in effect and those of the next start.

    Args:
        subject: What is known.
        judge_one: Judges the users of one place.
        summary: What to say when both hold; of a server that does not run, what its files alone say.
    """
    live, file = live_users(subject), file_users(subject)
    later = judge_one(subject, file) if file else _cannot_read_users(subject)
    if live is None:
        return subject.of_file_alone(all_of((later,), summary=summary), file.source if file else "")
    now = judge_one(subject, live)
    if later.state is State.FAIL and now.state is not State.FAIL:
        later = failed(f"After the next restart: {later.summary}", *later.evidence, fix=later.fix)
    return all_of((now, later), summary=summary)


def _cannot_read_users(subject: CheckContext) -> Judgement:
    acl = subject.instance.acl
    if isinstance(acl, Unreadable):
        return subject.cannot_read_acl(acl)
    if isinstance(acl, AclFacts):
        return unknown(f"{acl.path} has an invalid line.", observed("ACL file", str(acl.path), "invalid line"))
    return subject.cannot_read_file()


def quoted(named: Sequence[User]) -> str:
    """Return users as the subject of a sentence that needs no number: ``User "a"``, ``Users "a", "b"``."""
    names = ", ".join(f'"{user.name}"' for user in named[:_SHOWN])
    more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
    return f"User {names}" if len(named) == 1 else f"Users {names}{more}"


def user_evidence(users: Users, named: Sequence[User], *, says: Callable[[User], str] | None = None) -> list[Evidence]:
    """Users as evidence: with their rules, or with what is said of each; of many the first and their number."""
    found = [
        observed(f"user {user.name}", users.source, says(user) if says else _rules(user))
        for user in named[:_MOST_EVIDENCE]
    ]
    if named[_MOST_EVIDENCE:]:
        found.append(observed("users", users.source, f"{len(named) - _MOST_EVIDENCE:,} more"))
    return found


def _rules(user: User) -> str:
    return " ".join(("on" if user.enabled else "off", *user.rules))
