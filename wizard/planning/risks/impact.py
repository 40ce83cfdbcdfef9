"""Who will lose something by these changes: connected clients, replicas, programs whose commands were seen."""

from collections.abc import Callable, Iterable, Sequence

from wizard.acl.evaluate import any_may
from wizard.acl.names import names_administrator
from wizard.acl.namespaces import uncovered
from wizard.acl.user import User
from wizard.model.change import Change, Restart, SetDirective, SetUser
from wizard.model.plan import Impact
from wizard.model.text import counted, number_or
from wizard.planning import rewrites, usage
from wizard.planning.accounts.existing_users import (
    DEFAULT,
    UserSource,
    existing_users,
    is_administrator,
    user_from_rules,
    without_source,
)
from wizard.planning.addresses import listens_on
from wizard.planning.context import Context
from wizard.planning.risks.protected_mode import clients_locked_out
from wizard.planning.risks.scripts import script_impacts
from wizard.planning.sections.commands import disabled


def impacts(context: Context, changes: Sequence[Change]) -> tuple[Impact, ...]:
    """Name each client and user that loses something, with the change and the remedy."""
    directives = {change.name: change for change in changes if isinstance(change, SetDirective)}
    users = {change.user: change for change in changes if isinstance(change, SetUser)}
    found: list[Impact] = []
    for name, look in _BY_DIRECTIVE.items():
        if name in directives:
            found += look(context, directives[name])
    if DEFAULT in users and users[DEFAULT].rules.startswith("off"):
        found += _default_off(context, users[DEFAULT])
    found += _refused_commands(context, users)
    found += _unreachable_keys(context, users)
    found += _forgotten_users(context, changes)
    found += rewrites.breakages(context, changes)
    found += script_impacts(context, changes)
    return tuple(found)


# --- by directive --------------------------------------------------------------------------------


def _port(context: Context, change: SetDirective) -> Iterable[Impact]:
    (new,) = change.values[-1]
    if new == context.value("port", "6379"):
        return
    loses = "the plaintext port" if new == "0" else f"its port: the server moves to {new}"
    tls = context.answers.tls.port
    for group in usage.on_plaintext(context):
        how = "tls-replication yes on the replica" if group.replica else "TLS and a client certificate"
        remedy = (
            f"connect to port {tls} with {how}, or keep the port: tls.plaintext" if new == "0" else f"use port {new}"
        )
        yield Impact(who=group.describe(), loses=loses, change=change.id, remedy=remedy)


def _bind(context: Context, change: SetDirective) -> Iterable[Impact]:
    bound = change.values[-1]
    for group in usage.clients(context):
        address = usage.local_address(group)
        if address and not listens_on(address, bound):
            remedy = "name the address in network.bind, or let it connect to one that stays"
            yield Impact(who=group.describe(), loses=f"the address {address}", change=change.id, remedy=remedy)


def _protected_mode(context: Context, change: SetDirective) -> Iterable[Impact]:
    remedy = "turn the default user off when they have users of their own, or keep it off: network.protected_mode"
    for group in clients_locked_out(context):
        loses = "every new connection: the default user has no password"
        yield Impact(who=group.describe(), loses=loses, change=change.id, remedy=remedy)


def _socket(context: Context, change: SetDirective) -> Iterable[Impact]:
    old = context.value("unixsocket")
    for group in usage.clients(context):
        if old and group.listener == old and change.values[-1] != (old,):
            yield Impact(who=group.describe(), loses=f"the socket {old}", change=change.id, remedy="use the new path")


def _timeout(context: Context, change: SetDirective) -> Iterable[Impact]:
    (text,) = change.values[-1]
    seconds = number_or(text)
    for group in usage.clients(context):
        if seconds and group.idle_seconds > seconds and not (group.subscribed or group.replica):
            yield Impact(
                who=group.describe(),
                loses=f"its idle connection: {group.idle_seconds} s so far, {seconds} s are allowed",
                change=change.id,
                remedy="let its pool check connections, or set audit.timeout_seconds higher",
            )


def _renamed(context: Context, change: SetDirective) -> Iterable[Impact]:
    calls = usage.calls(context.instance)
    for name in disabled(context):
        count = sum(number for command, number in calls.items() if command.split("|")[0] == name)
        if count:
            yield Impact(
                who=_callers(name, count),
                loses=f"the command {name.upper()}",
                change=change.id,
                remedy="remove it from commands.disable; the users' rules decide then",
            )
    gone = [line.arguments for line in context.lines("rename-command") if line.arguments not in change.values]
    if named := sorted({words[0].upper() for words in gone if words[1:] and words[1]}):
        who = f"clients that use the new names of {', '.join(named)}"
        yield Impact(who=who, loses="these names", change=change.id, remedy="use the commands' own names again")


