"""A host as a value that plans can be applied to: the convergence laws run on it.

It knows what a server, systemd and the kernel make of the files, in the few ways that planning
looks at. What may not live here: anything that planning itself decides.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, assert_never

from tests.support import facts_builder as build
from wizard.acl.aclfile import AclDocument, decode
from wizard.acl.aclfile import find_problems as acl_problems
from wizard.acl.password import mask_line
from wizard.config import ResolvedConfig
from wizard.formats.redisconf.directives import names
from wizard.formats.redisconf.include import expand_includes
from wizard.formats.redisconf.lint import find_problems
from wizard.formats.redisconf.redact import masked
from wizard.formats.redisconf.values import normalize
from wizard.formats.sysctl import effective_source
from wizard.formats.unitfile import UnitFile, in_effect
from wizard.model.answers import Answers
from wizard.model.change import (
    Change,
    EnableUnit,
    InstallPackage,
    IssueCertificate,
    MakeDirectory,
    RemoveUser,
    Restart,
    SetDirective,
    SetKernel,
    SetMode,
    SetUser,
    TrustAuthorities,
    WriteFile,
)
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance, TlsFacts
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.machine import KernelSetting, MachineMemory, MemoryConsumer
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Listener
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import Memory as Bytes
from wizard.pki.names import subject_names
from wizard.planning import paths as planning_paths
from wizard.planning.edits.acl_edit import existing_password_hashes
from wizard.planning.edits.edit import edited_contents, paths
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

P = PurePosixPath
STATE = P("/var/lib/redis-wizard")
DATA = P("/var/lib/redis")
SYSCTL = P("/etc/sysctl.d")
THP_UNIT = planning_paths.UNITS / planning_paths.HUGE_PAGES_UNIT
NO_LOGIN = Unreadable(what="CONFIG GET", why="no login")
TLS_DEFAULTS = {
    "tls-ciphers": "",
    "tls-ciphersuites": "",
    "tls-prefer-server-ciphers": "no",
}


@dataclass(frozen=True, kw_only=True)
class World:
    """One host with one server."""

    files: Mapping[P, bytes]
    main: P = build.CONF
    flavour: Flavour = Flavour.REDIS
    version: str = "8.0.2"
    tls_build: bool = True
    role: Role = Role.STANDALONE
    running: bool = True
    login: bool = True
    """We are let in."""
    unit: bool = True
    enabled: bool = True
    clients: tuple[ClientGroup, ...] = ()
    has_dump: bool = True
    keys: int = 10
    used: int = 1 << 20
    memory: int = 32 * build.GIB
    others: int = 512 * build.MIB
    machine_files: int = 1 << 20
    """What the machine allows a service to open."""
    kernel: Mapping[str, str] = field(
        default_factory=lambda: {each.key: str(each.live) for each in build.PRISTINE_KERNEL}
    )
    writable: bool = True
    modes: Mapping[P, tuple[str, str, int]] = field(default_factory=dict)
    directories: frozenset[P] = frozenset()
    certificates: Mapping[P, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    """Names and end by path."""
    units_enabled: frozenset[str] = frozenset()
    started: Mapping[P, bytes] = field(default_factory=dict)
    """The files as the running server read them."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """What CONFIG SET changed since."""
    listening: tuple[Listener, ...] = ()

    # --- looking -----------------------------------------------------------------------------

    def detect(self) -> tuple[HostFacts, FileContents]:
        """Give the facts and sources of this host."""
        facts = build.host(
            memory=replace_memory(self),
            kernel=self._kernel(),
            instances=(self._instance(),),
            listeners=self.listening,
            state=STATE,
            files=self._statuses(),
        )
        return facts, FileContents(self.files)

    def _instance(self) -> Instance:
        config = config_facts(self)
        return build.instance(
            flavour=self.flavour,
            version=self.version,
            tls_build=self.tls_build,
            unit=self._unit() if self.unit else None,
            process=build.process(open_files=self._open_files(), resident=Bytes(self.used)) if self.running else None,
            config=config,
            acl=self._acl(config),
            live=self._live() if self.running and self.login else NO_LOGIN,
            listeners=(),
            directories=tuple(self.file_status(each, FileKind.DIRECTORY) for each in (self.main.parent, DATA)),
            tls=self._tls(config),
            dump=None if not self.has_dump else build.file_status(DATA / "dump.rdb"),
        )

    def _unit(self) -> object:
        drop_ins = sorted(
            path for path in self.files if path.parent == planning_paths.drop_in("redis-server.service").parent
        )
        limits = in_effect([UnitFile.parse(self.files[each]) for each in drop_ins], "Service", "LimitNOFILE")
        plain = build.unit()
        properties = dict(plain.properties)
        if limits:
            soft, _, hard = limits[-1].partition(":")
            properties |= {"LimitNOFILE": hard or soft, "LimitNOFILESoft": soft}
        else:
            properties |= {"LimitNOFILE": "1024", "LimitNOFILESoft": "1024"}
        active = "active" if self.running else "inactive"
        enabled = "enabled" if self.enabled else "disabled"
        return build.unit(properties=properties, drop_ins=tuple(drop_ins), active=active, enabled=enabled)

    def _open_files(self) -> int:
        unit = self._unit() if self.unit else None
        limit = int(unit.properties["LimitNOFILESoft"]) if unit else 1024  # type: ignore[attr-defined]
        return min(limit, self.machine_files)

    def _acl(self, config: ConfigFacts) -> AclFacts | Unreadable | None:
        named = ResolvedConfig.from_facts(config).next_start("aclfile")
        if not named or not named[0]:
            return None
        path = P(named[0])
        data = self.files.get(path)
        if data is None:
            return Unreadable(what=str(path), why=f"{path} does not exist")
        return AclFacts(
            path=path,
            status=self.file_status(path, FileKind.FILE),
            lines=acl_lines(data),
            problems=acl_problems(path, data, self.version),
        )

    def _live(self) -> LiveServer:
        config = {**build.PRISTINE_LIVE, **TLS_DEFAULTS, **values_of(self, self.started), **self.overrides}
        if not self.tls_build and self.version.startswith("6."):
            config = {name: value for name, value in config.items() if not name.startswith("tls-")}
        aclfile = config.get("aclfile", "")
        loaded = acl_lines(self.started[P(aclfile)]) if aclfile and P(aclfile) in self.started else build.PRISTINE_ACL
        return build.live(
            config,
            version=self.version,
            role=self.role,
            acl=loaded,
            clients=self.clients,
            keys=self.keys,
            info={**build.live().info, "used_memory": str(self.used)},
        )

    def _tls(self, config: ConfigFacts) -> TlsFacts:
        named = [ResolvedConfig.from_facts(config).next_start(name) for name in ("tls-cert-file", "tls-ca-cert-file")]
        shown = [P(each[0]) for each in named if each and each[0]]
        found = tuple(
            build.certificate(path, names=self.certificates[path][0], not_after=self.certificates[path][1])
            for path in shown
            if path in self.certificates
        )
        return TlsFacts(certificates=found, key_matches=True if found else None, chain_valid=True if found else None)

    def _kernel(self) -> tuple[KernelSetting, ...]:
        sysctls = [(path, data) for path, data in sorted(self.files.items()) if path.parent == SYSCTL]
        return tuple(self._setting(key, value, sysctls) for key, value in self.kernel.items())

    def _setting(self, key: str, value: str, sysctls: list[tuple[P, bytes]]) -> KernelSetting:
        if key.startswith("thp."):
            off = planning_paths.HUGE_PAGES_UNIT in self.units_enabled and THP_UNIT in self.files
            boot, source = ("never" if off else None), (f"{THP_UNIT}:10" if off else "")
        else:
            boot, source, _ = effective_source(key, sysctls)
        return KernelSetting(key=key, live=value, next_boot=boot, next_boot_source=source, writable=self.writable)

    def _statuses(self) -> tuple[FileStatus, ...]:
        known = {*self.files, *self.certificates, *(path.with_suffix(".key") for path in self.certificates)}
        found = [self.file_status(path, FileKind.FILE) for path in sorted(known)]
        return (*found, *(self.file_status(path, FileKind.DIRECTORY) for path in sorted(self.directories)))

    def file_status(self, path: P, kind: FileKind) -> FileStatus:
        owner, group, mode = self.modes.get(path, ("redis", "redis", 0o640 if kind is FileKind.FILE else 0o770))
        data = self.files.get(path)
        digest = hashlib.sha256(data).hexdigest() if data is not None else ""
        return FileStatus(path=path, kind=kind, owner=owner, group=group, mode=mode, digest=digest)

    # --- changing ----------------------------------------------------------------------------

    def apply(self, plan: Plan) -> "World":
        """Give the host after a plan."""
        config = config_facts(self)
        files = {**self.files}
        hashes = {each.user: digest_of(each.user) for each in plan.changes if isinstance(each, SetUser)}
        hashes |= existing_password_hashes(self.files)
        hashes |= {
            c.user: digest_of(c.user) for c in plan.changes if isinstance(c, SetUser) and c.password == "generate"
        }
        for path in paths(plan.changes, tuple(status.path for status in config.files)):
            files[path] = edited_contents(path, self.files.get(path, b""), plan.changes, hashes)
        # What an apply creates is root's, readable for the service.
        created = {path: ("root", "redis", 0o640) for path in files if path not in self.files}
        world = replace(self, files=files, modes={**self.modes, **created})
        for change in plan.changes:
            world = world.after(change)
        return world

    def after(self, change: Change) -> "World":  # noqa: PLR0911 - one line a kind of change
        match change:
            case MakeDirectory() | SetMode():
                modes = {**self.modes, change.path: (change.owner, change.group, change.mode)}
                made = {change.path} if isinstance(change, MakeDirectory) else set()
                return replace(self, modes=modes, directories=self.directories | made)
            case SetDirective() if change.live is not None:
                value = shown(change.name, (change.live,))
                return replace(self, overrides={**self.overrides, **dict.fromkeys(names(change.name), value)})
            case SetUser() if change.effect == "reload":
                return replace(self, started={**self.started, change.path: self.files[change.path]})
            case IssueCertificate():
                return self._with_certificate(change)
            case SetKernel():
                return replace(self, kernel={**self.kernel, change.key: change.value})
            case EnableUnit():
                return replace(self, units_enabled=self.units_enabled | {change.unit})
            case Restart():
                return replace(self, running=True, started=self.files, overrides={})
            case InstallPackage() | SetDirective() | SetUser() | RemoveUser() | TrustAuthorities() | WriteFile():
                # Only files, which are written already; or no part of this model.
                return self
            case _:
                assert_never(change)

    def _with_certificate(self, change: IssueCertificate) -> "World":
        sorted_names = subject_names(change.names)
        kinds = (*(f"DNS:{name}" for name in sorted_names.hosts), *(f"IP:{name}" for name in sorted_names.addresses))
        end = datetime.fromisoformat(build.TAKEN_AT) + timedelta(days=change.days)
        made = {change.certificate: (kinds, end.isoformat())}
        if change.copy_of_authority:
            made[change.copy_of_authority] = ((), "2036-01-01T00:00:00Z")
        return replace(self, certificates={**self.certificates, **made})


def replace_memory(world: World) -> object:
    """Give the memory of the machine."""
    consumer = MemoryConsumer(name="others", pid=0, resident=Bytes(world.others))
    return MachineMemory(total=Bytes(world.memory), available=Bytes(world.memory), swap=Bytes(0), others=(consumer,))


def config_facts(world: World) -> ConfigFacts:
    """Read the configuration of a host as detection does."""
    reading = expand_includes(world.main, world.files)
    statuses = [world.file_status(world.main, FileKind.FILE)]
    included = dict.fromkeys(line.path for line in reading.lines if line.path != world.main)
    statuses += [world.file_status(path, FileKind.FILE) for path in included]
    return ConfigFacts(
        main=world.main,
        files=tuple(statuses),
        lines=reading.lines,
        problems=find_problems(world.main, world.files, world.flavour, world.version),
    )


def values_of(world: World, files: Mapping[P, bytes]) -> dict[str, str]:
    """Give what CONFIG GET says of the directives of these files."""
    if world.main not in files:
        return {}
    found: dict[str, str] = {}
    for line in expand_includes(world.main, files).lines:
        value = shown(line.name, masked(line.name, line.arguments))
        if line.name == "save" and value and found.get("save-seen"):
            value = f"{found['save']} {value}"
        found.update(dict.fromkeys(names(line.name), value))
        if line.name == "save":
            found["save-seen"] = "yes"
    found.pop("save-seen", None)
    return {name: value for name, value in found.items() if name in build.PRISTINE_LIVE or name in TLS_DEFAULTS}


def shown(name: str, arguments: tuple[str, ...]) -> str:
    """Write a value as CONFIG GET does."""
    words = arguments[0] if len(arguments) == 1 else arguments
    return " ".join(normalize(name, words))


def acl_lines(data: bytes) -> tuple[str, ...]:
    """Give the masked lines of an ACL file."""
    return tuple(mask_line(decode(line)).strip() for line in AclDocument.parse(data).lines if line.strip())


def digest_of(user: str) -> str:
    """Give a hash for a user's new password."""
    return hashlib.sha256(user.encode()).hexdigest()


