"""Users to recommend, by those there are and by who connects."""

from collections.abc import Collection, Iterable
from itertools import chain, count

from wizard.acl.commands import table
from wizard.acl.equivalence import same
from wizard.acl.names import names_administrator
from wizard.acl.presets import former_rules
from wizard.acl.rights import reader
from wizard.acl.user import from_rules
from wizard.errors import InvalidValueError
from wizard.model.answers import (
    AclAnswers,
    AclRole,
    DefaultUser,
    Reason,
    UserAnswer,
)
from wizard.model.facts.configuration import NameSample
from wizard.model.facts.live import ClientGroup
from wizard.model.text import counted
from wizard.model.value import replace
from wizard.planning import usage
from wizard.planning.accounts.acl_goals import rules_for
from wizard.planning.accounts.existing_users import (
    DEFAULT,
    ExistingUser,
    existing_users,
    is_administrator,
    obstacle,
    without_source,
)
from wizard.planning.context import Context

Reasons = dict[str, Reason]
"""By ``section.field``."""

_MOST_USERS = 50
_APPLICATION = "app"
_EXAMPLE = ("app:*",)
_EXPORTER = "exporter"
_INFRASTRUCTURE = frozenset(
    {AclRole.EXPORTER, AclRole.HEALTH, AclRole.BACKUP, AclRole.REPLICA, AclRole.SENTINEL, AclRole.OPERATIONS}
)
"""Roles of programs that watch or copy the data; they are no applications."""


def acl(context: Context, reasons: Reasons) -> AclAnswers:
    """The users there are, and an application and an administrator where there is none; default off when unused."""
    if reason := obstacle(context):
        reasons["acl.manage"] = Reason(why=f"Users are left as they are: {reason}.", source="the ACL file")
        return AclAnswers(manage=False, default_user=DefaultUser.KEEP)
    known = existing_users(context)
    recognised = _recognised(context, known)
    users = list(recognised)
    names = {user.name for user in users}
    admins = _administrators(context, known)
    if not set(known) - {DEFAULT, *admins, *_of_infrastructure(recognised)}:
        users.append(application(*_names_in_use(context)))
    if not admins and ("admin" not in known or not _any_administrator(context, known)):
        users.append(administrator(known))
    users += [user for user in _infrastructure(context) if user.name not in {*names, *known}]
    others = sorted(set(known) - {user.name for user in users} - {DEFAULT})
    kept = f" Unchanged: {', '.join(others)}." if others else ""
    why = f"Each service needs a user of its own, with no more rights than it uses.{kept}{_fit(context, users)}"
    reasons["acl.users"] = Reason(why=why, source="items 7, 9, 13")
    default_is_on = DEFAULT not in known or known[DEFAULT].enabled
    default, why = _default_user(context, admins if default_is_on else ())
    reasons["acl.default_user"] = Reason(why=why, source="CLIENT LIST; item 8")
    return AclAnswers(users=tuple(users), default_user=default)


def application(keys: tuple[str, ...], channels: tuple[str, ...] = ()) -> UserAnswer:
    """Return the user for programs, with these keys, and with channels of the same names where none are given."""
    return UserAnswer(name=_APPLICATION, role=AclRole.APPLICATION, keys=keys, channels=channels or keys)


