"""What an unauthenticated client can still reach once a plan is applied, by settings and users alone."""

from collections.abc import Iterable, Iterator, Sequence

from wizard.acl.evaluate import allowed_commands
from wizard.acl.user import User
from wizard.formats.redisconf.directives import canonical
from wizard.model.answers import DefaultUser
from wizard.model.change import Change, SetDirective, SetUser
from wizard.model.exposure import Exposure, OpenEndpoint
from wizard.model.facts import Flavour, Role
from wizard.model.network import Scope, bind_words, is_loopback, local_address, wildcard_family
from wizard.planning import usage
from wizard.planning.accounts.existing_users import DEFAULT, existing_users, user_from_rules, without_source
from wizard.planning.context import Context
from wizard.planning.usage import describe

_EVERYWHERE = ("*", "-::*")
_SIX = 6
_OTHERS = 0o007


def exposure(context: Context, changes: Sequence[Change]) -> Exposure:
    """Return what stays open after the changes, for which clients, and what closes it."""
    if context.role is Role.SENTINEL:
        return Exposure()
    after = _After(context, changes)
    users = [*([DEFAULT] if after.default_is_open() else []), *after.others_without_password()]
    found = [
        OpenEndpoint(endpoint=endpoint, user=user, clients=clients)
        for user in users
        for endpoint, clients in after.endpoints(protected=DEFAULT in users)
    ]
    guessable = after.guessable()
    if not found:
        return Exposure(guessable=guessable)
    kept = tuple(describe(group) for group in usage.as_default(context)) if DEFAULT in users else ()
    close = _close(context, users, clients=bool(kept))
    return Exposure(open=tuple(found), kept_for=kept, close=close, guessable=guessable)


def _close(context: Context, users: Sequence[str], *, clients: bool) -> str:
    answers = context.answers.acl
    then = "then run redis-wizard apply again"
    if DEFAULT not in users:
        return f"list {', '.join(users)} in acl.users, {then}"
    if context.is_replicated:
        return (
            f"give each connection of this {context.role} a user of its own, then set user default off on each server"
        )
    if clients:
        return f"let each client log in as a user of its own, {then}"
    if not answers.manage:
        return f"set acl.manage = true, {then}"
    if answers.default_user is DefaultUser.KEEP and usage.clients_unknown(context):
        return f"give a login with --user and --password-file to see the clients, {then}"
    return f'set acl.default_user = "off", {then}'


class _After:
    """Settings and users as they will be."""

    def __init__(self, context: Context, changes: Sequence[Change]) -> None:
        self._context = context
        self._set = {canonical(each.name): each for each in changes if isinstance(each, SetDirective)}
        self._users = {each.user: each for each in changes if isinstance(each, SetUser)}

    def value(self, name: str, default: str = "") -> str:
        change = self._set.get(canonical(name))
        if change is None:
            return self._context.value(name, default)
        return " ".join(change.values[-1]) if change.values else default

    def default_is_open(self) -> bool:
        planned = self._users.get(DEFAULT)
        if planned is not None:
            return self._opens(user_from_rules(DEFAULT, planned.rules))
        now = existing_users(self._context).get(DEFAULT)
        # Without a line for it the default user is open, unless requirepass gives it a password.
        return self._opens(without_source(now)) if now is not None else not self.value("requirepass")

    def _opens(self, user: User) -> bool:
        return opens(user, self._context.instance.flavour, self._context.version)

    def others_without_password(self) -> Iterator[str]:
        for name, person in existing_users(self._context).items():
            planned = self._users.get(name)
            if name != DEFAULT and self._opens(
                user_from_rules(name, planned.rules) if planned else without_source(person)
            ):
                yield name

    def guessable(self) -> tuple[str, ...]:
        """Return the users that keep a password which others can guess."""
        parts = (self._context.config, self._context.acl, self._context.live)
        weak = dict.fromkeys(each.user for part in parts if part for each in part.weak_passwords)
        new = {name for name, change in self._users.items() if change.password == "generate"}  # noqa: S105 - a word of the plan
        off = {name for name, change in self._users.items() if change.rules.startswith("off")}
        return tuple(name for name in weak if name not in new | off)

    # --- endpoints ---------------------------------------------------------------------------

    def endpoints(self, *, protected: bool) -> Iterator[tuple[str, str]]:
        """Yield each endpoint that needs no certificate, with who can connect to it where it is a unix socket."""
        shut = protected and self.value("protected-mode", "yes") == "yes"
        port, tls = self.value("port", "6379"), self.value("tls-port", "0")
        for address in self._addresses(loopback_only=shut):
            if port not in {"0", ""}:
                yield f"{address}:{port}", ""
            if tls not in {"0", ""} and self.value("tls-auth-clients", "yes") != "yes":
                yield f"{address}:{tls} tls", ""
        socket = self.value("unixsocket")
        if socket:
            yield socket, _by_mode(self.value("unixsocketperm", "700"))

    def _addresses(self, *, loopback_only: bool) -> list[str]:
        words = bind_words(self.value("bind").split() or _EVERYWHERE)
        found = dict.fromkeys(each for word in words for each in self._of(word))
        return [f"[{each}]" if ":" in each else each for each in found if not loopback_only or is_loopback(each)]

    def _of(self, word: str) -> Iterable[str]:
        family = wildcard_family(word)
        if family is None:
            return (word,)
        own = (each for interface in self._context.facts.interfaces if interface.up for each in interface.addresses)
        outside = (each for each in own if each.scope not in {Scope.LOOPBACK, Scope.LINK_LOCAL})
        same = (each.address for each in outside if (":" in each.address) == (family == _SIX))
        return (local_address(word), *same)


def opens(user: User, flavour: Flavour, version: str) -> bool:
    """Return whether a client that knows no password can run commands as this user."""
    return user.enabled and user.nopass and bool(allowed_commands(user, flavour=flavour, version=version))


def _by_mode(text: str) -> str:
    return by_mode(int(text, 8) if text and not set(text) - set("01234567") else 0)


def by_mode(mode: int) -> str:
    """Return who can connect to a unix socket of this mode."""
    return "every local user" if mode & _OTHERS else "its owner and group"
