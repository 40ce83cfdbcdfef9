"""The status of paths that a plan may create or change, absent ones too, and the bytes of the text ones.

Where they are is planning's word (`wizard.planning.paths`).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts.files import FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.planning import paths
from wizard.planning.context import SYSTEM_DIRECTORIES
from wizard.planning.sections.kernel import FILES as SYSCTL_FILES

_KEY = ".key"


def read_planned(reader: Reader, instances: Sequence[Instance]) -> tuple[FileStatus, ...]:
    """Return the status of every such path with its digest; text files become sources, keys do not."""
    paths = dict.fromkeys((*_of_host(reader), *_of_instances(reader, instances)))
    statuses = (reader.status(path, digest=True) for path in paths)
    found = tuple(status for status in statuses if isinstance(status, FileStatus))
    for status in found:
        if status.digest and status.path.suffix != _KEY:
            reader.read_source(status.path)
    return found


def _of_host(reader: Reader) -> Iterator[PurePosixPath]:
    state = reader.host.state
    yield from (paths.SYSCTL_DIRECTORY, *SYSCTL_FILES, paths.UNITS / paths.HUGE_PAGES_UNIT, state)
    for authority in paths.authorities(state):
        yield from (authority.directory, authority.certificate, authority.key)
    for user in reader.entries(state / "clients"):
        client = paths.client(state, user)
        yield from (client.directory, client.certificate, client.key, client.authority)


def _of_instances(reader: Reader, instances: Iterable[Instance]) -> Iterator[PurePosixPath]:
    for instance in instances:
        if instance.unit is not None:
            drop_in = paths.drop_in(instance.unit.name)
            yield from (drop_in.parent, drop_in, *instance.unit.drop_ins)
        if not isinstance(instance.config, Unreadable):
            yield from _beside(reader, instance.config.main, instance.flavour.value)


def _beside(reader: Reader, main: PurePosixPath, flavour: str) -> Iterator[PurePosixPath]:
    """The directories beside a configuration, with ACL files and certificates; the usual names also when absent."""
    folder = main.parent / flavour if main.parent in SYSTEM_DIRECTORIES else main.parent
    certs = folder / "certs"
    yield from dict.fromkeys((main.parent, folder, certs))
    yield from (folder / "users.acl", folder / f"{main.stem}-users.acl")
    yield from (folder / name for name in reader.entries(folder) if name.endswith(".acl"))
    for stem in ("server", f"{main.stem}-server"):
        yield from (certs / f"{stem}.crt", certs / f"{stem}.key")
    yield certs / "ca.crt"
    yield from (certs / name for name in reader.entries(certs) if name.endswith((".crt", _KEY, ".pem")))
