"""The users that a server has now, wherever they are defined: ACL file, configuration, or memory alone."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from wizard.acl.aclfile import AclDocument, decode
from wizard.acl.evaluate import command_rules, is_allowed
from wizard.acl.password import EMPTY, fingerprint, is_template, mask_line
from wizard.acl.repair import repair
from wizard.acl.user import User, from_rules, join_passwords, parse_line
from wizard.errors import InvalidValueError
from wizard.formats.redisconf.document import Document
from wizard.model.facts.configuration import AclFacts, Problem
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import PASSWORD_SIGNS
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import MASK, Unreadable
from wizard.model.value import replace
from wizard.planning.context import Context

DEFAULT = "default"
_FIXABLE = frozenset({"duplicate-user", "no-default-user", "plain-password"})
"""Problems that do not keep the server from starting and go with a rewritten line."""
_RECENT = 4
"""Files and servers whose users are kept in memory: one plan asks for the same ones many times."""
MANY_USERS = 1 << 15
"""Sets of rules whose verdict is kept: the answers are judged, and then planned, by the same users."""


class UserSource(StrEnum):
    """Where a user is defined."""

    ACL_FILE = "acl-file"
    CONFIG = "config"
    LIVE = "live"
    """In the server's memory alone: lost with the next start."""


class ExistingUser(User, frozen=True, kw_only=True):
    """A user with its place. Its passwords are fingerprints, or none where the configuration hides them."""

    source: UserSource
    problems: tuple[Problem, ...] = ()
    """What is wrong with its line."""
    has_password: bool = True


def existing_users(context: Context) -> dict[str, ExistingUser]:
    """Return every user by name; a line in the file goes before what the server has in memory."""
    return {**users_in_memory(context), **_in_configuration(context), **_in_acl_file(context)}


def acl_file_in_use(context: Context) -> bool:
    """Return whether the server reads its users from an ACL file that is there."""
    return context.acl is not None and context.acl.status.kind is not FileKind.ABSENT


def obstacle(context: Context) -> str:
    """Say why the users cannot be planned without losing or changing any; empty where they can."""
    acl, named = context.instance.acl, context.next_start("aclfile")
    if isinstance(acl, Unreadable) and named and named[0]:
        return f"{acl.what} could not be read ({acl.why}); a new file would lose its users"
    data = context.sources.get(context.acl.path) if context.acl else None
    if data and (name := next((name for name, user in _in_acl_file(context).items() if MASK in user.rules), "")):
        return f"a word in the line of user {name} is no rule of this server; correct it"
    files = context.config.files if context.config else ()
    inline = (name for each in files for name in _templates_in_configuration(context.sources.get(each.path) or b""))
    if name := next(iter((*_templates(data or b""), *inline)), ""):
        return f"the password of user {name} is a placeholder of a template; write the password there"
    if context.needs_manual_restart and not acl_file_in_use(context):
        return f"an ACL file takes effect at a restart, and {context.why_no_unit}; run it from a unit of its own first"
    return ""


@lru_cache(maxsize=_RECENT)
def _templates(data: bytes) -> tuple[str, ...]:
    """Return the users of an ACL file whose password is a placeholder: hashed, its text would be the password."""
    lines = [decode(line).split() for line in AclDocument.parse(data).lines if b">" in line]
    return tuple(words[1] for words in lines if words[:1] == ["user"] and _has_template(words[2:]))


@lru_cache(maxsize=_RECENT)
def _templates_in_configuration(data: bytes) -> tuple[str, ...]:
    document = Document.parse(data)
    named = [words[0] for words in document.values("user") if words and _has_template(words[1:])]
    # As the password of a running server, words such as changeme are weak, and no place in a template.
    given = (" ".join(words) for words in document.values("requirepass"))
    return (*named, *(DEFAULT for text in given if not text[:1].isalnum() and is_template(text)))


def _has_template(words: Iterable[str]) -> bool:
    return any(word[:1] == ">" and is_template(word[1:]) for word in words)


def _in_acl_file(context: Context) -> Mapping[str, ExistingUser]:
    acl = context.acl
    if acl is None:
        return {}
    # Lines without a problem are intended as they are, and detection has masked them already.
    data = context.sources.get(acl.path) if acl.problems else None
    return _of_file(acl, data, context.instance.flavour, context.version)


@lru_cache(maxsize=_RECENT)
def _of_file(acl: AclFacts, data: bytes | None, flavour: Flavour, version: str) -> Mapping[str, ExistingUser]:
    problems = _problems_by_user(acl, data)
    found = {user.name: user for line in _meant_lines(acl, data, flavour, version) if (user := _read(line))}
    return {name: _person(user, UserSource.ACL_FILE, problems.get(name, ())) for name, user in found.items()}


