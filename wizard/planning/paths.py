"""Where the product's files go on a host."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.config import configuration_of
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value
from wizard.planning.context import SYSTEM_DIRECTORIES, Context
from wizard.planning.select_instance import config_path

SYSCTL_DIRECTORY = PurePosixPath("/etc/sysctl.d")
UNITS = PurePosixPath("/etc/systemd/system")
HUGE_PAGES_UNIT = "disable-thp.service"
DROP_IN_NAME = "60-redis-wizard.conf"


class ServerCertificatePaths(Value, frozen=True, kw_only=True):
    """The certificate files that a server reads."""

    directory: PurePosixPath
    certificate: PurePosixPath
    key: PurePosixPath
    authority: PurePosixPath


class ClientCertificatePaths(Value, frozen=True, kw_only=True):
    """The certificate files of the authority or of one client, in a directory of their own."""

    directory: PurePosixPath
    certificate: PurePosixPath
    key: PurePosixPath
    authority: PurePosixPath


def own_directory(context: Context) -> PurePosixPath:
    """Return the directory for files beside the configuration, never one that is shared with others.

    ``/etc/redis.conf`` gets ``/etc/redis``.
    """
    parent = context.main.parent
    return parent / context.instance.flavour.value if parent in SYSTEM_DIRECTORIES else parent


def acl_file(context: Context) -> PurePosixPath:
    """Return the place of a new ACL file: ``users.acl``, with the instance's name where several share a directory."""
    return _own_name(context, own_directory(context), "users.acl", "aclfile")


def certificates(context: Context) -> ServerCertificatePaths:
    """Return the places of the server's certificate, key and CA certificate."""
    directory = own_directory(context) / "certs"
    certificate = _own_name(context, directory, "server.crt", "tls-cert-file")
    return ServerCertificatePaths(
        directory=directory,
        certificate=certificate,
        key=certificate.with_suffix(".key"),
        authority=directory / "ca.crt",
    )


def authority(state: PurePosixPath) -> ClientCertificatePaths:
    """Return the places of the certificate authority that the product makes."""
    return _authority_in(state / "ca")


def next_authority(state: PurePosixPath) -> ClientCertificatePaths:
    """Return the places of the authority that is about to take its place."""
    return _authority_in(state / "ca-next")


def authorities(state: PurePosixPath) -> tuple[ClientCertificatePaths, ...]:
    """Return the places of both."""
    return authority(state), next_authority(state)


def _authority_in(directory: PurePosixPath) -> ClientCertificatePaths:
    certificate = directory / "ca.crt"
    return ClientCertificatePaths(
        directory=directory, certificate=certificate, key=directory / "ca.key", authority=certificate
    )


def client(state: PurePosixPath, user: str) -> ClientCertificatePaths:
    """Return the places of a user's client certificate, key and CA certificate."""
    directory = state / "clients" / user
    return ClientCertificatePaths(
        directory=directory,
        certificate=directory / "client.crt",
        key=directory / "client.key",
        authority=directory / "ca.crt",
    )


def drop_in(unit: str) -> PurePosixPath:
    """Return the place of the product's drop-in for a unit."""
    return UNITS / f"{unit}.d" / DROP_IN_NAME


def runtime_directory(context: Context) -> PurePosixPath | None:
    """Return the directory that the unit makes for sockets, ``None`` without one."""
    unit = context.instance.unit
    # It belongs to the unit's user: a server that a script starts as another one may not write there.
    own = unit is not None and context.user == (unit.properties.get("User") or "root")
    names = unit.properties.get("RuntimeDirectory", "").split() if unit and own else []
    return PurePosixPath("/run") / names[0] if names else None


def _own_name(context: Context, directory: PurePosixPath, usual: str, directive: str) -> PurePosixPath:
    """Return a file that no other server uses: by its usual name, or with the name of the configuration before it.

    A name that the server has stays. The longer one is for a server whose directory another one shares that runs
    or starts at boot, and wherever another file names the usual one, even if nothing uses that file now.
    """
    short, long = directory / usual, directory / f"{context.main.stem}-{usual}"
    now = PurePosixPath(context.value(directive) or "/")
    if now in {short, long} and now not in _named(context.neighbours, directive):
        return now
    if short in _named(context.siblings, directive):
        return long
    return long if any(_shares_directory(sibling, context.main) for sibling in context.neighbours) else short


def _named(instances: Iterable[Instance], directive: str) -> frozenset[PurePosixPath]:
    """Return the files that the configurations of instances name on this host."""
    here = (configuration_of(each) for each in instances if not each.own_mounts)
    lines = (line.arguments for configuration in here for line in configuration.lines_of(directive))
    return frozenset(PurePosixPath(arguments[0]) for arguments in lines if arguments)


def _shares_directory(sibling: Instance, main: PurePosixPath) -> bool:
    if sibling.own_mounts:
        return False
    unread = isinstance(sibling.config, Unreadable) and not sibling.config.what.startswith("/")
    return not unread and config_path(sibling).parent == main.parent
