"""What stays open once a plan is applied, by settings and users alone."""

from collections.abc import Iterable, Iterator, Sequence

from wizard.acl.evaluate import opens
from wizard.acl.user import User
from wizard.config import ConfiguredEndpoint, configured_endpoints
from wizard.formats.redisconf.directives import canonical
from wizard.model.answers import DefaultUser, Plaintext
from wizard.model.change import Change, SetDirective, SetUser
from wizard.model.exposure import (
    UNLISTED,
    Exposure,
    OpenEndpoint,
    Opening,
    applied,
    close_logins,
    close_plaintext,
    close_without_file,
)
from wizard.model.facts.live import ClientGroup
from wizard.model.facts.service import Role
from wizard.planning import usage
from wizard.planning.accounts.existing_users import DEFAULT, existing_users, user_from_rules, without_source
from wizard.planning.context import Context
from wizard.planning.sections.tls import tls_in_effect


def exposure(context: Context, changes: Sequence[Change]) -> Exposure:
    """Return what stays open after the changes, for which clients, and what closes it."""
    if context.role is Role.SENTINEL:
        return Exposure()
    after = _After(context, changes)
    users = [*([DEFAULT] if after.default_is_open() else []), *after.others_without_password()]
    guessable = after.guessable()
    clients = usage.as_default(context) if DEFAULT in users else ()
    found = tuple(
        OpenEndpoint(endpoint=each.name, user=user, clients=each.clients)
        for user in users
        for each in after.endpoints()
        if not each.certificate and (each.local or not after.protected(users))
    )
    remaining = Exposure(
        open=found,
        kept_for=_described(clients) if found else (),
        close=_close(context, users, clients=bool(clients)) if found else "",
        guessable=guessable,
        guessable_for=_described(each for each in usage.clients(context) if each.user in guessable),
        default_login=_default_login(context, after),
        plaintext=_plaintext(context, after),
    )
    return remaining.closed_by(close_without_file()) if context.instance.runs_without_file else remaining


def _described(groups: Iterable[ClientGroup]) -> tuple[str, ...]:
    return tuple(each.describe() for each in groups)


def _close(context: Context, users: Sequence[str], *, clients: bool) -> str:
    answers, unlisted = context.answers.acl, _login_shows_clients(context)
    if DEFAULT in users and not (clients or context.is_replicated):
        if not answers.manage:
            return applied("set acl.manage = true")
        if not (answers.default_user is DefaultUser.KEEP and unlisted):
            return applied('set acl.default_user = "off"')
    return close_logins(users, clients=clients, unlisted=unlisted, group=_group(context))


def _login_shows_clients(context: Context) -> bool:
    """Return whether a login would show the clients: not in a tree, of a server that is down, or of brief clients."""
    return context.running and bool(usage.why_unlisted(context))


def _group(context: Context) -> str:
    return str(context.role) if context.is_replicated else ""


def _default_login(context: Context, after: "_After") -> Opening | None:
    """Return the default user where it keeps a password."""
    if not after.default_has_password():
        return None
    clients = usage.as_default(context)
    used = _described(clients) or ((UNLISTED,) if usage.clients_unknown(context) else ())
    return Opening(names=(DEFAULT,), used_by=used, close=_close(context, [DEFAULT], clients=bool(clients)))


def _plaintext(context: Context, after: "_After") -> Opening | None:
    """Return the plaintext port where the plan does not close it."""
    names = tuple(each.name for each in after.endpoints() if each.plaintext)
    if not names:
        return None
    clients, unlisted = usage.on_plaintext(context), usage.clients_unknown(context)
    used = _described(clients) or ((UNLISTED,) if unlisted else ())
    return Opening(names=names, used_by=used, close=_close_plaintext(context, after, clients=bool(clients)))


def _close_plaintext(context: Context, after: "_After", *, clients: bool) -> str:
    if context.instance.tls_build is False:
        return applied("install a build of the server that has TLS")
    answers = context.answers.tls
    if tls_in_effect(context) and answers.plaintext is Plaintext.KEEP and not (clients or context.is_replicated):
        return applied('set tls.plaintext = "drain"')
    if not answers.enabled:
        return applied('set tls.enabled = true and tls.plaintext = "drain"')
    unlisted, alone = usage.clients_unknown(context), not (clients or context.is_replicated)
    if tls_in_effect(context) and alone and unlisted and not _login_shows_clients(context):
        return applied('set tls.plaintext = "close"')
    return close_plaintext(after.value("tls-port"), clients=clients, unlisted=unlisted, group=_group(context))


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

    def endpoints(self) -> tuple[ConfiguredEndpoint, ...]:
        binds = "bind" in self._set or not self._context.configuration.binds_nothing
        return tuple(configured_endpoints(self.value, self._context.facts.interfaces, binds=binds))

    def protected(self, users: Sequence[str]) -> bool:
        """Return whether protected mode refuses other hosts: only while the default user has no password."""
        return DEFAULT in users and self.value("protected-mode", "yes") == "yes"

    def default_is_open(self) -> bool:
        user = self._default()
        # Without a line for it the default user is open, unless requirepass gives it a password.
        return self._opens(user) if user is not None else not self.value("requirepass")

    def default_has_password(self) -> bool:
        user = self._default()
        if user is None:
            return bool(self.value("requirepass"))
        planned = self._users.get(DEFAULT)
        has_password = bool(user.passwords) or (planned is not None and bool(planned.password))
        return user.enabled and not user.nopass and has_password

    def _default(self) -> User | None:
        planned = self._users.get(DEFAULT)
        if planned is not None:
            return user_from_rules(DEFAULT, planned.rules)
        now = existing_users(self._context).get(DEFAULT)
        return without_source(now) if now is not None else None

    def _opens(self, user: User) -> bool:
        return opens(user, flavour=self._context.instance.flavour, version=self._context.version)

    def others_without_password(self) -> Iterator[str]:
        for name, person in existing_users(self._context).items():
            planned = self._users.get(name)
            if name != DEFAULT and self._opens(user_from_rules(name, planned.rules) if planned else person):
                yield name

    def guessable(self) -> tuple[str, ...]:
        """Return the users that keep a password which others can guess."""
        parts = (self._context.config, self._context.acl, self._context.live)
        weak = dict.fromkeys(each.user for part in parts if part for each in part.weak_passwords)
        new = {name for name, change in self._users.items() if change.password == "generate"}  # noqa: S105 - a word of the plan
        off = {name for name, change in self._users.items() if change.rules.startswith("off")}
        return tuple(name for name in weak if name not in new | off)
