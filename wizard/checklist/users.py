"""Users and what they may do, in effect and after the next start."""

from collections.abc import Callable, Iterable, Sequence

from wizard.acl.commands import table
from wizard.acl.evaluate import allowed_commands, is_allowed, selectors
from wizard.acl.selector import Selector
from wizard.acl.user import User, parse_line
from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE
from wizard.errors import InvalidValueError
from wizard.model.facts import MASK, AclFacts, Unreadable
from wizard.model.finding import Evidence, State
from wizard.model.value import Value

_HIDDEN_HASH = "#~00000000"
"""Stands for a password whose hash is masked: there is one, and that is all one may know."""

_OPEN = "user default on nopass ~* &* +@all"
_INFRASTRUCTURE_CHANNELS = frozenset({"__sentinel__:hello", "__sentinel__:*"})


class Users(Value, frozen=True, kw_only=True):
    """All users in one place."""

    source: str
    """``live server`` or the file."""
    all: tuple[User, ...]

    def named(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.all if user.name == name), None)

    @property
    def enabled(self) -> tuple[User, ...]:
        """Those that can log in."""
        return tuple(user for user in self.all if user.enabled)


def live_users(subject: CheckContext) -> Users | None:
    """Users in effect, ``None`` when the server could not be asked."""
    if not subject.live or not subject.live.acl:
        return None
    found = _parse(subject.live.acl)
    return None if found is None else Users(source=f"{LIVE}, ACL LIST", all=found)


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
        return None if found is None else Users(source=str(acl.path), all=_with_default(found, _OPEN))
    if not subject.file:
        return None
    lines = (" ".join(("user", *line.arguments)) for line in subject.file.lines if line.name == "user")
    found = _parse(lines)
    return None if found is None else Users(source=str(subject.file.main), all=_with_default(found, _default(subject)))


def _default(subject: CheckContext) -> str:
    """The line of default where only requirepass speaks of it."""
    password = subject.configuration.after_start("requirepass")
    return f"user default on {_HIDDEN_HASH} ~* &* +@all" if password else _OPEN


def _parse(lines: Iterable[str]) -> tuple[User, ...] | None:
    """Users of these lines; ``None`` when one cannot be read, since then nothing is certain."""
    try:
        return tuple(parse_line(_unmasked(line)) for line in lines)
    except InvalidValueError:
        return None


def _unmasked(line: str) -> str:
    """Put a fingerprint where a password is masked, so that the line can be read."""
    return line.replace(f">{MASK}", _HIDDEN_HASH).replace(f"#{MASK}", _HIDDEN_HASH)


def _with_default(users: tuple[User, ...], line: str) -> tuple[User, ...]:
    """Add default where no line speaks of it."""
    return users if any(user.name == "default" for user in users) else (parse_line(line), *users)


# --- rights --------------------------------------------------------------------------------------


def allowed(subject: CheckContext, user: User, command: Sequence[str]) -> bool:
    """Return whether a user may run a command, on keys of its own."""
    return is_allowed(user, command, flavour=subject.instance.flavour, version=subject.rules_version).allowed


def is_administrator(subject: CheckContext, user: User) -> bool:
    """Return whether a user can give itself any right, so that no other rule binds it."""
    return allowed(subject, user, ("acl", "setuser", "x")) or allowed(subject, user, ("config", "set", "x", "y"))


def applications(subject: CheckContext, users: Users) -> tuple[User, ...]:
    """Users that hold data: default when it is on, and every other that has keys or channels.

    Left out are administrators and the infrastructure (exporter, replica, Sentinel, health checks),
    which has no keys.
    """
    known = ordinary(subject, users)
    return tuple(user for user in known if user.name == "default" or _holds_data(subject, user))


def ordinary(subject: CheckContext, users: Users) -> tuple[User, ...]:
    """Enabled users that are no administrators; default always counts: a client is default until it logs in."""
    return tuple(user for user in users.enabled if user.name == "default" or not is_administrator(subject, user))


