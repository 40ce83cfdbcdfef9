"""What a plan cannot do itself and says: labels of SELinux, and what belongs to the image of a container."""

from collections.abc import Iterator, Sequence

from wizard.model.change import Change
from wizard.model.plan import Note
from wizard.planning.context import Context
from wizard.planning.kinds import traits_of

_OF_APPLICATIONS = frozenset({"docker", "podman", "container-other"})
"""Containers that are replaced as a whole, in contrast to LXC and nspawn, which are kept like machines."""


def notes(context: Context, changes: Sequence[Change]) -> Iterator[Note]:
    """Say what is left to the operator on this kind of host."""
    if "selinux" in context.facts.os.security_modules:
        yield from _labels(context, changes)
    if context.facts.os.virtualisation in _OF_APPLICATIONS:
        yield from _container()


def _labels(context: Context, changes: Sequence[Change]) -> Iterator[Note]:
    touched = (path for change in changes for path in traits_of(change).touches(change, context.instance).paths)
    new = sorted({path.parent for path in touched if not context.exists(path) and context.status(path) is not None})
    if not new:
        return
    places = " ".join(map(str, new))
    if context.facts.tree is not None:
        text = "a tree has no labels for new files; create /.autorelabel in it, so that the first boot sets them"
    else:
        text = (
            f"replaced files keep their label, new ones get that of their directory; compare: restorecon -Rnv {places}"
        )
    yield Note(subject="SELinux", text=text)


def _container() -> Iterator[Note]:
    yield Note(
        subject="container: image",
        text="files that change here are lost when the container is replaced; mount redis.conf, the ACL file and the "
        "certificates from a volume, or build them into the image",
    )
    yield Note(
        subject="container: arguments",
        text="options behind the name of the server count more than redis.conf; remove those that the plan sets",
    )
    yield Note(
        subject="container: orchestrator",
        text="published ports, the memory limit, the user and sysctls are set where the container is started; "
        "redis-wizard export compose DIRECTORY writes them with the files to mount",
    )