STOCK = "".join(f"{line}\n" for line in build.PRISTINE_LINES).encode()


def stock(more: str = "", **over: Any) -> World:
    """Give a pristine running host, with these lines at the end of its configuration."""
    text = STOCK + more.encode()
    return World(**{"files": {build.CONF: text}, "started": {build.CONF: text}, **over})


def recommended(world: World) -> Answers:
    """Give the answers that the host suggests."""
    facts, _ = world.detect()
    return recommend(facts, facts.instances[0]).answers


def planned(world: World, answers: Answers | None = None) -> Plan:
    """Plan for a host, by recommended answers unless others are given."""
    return plan(*world.detect(), answers or recommended(world))


def change(made: Plan, identifier: str) -> Any:
    """Give one change of a plan, or fail with those that there are."""
    found = {each.id: each for each in made.changes}
    assert identifier in found, sorted(found)
    return found[identifier]


def ids(made: Plan) -> set[str]:
    """Give the ids of all changes."""
    return {each.id for each in made.changes}


def notes(made: Plan) -> dict[str, str]:
    """Give the notes by subject."""
    return {note.subject: note.text for note in made.notes}


def diff(made: Plan, path: P = build.CONF) -> str:
    """Give the diff of a file, empty when it stays."""
    return "".join(each.text for each in made.diffs if each.path == path)
