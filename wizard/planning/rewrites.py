"""Who makes the server write its own files: ``CONFIG REWRITE`` for the configuration, ``ACL SAVE`` for the users.

Both write a new file beside the old one and rename it, so the server needs the right to write in that directory.
Sentinel lets a server rewrite its configuration at each failover.

Source:
    redis ``src/config.c``, ``rewriteConfigOverwriteFile()``; ``src/acl.c``, ``ACLSaveToFile()``; ``src/sentinel.c``,
    ``sentinelSendSlaveOf()``: SLAVEOF, then CONFIG REWRITE.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wizard.acl.evaluate import command_rules, is_allowed
from wizard.acl.user import User
from wizard.model.change import Change, SetMode, SetUser
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.service import Role
from wizard.model.plan import Impact, Note
from wizard.model.text import counted
from wizard.planning import usage
from wizard.planning.accounts.existing_users import existing_users, user_from_rules, without_source
from wizard.planning.context import Context

ANSWER = "persistence.server_writes"
_COMMANDS: Mapping[str, str] = {"config|rewrite": "CONFIG REWRITE", "acl|save": "ACL SAVE"}
_BY_SENTINEL = frozenset({"slaveof", "replicaof"})
_SEALED = frozenset({"full", "strict"})


def wanted(context: Context) -> bool:
    """Return whether the server must stay able to write its files: by answer, or as a member of a group."""
    return context.answers.persistence.server_writes or context.is_replicated


def reason(context: Context) -> str:
    """Return why the server needs to write its own files, in one clause; empty where nothing shows it."""
    watching = sentinels(context)
    if context.is_replicated:
        return f"a {context.role} rewrites its own configuration"
    if watching:
        return f"{watching} monitors this server, and a failover ends with CONFIG REWRITE"
    directory = context.status(context.main.parent)
    if directory is None or not directory.mode & 0o220:
        return ""
    if directory.owner == "root":
        given = directory.group == context.group and directory.mode & 0o020
        return f"root allowed the server to write in {directory.path}" if given else ""
    # Where the server cannot write, these calls failed, and nothing depends on them.
    calls = usage.calls(context.instance)
    used = [f"{text} ({counted(calls[name], 'call')})" for name, text in _COMMANDS.items() if calls.get(name)]
    return f"{' and '.join(used)} was used since the server started" if used else _failover(context)


def _failover(context: Context) -> str:
    """Return what prepares this server for a failover, which ends with CONFIG REWRITE; empty where nothing does."""
    for name, user in existing_users(context).items():
        if user.enabled and _BY_SENTINEL & {rule.removeprefix("+").lower() for rule in user.rules if rule[:1] == "+"}:
            return f"user {name} may send REPLICAOF, as Sentinel does at a failover, which ends with CONFIG REWRITE"
    named = next((each for each in ("masterauth", "masteruser") if any(context.next_start(each) or ())), "")
    return f"{named} is set: this server may follow a primary after a failover, and writes that down" if named else ""


def breakages(context: Context, changes: Sequence[Change]) -> Iterator[Impact]:
    """Return whom it was seen that loses ``CONFIG REWRITE`` or ``ACL SAVE``."""
    change = _closing(context, changes)
    why = reason(context)
    if change is not None and why:
        remedy = f"allow the server to write there: {ANSWER}"
        who = sentinels(context) or f"users {', '.join(_able(context, changes)) or 'with these commands'}"
        yield Impact(who=who, loses=f"CONFIG REWRITE and ACL SAVE: {why}", change=change.id, remedy=remedy)


def notes(context: Context, changes: Sequence[Change]) -> Iterator[Note]:
    """Say for whom the two commands end, and where the server could write by its rights but its unit forbids it."""
    directory = context.main.parent
    change = _closing(context, changes)
    if change is not None:
        users = ", ".join(_able(context, changes))
        text = (
            f"fail after this plan for user {users or 'of every name'}: the server can no longer write in {directory}; "
            f"to allow them, answer {ANSWER} with true"
        )
        yield Note(subject="CONFIG REWRITE and ACL SAVE", text=text)
    unit = context.instance.unit
    if wanted(context) and unit is not None and _is_sealed(context):
        text = f"fail: {unit.name} denies the server writes there; add ReadWritePaths={directory} to the unit"
        yield Note(subject="CONFIG REWRITE and ACL SAVE", text=text)


# --- inside --------------------------------------------------------------------------------------


def _closing(context: Context, changes: Iterable[Change]) -> SetMode | None:
    """Return the change after which the server cannot write beside its configuration."""
    if wanted(context):
        return None
    found = (c for c in changes if isinstance(c, SetMode) and c.path == context.main.parent and c.owner == "root")
    return next((change for change in found if change.group == "root" or not change.mode & 0o020), None)


def _able(context: Context, changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the names of users who may run one of the two commands after the plan."""
    planned = {c.user: user_from_rules(c.user, c.rules) for c in changes if isinstance(c, SetUser)}
    users: dict[str, User] = {
        name: without_source(person) for name, person in existing_users(context).items()
    } | planned
    return tuple(name for name, user in users.items() if user.enabled and _may(context, user))


def _may(context: Context, user: User) -> bool:
    # Without its patterns a user shares what was worked out of its rules before.
    plain = User(name=user.name, rules=command_rules(user.rules))
    flavour, version = context.instance.flavour, context.version
    return any(
        is_allowed(plain, command.split("|"), keys=(), channels=(), flavour=flavour, version=version).allowed
        for command in _COMMANDS
    )


def sentinels(context: Context) -> str:
    """Name the Sentinels that were seen: by their connections, on this host, by what they called."""
    seen = sorted({group.address for group in usage.clients(context) if group.name.startswith("sentinel-")})
    if seen:
        return f"Sentinel at {', '.join(seen)}"
    port = context.value("port", "6379")
    ports = {port, context.value("tls-port", "0")} - {"0"}
    for other in context.siblings:
        if isinstance(other.config, ConfigFacts) and any(
            _monitors(line.arguments, ports) for line in other.config.lines
        ):
            return f"Sentinel {other.name}"
    calls = usage.calls(context.instance)
    told = context.role is Role.STANDALONE and any(calls.get(name) for name in _BY_SENTINEL)
    return "a Sentinel or operator that sent SLAVEOF" if told else ""


def _monitors(arguments: Sequence[str], ports: Iterable[str]) -> bool:
    """Read ``sentinel monitor NAME ADDRESS PORT QUORUM``."""
    words = [word.lower() for word in arguments]
    return words[:1] == ["monitor"] and len(words) > 3 and words[3] in ports  # noqa: PLR2004 - the place of the port


def _is_sealed(context: Context) -> bool:
    unit = context.instance.unit
    properties = unit.properties if unit is not None else {}
    writable = properties.get("ReadWritePaths", "").split()
    directory = context.main.parent
    opened = any(directory.is_relative_to(path.lstrip("-+")) for path in writable if path.lstrip("-+").startswith("/"))
    return properties.get("ProtectSystem", "") in _SEALED and not opened
