"""What users may do: as the server says, else as their rules say."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

from wizard.acl.commands import SENTINEL_READS, table
from wizard.acl.presets import answered_rules
from wizard.acl.rights import reader
from wizard.acl.user import User
from wizard.checklist.clients import is_sentinel, sessions
from wizard.checklist.context import CheckContext
from wizard.checklist.setting import LIVE
from wizard.checklist.users import Users
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.facts.service import Flavour, Role
from wizard.model.rights import Rights, TriedRights
from wizard.model.value import replace

_EVERY_RIGHT = frozenset(("acl", "acl|setuser", "config", "config|set", "module", "module|load", "module|loadex"))
"""Commands by which a user gives itself any right: no other rule binds it."""
_EVERY_KEY = frozenset(("monitor", "sync", "psync", "replicaof", "slaveof", "flushall", "flushdb", "swapdb"))
"""Commands that copy or wipe keys whatever the patterns are."""
_OBSERVING = frozenset(("config|get", "slowlog", "slowlog|get", "latency"))
"""Further commands of exporters, which reach no key."""
_ALSO_OF_SENTINELS = frozenset(("replicaof", "role"))
_CHANNELS = ("publish", "subscribe")
"""The same page gives a Sentinel's user on a server every channel, and ROLE; REPLICAOF is SLAVEOF by another name."""
_OF_SENTINEL_CLIENTS = frozenset({"role", *(f"sentinel|{each}" for each in SENTINEL_READS)})
"""What a client of a Sentinel runs (redis documentation, "High availability with Sentinel", ACL)."""
_WITHOUT_KEYS = (AclRole.EXPORTER, AclRole.HEALTH, AclRole.OPERATIONS, AclRole.BACKUP)
_BETWEEN_SERVERS = {
    AclRole.REPLICA: frozenset(("replica", "replicas", "replication", "replicator", "repl", "masteruser")),
    AclRole.SENTINEL: frozenset(("sentinel", "sentinels")),
}


@lru_cache(maxsize=1 << 14)
def words(name: str) -> frozenset[str]:
    """Return the words of a user's name: ``redis``, ``admin`` of ``redis-admin2``."""
    return frozenset(re.findall(r"[a-z]+", name.lower()))


def rights_in(subject: CheckContext, users: Users) -> Callable[[Sequence[str]], Rights]:
    """Return how to read what rules give in one place: as the server said, else worked out."""
    known = table(subject.instance.flavour, subject.rules_version, sentinel=subject.role is Role.SENTINEL)
    rights_of = reader(known, _tried(subject, users))
    gone = removed(subject)
    return (lambda rules: _without(rights_of(rules), gone)) if gone else rights_of


def removed(subject: CheckContext) -> frozenset[str]:
    """Return the commands that no user can run, since ``rename-command`` gives them no name, live and in the file.

    One with another name is not among them: rules hold for it by its first name, under whatever name it is called
    (measured on 6.2, 7.4, 8.0 and Valkey).
    """
    lines = subject.file.lines if subject.file else ()
    later = {
        line.arguments[0].lower() for line in lines if line.name == "rename-command" and line.arguments[1:] == ("",)
    }
    if subject.live:
        return frozenset(later & set(subject.live.missing_commands))
    return frozenset() if subject.running else frozenset(later)


def _without(rights: Rights, gone: frozenset[str]) -> Rights:
    """Return rights without those to commands that are not there."""
    kept = (
        tuple(each for each in names if each.partition("|")[0] not in gone)
        for names in (rights.commands, rights.listing, rights.code)
    )
    return replace(rights, **dict(zip(("commands", "listing", "code"), kept, strict=True)))


def source_of(subject: CheckContext, users: Users) -> str:
    """Return where the rights of the users of one place were read."""
    return f"{LIVE}, ACL DRYRUN" if _tried(subject, users) else users.source


def _tried(subject: CheckContext, users: Users) -> Sequence[TriedRights]:
    return subject.live.rights if users.live and subject.live else ()


def every_right(rights: Rights) -> tuple[str, ...]:
    """Return the commands by which a user can give itself every right."""
    return tuple(name for name in rights.commands if name in _EVERY_RIGHT)


def every_key(rights: Rights) -> tuple[str, ...]:
    """Return the commands by which a user reaches every key, whatever its patterns."""
    return tuple(name for name in rights.commands if name.partition("|")[0] in _EVERY_KEY)


def spelled(names: Iterable[str]) -> str:
    """Return commands as they are typed: ``CONFIG SET``."""
    return ", ".join(name.replace("|", " ", 1).upper() for name in names)


# --- what a user is for --------------------------------------------------------------------------


def beyond_role(subject: CheckContext, user: User, rights: Rights) -> Rights:
    """Return the rights without those that the links between servers, asking a Sentinel, or watching a server need.

    Its name, ``masteruser`` or a connected replica or Sentinel shows what a user is for, never its rights: otherwise a
    user would be judged more mildly the more it may do.
    """
    if user.name == "default":
        return rights
    left, flavour, version = set(rights.commands), subject.instance.flavour, subject.rules_version
    if subject.role is Role.SENTINEL:
        left -= _OF_SENTINEL_CLIENTS
    foreign = rights.foreign
    for role, names in _BETWEEN_SERVERS.items():
        needed = _of_roles((role,), flavour, version)
        if (left & needed or foreign) and (words(user.name) & names or _links(subject, user, role)):
            left -= needed
            if role is AclRole.SENTINEL:
                left -= _ALSO_OF_SENTINELS
                foreign = tuple(each for each in foreign if not each.startswith(_CHANNELS))
    if left and not rights.data:
        left -= _OBSERVING | _of_roles(_WITHOUT_KEYS, flavour, version)
    return replace(rights, commands=tuple(name for name in rights.commands if name in left), foreign=foreign)


def _links(subject: CheckContext, user: User, role: AclRole) -> bool:
    own = [each for each in sessions(subject) if each.user == user.name]
    if role is AclRole.SENTINEL:
        return any(is_sentinel(each) for each in own)
    return any(each.replica for each in own) or user.name == subject.configuration.value("masteruser")


@cache
def _of_roles(roles: tuple[AclRole, ...], flavour: Flavour, version: str) -> frozenset[str]:
    rights_of = reader(table(flavour, version))
    texts = (answered_rules(UserAnswer(name=role.value, role=role), flavour, version) for role in roles)
    return frozenset(name for text in texts for name in rights_of(text.split()).commands)
