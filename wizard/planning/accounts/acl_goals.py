"""Which users there should be, as lines of the ACL file."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from wizard.acl.commands import table
from wizard.acl.equivalence import same
from wizard.acl.names import check_user_name
from wizard.acl.password import EMPTY, fingerprint
from wizard.acl.presets import answered_rules
from wizard.acl.replay import loses_on_replay
from wizard.acl.rulecheck import RuleCheck, RuleProblem
from wizard.model.answers import AclRole, DefaultUser, UserAnswer
from wizard.model.change import Risk
from wizard.model.facts.service import Flavour
from wizard.model.value import Value, replace
from wizard.model.versions import newer_than_tables
from wizard.planning import paths
from wizard.planning.accounts.existing_users import (
    DEFAULT,
    MANY_USERS,
    ExistingUser,
    UserSource,
    acl_file_in_use,
    file_problems,
    rules_of,
    user_from_rules,
    without_source,
)
from wizard.planning.context import Context

DISABLED_DEFAULT_USER = "off ~* &* +@all"
"""No client can log in as this user. It keeps every right, because the server reads its append-only file as
``default``: it skips silently what that user may not do inside MULTI and EXEC, and those keys are lost.

Source:
    Measured on Redis 7.4 and 8.0 and Valkey 8.1; github.com/redis/redis/issues/14541, valkey-io/valkey/issues/3983.
"""
REPLAYING_DEFAULT_USER = "off ~* resetchannels -@all +@write +select +pfcount"
"""The least with which such a server reads everything back, for a default user that has less than every right now.

Source:
    Measured on Redis 7.4 and 8.0 and Valkey 8.1: without ``pfcount``, which stores what it counts, ``DEBUG DIGEST``
    differs after a start.
"""
_CLOSED = "Every client needs a user name; open connections of the default user are closed. "
OPEN_DEFAULT_USER = "on nopass ~* &* +@all"
GENERATE, KEEP, MEMORY, NONE = "generate", "keep", "memory", "none"
"""What becomes of a password; words of `wizard.model.change.SetUser`."""


GRANTS = "+~%&("
"""First signs of rules that only give: without one a user has less."""


class UserGoal(Value, frozen=True, kw_only=True):
    """One line of the ACL file as it should be."""

    name: str
    rules: str
    password: str
    """``generate``, ``keep``, ``memory`` or ``none``."""
    why: str
    items: tuple[int, ...] = (7,)
    risk: Risk = Risk.NONE
    evidence: str = ""


def acl_path(context: Context) -> PurePosixPath:
    """Return the ACL file: by answer, else the one that is configured, else a new one beside the configuration."""
    answer = context.answers.acl.file
    if answer != "auto":
        return PurePosixPath(answer)
    if context.acl is not None:
        return context.acl.path
    named = context.next_start("aclfile")
    return PurePosixPath(named[0]) if named and named[0].startswith("/") else paths.acl_file(context)


def moves(context: Context) -> bool:
    """Return whether the users go to another file than the one that is in use now, or to the first one."""
    return not acl_file_in_use(context) or (context.acl is not None and context.acl.path != acl_path(context))


def users_after(context: Context, known: Mapping[str, ExistingUser]) -> tuple[UserGoal, ...]:
    """Return every line that the plan cares about, the default user last; `known` are those there are now."""
    named = {answer.name: _answered(context, answer, known.get(answer.name)) for answer in context.answers.acl.users}
    settled, moving = {*named, DEFAULT}, moves(context)
    kept = [
        _kept(context, person)
        for name, person in known.items()
        if name not in settled and (moving or person.problems or person.source is UserSource.LIVE)
    ]
    return (*named.values(), *kept, *_default(context, known.get(DEFAULT)))


def rules_for(context: Context, answer: UserAnswer) -> str:
    """Return the rules of an answered user, without ``on``, for the server's version."""
    return answered_rules(answer, context.instance.flavour, context.version)


def _answered(context: Context, answer: UserAnswer, now: ExistingUser | None) -> UserGoal:
    name = check_user_name(answer.name)
    rules = f"{'on' if answer.enabled else 'off'} {rules_for(context, answer)}"
    keeps = now is not None and now.has_password and not _hash_is_bad(now)
    loses = now is not None and not same(replace(without_source(now), enabled=True), user_from_rules(name, rules))
    return UserGoal(
        name=name,
        rules=rules,
        password=_kept_password(now) if now is not None and keeps else GENERATE,
        why=f"One user for each service, with the rights of role {answer.role} only.",
        items=(7, 9, 11, 12, 13) if answer.role is not AclRole.ADMINISTRATOR else (9,),
        risk=Risk.DENY if loses else Risk.NONE,
        evidence="its rules differ from those it has now",
    )


