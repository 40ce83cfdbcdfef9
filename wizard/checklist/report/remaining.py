"""What stays open on a host as it is: what a report says first, in the words of plan and outcome."""

from collections.abc import Iterable, Iterator

from wizard.acl.evaluate import opens
from wizard.acl.user import User
from wizard.checklist.clients import clients_known
from wizard.checklist.context import CheckContext
from wizard.checklist.exposure import bus_port
from wizard.checklist.setting import setting
from wizard.checklist.users import Users, file_users, live_users
from wizard.checklist.weak_passwords import weak_logins_of
from wizard.config import ConfiguredEndpoint, configured_endpoints
from wizard.model.exposure import (
    DEFAULT,
    UNLISTED,
    Exposure,
    OpenEndpoint,
    Opening,
    by_mode,
    close_logins,
    close_plaintext,
    close_without_file,
    open_endpoints,
    plaintext_endpoints,
)
from wizard.model.facts.live import ClientGroup
from wizard.model.facts.service import Role


def remaining(subject: CheckContext) -> Exposure:
    """Return what is open, for which clients, and what closes it; of a server that does not run, by its files."""
    if subject.role is Role.SENTINEL:
        return Exposure()
    users = live_users(subject) or (None if subject.running else file_users(subject))
    found = _open(subject, users)
    names = tuple(dict.fromkeys(each.user for each in found))
    guessable = weak_logins_of(subject)
    exposure = Exposure(
        open=found,
        kept_for=_used_by(subject, _as_default(subject)) if DEFAULT in names else (),
        close=_close(subject, names) if found else "",
        guessable=guessable,
        guessable_for=_used_by(subject, (each for each in _clients(subject) if each.user in guessable))
        if guessable
        else (),
        default_login=_default_login(subject, users or file_users(subject)),
        plaintext=_plaintext(subject),
    )
    return exposure.closed_by(close_without_file()) if subject.instance.runs_without_file else exposure


# --- who uses it -----------------------------------------------------------------------------------


def _clients(subject: CheckContext) -> tuple[ClientGroup, ...]:
    return subject.live.clients if subject.live else ()


def _as_default(subject: CheckContext) -> tuple[ClientGroup, ...]:
    return tuple(each for each in _clients(subject) if each.user in {DEFAULT, ""})


def _on_plaintext(subject: CheckContext) -> tuple[ClientGroup, ...]:
    port = setting(subject, "port").live
    return tuple(each for each in _clients(subject) if port and each.listener.rpartition(":")[2] == port)


def _used_by(subject: CheckContext, groups: Iterable[ClientGroup]) -> tuple[str, ...]:
    return tuple(each.describe() for each in groups) or ((UNLISTED,) if _unlisted(subject) else ())


def _unlisted(subject: CheckContext) -> bool:
    """Return whether there may be clients that could not be seen."""
    return subject.running and not clients_known(subject)


# --- what is open ----------------------------------------------------------------------------------


def _open(subject: CheckContext, users: Users | None) -> tuple[OpenEndpoint, ...]:
    """Return the endpoints that need no password: as they answered, else as the files say."""
    names = tuple(user.name for user in users.all if _opens(subject, user)) if users else ()
    if subject.running:
        sockets = {str(each.path): by_mode(each.mode) for each in subject.instance.sockets}
        return open_endpoints(subject.answered, names, sockets)
    protected = DEFAULT in names and subject.configuration.after_start("protected-mode") == "yes"
    return tuple(
        OpenEndpoint(endpoint=each.name, user=name, clients=each.clients)
        for name in names
        for each in _after_start(subject)
        if not each.certificate and (each.local or not protected)
    )


def _opens(subject: CheckContext, user: User) -> bool:
    return opens(user, flavour=subject.instance.flavour, version=subject.rules_version)


def _close(subject: CheckContext, users: tuple[str, ...]) -> str:
    clients = bool(_as_default(subject))
    return close_logins(users, clients=clients, unlisted=_unlisted(subject), group=_group(subject))


def _group(subject: CheckContext) -> str:
    return str(subject.role) if subject.role in {Role.REPLICA, Role.CLUSTER} else ""


def _default_login(subject: CheckContext, users: Users | None) -> Opening | None:
    user = users.named(DEFAULT) if users else None
    if user is None or user.nopass or not (user.enabled and user.passwords):
        return None
    used_by = _used_by(subject, _as_default(subject))
    return Opening(names=(DEFAULT,), used_by=used_by, close=_close(subject, (DEFAULT,)))


def _after_start(subject: CheckContext) -> Iterator[ConfiguredEndpoint]:
    configuration = subject.configuration
    return configured_endpoints(
        configuration.after_start, subject.facts.interfaces, binds=not configuration.binds_nothing
    )


def _plaintext(subject: CheckContext) -> Opening | None:
    """Return the ports that speak without TLS; the cluster bus is none of them."""
    if subject.running:
        probes = (each for each in subject.answered if each.port != bus_port(subject))
        names = plaintext_endpoints(probes)
    else:
        every = _after_start(subject)
        names = tuple(each.name for each in every if each.plaintext) if subject.file else ()
    if not names:
        return None
    groups, tls = _on_plaintext(subject), setting(subject, "tls-port")
    close = close_plaintext(
        tls.live or tls.file or "", clients=bool(groups), unlisted=_unlisted(subject), group=_group(subject)
    )
    return Opening(names=names, used_by=_used_by(subject, groups), close=close)