_BY_DIRECTIVE: dict[str, Callable[[Context, SetDirective], Iterable[Impact]]] = {
    "port": _port,
    "bind": _bind,
    "protected-mode": _protected_mode,
    "unixsocket": _socket,
    "timeout": _timeout,
    "rename-command": _renamed,
}


# --- users ---------------------------------------------------------------------------------------


def _default_off(context: Context, change: SetUser) -> Iterable[Impact]:
    for group in usage.as_default(context):
        remedy = "give it a user and password of its own first, or keep the default user: acl.default_user"
        yield Impact(
            who=group.describe(), loses="its login: the default user is disabled", change=change.id, remedy=remedy
        )


def _refused_commands(context: Context, users: dict[str, SetUser]) -> Iterable[Impact]:
    """Name commands that were seen and that no user but administrators may run any more."""
    programs = {
        name: change
        for name, change in users.items()
        if name != DEFAULT
        and change.rules.startswith("on")
        and not is_administrator(context, user_from_rules(change.user, change.rules))
    }
    if not programs or (DEFAULT not in users and not any(existing_users(context).get(name) for name in programs)):
        return
    after = [user_from_rules(change.user, change.rules) for change in programs.values()]
    settled = {*users, DEFAULT}
    after += [
        without_source(each) for name, each in existing_users(context).items() if name not in settled and each.enabled
    ]
    flavour, version = context.instance.flavour, context.version
    allowed = any_may(after, flavour=flavour, version=version)
    allowed_before = any_may(_programs_now(context), flavour=flavour, version=version)
    default = [user_from_rules(DEFAULT, users[DEFAULT].rules)] if DEFAULT in users else []
    stays = any_may([each for each in default if each.enabled], flavour=flavour, version=version)
    names = ", ".join(programs)
    for command, count in sorted(usage.calls_of_programs(context.instance).items()):
        words = command.split("|")
        if allowed_before(words) and not allowed(words):
            first = next(iter(programs.values()))
            yield Impact(
                who=_callers(command, count),
                loses=f"the command, once they log in as {names}"
                if stays(words)
                else f"the command: {names} may not run it",
                change=first.id,
                remedy="if a program needs it, give that program a user with this command",
            )


def _programs_now(context: Context) -> list[User]:
    """Return the users by which programs come now: the default user, and each that is no administrator."""
    existing = existing_users(context).items()
    return [
        user for name, user in existing if user.enabled and (name == DEFAULT or not is_administrator(context, user))
    ]


def _unreachable_keys(context: Context, users: dict[str, SetUser]) -> Iterable[Impact]:
    """Name the keys that only administrators reach any more."""
    planned = {name: user_from_rules(name, change.rules) for name, change in users.items()}
    after: dict[str, User] = {**existing_users(context), **planned}
    programs = [user for user in after.values() if user.enabled and not names_administrator(user.name)]
    seen = context.live.key_names.patterns if context.live else ()
    out_of_reach = uncovered(seen, [rule for user in _programs_now(context) for rule in user.rules])
    lost = [
        each for each in uncovered(seen, [rule for user in programs for rule in user.rules]) if each not in out_of_reach
    ]
    if lost and users:
        yield Impact(
            who=f"programs that use the keys {', '.join(lost)}",
            loses="these keys: no user of a program reaches them",
            change=next(iter(users.values())).id,
            remedy="add these patterns to the keys of a user in acl.users",
        )


def _forgotten_users(context: Context, changes: Sequence[Change]) -> Iterable[Impact]:
    """Name users that the server has in memory alone, where a restart forgets them."""
    restart = next((change.id for change in changes if isinstance(change, Restart)), "")
    settled = {DEFAULT, *(change.user for change in changes if isinstance(change, SetUser))}
    for name, person in existing_users(context).items() if restart else ():
        if person.source is UserSource.LIVE and name not in settled:
            remedy = "write it to a file: ACL SAVE, or CONFIG REWRITE without an ACL file"
            yield Impact(who=f"user {name}", loses="its account, which is in no file", change=restart, remedy=remedy)


def _callers(command: str, count: int) -> str:
    return f"clients that call {command.replace('|', ' ').upper()} ({counted(count, 'call')} since the server started)"
