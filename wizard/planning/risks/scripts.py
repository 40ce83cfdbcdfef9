"""Which units, timers and cron entries of this host lose something: no list of connections shows them."""

from collections.abc import Iterator, Sequence

from wizard.acl.evaluate import any_may
from wizard.acl.user import User
from wizard.model.change import Change, SetDirective, SetUser
from wizard.model.facts.host import ClientCommand
from wizard.model.plan import Impact
from wizard.planning.accounts.existing_users import DEFAULT, existing_users, user_from_rules, without_source
from wizard.planning.context import Context

_AS_USER = "give it a user of its own (--user NAME, its password in REDISCLI_AUTH)"


def script_impacts(context: Context, changes: Sequence[Change]) -> Iterator[Impact]:
    """Name each command of this host that a plan cuts off, once for each thing that it loses."""
    directives = {change.name: change for change in changes if isinstance(change, SetDirective)}
    users = {change.user: change for change in changes if isinstance(change, SetUser)}
    for command in context.facts.client_commands:
        if command.server in _endpoints(context):
            yield from _way(context, command, directives)
            yield from _login(context, command, users)


def _endpoints(context: Context) -> frozenset[str]:
    names = {"port": "6379", "tls-port": "0", "unixsocket": ""}
    return frozenset(context.value(name, usual) for name, usual in names.items()) - {"", "0"}


def _way(context: Context, command: ClientCommand, directives: dict[str, SetDirective]) -> Iterator[Impact]:
    for name in ("port", "unixsocket"):
        change = directives.get(name)
        if change is None or command.server != context.value(name, "6379" if name == "port" else ""):
            continue
        new = change.values[-1][0] if change.values else "0"
        if new == command.server:
            continue
        if name == "unixsocket":
            loses, remedy = f"the socket {command.server}", f"use the socket {new}"
        elif new == "0":
            tls = context.answers.tls.port
            loses = "the plaintext port"
            remedy = f"use port {tls} with --tls and a client certificate, or keep the port: tls.plaintext"
        else:
            loses, remedy = "its port", f"use port {new}"
        yield _impact(command, loses, change.id, remedy)


def _login(context: Context, command: ClientCommand, users: dict[str, SetUser]) -> Iterator[Impact]:
    change = users.get(command.user or DEFAULT)
    if change is None:
        return
    person = existing_users(context).get(change.user)
    before = without_source(person) if person else None
    after = user_from_rules(change.user, change.rules)
    if not after.enabled:
        if before is None or before.enabled:
            yield _impact(command, f'its login: user "{change.user}" is disabled', change.id, _AS_USER)
    elif command.command and _may(context, command, before) and not _may(context, command, after):
        loses = f'the command {command.command.upper()}: user "{change.user}" may not run it'
        yield _impact(command, loses, change.id, _AS_USER)


def _may(context: Context, command: ClientCommand, user: User | None) -> bool:
    """Return whether a user may run it; one that is not known may run all, as the default user does."""
    if user is None:
        return True
    return any_may([user], flavour=context.instance.flavour, version=context.version)([command.command])


def _impact(command: ClientCommand, loses: str, change: str, remedy: str) -> Impact:
    called = f" {command.command.upper()}" if command.command else ""
    return Impact(who=f"{command.source}: {command.program}{called}", loses=loses, change=change, remedy=remedy)
