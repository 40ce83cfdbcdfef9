"""The status of paths that a plan may create or change, absent ones too, and the bytes of the text ones.

What may not live here: the decision to change any of them.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts import FileStatus, Instance, Unreadable

SYSCTL_FILE = PurePosixPath("/etc/sysctl.d/60-redis-wizard.conf")
HUGE_PAGES_UNIT = PurePosixPath("/etc/systemd/system/disable-thp.service")
UNITS = PurePosixPath("/etc/systemd/system")
DROP_IN = "redis-wizard.conf"


def read_planned(reader: Reader, instances: Sequence[Instance]) -> tuple[FileStatus, ...]:
    """Give the status of every such path with its digest; text files become sources, keys do not."""
    directories = (reader.host.state, PurePosixPath("/etc/sysctl.d"), *_directories(instances))
    files = (SYSCTL_FILE, HUGE_PAGES_UNIT, *_files(instances))
    for path in files:
        if path.suffix != ".key":
            reader.keep(path)
    statuses = (reader.status(path, digest=True) for path in dict.fromkeys((*directories, *files)))
    return tuple(status for status in statuses if isinstance(status, FileStatus))


def _directories(instances: Iterable[Instance]) -> Iterable[PurePosixPath]:
    for instance in instances:
        if instance.unit is not None:
            yield UNITS / f"{instance.unit.name}.d"
        if not isinstance(instance.config, Unreadable):
            yield instance.config.main.parent
            yield instance.config.main.parent / "certs"


def _files(instances: Iterable[Instance]) -> Iterable[PurePosixPath]:
    for instance in instances:
        if instance.unit is not None:
            yield UNITS / f"{instance.unit.name}.d" / DROP_IN
            yield from instance.unit.drop_ins
        if not isinstance(instance.config, Unreadable):
            folder = instance.config.main.parent
            yield folder / "users.acl"
            yield from (folder / "certs" / name for name in ("ca.crt", "server.crt", "server.key"))
