"""Clear away what a rehearsal left whose worker was killed: its server, and its directory.

What may not live here: the rehearsal.
"""

from contextlib import suppress
from pathlib import PurePosixPath

from wizard.apply.lent import NAME
from wizard.apply.secretfile import runtime
from wizard.errors import HostError
from wizard.host.port import Host
from wizard.model.facts import FileKind

PLACE = "reh-"
"""How the directory of a rehearsal begins."""


def sweep(host: Host) -> None:
    """End servers of rehearsals and remove their directories; only under the host's lock."""
    with suppress(HostError):
        for unit in host.services.list_units((f"{NAME}-*.service",)):
            host.services.kill(unit)
    base = runtime(host)
    for name in host.entries(base):
        if name.startswith(PLACE):
            remove_tree(host, base / name)
    with suppress(HostError):
        host.remove(base)


def remove_tree(host: Host, path: PurePosixPath) -> None:
    """Remove what can be removed; the rest lies in a directory of its own below /run and is gone at the next boot."""
    directory = host.status(path).kind is FileKind.DIRECTORY
    for name in host.entries(path) if directory else ():
        remove_tree(host, path / name)
    with suppress(HostError):
        host.remove(path)
