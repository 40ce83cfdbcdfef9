"""What users may do: as the server says, else as their rules say."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

from wizard.acl.commands import table
from wizard.acl.evaluate import selectors
from wizard.acl.presets import rules as preset_rules
from wizard.acl.rights import SHOW_NAMES, canonical, evaluate
from wizard.acl.user import User
from wizard.checklist.clients import sessions
from wizard.checklist.context import CheckContext
from wizard.checklist.setting import LIVE
from wizard.checklist.users import Users
from wizard.model.answers import AclRole
from wizard.model.facts import Flavour
from wizard.model.rights import Rights

_EVERY_RIGHT = frozenset(("acl", "acl|setuser", "config", "config|set", "module", "module|load", "module|loadex"))
"""Commands by which a user gives itself any right: no other rule binds it."""
_EVERY_KEY = frozenset(("monitor", "sync", "psync", "replicaof", "slaveof", "flushall", "flushdb", "swapdb"))
"""Commands that copy or wipe keys whatever the patterns are."""
_OBSERVING = frozenset(("config|get", "slowlog", "slowlog|get", "latency"))
"""Further commands of exporters, which reach no key."""
_WITHOUT_KEYS = (AclRole.EXPORTER, AclRole.HEALTH, AclRole.OPERATIONS, AclRole.BACKUP)
_BETWEEN_SERVERS = {
    AclRole.REPLICA: frozenset(("replica", "replicas", "replication", "replicator", "repl", "masteruser")),
    AclRole.SENTINEL: frozenset(("sentinel", "sentinels")),
}
_SENTINELS_OWN = frozenset({"__sentinel__:hello", "__sentinel__:*"})


@lru_cache(maxsize=1 << 14)
def words(name: str) -> frozenset[str]:
    """Return the words of a user's name: ``redis``, ``admin`` of ``redis-admin2``."""
    return frozenset(re.findall(r"[a-z]+", name.lower()))


RightsOf = Callable[[User], Rights]
"""Returns what a user may do beyond its own keys and channels."""


def rights_in(subject: CheckContext, users: Users) -> RightsOf:
    """Return how to read the rights of the users of one place: as the server said, else as their rules say."""
    known = table(subject.instance.flavour, subject.rules_version)
    tried = _tried(subject, users)

    def rights_of(user: User) -> Rights:
        found = tried.get(canonical(user.rules)) if tried else None
        return evaluate(user.rules, known) if found is None else found

    return rights_of


def source_of(subject: CheckContext, users: Users, user: User) -> str:
    """Return where the rights of a user were read."""
    return f"{LIVE}, ACL DRYRUN" if canonical(user.rules) in _tried(subject, users) else users.source


def _tried(subject: CheckContext, users: Users) -> Mapping[tuple[str, ...], Rights]:
    told = subject.live.rights if users.live and subject.live else ()
    return {each.rules: each.rights for each in told}


def every_right(rights: Rights) -> tuple[str, ...]:
    """Return the commands by which a user can give itself every right."""
    return tuple(name for name in rights.commands if name in _EVERY_RIGHT)


def every_key(rights: Rights) -> tuple[str, ...]:
    """Return the commands by which a user reaches every key, whatever its patterns."""
    return tuple(name for name in rights.commands if name.partition("|")[0] in _EVERY_KEY)


def shown_names(rights: Rights) -> tuple[str, ...]:
    """Return the commands by which a user sees the names, or the number, of keys that are not its own."""
    return tuple(name for name in rights.commands if {name, name.partition("|")[0]} & SHOW_NAMES)


def spelled(names: Iterable[str]) -> str:
    """Return commands as they are typed: ``CONFIG SET``."""
    return ", ".join(name.replace("|", " ", 1).upper() for name in names)


# --- what a user is for --------------------------------------------------------------------------


def beyond_role(subject: CheckContext, user: User, rights: Rights) -> Rights:
    """Return the rights without those that the links between servers, or watching a server, need.

    Its name, ``masteruser`` or a connected replica or Sentinel tells what a user is for, never its rights: else a user
    would be judged more mildly the more it may do.
    """
    if user.name == "default":
        return rights
    left, flavour, version = set(rights.commands), subject.instance.flavour, subject.rules_version
    for role, names in _BETWEEN_SERVERS.items():
        needed = _of_roles((role,), flavour, version)
        if left & needed and (words(user.name) & names or _links(subject, user, role)):
            left -= needed
    if left and not _holds_data(subject, user):
        left -= _OBSERVING | _of_roles(_WITHOUT_KEYS, flavour, version)
    return Rights(commands=tuple(name for name in rights.commands if name in left), foreign=rights.foreign)


def _links(subject: CheckContext, user: User, role: AclRole) -> bool:
    own = [each for each in sessions(subject) if each.user == user.name]
    if role is AclRole.SENTINEL:
        return any(each.name.startswith("sentinel-") for each in own)
    return any(each.replica for each in own) or user.name == subject.configuration.value("masteruser")


@cache
def _of_roles(roles: tuple[AclRole, ...], flavour: Flavour, version: str) -> frozenset[str]:
    known = table(flavour, version)
    texts = (preset_rules(role, keys=(), channels=(), flavour=flavour, version=version) for role in roles)
    return frozenset(name for text in texts for name in evaluate(text.split(), known).commands)


def _holds_data(subject: CheckContext, user: User) -> bool:
    """Return whether a user has keys, or channels that it may use; on 6.2 it has all until it says otherwise."""
    return any(
        each.keys
        or (
            set(each.channels) - _SENTINELS_OWN
            and any(each.allows_command(name, "") for name in ("subscribe", "psubscribe", "publish"))
        )
        for each in selectors(user.rules, table(subject.instance.flavour, subject.rules_version))
    )
