"""A planned server as a compose file, with the files that it mounts.

Source:
    The Compose Specification (https://github.com/compose-spec/compose-spec); CIS Docker Benchmark 1.6, section 5
    (no new privileges, no capabilities, read-only root, limits of memory and processes, one address for a port).
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.changes.staging import Staged
from wizard.errors import NotFoundError
from wizard.export import yaml
from wizard.export.configuration import (
    DATA,
    data_directory,
    ensure_secrets_stay,
    in_container,
    postpones_aof,
    socket_of,
)
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.formats.redisconf.redact import masked
from wizard.host.reader import HostReader
from wizard.model.dataset import MIB
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.limits import limits_of
from wizard.model.plan import Plan
from wizard.model.text import escape, number_or
from wizard.settings import RESERVED_FILES, setting_of

SERVICE = "redis"
"""The service, and so its name for other containers."""
ACCOUNT = 999
"""User and group of the server in the official images of Redis and Valkey."""
_IMAGES = {"valkey": "valkey/valkey"}
_SECRET = ("aclfile", "tls-key-file", "tls-client-key-file")
_PUBLIC = ("tls-cert-file", "tls-ca-cert-file", "tls-client-cert-file")
_PROCESSES = 256
_OVERHEAD = 64 * MIB
_HEAD = """\
# {title}
# Start it with: docker compose up --detach
# The mounted files are read-only: change them here, then create the container again. The server refuses
# CONFIG REWRITE and ACL SAVE.
# The volume "data" is new: copy {data} of the former server into it before the first start.
# Name your own image where you have one. The server runs as {account}, which owns {volume} and the mounted files.
# On the machine: set vm.overcommit_memory = 1 and transparent huge pages = never.
"""
_POSTPONED = """\
# appendonly stays "no" for the first start, which loads dump.rdb. Then: CONFIG SET appendonly yes, wait until INFO
# shows aof_rewrite_in_progress:0, and set it in the mounted redis.conf.
"""


class ExportedFile(NamedTuple):
    """One file beside the compose file."""

    path: PurePosixPath
    """Relative to its directory."""
    data: bytes
    target: PurePosixPath | None
    """Where the container has it; ``None``: it stays outside."""
    secret: bool


class Export(NamedTuple):
    """A compose file and what belongs to it."""

    compose: str
    files: tuple[ExportedFile, ...]


def export_compose(host: HostReader, facts: HostFacts, plan: Plan, instance: Instance, staged: Staged) -> Export:
    """Return the planned server for a container of its own.

    Args:
        host: The host that was looked at: the container, or the tree of its image.
        facts: What was read of it.
        plan: What the server is planned to be.
        instance: The server.
        staged: The files of the plan.

    Raises:
        PlanError: users of the running server would be open or gone.
    """
    planned = {each.path: each.data for each in staged.files}

    def read(path: PurePosixPath) -> bytes:
        try:
            return planned[path] if path in planned else host.read(path)
        except NotFoundError:
            return b""

    contents = {path: read(path) for path in _configuration(plan, instance)}
    configuration = in_container(instance, plan, contents)
    main = Document.parse(configuration[plan.config])
    ensure_secrets_stay(instance, main)
    mounted = tuple(_mounted(main, configuration, read))
    outside = tuple(_outside(staged, {each.target for each in mounted}))
    service = _service(facts, plan, instance, main, mounted)
    whole: dict[str, yaml.Node] = {"services": {SERVICE: service}}
    if secrets := [each for each in mounted if each.secret]:
        whole["secrets"] = {each.path.name: {"file": f"./{each.path}"} for each in secrets}
    whole["volumes"] = {"data": None}
    title = f"Written by redis-wizard: {plan.instance} of {facts.display_name}."
    head = _HEAD.format(title=escape(title), data=escape(str(data_directory(instance))), volume=DATA, account=ACCOUNT)
    if postpones_aof(instance, Document.parse(contents[plan.config])):
        head += _POSTPONED
    return Export(compose=head + yaml.render(whole), files=(*mounted, *outside))


def _configuration(plan: Plan, instance: Instance) -> tuple[PurePosixPath, ...]:
    read = getattr(instance.config, "files", ())
    return tuple(dict.fromkeys((plan.config, *(status.path for status in read))))


def _mounted(
    main: Document, configuration: Mapping[PurePosixPath, bytes], read: Callable[[PurePosixPath], bytes]
) -> Iterator[ExportedFile]:
    taken: set[str] = set()
    for path, data in configuration.items():
        yield _file(path, data, taken, secret=_holds_secret(data))
    for name in (*_SECRET, *_PUBLIC):
        for path in (PurePosixPath(arguments[0]) for arguments in main.values(name)[-1:] if any(arguments)):
            yield _file(path, read(path), taken, secret=name in _SECRET)


def _holds_secret(data: bytes) -> bool:
    return any(masked(line.name, line.arguments) != line.arguments for line in Document.parse(data).lines)


def _file(path: PurePosixPath, data: bytes, taken: set[str], *, secret: bool) -> ExportedFile:
    name, number = path.name, 1
    while name in taken:
        number += 1
        name = f"{number}-{path.name}"
    taken.add(name)
    return ExportedFile(PurePosixPath("mounted", name), data, path, secret)


def _outside(staged: Staged, mounted: set[PurePosixPath | None]) -> Iterator[ExportedFile]:
    """Yield what the server does not read: the authority with its key, and what its clients need."""
    for each in staged.certificates:
        if each.path not in mounted:
            place = PurePosixPath(*each.path.parts[-3:] if "clients" in each.path.parts else each.path.parts[-2:])
            yield ExportedFile(place, each.data, None, secret=each.path.suffix == ".key")


def _service(
    facts: HostFacts, plan: Plan, instance: Instance, main: Document, mounted: tuple[ExportedFile, ...]
) -> dict[str, yaml.Node]:
    flavour = instance.flavour.value
    version = instance.version if isinstance(instance.version, str) else "latest"
    binds: list[yaml.Node] = [
        {"type": "bind", "source": f"./{each.path}", "target": _text(each.target), "read_only": True}
        for each in mounted
        if not each.secret
    ]
    service: dict[str, yaml.Node] = {
        "image": f"{_IMAGES.get(flavour, flavour)}:{version}",
        "command": [f"{flavour}-server", _text(plan.config)],
        "user": f"{ACCOUNT}:{ACCOUNT}",
        "restart": "unless-stopped",
        "stop_grace_period": "60s",
        "ports": [f"127.0.0.1:{port}:{port}" for port in _ports(main)],
        "volumes": [{"type": "volume", "source": "data", "target": str(DATA)}, *binds],
        "secrets": [{"source": each.path.name, "target": _text(each.target)} for each in mounted if each.secret],
        "read_only": True,
        # Podman knows no uid= here; no other account is in the container.
        "tmpfs": [f"{socket_of(instance).parent}:mode=1777"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        **_limits(facts, plan, instance, main),
        "healthcheck": _health_check(flavour, socket_of(instance)),
    }
    return {name: value for name, value in service.items() if value != []}


def _text(path: object) -> str:
    """Return a path as compose reads it: a dollar sign begins a variable there."""
    return str(path).replace("$", "$$")


def _ports(main: Document) -> Iterator[int]:
    for name, default in (("port", "6379"), ("tls-port", "0")):
        port = number_or(next((line[0] for line in reversed(main.values(name)) if line), default))
        if port:
            yield port


def _limits(facts: HostFacts, plan: Plan, instance: Instance, main: Document) -> dict[str, yaml.Node]:
    answers = plan.answers
    files = max(answers.kernel.open_files, answers.audit.max_clients + RESERVED_FILES)
    found: dict[str, yaml.Node] = {
        "pids_limit": _PROCESSES,
        "ulimits": {"nofile": {"soft": files, "hard": files}},
    }
    if memory := _memory(facts, plan, instance, main):
        # Equal, so that no key is swapped out.
        found |= {"mem_limit": memory, "memswap_limit": memory}
    if answers.kernel.manage and answers.kernel.backlog:
        found["sysctls"] = {key: str(answers.kernel.backlog) for key in setting_of("kernel.backlog").targets}
    return found


def _memory(facts: HostFacts, plan: Plan, instance: Instance, main: Document) -> int:
    """Return the limit that it has now, else what its data and the copies of a save need; 0 without ``maxmemory``."""
    limits = [int(each.limit) for each in limits_of(facts, instance)]
    data = memory_or_zero(next((line[0] for line in reversed(main.values("maxmemory")) if line), "0"))
    needed = data * (100 + plan.answers.memory.copy_on_write_percent) // 100 + _OVERHEAD if data else 0
    return min(limits, default=needed)


def _health_check(flavour: str, socket: PurePosixPath) -> dict[str, yaml.Node]:
    # The answer to a client that is not logged in proves as much, so that no password is needed here.
    test = f"{flavour}-cli -s {socket} ping | grep -Eq 'PONG|NOAUTH|NOPERM'"
    return {"test": ["CMD-SHELL", test], "interval": "10s", "timeout": "3s", "retries": 3, "start_period": "30s"}
