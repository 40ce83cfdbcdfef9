"""The configuration of a server in a container of its own. Pure.

What its command line or CONFIG SET gave it is written into the file, so that the container needs no options: Redis
writes over its command line, so that CONFIG GET alone tells what it was started with.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wizard.config import configuration_of, default_on
from wizard.errors import PlanError
from wizard.formats.redisconf.directives import canonical, equivalent, find
from wizard.formats.redisconf.document import Document
from wizard.model.change import SetDirective
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import MASK, Unreadable
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.model.versions import release_of

DATA = PurePosixPath("/data")
"""The volume. The server's account can write a new one only where the official images have this directory."""
_STARTED_ELSEWHERE = ("daemonize", "supervised", "pidfile", "logfile", "syslog-enabled")
"""Directives of a server that an init system starts. Without them it stays in front and logs to its output."""
_OF_ITS_HOST = frozenset({*_STARTED_ELSEWHERE, "bind", "unixsocket", "unixsocketperm", "dir"})
_WORDS_IN_A_LINE = {"save": 2, "client-output-buffer-limit": 4}
_FIRST_OPTIONAL_BIND = (6, 2)


def as_service(instance: Instance) -> Instance:
    """Return the server as one that starts again with the planned files, whatever starts it now."""
    flavour = instance.flavour.value
    if instance.unit is None:
        process = instance.process
        unit = Unit(
            name=f"{flavour}.service",
            fragment=None,
            drop_ins=(),
            properties={"User": process.user if process else flavour},
            active="active" if process else "",
            enabled="enabled",
            main_pid=process.pid if process else 0,
            needs_reload=False,
        )
        instance = replace(instance, unit=unit)
    config = instance.config
    if not isinstance(config, Unreadable) or config.what.startswith("/"):
        return instance
    # It was started without a file; this is where the images expect one.
    path = PurePosixPath("/usr/local/etc", flavour, f"{flavour}.conf")
    status = FileStatus(path=path, kind=FileKind.ABSENT)
    return replace(instance, config=ConfigFacts(main=path, files=(status,), lines=()))


def socket_of(instance: Instance) -> PurePosixPath:
    """Return the unix socket for the health check and for people inside the container."""
    return PurePosixPath("/run", instance.flavour.value, "redis.sock")


def postpones_aof(instance: Instance, document: Document) -> bool:
    """Return whether the plan switches the append-only file on, and there may be an RDB file to load first.

    With ``appendonly yes`` a server reads no RDB file: it would start empty beside the copied one.
    """
    on = document.values("appendonly")[-1:] == (("yes",),)
    if not on or configuration_of(instance).value("appendonly") == "yes":
        return False
    if isinstance(instance.live, LiveServer):
        return instance.live.keys > 0
    return instance.process is not None or instance.dump is None or instance.dump.kind is not FileKind.ABSENT


def in_container(instance: Instance, plan: Plan, contents: Mapping[PurePosixPath, bytes]) -> dict[PurePosixPath, bytes]:
    """Return the configuration files, the main one with what the container needs.

    Args:
        instance: The server.
        plan: What it is planned to be.
        contents: The planned bytes of each configuration file.
    """
    document = Document.parse(contents[plan.config])
    for name, lines in {**dict(_given(instance, plan)), **_container(instance, document)}.items():
        document = document.set(name, lines)
    # What an included file says of the host counts no more.
    others = {path: _without_host(data) for path, data in contents.items() if path != plan.config}
    return {plan.config: document.data(), **others}


def ensure_secrets_stay(instance: Instance, document: Document) -> None:
    """Let pass a configuration that has the users and passwords of the running server.

    Raises:
        PlanError: some are in its memory alone, where they cannot be read: they would be open or gone in the container.
    """
    if not isinstance(instance.live, LiveServer):
        return
    running = configuration_of(instance)
    for name in running.names_in_force:
        if running.in_force(name) == MASK and name != "requirepass" and not document.values(name):
            raise PlanError(f"{name} of {instance.name} is in no file, and a server does not show it; write it to one")
    lines = [line.split() for line in instance.live.acl]
    is_open = all(line[1:2] == ["default"] and "nopass" in line for line in lines)
    if not is_open and not any(map(document.values, ("aclfile", "user", "requirepass"))):
        raise PlanError(
            f"{instance.name} has users or passwords that are in no file; let the plan manage them "
            "(acl.manage = true in the answers), or write them to a file first"
        )


def data_directory(instance: Instance) -> PurePosixPath:
    """Return where the former server keeps its data."""
    former = PurePosixPath(configuration_of(instance).value("dir", ""))
    return former if former.is_absolute() else DATA


def _container(instance: Instance, document: Document) -> dict[str, list[tuple[str, ...]]]:
    version = instance.version if isinstance(instance.version, str) else ""
    optional = (release_of(version) or _FIRST_OPTIONAL_BIND) >= _FIRST_OPTIONAL_BIND
    return {
        **{name: [] for name in _STARTED_ELSEWHERE},
        # Its address changes with each container; the published ports decide who can reach it.
        "bind": [("*", "-::*") if optional else ("0.0.0.0",)],  # noqa: S104 - as said
        "unixsocket": [(str(socket_of(instance)),)],
        "unixsocketperm": [("700",)],
        "dir": [(str(DATA),)],
        **({"appendonly": [("no",)]} if postpones_aof(instance, document) else {}),
    }


def _given(instance: Instance, plan: Plan) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield what the running server has otherwise than its files, unless the plan sets it."""
    if not isinstance(instance.live, LiveServer):
        return
    files = configuration_of(instance)
    planned = {canonical(change.name) for change in plan.changes if isinstance(change, SetDirective)}
    for name in files.names_in_force:
        value = files.in_force(name) or ""
        if find(name) is None or name in planned | _OF_ITS_HOST or value == MASK:
            continue
        default = default_on(name, instance.flavour, instance.live.version)
        before = files.next_start(name) or tuple((files.after_start(name) if default is None else default).split())
        now = tuple(value.split()) or ("",)
        if not equivalent(name, before or ("",), now):
            yield name, _lines(name, now)


def _lines(name: str, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    size = _WORDS_IN_A_LINE.get(canonical(name))
    if size is None or words == ("",):
        return [words]
    return [words[start : start + size] for start in range(0, len(words), size)]


def _without_host(data: bytes) -> bytes:
    document = Document.parse(data)
    for name in (*_STARTED_ELSEWHERE, "bind", "unixsocket", "unixsocketperm", "dir"):
        document = document.set(name, [])
    return document.data()