def dangerous_commands(subject: CheckContext, user: User) -> tuple[str, ...]:
    """Commands of ``@dangerous`` that a user may run, sorted."""
    instance, version = subject.instance, subject.rules_version
    members = table(instance.flavour, version).members.get("dangerous", frozenset())
    return tuple(sorted(members & allowed_commands(user, flavour=instance.flavour, version=version)))


def matches_every_key(subject: CheckContext, user: User) -> bool:
    """Return whether a pattern of the user matches every key, or every channel that it may use."""
    return any(
        any(pattern == "*" for _, pattern in each.keys) or ("*" in each.channels and _uses_channels(each))
        for each in _selectors(subject, user)
    )


def _holds_data(subject: CheckContext, user: User) -> bool:
    return any(
        each.keys or (set(each.channels) - _INFRASTRUCTURE_CHANNELS and _uses_channels(each))
        for each in _selectors(subject, user)
    )


def _uses_channels(selector: Selector) -> bool:
    """Return whether channels mean anything here; a user of 6.2 has all of them until it says otherwise."""
    return any(selector.allows_command(name, "") for name in ("subscribe", "psubscribe", "publish"))


def _selectors(subject: CheckContext, user: User) -> tuple[Selector, ...]:
    return selectors(user.rules, table(subject.instance.flavour, subject.rules_version))


# --- judging both places -------------------------------------------------------------------------

JudgeUsers = Callable[[CheckContext, Users], Judgement]
"""Judges the users of one place."""


def judge_users(subject: CheckContext, judge_one: JudgeUsers, *, summary: str) -> Judgement:
    """Judge the users in effect and those of the next start."""
    return all_of((_live(subject, judge_one), _later(subject, judge_one)), summary=summary)


def _live(subject: CheckContext, judge_one: JudgeUsers) -> Judgement:
    users = live_users(subject)
    if users is not None:
        return judge_one(subject, users)
    return _later(subject, judge_one) if not subject.running else subject.cannot_ask("ACL LIST")


def _later(subject: CheckContext, judge_one: JudgeUsers) -> Judgement:
    users = file_users(subject)
    if users is not None:
        judged = judge_one(subject, users)
        live = live_users(subject)
        if judged.state is not State.FAIL or live is None or judge_one(subject, live).state is State.FAIL:
            return judged
        return failed(f"After the next restart: {judged.summary}", *judged.evidence, fix=judged.fix)
    acl = subject.instance.acl
    if isinstance(acl, Unreadable):
        return subject.cannot_read_acl(acl)
    if isinstance(acl, AclFacts):
        return unknown(f"{acl.path} has an invalid line.", observed("ACL file", str(acl.path), "invalid line"))
    return subject.cannot_read_file()


def quoted(named: Sequence[User]) -> str:
    """Return users as the subject of a sentence that needs no number: ``User "a"``, ``Users "a", "b"``."""
    names = ", ".join(f'"{user.name}"' for user in named)
    return f"User {names}" if len(named) == 1 else f"Users {names}"


def user_evidence(users: Users, named: Iterable[User]) -> tuple[Evidence, ...]:
    """Users with their rules, as evidence."""
    return tuple(
        observed(f"user {user.name}", users.source, " ".join(("on" if user.enabled else "off", *user.rules)))
        for user in named
    )


def common_passwords(subject: CheckContext) -> Judgement:
    """Judge the hashes of the ACL file by those of common passwords."""
    acl = subject.instance.acl
    if acl is None:
        return not_applicable("The server has no ACL file.")
    if not isinstance(acl, AclFacts):
        return subject.cannot_read_acl(acl)
    if acl.common_passwords:
        names = ", ".join(acl.common_passwords)
        return failed(f"A common password is set for {names}.", observed("hashes", str(acl.path), names))
    return passed("No user has a common password.", observed("hashes", str(acl.path), "compared with common ones"))