def _meant_lines(acl: AclFacts, data: bytes | None, flavour: Flavour, version: str) -> Iterable[str]:
    """Return the lines as they were evidently intended, hashes as fingerprints."""
    if data is None:
        return acl.lines
    document = repair(AclDocument.parse(data), flavour=flavour, version=version)
    return (mask_line(decode(line)) for line in document.lines)


def file_problems(context: Context) -> tuple[Problem, ...]:
    """Return what is wrong with the ACL file as a whole, or with lines that belong to no user."""
    return _problems_by_user(context.acl, context.sources.get(context.acl.path)).get("", ()) if context.acl else ()


@lru_cache(maxsize=_RECENT)
def _problems_by_user(acl: AclFacts, data: bytes | None) -> Mapping[str, tuple[Problem, ...]]:
    lines = AclDocument.parse(data or b"").lines
    found: dict[str, list[Problem]] = {}
    for problem in acl.problems:
        if problem.fatal or problem.code in _FIXABLE:
            words = decode(lines[problem.line - 1]).split() if 0 < problem.line <= len(lines) else []
            name = words[1] if len(words) > 1 and words[0].lower() == "user" else ""
            found.setdefault(name, []).append(problem)
    return {name: tuple(each) for name, each in found.items()}


def _in_configuration(context: Context) -> dict[str, ExistingUser]:
    found: dict[str, ExistingUser] = {}
    for line in context.lines("user"):
        if line.arguments:
            every = join_passwords(list(line.arguments[1:]))
            words = [word for word in every if word[:1] not in PASSWORD_SIGNS]
            # Passwords are masked here, but for an empty one, which would stay one as a hash.
            empty = [f"#{fingerprint(EMPTY)}"] if ">" in every else []
            user = _from_words(line.arguments[0], [*words, *empty])
            if user is not None:
                has_password = len(words) < len(every) and not user.nopass
                found[user.name] = _person(user, UserSource.CONFIG, (), has_password=has_password)
    return found


def users_in_memory(context: Context) -> Mapping[str, ExistingUser]:
    """Return the users as the running server has them."""
    return _of_server(context.live.acl) if context.live else {}


@lru_cache(maxsize=_RECENT)
def _of_server(lines: tuple[str, ...]) -> Mapping[str, ExistingUser]:
    users = map(_read, lines)
    return {user.name: _person(_plain(user), UserSource.LIVE, ()) for user in users if user is not None}


def _plain(user: User) -> User:
    """Return the user without what some servers say of each: it is what a user has without it."""
    if "sanitize-payload" not in user.rules:
        return user
    return replace(user, rules=tuple(rule for rule in user.rules if rule != "sanitize-payload"))


def _read(line: str) -> User | None:
    try:
        return parse_line(line, masked=True)
    except InvalidValueError:
        words = line.split()
        plain = [word for word in words[2:] if word[:1] not in PASSWORD_SIGNS]
        return _from_words(words[1], plain) if words[:1] == ["user"] and len(words) > 1 else None


def _from_words(name: str, words: list[str]) -> User | None:
    try:
        return from_rules(name, words)
    except InvalidValueError:
        return None


def _person(
    user: User, home: UserSource, problems: tuple[Problem, ...], *, has_password: bool | None = None
) -> ExistingUser:
    return ExistingUser(
        name=user.name,
        enabled=user.enabled,
        nopass=user.nopass,
        passwords=user.passwords,
        rules=user.rules,
        source=home,
        problems=problems,
        has_password=bool(user.passwords) if has_password is None else has_password,
    )


def without_source(person: ExistingUser) -> User:
    """Return the user without its place."""
    return User(
        name=person.name,
        enabled=person.enabled,
        nopass=person.nopass,
        passwords=person.passwords,
        rules=person.rules,
    )


def user_from_rules(name: str, rules: str) -> User:
    """Read the rules of a plan, which hold no hashes."""
    return from_rules(name, rules.split())


def rules_of(user: User) -> str:
    """Return the words behind the name, without passwords."""
    return " ".join(["on" if user.enabled else "off", *(["nopass"] if user.nopass else []), *user.rules])


def is_administrator(context: Context, user: User) -> bool:
    """Return whether a user is on and may change users and settings."""
    return user.enabled and _may_administer(user.rules, context.instance.flavour, context.version)


@lru_cache(maxsize=MANY_USERS)
def _may_administer(rules: tuple[str, ...], flavour: Flavour, version: str) -> bool:
    return _administer(command_rules(rules), flavour, version)


@lru_cache(maxsize=MANY_USERS)
def _administer(rules: tuple[str, ...], flavour: Flavour, version: str) -> bool:
    user = User(name="", rules=rules)
    return all(
        is_allowed(user, command, flavour=flavour, version=version).allowed
        for command in (("acl", "setuser"), ("acl", "load"), ("config", "set"))
    )