def _names_in_use(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return patterns of the keys and channels that exist; those of the role's example where there are none."""
    if context.live is None:
        return _EXAMPLE, ()
    return context.live.key_names.patterns or _EXAMPLE, context.live.channel_names.patterns


def _fit(context: Context, users: Iterable[UserAnswer]) -> str:
    """Say how the keys of a new application were found; empty where none is added or there are no keys."""
    added = next((user for user in users if user.name == _APPLICATION), None)
    seen = context.live.key_names if context.live else NameSample()
    if added is None or context.live is None or not seen.names or _APPLICATION in existing_users(context):
        return ""
    if not seen.patterns:
        return f" The keys have no common prefix: name their patterns for user {_APPLICATION}."
    several = f"The keys begin with {', '.join(seen.patterns)}: one user for each service is better."
    looked = f"{counted(seen.names, 'key')} of {context.live.keys} looked at"
    rest = f", {seen.unnamed} without a prefix" if seen.unnamed else ""
    return f" {several} ({looked}{rest}.)" if len(seen.patterns) > 1 else f" Keys: {seen.patterns[0]} ({looked}{rest})."


def administrator(known: Collection[str] = ()) -> UserAnswer:
    """Return the user for people who manage the server, and for the wizard itself, with a name that no user has."""
    numbered = (f"admin-{number}" for number in count(2))
    name = next(each for each in chain(("admin", "redis-admin"), numbered) if each not in known)
    return UserAnswer(name=name, role=AclRole.ADMINISTRATOR)


def _administrators(context: Context, known: dict[str, ExistingUser]) -> tuple[str, ...]:
    """Return the accounts of administrators: by right and by name."""
    return tuple(
        name
        for name, person in known.items()
        if name != DEFAULT
        and names_administrator(name)
        and (person.nopass or person.has_password)
        and is_administrator(context, without_source(person))
    )


def _any_administrator(context: Context, known: dict[str, ExistingUser]) -> bool:
    return any(is_administrator(context, without_source(each)) for name, each in known.items() if name != DEFAULT)


def _of_infrastructure(users: Iterable[UserAnswer]) -> frozenset[str]:
    return frozenset(user.name for user in users if user.role in _INFRASTRUCTURE)


def _recognised(context: Context, known: dict[str, ExistingUser]) -> tuple[UserAnswer, ...]:
    """List the users that already have exactly the rules of a role."""
    found = []
    for person in list(known.values())[:_MOST_USERS]:
        answer = next((each for each in _guesses(person) if _fits(context, person, each)), None)
        if answer is not None and person.name != DEFAULT:
            found.append(answer)
    return tuple(found)


def _guesses(person: ExistingUser) -> Iterable[UserAnswer]:
    keys = tuple(rule.partition("~")[2] for rule in person.rules if rule[0] in "~%")
    channels = tuple(rule[1:] for rule in person.rules if rule[0] == "&")
    for role in AclRole:
        if role is not AclRole.CUSTOM:
            yield UserAnswer(name=person.name, role=role, keys=keys, channels=channels, enabled=person.enabled)
            yield UserAnswer(name=person.name, role=role, enabled=person.enabled)


def _fits(context: Context, person: ExistingUser, answer: UserAnswer) -> bool:
    flavour, version = context.instance.flavour, context.version
    try:
        texts = [rules_for(context, answer), former_rules(answer.role, flavour=flavour, version=version)]
    except InvalidValueError:
        return False
    aims = (from_rules(person.name, text.split()).rules for text in texts if text)
    wanted = (replace(without_source(person), nopass=False, rules=aim) for aim in aims)
    return any(same(without_source(person), each, flavour=flavour, version=version) for each in wanted)


def _infrastructure(context: Context) -> Iterable[UserAnswer]:
    """Return a user for each program that watches or copies the data and has none of its own."""
    if _share_a_user(context, [each for each in usage.clients(context) if _is_exporter(each)]):
        yield UserAnswer(name=_EXPORTER, role=AclRole.EXPORTER)
    links = {group.user for group in usage.clients(context) if group.replica}
    if context.live and (links or context.live.replicas) and links <= {DEFAULT, ""}:
        yield UserAnswer(name="replica", role=AclRole.REPLICA)
    if any(group.name.startswith("sentinel-") for group in usage.as_default(context)):
        yield UserAnswer(name="sentinel", role=AclRole.SENTINEL)


def _is_exporter(group: ClientGroup) -> bool:
    return any(_EXPORTER in text.lower() for text in (group.name, group.library))


def _share_a_user(context: Context, groups: Collection[ClientGroup]) -> bool:
    """Return whether any of these clients logs in as default, as an administrator, or as the user of other clients."""
    others = {each.user for each in usage.clients(context) if each not in groups}
    known, names = existing_users(context), {each.user for each in groups}
    powerful = {name for name in names & set(known) if is_administrator(context, without_source(known[name]))}
    return bool(names & {DEFAULT, "", *others, *powerful})


def _default_reaches_data(context: Context) -> bool:
    """Return whether a client can use the default user for anything: each look at a listener is refused otherwise."""
    person = existing_users(context).get(DEFAULT)
    known = table(context.instance.flavour, context.version)
    return person is None or reader(known)(without_source(person).rules).data


def _default_user(context: Context, admins: tuple[str, ...]) -> tuple[DefaultUser, str]:
    if groups := usage.as_default(context):
        return DefaultUser.KEEP, f"In use now: {usage.connections(groups)}. Turn it off when they have moved."
    if (groups := usage.lately_as_default(context)) and _default_reaches_data(context):
        return DefaultUser.KEEP, f"ACL LOG names {usage.connections(groups)}. Turn it off when they have moved."
    if unseen := usage.why_unseen(context):
        return DefaultUser.KEEP, f"{unseen} Turn it off when none uses this user."
    if admins and context.live and context.live.user == DEFAULT:
        why = f"This login uses it. Log in as {admins[0]} with --user and --password-file, then turn it off."
        return DefaultUser.KEEP, why
    return DefaultUser.OFF, "No client uses it now."