def _kept(context: Context, person: ExistingUser) -> UserGoal:
    mistakes = "; ".join(problem.what for problem in person.problems)
    bad = _hash_is_bad(person)
    why = "The user moves into the ACL file as it is."
    if person.source is UserSource.LIVE:
        why = "The user is in the server's memory only, and a restart or reload would remove it. The ACL file keeps it."
    return UserGoal(
        name=person.name,
        rules=_taken(context, person),
        password=_password_of(person),
        why=f"The line is fixed: {mistakes}" if mistakes else why,
        risk=Risk.DENY if bad else Risk.NONE,
        evidence="its password is empty or its hash is invalid; the user gets a new password",
    )


def _taken(context: Context, person: ExistingUser) -> str:
    """Give the rules without grants that the server would refuse; what may take a right away always stays."""
    refused = {rule for rule, _ in refused_rules(context, person)}
    rules = [rule for rule in person.rules if rule not in refused or rule[0] not in GRANTS]
    return rules_of(replace(without_source(person), rules=tuple(rules)))


def refused_rules(context: Context, person: ExistingUser) -> tuple[tuple[str, RuleProblem], ...]:
    """Return the rules that the server would refuse, each with the reason; none where it is newer than the tables."""
    return _refused(person.rules, context.instance.flavour, context.version)


@lru_cache(maxsize=MANY_USERS)
def _refused(rules: tuple[str, ...], flavour: Flavour, version: str) -> tuple[tuple[str, RuleProblem], ...]:
    if newer_than_tables(flavour, version):
        return ()
    check = RuleCheck(table(flavour, version))
    return tuple((rule, flaw) for rule in rules if (flaw := check.flaw(rule)) and flaw.fatal)


def _password_of(person: ExistingUser) -> str:
    if person.nopass:
        return NONE
    return GENERATE if _hash_is_bad(person) else _kept_password(person) if person.has_password else NONE


def _kept_password(person: ExistingUser) -> str:
    return MEMORY if person.source is UserSource.LIVE else KEEP


def _hash_is_bad(person: ExistingUser) -> bool:
    bad = any(problem.code in {"hash-length", "hash-placeholder"} for problem in person.problems)
    return bad or fingerprint(EMPTY) in map(fingerprint, person.passwords)


def _default(context: Context, now: ExistingUser | None) -> tuple[UserGoal, ...]:
    if default_goes(context):
        return (_locked(context, now),)
    in_place = now is not None and now.source is UserSource.ACL_FILE and not moves(context)
    if now is not None and in_place and not now.problems and not file_problems(context):
        return ()
    why = "Without a line for it, an ACL file gives the default user every right, without a password."
    if _has_requirepass(context) and (now is None or now.source is UserSource.LIVE):
        # The rights of the running server may be less than those of the next start.
        rules = "on ~* &* +@all" if now is None else rules_of(replace(now, nopass=False))
        return (UserGoal(name=DEFAULT, rules=rules, password=KEEP, why=why, items=(6, 8)),)
    if now is not None:
        return (UserGoal(name=DEFAULT, rules=rules_of(now), password=_password_of(now), why=why, items=(6, 8)),)
    return (UserGoal(name=DEFAULT, rules=OPEN_DEFAULT_USER, password=NONE, why=why, items=(8,)),)


def default_goes(context: Context) -> bool:
    """Return whether the default user will be off; members of a group keep it, since links may log in by it."""
    return context.answers.acl.default_user is DefaultUser.OFF and not context.is_replicated


def _locked(context: Context, now: ExistingUser | None) -> UserGoal:
    rules, rights = _locked_rules(context, now)
    return UserGoal(
        name=DEFAULT,
        rules=rules,
        password=NONE,
        why=f"{_CLOSED}{rights}" if now is None or now.enabled else rights,
        items=(6, 8),
        risk=Risk.DENY if now is None or now.enabled else Risk.NONE,
        evidence="programs that log in without a user name are refused from then on",
    )


def _locked_rules(context: Context, now: ExistingUser | None) -> tuple[str, str]:
    """Return the rules of a default user that is off, and why it has these rights."""
    flavour, version = context.instance.flavour, context.version
    full = user_from_rules(DEFAULT, DISABLED_DEFAULT_USER)
    off = replace(without_source(now), enabled=False, nopass=False, passwords=()) if now else full
    if now is None or same(off, full, flavour=flavour, version=version):
        return DISABLED_DEFAULT_USER, "Its rights stay, since the server reads its append-only file with them."
    if loses_on_replay(off, flavour=flavour, version=version):
        why = "It may write every key, since the server reads its append-only file with its rights."
        return REPLAYING_DEFAULT_USER, why
    return rules_of(replace(now, enabled=False, nopass=False)), "Its rights stay as they are."


def _has_requirepass(context: Context) -> bool:
    arguments = context.next_start("requirepass")
    return bool(arguments and arguments[0])
