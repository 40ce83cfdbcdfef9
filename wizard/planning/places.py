"""Where the product's files go on a host.

What may not live here: what is in them.
"""

from pathlib import PurePosixPath

from wizard.model.value import Value
from wizard.planning.choose import config_path
from wizard.planning.context import SYSTEM_DIRECTORIES, Context

SYSCTL_DIRECTORY = PurePosixPath("/etc/sysctl.d")
UNITS = PurePosixPath("/etc/systemd/system")
HUGE_PAGES_UNIT = "disable-thp.service"
DROP_IN_NAME = "60-redis-wizard.conf"


class Certificates(Value, frozen=True, kw_only=True):
    """The certificate files that a server reads."""

    directory: PurePosixPath
    certificate: PurePosixPath
    key: PurePosixPath
    authority: PurePosixPath


class Credential(Value, frozen=True, kw_only=True):
    """The certificate files of the authority or of one client, in a directory of their own."""

    directory: PurePosixPath
    certificate: PurePosixPath
    key: PurePosixPath
    authority: PurePosixPath


def own_directory(context: Context) -> PurePosixPath:
    """Give the directory for files beside the configuration, never one that is shared with others.

    ``/etc/redis.conf`` gets ``/etc/redis``.
    """
    parent = context.main.parent
    return parent / context.instance.flavour.value if parent in SYSTEM_DIRECTORIES else parent


def acl_file(context: Context) -> PurePosixPath:
    """Give the place of a new ACL file: ``users.acl``, with the instance's name where several share a directory."""
    return own_directory(context) / f"{_stem(context, 'users')}.acl"


def certificates(context: Context) -> Certificates:
    """Give the places of the server's certificate, key and CA certificate."""
    directory = own_directory(context) / "certs"
    stem = _stem(context, "server")
    return Certificates(
        directory=directory,
        certificate=directory / f"{stem}.crt",
        key=directory / f"{stem}.key",
        authority=directory / "ca.crt",
    )


def authority(state: PurePosixPath) -> Credential:
    """Give the places of the certificate authority that the product makes."""
    directory = state / "ca"
    certificate = directory / "ca.crt"
    return Credential(directory=directory, certificate=certificate, key=directory / "ca.key", authority=certificate)


def client(state: PurePosixPath, user: str) -> Credential:
    """Give the places of a user's client certificate, key and CA certificate."""
    directory = state / "clients" / user
    return Credential(
        directory=directory,
        certificate=directory / "client.crt",
        key=directory / "client.key",
        authority=directory / "ca.crt",
    )


def drop_in(unit: str) -> PurePosixPath:
    """Give the place of the product's drop-in for a unit."""
    return UNITS / f"{unit}.d" / DROP_IN_NAME


def runtime_directory(context: Context) -> PurePosixPath | None:
    """Give the directory that the unit makes for sockets, ``None`` without one."""
    unit = context.instance.unit
    names = unit.properties.get("RuntimeDirectory", "").split() if unit else []
    return PurePosixPath("/run") / names[0] if names else None


def _stem(context: Context, usual: str) -> str:
    shared = any(config_path(sibling).parent == context.main.parent for sibling in context.siblings)
    return f"{context.main.stem}-{usual}" if shared else usual
