"""The account that a server runs as."""

from wizard.host.reader import HostReader
from wizard.model.facts.instance import Instance
from wizard.model.value import Value
from wizard.snapshots.store import own_names


class Account(Value, frozen=True, kw_only=True):
    """User and group of the service."""

    user: str
    group: str
    switch: str
    """User to switch to for starting its binary; empty where we are it already."""


def account_of(host: HostReader, server: Instance) -> Account:
    """Return the account of a server: what its unit says, else its process, else its flavour's name."""
    us, our_group = own_names(host)
    user = _user(server) if host.user_exists(_user(server)) else us
    group = _group(server) or user
    if not host.group_exists(group):
        group = our_group
    return Account(user=user, group=group, switch="" if user == us else user)


def group_of(host: HostReader, server: Instance | None) -> str:
    """Return the group that may read what is made for a server; our own where there is none."""
    return account_of(host, server).group if server is not None else own_names(host)[1]


def _user(server: Instance) -> str:
    named = server.unit.properties.get("User", "") if server.unit else ""
    if named:
        return named
    if server.process:
        return server.process.user
    return "root" if server.unit else server.flavour.value


def _group(server: Instance) -> str:
    return server.unit.properties.get("Group", "") if server.unit else ""
